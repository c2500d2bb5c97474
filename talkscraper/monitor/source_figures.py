"""Figures of each source, at a cost that depends on the number of sources and not on that of articles.

A source's articles are counted when they are stored (``article_days``). Everything else is looked up at one end of an
index, or counted in an index that has nothing but what is counted: no row with its text is read.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass

from talkscraper.frontier.model import UrlState

FETCHED = "diagnosis <> 'idle'"
"""Condition on ``run_sources``: something of the source was due in the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFigures:
    """The articles of a source, without hidden ones."""

    full_texts: int
    free_parts: int
    """Number of those of which only the part before a paywall was captured."""
    gone: int
    newest_at: str | None
    """When the last new one was captured."""


NO_ARTICLES = ArticleFigures(full_texts=0, free_parts=0, gone=0, newest_at=None)


def article_figures(connection: sqlite3.Connection) -> dict[str, ArticleFigures]:
    """Return the figures of articles by source."""
    gone = dict(
        connection.execute(
            "select source_id, count(*) from articles indexed by articles_gone"
            " where gone_at is not null and hidden_at is null group by source_id"
        ).fetchall()
    )
    newest = newest_articles(connection)
    rows = connection.execute("select source_id, sum(articles), sum(truncated) from article_days group by source_id")
    return {
        source_id: ArticleFigures(
            full_texts=full_texts,
            free_parts=free_parts,
            gone=gone.get(source_id, 0),
            newest_at=newest.get(source_id),
        )
        for source_id, full_texts, free_parts in rows
    }


def newest_articles(connection: sqlite3.Connection) -> dict[str, str]:
    """Return by source when its newest article that isn't hidden was captured first."""
    # from each source to the next, instead of through all articles
    rows = connection.execute(
        "with recursive found(id) as (select min(source_id) from articles union all"
        " select (select min(source_id) from articles where source_id > found.id) from found where id is not null)"
        " select id, (select first_captured_at from articles indexed by articles_status where source_id = found.id"
        " and hidden_at is null order by first_captured_at desc limit 1) as newest from found"
        " where id is not null and newest is not null"
    )
    return dict(rows.fetchall())


def url_figures(connection: sqlite3.Connection, now: str) -> dict[str, tuple[int, str | None, int]]:
    """Return by source how many addresses are due, when the next one is, and how many failed when last fetched."""
    of_state = "from urls indexed by urls_due where source_id = sources.id and state = ?"
    failed = dict(
        connection.execute(f"select id, (select count(*) {of_state}) from sources", [UrlState.FAILED]).fetchall()
    )
    due: Counter[str] = Counter()
    following: dict[str, str] = {}
    for state in UrlState:
        rows = connection.execute(
            f"select id, (select min(next_due) {of_state}), (select count(*) {of_state} and next_due <= ?)"
            " from sources",
            [state, state, now],
        )
        for source_id, first, count in rows:
            due[source_id] += count if state is not UrlState.LEASED else 0
            if first is not None:
                following[source_id] = min(first, following.get(source_id, first))
    return {source_id: (due[source_id], following.get(source_id), count) for source_id, count in failed.items()}


def latest_run(condition: str = "true") -> str:
    """Return the SQL of the last run with a source, for a statement that reads ``sources``.

    A ``cross join`` of ``run_sources`` to them keeps SQLite from reading all runs. ``condition`` is on ``run_sources``.
    """
    return f"(select run_id from run_sources where source_id = sources.id and {condition} order by run_id desc limit 1)"
