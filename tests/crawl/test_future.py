"""A clock that was ahead once: what it put off comes back, and is told."""

from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.crawl.clock_repair import RepairedTimes, repair_times
from talkscraper.store.writer import ArchiveWriter

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
URL = (
    "insert into urls (url, urlkey, source_id, kind, state, discovered_at, last_fetched_at, next_due)"
    " values (?, ?, 'quay', ?, ?, ?, ?, ?)"
)


@pytest.fixture
def writer(tmp_path):
    with ArchiveWriter(tmp_path / "talkscraper.db") as made:
        made.run(
            lambda db: db.execute("insert into sources (id, name, homepage) values ('quay', 'Quay', 'https://q.x/')")
        )
        yield made


def put(writer, url, kind, state, discovered, fetched, due):
    writer.run(lambda db: db.execute(URL, [url, url, kind, state, discovered, fetched, due]))


def due(writer):
    return dict(writer.run(lambda db: db.execute("select url, next_due from urls").fetchall()))


def test_a_run_fifty_years_ahead_silences_nothing(writer):
    """What it fetched is due now; its times, and those of its run, aren't after now any more; what it did is told."""
    put(writer, "home", "homepage", "done", "2026-02-01T00:00:00Z", "2076-03-01T12:00:00Z", "2076-03-01T13:30:00Z")
    put(writer, "story", "article", "done", "2076-03-01T12:00:00Z", "2076-03-01T12:00:00Z", None)
    put(writer, "usual", "article", "done", "2026-02-28T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-07T00:00:00Z")
    writer.run(
        lambda db: db.execute(
            "insert into runs (started_at, finished_at) values ('2076-03-01T12:00:00Z', '2076-03-01T12:01:00Z')"
        )
    )
    brought = writer.run(lambda db: repair_times(db, now=NOW))
    assert brought == RepairedTimes(addresses=2, runs=1)
    assert "2 addresses" in (brought.note() or "")
    now = "2026-03-01T12:00:00Z"
    assert due(writer) == {"home": now, "story": now, "usual": "2026-03-07T00:00:00Z"}
    for column in ("last_fetched_at", "discovered_at"):
        assert writer.run(lambda db, c=column: db.execute(f"select max({c}) from urls").fetchone()[0]) <= now
    assert writer.run(lambda db: repair_times(db, now=NOW)) == RepairedTimes()


def test_nothing_is_put_off_beyond_the_schedule(writer):
    """An address that is due in decades, for whatever reason, is due when the schedule's longest time is over."""
    put(writer, "feed", "feed", "done", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z", "2090-01-01T00:00:00Z")
    bring = writer.run(lambda db: repair_times(db, now=NOW, longest=timedelta(days=400)))
    assert bring.addresses == 1
    assert due(writer) == {"feed": "2027-04-05T12:00:00Z"}


def test_a_clock_that_was_always_right_costs_no_table(writer):
    """Where nothing lies in the future, addresses are looked up by an index, and none is changed."""
    put(writer, "feed", "feed", "done", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00Z", "2026-05-01T00:00:00Z")
    statements = []
    writer.run(lambda db: db.conn.set_trace_callback(statements.append))
    assert writer.run(lambda db: repair_times(db, now=NOW)).note() is None
    writer.run(lambda db: db.conn.set_trace_callback(None))
    assert not [each for each in statements if each.startswith("update urls")]
