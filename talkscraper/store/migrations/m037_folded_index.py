"""The full-text index is built again: folded by ``store.folding``, with the words of all exact filters.

Its words become a table, for wildcards. It is the last step of its version, because it needs all columns that the index
has words of. All of it is one transaction: if it is interrupted, the old index is there, and the step begins again. An
archive that has yet to get the step that builds the index once more is left to that one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store import fulltext
from talkscraper.store.index_build import articles_told, build_index, is_built_later

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute("create virtual table articles_words using fts5vocab('articles_fts', 'row')")
    _fold_marks(db)
    if not is_built_later(db):
        build_index(db, "the full-text index again")


def _fold_marks(db: Database) -> None:
    """Write the words of exact filters again: values are compared without accents, and there are more filters."""
    columns = ", ".join(dict.fromkeys(("seq", "id", "marks", *fulltext.MARKED)))
    for row in articles_told(db, "writing the words of filters", columns):
        if row["marks"] is None:
            continue
        marks = fulltext.marks_of(row)
        if marks != row["marks"]:
            db.execute("update articles set marks = ? where id = ?", [marks, row["id"]])
