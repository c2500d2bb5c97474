"""What readers do with collections: put articles in, take them out, look at them."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.collections import file
from talkscraper.collections.model import CollectedArticle, Collection
from talkscraper.errors import NotFound
from talkscraper.store.article_lookup import find_article

State = Literal["as added", "revised since", "not in the archive"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMember:
    """An article of a collection, with what the archive says of it now."""

    article: CollectedArticle
    state: State
    """``not in the archive``: it was taken down, or its text isn't there any more."""
    title: str | None = None
    source_id: str | None = None
    source: str | None = None
    """The source's name."""
    day: str | None = None
    url: str | None = None


def collections(folder: ArchiveFolder) -> list[Collection]:
    """Return all collections by name.

    Raises:
        UsageError: a file isn't a collection's.
        StorageError: one can't be read.
    """
    found = (file.read(folder, name) for name in file.names(folder))
    return [each for each in found if each is not None]


def has_collections(folder: ArchiveFolder) -> bool:
    """Whether there are any."""
    return bool(file.names(folder))


def collection(folder: ArchiveFolder, name: str) -> Collection:
    """Return a collection.

    Raises:
        NotFound: there is none of this name.
        UsageError: the name can't be one; the file isn't a collection's.
        StorageError: the file can't be read.
    """
    return file.require(folder, name)


def add(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    name: str,
    refs: Sequence[str],
    *,
    now: datetime,
    note: str | None = None,
    revision: int | None = None,
) -> Collection:
    """Put articles into a collection, which is made if there is none of this name; return it.

    An article that is in it already stays as it was, but for a new note or another revision.

    Args:
        connection: Gives ``sqlite3.Row``; only reads.
        folder: The archive's.
        name: The collection's.
        refs: Ids, unique beginnings of ids, or addresses.
        now: The current time.
        note: For each of the articles.
        revision: The number of a revision; None: the newest.

    Raises:
        NotFound: an article or revision isn't in the archive; nothing is put in then.
        UsageError: the name can't be one; the note is too long.
        StorageError: the file can't be written.
    """
    file.checked_name(name)
    note = file.checked_note(note)
    found = [_pinned(connection, ref, revision, now) for ref in refs]
    with file.changing(folder):
        changed = file.read(folder, name) or Collection(name=name, id=secrets.token_hex(8), created_at=now)
        articles = {each.id: each for each in changed.articles}
        for each in found:
            known = articles.get(each.id)
            kept = each if known is None else known if revision is None else replace(each, note=known.note)
            articles[each.id] = replace(kept, note=note) if note else kept
        changed = replace(changed, articles=tuple(articles.values()))
        file.write(folder, changed)
    return changed


def remove(connection: sqlite3.Connection, folder: ArchiveFolder, name: str, refs: Sequence[str]) -> Collection:
    """Take articles out of a collection; return it.

    Raises:
        NotFound: there is no such collection, or an article isn't in it; nothing is taken out then.
        UsageError, StorageError: as for ``add``.
    """
    with file.changing(folder):
        found = file.require(folder, name)
        gone = {_member(connection, found, ref) for ref in refs}
        found = replace(found, articles=tuple(each for each in found.articles if each.id not in gone))
        file.write(folder, found)
    return found


def shown(connection: sqlite3.Connection, found: Collection, most: int | None = None) -> list[ShownMember]:
    """Return the articles of a collection (the first ``most``) with what the archive says of them now."""
    return [_shown(connection, each) for each in found.articles[:most]]


def revision_of(connection: sqlite3.Connection, article: CollectedArticle) -> int | None:
    """Return the number that the collected text has now among the article's revisions; None if it isn't there."""
    row = connection.execute(
        "select r.number from revisions r join articles a on a.id = r.article_id where r.article_id = ?"
        " and r.text_digest = ? and a.hidden_at is null order by r.number = ? desc, r.number desc limit 1",
        [article.id, article.text_digest, article.revision],
    ).fetchone()
    return None if row is None else int(row[0])


def _shown(connection: sqlite3.Connection, article: CollectedArticle) -> ShownMember:
    number = revision_of(connection, article)
    if number is None:
        return ShownMember(article=article, state="not in the archive")
    row = connection.execute(
        "select a.title, a.day, a.url, a.text_digest, a.source_id, coalesce(s.name, a.site_name, a.source_id) as source"
        " from articles a left join sources s on s.id = a.source_id where a.id = ?",
        [article.id],
    ).fetchone()
    return ShownMember(
        article=article,
        state="as added" if row["text_digest"] == article.text_digest else "revised since",
        title=row["title"],
        source_id=row["source_id"],
        source=row["source"],
        day=row["day"],
        url=row["url"],
    )


def _pinned(connection: sqlite3.Connection, ref: str, revision: int | None, now: datetime) -> CollectedArticle:
    row = find_article(connection, ref)
    number = row["revision_count"] if revision is None else revision
    text = connection.execute(
        "select text_digest from revisions where article_id = ? and number = ?", [row["id"], number]
    ).fetchone()
    if text is None:
        raise NotFound(f"article {row['id']} has {row['revision_count']} revision(s), no number {number}")
    return CollectedArticle(id=row["id"], revision=number, text_digest=text[0], added_at=now)


def _member(connection: sqlite3.Connection, found: Collection, ref: str) -> str:
    """Return the id of an article in a collection, which the archive may not have any more."""
    near = [each.id for each in found.articles if ref and each.id.startswith(ref)]
    if len(near) == 1:
        return near[0]
    if not near:
        article_id = str(find_article(connection, ref)["id"])
        if found.article(article_id) is not None:
            return article_id
    raise NotFound(
        f"{ref[:200]!r} names {'several articles' if near else 'no article'} of the collection {found.name!r}"
    )
