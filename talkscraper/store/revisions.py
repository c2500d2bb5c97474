"""Revisions of articles, derived from all looks in the order of their capture.

A look is a capture whose page is the article: ``captures.article_id`` with ``content_digest``. A revision begins where
the content changes from one look to the next, so the order in which looks arrive (a live crawl, an import of old
files) makes no difference. Each distinct content begins a revision, so its text can always be found in one. Only the
part that a paywall leaves (``Look.truncated``) never follows a full text: such a look is counted, and begins nothing.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talkscraper.store.content import COLUMNS, Content, says_modified
from talkscraper.store.database import select
from talkscraper.store.diff import kinds_of

if TYPE_CHECKING:
    from sqlite_utils import Database


FIRST = "first"
"""``revisions.change`` of the first revision."""

SHARED = ("word_count", "text_digest", "text", "authors", "title")
"""The columns of a revision that are NULL in ``revision_rows`` where all of them are those of its article."""
LOOK_COLUMNS = (
    "page_kind", "page_reason", "article_id", "extractor", "content_digest", "content_modified_at",
    "content_truncated",
)  # fmt: skip
"""The columns of ``captures`` that hold what was extracted from a page."""
NOT_READ = ", ".join(f"{name} = null" for name in LOOK_COLUMNS)
"""SQL assignments that make a capture one that wasn't extracted yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """A capture of an article."""

    capture_id: str
    captured_at: str
    content_digest: str
    modified_at: str | None
    extractor: str
    truncated: bool = False
    """Whether the page showed only the part before a paywall."""

    @property
    def order(self) -> tuple[str, str]:
        """Sort key: time, then id for captures of the same second."""
        return self.captured_at, self.capture_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The last revision of an article."""

    number: int
    change: str


def looks_at(db: Database, article_id: str) -> list[Look]:
    """Return all looks of an article, in the order of their capture."""
    return looks_of(db.conn, article_id)


def looks_of(connection: sqlite3.Connection, article_id: str) -> list[Look]:
    """The same for a read-only connection."""
    rows = connection.execute(
        "select id, captured_at, content_digest, content_modified_at, extractor, content_truncated from captures"
        " where article_id = ? and content_digest is not null order by captured_at, id",
        [article_id],
    )
    return [
        Look(
            capture_id=row[0],
            captured_at=row[1],
            content_digest=row[2],
            modified_at=row[3],
            extractor=row[4] or "",
            truncated=bool(row[5]),
        )
        for row in rows
    ]


def beginnings(looks: Iterable[Look]) -> Iterator[Look]:
    """Return those looks (in order) that begin a revision."""
    current: str | None = None
    modified: str | None = None
    full = False
    for look in looks:
        if look.truncated and full:
            continue
        full = not look.truncated
        if look.content_digest != current:
            current, modified = look.content_digest, look.modified_at
        elif says_modified(modified, look.modified_at, look.captured_at):
            modified = look.modified_at
        else:
            continue
        yield look


def rewrite(db: Database, article_id: str, looks: list[Look], fresh: Content | None = None) -> Head | None:
    """Update ``revisions`` of an article from its looks; return None if there are none.

    ``fresh`` is the content of a look that isn't in ``revisions`` yet.
    """
    old = list(
        select(
            db,
            "select number, capture_id, content_digest, extractor, modified_at, change from revisions"
            " where article_id = ? order by number",
            [article_id],
        )
    )
    begun = list(beginnings(looks))
    same = 0
    for row, look in zip(old, begun, strict=False):
        if (row["capture_id"], row["content_digest"], row["extractor"], row["modified_at"]) != (
            look.capture_id,
            look.content_digest,
            look.extractor,
            look.modified_at,
        ):
            break
        same += 1
    if same == len(old) == len(begun):
        return Head(number=same, change=old[-1]["change"]) if old else None
    contents = _contents(db, article_id, {look.content_digest for look in begun[max(0, same - 1) :]})
    if fresh is not None:
        contents[fresh.digest] = fresh
    if same < len(old):
        db.execute("delete from revisions where article_id = ? and number > ?", [article_id, same])
    before = contents[begun[same - 1].content_digest] if same else None
    change = old[same - 1]["change"] if same else FIRST
    for number, look in enumerate(begun[same:], same + 1):
        content = contents[look.content_digest]
        kinds = (FIRST,) if before is None else kinds_of(before, content)
        change = kinds[0]
        _insert(db, article_id, number, look, content, kinds)
        before = content
    return Head(number=len(begun), change=change) if begun else None


def numbered(db: Database, article_id: str, number: int) -> dict[str, Any]:
    """Return one revision of an article; it must exist."""
    return next(iter(select(db, "select * from revisions where article_id = ? and number = ?", [article_id, number])))


def newest_read(db: Database, article_id: str, content_digest: str | None = None) -> str | None:
    """Return the newest look that isn't a revisit, at a full text if there is one; with this content if given."""
    row = db.execute(
        "select id from captures where article_id = ? and record_type <> 'revisit'"
        " and content_digest = coalesce(?, content_digest)"
        " order by content_truncated is not null, captured_at desc, id desc limit 1",
        [article_id, content_digest],
    ).fetchone()
    return str(row[0]) if row else None


def _contents(db: Database, article_id: str, digests: set[str]) -> dict[str, Content]:
    found: dict[str, Content] = {}
    for digest in digests:
        rows = select(
            db,
            "select * from revisions where article_id = ? and content_digest = ? order by number limit 1",
            [article_id, digest],
        )
        for row in rows:
            found[digest] = Content.of_row(row)
    return found


def _insert(db: Database, article_id: str, number: int, look: Look, content: Content, kinds: Sequence[str]) -> None:
    values = {
        "article_id": article_id,
        "number": number,
        "capture_id": look.capture_id,
        "captured_at": look.captured_at,
        **{name: getattr(content, name) for name in COLUMNS},
        "modified_at": look.modified_at,
        "change": kinds[0],
        "extractor": look.extractor,
        "content_digest": look.content_digest,
        "kinds": json.dumps(kinds),
    }
    if _is_shown(db, article_id, content):
        values |= dict.fromkeys(SHARED)
    # into the rows themselves: the trigger of the view comes to the same, and takes ten times as long
    db.execute(
        f"insert into revision_rows ({', '.join(values)}) values ({', '.join('?' * len(values))})",
        list(values.values()),
    )


def _is_shown(db: Database, article_id: str, content: Content) -> bool:
    """Whether the article's row has this text with its headline and byline, so that the revision needs no copy."""
    same = " and ".join(f"{name} is ?" for name in SHARED)
    values = [getattr(content, name) for name in SHARED]
    return db.execute(f"select 1 from articles where id = ? and {same}", [article_id, *values]).fetchone() is not None
