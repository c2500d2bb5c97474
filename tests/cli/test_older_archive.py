"""An archive that an older version wrote works after an upgrade, whichever command comes first."""

import sqlite3

import pytest
import sqlite_utils

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ExitCode, OlderSchema
from talkscraper.store import migrations
from talkscraper.store.database import open_reader
from tests.support import cli


@pytest.fixture
def older(tmp_path):
    """An archive whose database lacks the newest steps."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    database = sqlite_utils.Database(folder.database)
    migrations.apply(database, stop_before="m011_lost_and_undated")
    database.close()
    return folder


@pytest.mark.parametrize("arguments", [("status",), ("search", "wall"), ("verify",), ("export", "-")])
def test_a_command_that_only_reads_brings_the_database_up_to_date(older, arguments):
    arguments = tuple(str(older.root / "out.csv") if each == "-" else each for each in arguments)
    done = cli.run(older.root, *arguments)
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "is up to date now" in done.stderr
    assert "Traceback" not in done.stderr
    with sqlite3.connect(older.database) as connection:
        assert connection.execute(
            "select 1 from _sqlite_migrations where name = ?", [migrations.names()[-1]]
        ).fetchone()
    connection.close()
    assert cli.run(older.root, *arguments).stderr.count("up to date") == 0


def test_while_another_run_holds_the_lock_there_is_one_line(older):
    with older.lock(what="test"):
        done = cli.run(older.root, "status")
    assert done.returncode == ExitCode.ERROR
    assert done.stderr.splitlines() == [f"talkscraper: {OlderSchema(older.database)}"]


def test_in_python_the_error_says_what_to_do(older):
    with pytest.raises(OlderSchema, match="talkscraper repair"):
        open_reader(older.database)
