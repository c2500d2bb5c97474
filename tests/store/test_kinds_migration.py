"""The step that removes the list of kinds from ``urls``: nothing else changes, and an interruption costs nothing."""

import sqlite3

import pytest
import sqlite_utils

from talkscraper.store import migrations
from talkscraper.store.migrations import changes, m015_kinds_of_seeds

STEP = "m015_kinds_of_seeds"
NEXT = migrations.names()[migrations.names().index(STEP) + 1]
KINDS = ("homepage", "listing", "feed", "sitemap", "article")


@pytest.fixture
def older(tmp_path):
    """The path of a database before the step, with one address of each kind."""
    path = tmp_path / "talkscraper.db"
    database = sqlite_utils.Database(path)
    migrations.apply(database, stop_before=STEP)
    with database.conn:
        database.execute(
            "insert into sources (id, name, homepage) values ('quay', 'The Quay', 'https://quay.example/')"
        )
        for kind in KINDS:
            insert(database, kind)
    database.close()
    return path


def insert(database, kind):
    database.execute(
        "insert into urls (url, urlkey, source_id, kind, state, discovered_at) values (?, ?, 'quay', ?, 'due', ?)",
        [f"https://quay.example/{kind}", f"example,quay)/{kind}", kind, "2025-10-28T09:00:00Z"],
    )


def everything(path):
    """All declarations but the table's own, and its rows."""
    with sqlite3.connect(path) as connection:
        declared = connection.execute("select type, name, sql from sqlite_master where name <> 'urls' order by 1, 2")
        found = declared.fetchall(), connection.execute("select * from urls order by id").fetchall()
        assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
        assert len(connection.execute("select * from mentions").fetchall()) == 1
    connection.close()
    return found


@pytest.mark.parametrize("by", ["declaration", "copy"])
def test_a_new_kind_can_be_stored_and_all_else_stays(older, monkeypatch, by):
    """Also where SQLite protects its schema, and the table is copied."""
    before = everything(older)
    if by == "copy":
        monkeypatch.setattr(m015_kinds_of_seeds, "redeclare", changes._copy_table)
    database = sqlite_utils.Database(older)
    with pytest.raises(sqlite3.IntegrityError):
        insert(database, "archive")
    database.conn.rollback()
    migrations.apply(database, stop_before=NEXT)
    assert everything(older) == before
    with database.conn:
        insert(database, "archive")
    with pytest.raises(sqlite3.IntegrityError):  # the list of states is still there
        database.execute("update urls set state = 'lost'")
    database.close()


def test_an_interrupted_step_has_changed_nothing_and_is_done_the_next_time(older, monkeypatch):
    """The connection is lost when all is done but the commit."""
    before, redeclare = older.read_bytes(), changes.redeclare

    def interrupted(*arguments):
        redeclare(*arguments)
        raise OSError("the machine went down")

    database = sqlite_utils.Database(older)
    with monkeypatch.context() as patch, pytest.raises(OSError, match="went down"):
        patch.setattr(m015_kinds_of_seeds, "redeclare", interrupted)
        migrations.apply(database, stop_before=NEXT)
    database.close()
    assert older.read_bytes() == before
    database = sqlite_utils.Database(older)
    migrations.apply(database, stop_before=NEXT)
    with database.conn:
        insert(database, "archive")
    database.close()
