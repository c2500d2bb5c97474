"""What changed in the articles of several archives: what ``changes`` returns of a ``Federation``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

from talkscraper.store import changes as one_changes
from talkscraper.store.content import Content
from talkscraper.store.federation import Federation
from talkscraper.store.several_articles import article_revisions, find_article, revision_places
from talkscraper.store.source_names import source_ids

MAX_SHARED = 1_000
"""Maximum number of articles of several archives whose revisions are compared across them in a list of changes."""


def changes(federation: Federation, request: one_changes.ChangesRequest) -> one_changes.ChangesPage:
    """Return one page of the changes in all archives.

    The revisions of an article that several have are compared in their common order (``article_revisions``).
    """
    limit = max(1, min(request.limit, one_changes.MAX_CHANGES))
    pages = [one_changes.changes(each, request) for each in federation.members]
    shared = _shared(federation, request.article_id)
    # what lies beyond the end of any archive's page isn't known yet
    ends = [_place_of(page.changes[-1]) for page in pages if page.next_cursor and page.changes]
    own = [each for page in pages for each in page.changes if each.number is None or each.article_id not in shared]
    joint = [each for article_id in shared for each in _joint_changes(federation, article_id, request)]
    merged = sorted({_place_of(each): each for each in (*own, *joint)}.items(), reverse=True)
    known = [each for place, each in merged if not ends or place >= max(ends)]
    if len(known) > limit:
        return one_changes.ChangesPage(changes=tuple(known[:limit]), next_cursor=known[limit - 1].cursor)
    last = max(ends, default=None)
    return one_changes.ChangesPage(changes=tuple(known), next_cursor=None if last is None else ",".join(map(str, last)))


def _place_of(change: one_changes.ArticleChange) -> tuple[str, str, int]:
    at, article_id, number = change.cursor.split(",")
    return at, article_id, int(number)


def _shared(federation: Federation, article_id: str | None) -> set[str]:
    """Return the ids of the articles that several archives have, up to ``MAX_SHARED``."""
    found: set[str] = set()
    for member in federation.members:
        if member.excluded is not None:
            rows = member.execute(
                "select id from articles where seq in (select value from json_each(?)) limit ?",
                [member.excluded, MAX_SHARED],
            )
            found.update(str(row[0]) for row in rows)
    return found if article_id is None else found & {article_id}


def _joint_changes(
    federation: Federation, article_id: str, request: one_changes.ChangesRequest
) -> Iterator[one_changes.ArticleChange]:
    if len(revision_places(federation, article_id)) < 2:
        return
    wanted = one_changes.wanted(request)
    row = find_article(federation, article_id)
    named = one_changes.several(request.source)
    sources = {each for name in named for each in (source_ids(federation, name) or (name,))}
    if named and row["source_id"] not in sources:
        return
    name = federation.execute("select name from sources where id = ?", [row["source_id"]]).fetchone()
    rows = article_revisions(federation, article_id)
    for old, new in pairwise(rows):
        kinds = tuple(str(each) for each in json.loads(new["kinds"]))
        change = one_changes.ArticleChange(
            at=new["captured_at"],
            article_id=article_id,
            url=row["url"],
            source_id=row["source_id"],
            source_name=(name[0] if name else None) or row["source_id"],
            language=row["language"],
            kind=kinds[0],
            kinds=kinds,
            number=new["number"],
            since=old["captured_at"],
            reason=None,
            capture_id=new["capture_id"],
            **one_changes.revised(Content.of_row(dict(old)), Content.of_row(dict(new))),
        )
        if wanted(change):
            yield change
