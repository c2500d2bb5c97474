"""The pass over articles of before version 31 of the tables: their sketches, and their clusters again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from talkscraper.store import upgrade_pass
from talkscraper.store.clusters import place

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 200
"""Number of articles in a transaction."""
_SAID_EVERY = 10_000


def finish(run: Callable[..., Any]) -> int:
    """Compare all articles that wait for it; return their number.

    Args:
        run: Calls a change of the database in one transaction (``ArchiveWriter.run``).
    """
    return upgrade_pass.finish(
        run,
        compare_next,
        batch=BATCH,
        begun="comparing all articles for copies: once after the upgrade, about 3 minutes per 100,000",
        done="%s articles compared for copies",
        said_every=_SAID_EVERY,
    )


def compare_next(db: Database) -> int | None:
    """Compare the next articles; return their number, None when the pass is over."""
    return upgrade_pass.change_next(db, "sketch_pass", BATCH, _compare)


def _compare(db: Database, articles: Sequence[tuple[int, str]]) -> None:
    for _, article_id in articles:
        place(db, article_id)
