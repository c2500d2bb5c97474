"""A source that gets another id keeps everything that it had."""

import pytest

from talkscraper.sources.model import Source
from talkscraper.store.database import open_writer
from talkscraper.store.source_rows import rename_source, write_source

NOW = "2026-01-02T00:00:00Z"


@pytest.fixture
def db(tmp_path):
    database = open_writer(tmp_path / "db")
    yield database
    database.close()


def _source(name):
    return Source(id=name, name=name, homepage=f"https://{name}.example/")


def _fill(db, name, number):
    write_source(db, _source(name))
    db.execute("insert or ignore into runs (id, started_at) values (1, ?)", [NOW])
    db.execute("insert into run_sources (run_id, source_id, new) values (1, ?, ?)", [name, number])
    db.execute("insert into article_days (source_id, day, articles) values (?, '2026-01-02', ?)", [name, number])
    db.execute("insert into intake (source_id, day, taken) values (?, '2026-01-02', ?)", [name, number])
    db.execute(
        "insert into urls (url, urlkey, source_id, kind, state, discovered_at) values (?, 'k', ?, 'feed', 'due', ?)",
        [f"https://{name}.example/feed", name, NOW],
    )
    db.execute("insert into fetch_failures (source_id, url, failed_at, error) values (?, 'u', ?, 'x')", [name, NOW])


def _tables(db):
    """Every table with a source's id."""
    return [
        row[0]
        for row in db.execute(
            "select m.name from sqlite_master m join pragma_table_info(m.name) p where p.name = 'source_id' and"
            " m.type = 'table'"
        ).fetchall()
    ]


def test_every_row_goes_over_and_none_is_left(db):
    _fill(db, "quay", 3)
    renamed = rename_source(db, "quay", _source("harbour"))
    assert renamed is not None
    assert "quay is harbour now" in renamed.note()
    assert not [t for t in _tables(db) if db.execute(f"select 1 from {t} where source_id = 'quay'").fetchone()]
    assert [row[0] for row in db.execute("select id from sources").fetchall()] == ["harbour"]
    assert db.execute("select url, source_id from urls").fetchall()[0] == ("https://quay.example/feed", "harbour")


def test_the_second_time_there_is_nothing_to_do(db):
    _fill(db, "quay", 3)
    rename_source(db, "quay", _source("harbour"))
    assert rename_source(db, "quay", _source("harbour")) is None


def test_a_source_that_has_rows_already_gets_the_others_too(db):
    """It was crawled under its new id before anybody wrote the line."""
    _fill(db, "quay", 3)
    _fill(db, "harbour", 4)
    rename_source(db, "quay", _source("harbour"))
    assert db.execute("select articles from article_days").fetchall() == [(7,)]
    assert db.execute("select taken from intake").fetchall() == [(7,)]
    assert db.execute("select new from run_sources").fetchall() == [(4,)]
