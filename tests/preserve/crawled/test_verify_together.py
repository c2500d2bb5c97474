"""Several processes come to the verdicts that one comes to."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError
from talkscraper.preserve import file_checks
from talkscraper.preserve.archive_files import finished_files
from talkscraper.preserve.file_verdicts import WarcState
from talkscraper.store.database import open_reader


@pytest.fixture
def damaged(archive, monkeypatch):
    """An archive of small files, one of them damaged, each worth a process of its own."""
    monkeypatch.setattr(file_checks, "WORTH_BYTES", 1)
    folder = ArchiveFolder(archive.root)
    first, *others = finished_files(folder)
    assert others
    data = bytearray(first.read_bytes())
    data[len(data) // 2] ^= 1
    first.write_bytes(data)
    return folder


@pytest.fixture
def children():
    """Lists the worker processes that were started since and haven't ended; other tests may have left some, as of replay."""
    before = workers_of_this_process()
    return lambda: workers_of_this_process() - before


def workers_of_this_process():
    listed = subprocess.run(
        ["ps", "-o", "pid=,stat=,args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    found = [line.split(None, 2) for line in listed.stdout.splitlines()]
    return {int(pid) for pid, state, arguments in found if "pool.worker" in arguments and not state.startswith("Z")}


def check(folder, **options):
    """Their verdicts."""
    connection = open_reader(folder.database)
    try:
        return file_checks.check_files(folder, connection, **options)
    finally:
        connection.close()


def test_processes_say_what_one_says(damaged):
    """Verdicts, findings and digests, in the same order; and progress is told to the end."""
    told = []
    together = check(damaged, workers=2, progress=lambda *each: told.append(each))
    assert together == check(damaged, workers=1)
    assert {each.verdict for each in together} == {WarcState.OK, WarcState.DAMAGED}
    size = sum(path.stat().st_size for path in finished_files(damaged))
    assert told[-1] == (f"{len(together)} files", size, size)


def test_a_process_that_is_killed_costs_nothing_but_time(damaged, children):
    """What it was at is checked by the one that asked."""
    killed = []

    def kill(_name, _done, _size):
        if not killed:
            killed.extend(children())
            for process in killed:
                os.kill(process, signal.SIGKILL)

    assert check(damaged, workers=2, progress=kill) == check(damaged, workers=1)
    assert killed


def test_a_file_that_cannot_be_read_is_told_from_a_process_as_from_here(damaged, children):
    """With its name; the other processes end."""
    path = finished_files(damaged)[0]
    path.unlink()
    path.mkdir()
    with pytest.raises(StorageError, match=path.name):
        check(damaged, workers=2)
    assert not children()
