"""The pass over revisions of before version 44 of the tables: texts that are also their article's are stored once.

Readers see the same rows before, meanwhile and after.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from talkscraper.store import upgrade_pass

if TYPE_CHECKING:
    from sqlite_utils import Database

BATCH = 500
"""Number of articles in a transaction."""
_SAID_EVERY = 100_000


def finish(run: Callable[..., Any]) -> int:
    """Remove all second copies of texts; return the number of articles looked at.

    Args:
        run: Calls a change of the database in one transaction (``ArchiveWriter.run``).
    """
    return upgrade_pass.finish(
        run,
        share_next,
        batch=BATCH,
        begun="removing second copies of texts: once after the upgrade, about a minute per 100,000 articles",
        done="second copies of the texts of %s articles removed",
        said_every=_SAID_EVERY,
    )


def share_next(db: Database) -> int | None:
    """Remove the second copies of the next articles; return their number, None when the pass is over."""
    return upgrade_pass.change_next(db, "space_pass", BATCH, _share)


def _share(db: Database, articles: Sequence[tuple[int, str]]) -> None:
    db.execute(
        "update revision_rows set title = null, authors = null, text = null, text_digest = null, word_count = null"
        " from articles a where a.seq between ? and ? and revision_rows.article_id = a.id"
        " and revision_rows.word_count is a.word_count and revision_rows.text_digest is a.text_digest"
        " and revision_rows.text is a.text and revision_rows.authors is a.authors"
        " and revision_rows.title is a.title",
        [articles[0][0], articles[-1][0]],
    )
