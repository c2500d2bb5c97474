"""Facets and exact filters of names in bylines, tags, agencies, access and kinds; lists of what changed and is gone.

The full-text index is written again, since it holds the words of the exact filters; not if it has them already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store import fulltext
from talkscraper.store.database import select
from talkscraper.store.migrations.changes import run
from talkscraper.store.text_values import listed

if TYPE_CHECKING:
    from sqlite_utils import Database

_PART = 1_000


def apply(db: Database) -> None:
    """Apply the step."""
    run(
        db,
        """
drop index articles_facets;
create index articles_facets on articles(
 seq, source_id, authors, language, section, tags, access, page_kind, wire_agency);
create index articles_changed on articles(last_changed_at) where revision_count > 1 and hidden_at is null;
create index articles_gone on articles(gone_at) where gone_at is not null and hidden_at is null
""",
    )
    last, found, changed = None, True, False
    while found:
        found = False
        rows = list(
            select(
                db,
                "select seq, authors, tags, page_kind, wire_agency, marks from articles where ? is null or seq > ?"
                " order by seq limit ?",
                [last, last, _PART],
            )
        )
        for row in rows:
            found, last = True, row["seq"]
            words = [fulltext.mark("byline", str(each)) for each in listed(row["authors"])]
            words += [fulltext.mark("tag", str(each)) for each in listed(row["tags"])]
            words += [fulltext.mark("type", row["page_kind"])] if row["page_kind"] else []
            words += [fulltext.mark("agency", row["wire_agency"])] if row["wire_agency"] else []
            marks = " ".join(dict.fromkeys([*row["marks"].split(), *words]))
            if marks != row["marks"]:
                db.execute("update articles set marks = ? where seq = ?", [marks, row["seq"]])
                changed = True
    if changed:
        fulltext.rebuild(db)
