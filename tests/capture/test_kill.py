"""kill -9 while writing: what was committed is on the disk, and what is on the disk is whole but for a torn end."""

from __future__ import annotations

import random
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.warc_file import index_path
from talkscraper.warc.reader import read_record
from tests.support.warcs import iter_records, scan_members


def kill_at(folder: ArchiveFolder, seed: int) -> None:
    """Start a writer, let it commit some groups, kill it in the middle of whatever it does then."""
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("endless.py")), str(folder.root), str(seed)],
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    for _ in range(random.Random(seed).randrange(1, 25)):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.communicate()


def check(folder: ArchiveFolder) -> int:
    """Every row leads to its whole record; every finished file is whole, indexed and of no other making."""
    rows = sqlite3.connect(folder.database).execute("select id, file, at, length from captures").fetchall()
    for record_id, name, at, length in rows:
        path = folder.warc / name
        path = path if path.exists() else path.with_name(name + ".open")
        assert read_record(path, at, length).record_id == record_id
    for path in folder.warc.glob("*.warc.gz"):
        assert all(member.complete for member in scan_members(path))
        assert index_path(folder, path.name).exists()
        assert next(iter_records(path)).headers.get("WARC-Filename") == path.name
    for path in folder.warc.glob("*.open"):
        incomplete = [member for member in scan_members(path) if not member.complete]
        assert len(incomplete) <= 1
    return len(rows)


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_writer_leaves_no_row_without_its_record(tmp_path, seed):
    """Two kills in a row on one archive; the second run begins a file of its own and appends to none."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    kill_at(folder, seed)
    first = {path: path.read_bytes() for path in folder.warc.iterdir()}
    before = check(folder)
    assert before
    kill_at(folder, seed + 1000)
    assert check(folder) > before
    assert all(path.read_bytes() == data for path, data in first.items())


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 160))
def test_a_killed_writer_many_times(tmp_path, seed):
    """The same at sixty more points."""
    test_a_killed_writer_leaves_no_row_without_its_record(tmp_path, seed)
