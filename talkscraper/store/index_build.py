"""Building the full-text index of an archive again, within a step of the migrations, which says how far it is."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from talkscraper.store import fulltext

if TYPE_CHECKING:
    from sqlite_utils import Database

TOLD_EVERY_S = 5.0
_HASH_BYTES = 64 * 1024 * 1024
"""Size of the postings that are gathered in memory before they are written."""


def build_index(db: Database, what: str) -> None:
    """Rebuild the index and say on stderr how far it is; ``what`` is its name there (``a smaller full-text index``)."""
    (count,) = db.execute("select count(*) from articles where hidden_at is null").fetchone()
    began = told_at = time.monotonic()

    def tell(done: int) -> None:
        nonlocal began, told_at
        if done == 1:
            began = time.monotonic()
        if time.monotonic() - told_at >= TOLD_EVERY_S:
            told_at = time.monotonic()
            left = (told_at - began) / done * (count - done)
            sys.stderr.write(
                f"talkscraper: building {what}: {done:,} of {count:,} articles,"
                f" about {left / 60:.0f} min left; if interrupted, it begins again\n"
            )

    db.execute("insert into articles_fts (articles_fts, rank) values ('hashsize', ?)", [_HASH_BYTES])
    fulltext.rebuild(db, tell)
    db.execute("delete from articles_fts_config where k = 'hashsize'")
