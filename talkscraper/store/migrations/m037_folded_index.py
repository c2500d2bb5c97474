"""The full-text index is built again: folded by ``store.folding``, with the words of all exact filters.

Its words become a table, for wildcards. It is the last step of its version, because it needs all columns that the index
has words of. All of it is one transaction: if it is interrupted, the old index is there, and the step begins again.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from talkscraper.store import fulltext
from talkscraper.store.database import select

if TYPE_CHECKING:
    from sqlite_utils import Database

_HASH_BYTES = 64 * 1024 * 1024
"""Size of the postings that are gathered in memory before they are written."""
_TOLD_EVERY_S = 5.0


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("create virtual table articles_words using fts5vocab('articles_fts', 'row')")
    _fold_marks(db)
    (count,) = db.execute("select count(*) from articles where hidden_at is null").fetchone()
    began = told_at = time.monotonic()

    def tell(done: int) -> None:
        nonlocal began, told_at
        if done == 1:
            began = time.monotonic()
        if time.monotonic() - told_at >= _TOLD_EVERY_S:
            told_at = time.monotonic()
            left = (told_at - began) / done * (count - done)
            sys.stderr.write(
                f"talkscraper: building the full-text index again: {done:,} of {count:,} articles,"
                f" about {left / 60:.0f} min left; if interrupted, it begins again\n"
            )

    db.execute("insert into articles_fts (articles_fts, rank) values ('hashsize', ?)", [_HASH_BYTES])
    fulltext.rebuild(db, tell)
    db.execute("delete from articles_fts_config where k = 'hashsize'")


def _fold_marks(db: Database) -> None:
    """Write the words of exact filters again: values are compared without accents, and there are more filters."""
    columns = ", ".join(dict.fromkeys(("id", "marks", *fulltext.MARKED)))
    for row in list(select(db, f"select {columns} from articles where marks is not null")):
        marks = fulltext.marks_of(row)
        if marks != row["marks"]:
            db.execute("update articles set marks = ? where id = ?", [marks, row["id"]])
