"""Years of runs: what is left of them in the database."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.crawl import run_rows
from talkscraper.store.database import iso, open_writer

NOW = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def db(tmp_path):
    """Hourly runs of one day each, so many days ago, in each of which one of two sources was due."""
    database = open_writer(tmp_path / "talkscraper.db")
    for name in ("busy", "quiet"):
        database.execute("insert into sources (id, name, homepage) values (?, ?, '')", [name, name])
    for number, days in enumerate((500, 399, 91, 89, 1), 1):
        started = iso(NOW - timedelta(days=days))
        summary = json.dumps({"run": number})
        database.execute("insert into runs (id, started_at, summary) values (?, ?, ?)", [number, started, summary])
        for name, diagnosis in (("busy", "ok"), ("quiet", "idle")):
            database.execute(
                "insert into run_sources (run_id, source_id, diagnosis) values (?, ?, ?)", [number, name, diagnosis]
            )
        for url in ("https://quay.example/a", f"https://quay.example/{number}"):
            database.execute(
                "insert into fetch_failures (run_id, url, failed_at, error) values (?, ?, ?, 'status-500')",
                [number, url, started],
            )
    yield database
    database.close()


def test_the_first_run_of_a_day_drops_what_is_old_and_keeps_what_captures_lead_to(db):
    """Runs and what a source brought stay; idle rows, summaries and outdated failures go."""
    run_rows.begin_run(db, command="crawl", now=NOW)
    assert [row[0] for row in db.execute("select id from runs where summary is null and id < 6")] == [1]
    assert db.execute("select count(*) from runs").fetchone() == (6,)
    kept = db.execute("select source_id, group_concat(run_id) from run_sources group by source_id").fetchall()
    assert kept == [("busy", "1,2,3,4,5"), ("quiet", "4,5")]
    failed = db.execute("select url, count(*) from fetch_failures group by url order by url").fetchall()
    assert failed == [
        *((f"https://quay.example/{number}", 1) for number in range(1, 6)),
        ("https://quay.example/a", 4),
    ]


def test_later_runs_of_a_day_leave_it_alone(db):
    """Once a day is enough."""
    db.execute("update runs set started_at = ? where id = 5", [iso(NOW - timedelta(hours=1))])
    run_rows.begin_run(db, command="crawl", now=NOW)
    assert db.execute("select count(*) from run_sources").fetchone() == (10,)
