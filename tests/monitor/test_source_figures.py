"""Figures of sources: the same as a scan of all rows gives, from indexes alone."""

from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from talkscraper.frontier.model import UrlState
from talkscraper.monitor import source_figures
from talkscraper.monitor.status import _sources, last_verdicts
from talkscraper.store.articles import hide_article
from tests.support.archives import SITE, BuiltArchive, extraction, published, store
from tests.support.clock import at

NOW = at("2026-03-01")
SOURCES = ("mole", "pier", "quay", "wharf")
DIAGNOSES = (None, "ok", "idle", "waiting: until 06:00", "stopped: --max-time", "unreachable: no answer")


@pytest.fixture
def busy(tmp_path):
    """Four sources with articles (gone, hidden, cut), addresses in every state, and runs of every diagnosis."""
    chance = random.Random(1)
    built = BuiltArchive(tmp_path / "archive")
    db = built.db
    with db.conn:
        for name in SOURCES:
            db.execute(
                "insert into sources (id, name, homepage) values (?, ?, ?)", [name, name, f"http://{name}.test/"]
            )
    for number in range(60):
        url, day = f"{SITE}/{number}", NOW - timedelta(days=chance.randrange(40))
        capture = built.respond(url, day, f"<p>{number}")
        store(built, capture, extraction(url, f"Wall {number}", "The wall.", published=published("2025-10-01")),
              chance.choice(SOURCES[:3]))  # fmt: skip
    with db.conn:
        ids = [row[0] for row in db.execute("select id from articles order by seq")]
        for each in ids[:12]:
            db.execute("update articles set gone_at = '2026-02-01T00:00:00Z', gone_reason = '404' where id = ?", [each])
        for number in range(300):
            due = chance.choice([None, f"2026-0{chance.randrange(1, 6)}-01T00:00:00Z"])
            db.execute(
                "insert into urls (url, urlkey, source_id, kind, state, next_due, discovered_at)"
                " values (?, ?, ?, 'article', ?, ?, '2026-01-01T00:00:00Z')",
                [f"{SITE}/u{number}", f"u{number}", chance.choice(SOURCES), chance.choice(list(UrlState)), due],
            )
        for run in range(1, 15):
            db.execute("insert into runs (id, started_at) values (?, ?)", [run, f"2026-02-{run:02}T00:00:00Z"])
            for name in chance.sample(SOURCES, 3):
                db.execute(
                    "insert into run_sources (run_id, source_id, found, diagnosis) values (?, ?, ?, ?)",
                    [run, name, run, chance.choice(DIAGNOSES)],
                )
    for each in ids[10:15]:
        hide_article(db, each, now=NOW)
    db.conn.commit()
    folder = built.done()
    db.conn.close()
    with closing(sqlite3.connect(folder.database)) as connection:
        connection.row_factory = sqlite3.Row
        yield connection


def rows(connection, statement, *values):
    return {row[0]: tuple(row)[1:] for row in connection.execute(statement, values)}


def test_the_figures_of_articles_are_those_of_a_scan(busy):
    """Full texts, free parts, gone ones, and the newest; hidden articles count nowhere."""
    scanned = rows(
        busy,
        "select source_id, sum(truncated = 0), sum(truncated <> 0), sum(gone_at is not null), max(first_captured_at)"
        " from articles where hidden_at is null group by source_id",
    )
    found = source_figures.article_figures(busy)
    assert {name: (each.full_texts, each.free_parts, each.gone, each.newest_at) for name, each in found.items()} == (
        scanned
    )
    assert sum(each.gone for each in found.values()) == 10
    assert source_figures.newest_articles(busy) == {name: each[3] for name, each in scanned.items()}


def test_the_figures_of_addresses_are_those_of_a_scan(busy):
    """What is due, what follows, and what failed, whatever the states."""
    now = "2026-03-01T00:00:00Z"
    assert source_figures.url_figures(busy, now) == rows(
        busy,
        "select source_id, sum(state <> 'leased' and coalesce(next_due <= ?, 0)), min(next_due),"
        " sum(state = 'failed') from urls group by source_id",
        now,
    )


def test_the_last_runs_are_those_of_a_scan(busy):
    """The last run with a source, and the last in which anything of it was due."""
    for condition in ("true", source_figures.FETCHED):
        found = busy.execute(
            "select source_id, run_id from sources cross join run_sources on source_id = sources.id"
            f" and run_id = {source_figures.latest_run(condition)}"
        )
        scanned = f"select source_id, max(run_id) from run_sources where {condition} group by source_id"
        assert dict(found.fetchall()) == dict(busy.execute(scanned).fetchall())
    assert set(last_verdicts(busy)) == set(SOURCES)


def test_no_row_is_read_to_be_counted(busy):
    """Of the large tables only indexes are scanned that have nothing but what is counted: addresses that wait, and what is gone."""
    asked = []
    busy.set_trace_callback(asked.append)
    found = _sources(busy, source_figures.article_figures(busy), NOW)
    busy.set_trace_callback(None)
    assert len(found) == len(SOURCES)
    steps = [row[3] for statement in asked for row in busy.execute(f"explain query plan {statement}")]
    read = [each for each in steps if " USING " in each or each.startswith("SCAN")]
    read = [each for each in read if each.split()[1] in ("articles", "captures", "run_sources", "urls")]
    assert len(read) > 10
    assert {each for each in read if each.startswith("SCAN")} == {"SCAN urls USING INDEX urls_fresh"}
    assert "SEARCH articles USING COVERING INDEX articles_gone (gone_at>?)" in read
