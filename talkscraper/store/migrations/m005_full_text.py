"""The full-text index over ``articles``; its content is segmented by ``store.fulltext``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    # the double quotes matter: other tools recognise content="articles" and offer a search box;
    # Mc and Mn are the vowel signs of Indic and South-East Asian scripts, at which words would otherwise be split
    db.execute(
        """
create virtual table articles_fts using fts5 (
    title, text, authors, marks,
    content="articles", content_rowid="seq",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'", prefix="3"
)"""
    )
