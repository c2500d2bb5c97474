"""The day's file: runs of one day append to one WARC, only if it is what was finished, and a kill loses nothing."""

from __future__ import annotations

import hashlib
import os
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from warcio.archiveiterator import ArchiveIterator

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.model import Capture
from talkscraper.preserve.backup import backup
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.verify import verify
from talkscraper.replay.payload import load
from talkscraper.store.captures import by_id
from talkscraper.store.database import open_reader
from talkscraper.store.warc_manifest import read_manifest
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.reader import read_record
from tests.support import sql
from tests.support.exchanges import exchange, framed

MORNING = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def folder(tmp_path) -> ArchiveFolder:
    return ArchiveFolder(tmp_path / "archive").make()


def run(
    folder: ArchiveFolder,
    at: datetime,
    *pages: str,
    committed: Callable[[str], object] = lambda _id: None,
    **options: Any,
) -> None:
    """One run, which recovers first as every crawl does; each page is waited for."""
    database = ArchiveWriter(folder.database)
    database.run(lambda db: recover(folder, db, at))
    writer = archive_writer(folder, database, run_id=None, user_agent="tests", clock=lambda: at, **options)
    for page in pages:
        body = f"<p>{page} holds.</p>".encode() * 50
        capture = writer.submit(exchange(f"http://news.example/{page}", framed(body), at)).result()
        assert capture is not None
        committed(capture.id)
    writer.close()
    database.close()


def warcs(folder: ArchiveFolder) -> list[str]:
    return sorted(path.name for path in folder.warc.iterdir())


def sound(folder: ArchiveFolder, now: datetime) -> bool:
    """Whether verify finds nothing, and warcio reads the same records as the rows name."""
    report = verify(folder, now=now, articles=0)
    assert report.ok, [each.line() for each in report.all_findings()]
    for path in folder.warc.glob("*.warc.gz"):
        with path.open("rb") as handle:
            read = [
                each.rec_headers["WARC-Record-ID"] for each in ArchiveIterator(handle) if each.rec_type == "response"
            ]
        rows = sql.rows(folder.root, "select id from captures where warc_file = ? order by warc_offset", path.name)
        assert read == [row[0] for row in rows]
    return True


def test_runs_of_a_day_share_a_file(folder):
    """Three runs: one finished WARC, one index, and row, manifest and digest agree after each; next day, another."""
    for hour in range(3):
        run(folder, MORNING + hour * HOUR, f"a{hour}", f"b{hour}")
        (name,) = warcs(folder)
        data = (folder.warc / name).read_bytes()
        (row,) = sql.mappings(folder.root, "select * from warc_files")
        assert (row["size"], row["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
        assert (row["prefix_size"], row["prefix_sha256"]) == (None, None)
        assert row["opened_at"] == "2026-03-01T06:30:15Z"
        assert row["closed_at"] == f"2026-03-01T0{6 + hour}:30:15Z"
        assert read_manifest(folder) == {f"warc/{name}": row["sha256"]}
        assert len([*folder.index.iterdir()]) == 1
        assert len(next(folder.index.iterdir()).read_text().splitlines()) == 2 * (hour + 1)
        assert sound(folder, MORNING + hour * HOUR)
    run(folder, MORNING + 24 * HOUR, "next")
    assert len(warcs(folder)) == 2
    assert sound(folder, MORNING + 24 * HOUR)


def test_each_run_says_who_it_is(folder):
    """A continuing run begins with a warcinfo record of its own, so that its records can be told from others'."""
    run(folder, MORNING, "a")
    run(folder, MORNING + HOUR, "b")
    (name,) = warcs(folder)
    with (folder.warc / name).open("rb") as handle:
        kinds = [each.rec_type for each in ArchiveIterator(handle)]
    assert kinds == ["warcinfo", "response", "request", "warcinfo", "response", "request"]


def test_a_run_that_fetches_nothing_leaves_the_file_alone(folder):
    """The file isn't even reopened."""
    run(folder, MORNING, "a")
    before = [(path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.warc.iterdir()]
    run(folder, MORNING + HOUR)
    assert [(path.stat().st_ino, path.stat().st_mtime_ns) for path in folder.warc.iterdir()] == before


def test_verdict_is_of_the_bytes_that_it_saw(folder):
    """After a continuation the file counts as not yet verified; the history keeps the earlier verdict."""
    run(folder, MORNING, "a")
    assert verify(folder, now=MORNING, articles=0).noted
    run(folder, MORNING + HOUR, "b")
    assert sql.rows(folder.root, "select verdict, verified_at from warc_files") == [(None, None)]
    assert sql.rows(folder.root, "select verdict from verdicts") == [("ok",)]


def _flip(folder: ArchiveFolder) -> None:
    path = next(folder.warc.glob("*.warc.gz"))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _longer(folder: ArchiveFolder) -> None:
    with next(folder.warc.glob("*.warc.gz")).open("ab") as handle:
        handle.write(b"\0")


def _shorter(folder: ArchiveFolder) -> None:
    path = next(folder.warc.glob("*.warc.gz"))
    os.truncate(path, path.stat().st_size - 1)


def _linked(folder: ArchiveFolder) -> None:
    os.link(next(folder.warc.glob("*.warc.gz")), folder.root / "snapshot")


def _elsewhere(folder: ArchiveFolder) -> None:
    path = next(folder.warc.glob("*.warc.gz"))
    path.rename(folder.root / "moved")
    path.symlink_to(folder.root / "moved")


def _index(folder: ArchiveFolder) -> None:
    path = next(folder.index.iterdir())
    path.write_bytes(path.read_bytes().replace(b"news.example", b"news.examplf"))


def _rewritten(folder: ArchiveFolder) -> None:
    sql.execute(folder.root, "update warc_files set sha256_before = 'ab'")


def _condemned(folder: ArchiveFolder) -> None:
    sql.execute(folder.root, "update warc_files set verdict = 'damaged'")


def _lost(folder: ArchiveFolder) -> None:
    sql.execute(folder.root, "update captures set lost_at = '2026-03-01T07:00:00Z', lost_why = 'gone'")


def _imported(folder: ArchiveFolder) -> None:
    sql.execute(folder.root, "update warc_files set origin = 'import'")


@pytest.mark.parametrize(
    "change",
    [_flip, _longer, _shorter, _linked, _elsewhere, _index, _rewritten, _condemned, _lost, _imported],
    ids=lambda each: each.__name__.removeprefix("_"),
)
def test_what_is_not_as_it_was_finished_is_not_continued(folder, change):
    """The run begins a file of its own, and what it found stays as it is, for verify to tell."""
    run(folder, MORNING, "a")
    change(folder)
    name = next(folder.warc.glob("*.warc.gz")).name
    before = (folder.warc / name).read_bytes()
    (row,) = sql.rows(folder.root, "select size, sha256, closed_at from warc_files")
    run(folder, MORNING + HOUR, "b")
    assert len(list(folder.warc.glob("*.warc.gz"))) == 2
    assert (folder.warc / name).read_bytes() == before
    assert sql.rows(folder.root, "select size, sha256, closed_at from warc_files where name = ?", name) == [row]


def test_a_full_file_is_not_continued(folder):
    """From the size limit on, the next run begins another file; so does a run whose clock was set back."""
    run(folder, MORNING, "a")
    run(folder, MORNING + HOUR, "b", rotate_bytes=100)
    assert len(warcs(folder)) == 2
    run(folder, MORNING + HOUR / 2, "c")
    assert len(warcs(folder)) == 3
    assert sound(folder, MORNING + HOUR)


FIRST_STEPS = [0, *(pytest.param(step, marks=pytest.mark.slow) for step in (1, 2, 3))]
"""Every fourth step, from this one on."""

# --- kill -9 ----------------------------------------------------------------------------------------------------------


def _run_killed_at(folder: ArchiveFolder, step: int, notes: int) -> bool:
    """Fork a process that continues the file, and that dies at a step; whether it came to that step."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    try:
        _die_at(step)
        run(
            folder, MORNING + HOUR, "c", "d", committed=lambda each: os.pwrite(notes, each.encode(), 100 * next(_NOTED))
        )
        os._exit(0)
    except BaseException:
        os._exit(1)


_NOTED = count()


def _die_at(step: int) -> None:
    """Have every step on the disk counted, and the process killed in the middle of the given one."""
    steps = count()

    def counted(call: Callable[..., Any], half: Callable[..., Any] | None = None) -> Callable[..., Any]:
        def step_of(*arguments: Any, **options: Any) -> Any:
            if next(steps) == step:
                if half is not None:
                    half(*arguments, **options)
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return step_of

    write = os.write
    ArchiveWriter.run = counted(ArchiveWriter.run)  # type: ignore[method-assign]
    os.write = counted(write, lambda handle, data: write(handle, bytes(data)[: len(data) // 2]))
    for name in ("fsync", "rename", "replace", "ftruncate"):
        setattr(os, name, counted(getattr(os, name)))


@pytest.mark.parametrize("first", FIRST_STEPS)
def test_killed_at_any_step_of_a_continuation(tmp_path, first):
    """Whatever was committed before or during the run is there afterwards; the next run finishes and continues."""
    steps = 0
    for step in count(first, 4):
        folder = ArchiveFolder(tmp_path / f"archive-{step}").make()
        run(folder, MORNING, "a", "b")
        before = next(folder.warc.iterdir()).read_bytes()
        notes = os.open(tmp_path / f"notes-{step}", os.O_RDWR | os.O_CREAT)
        killed = _run_killed_at(folder, step, notes)
        promised = [each.decode() for each in os.pread(notes, 1000, 0).split(b"\0") if each]
        os.close(notes)
        for row in sql.mappings(folder.root, "select * from captures"):
            path = folder.warc_place(row["warc_file"])
            assert read_record(path, row["warc_offset"], row["warc_length"]).record_id == row["id"]
        run(folder, MORNING + 2 * HOUR, "e")
        (path,) = folder.warc.glob("*.warc.gz")
        assert path.read_bytes().startswith(before)
        there = {row[0] for row in sql.rows(folder.root, "select id from captures where lost_at is null")}
        assert there.issuperset(promised)
        assert len(there) >= 3
        assert sound(folder, MORNING + 2 * HOUR)
        assert len(read_manifest(folder)) == 1
        steps = step
        if not killed:
            break
    assert steps > 20


@pytest.mark.parametrize("finished", [False, True])
def test_a_prefix_that_changed_while_a_run_was_dead_stays_told(folder, finished):
    """Recovery finishes the file with what was recorded before, so that it is damage, not a new truth."""
    run(folder, MORNING, "a", "b")
    (recorded,) = sql.rows(folder.root, "select sha256 from warc_files")[0]
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: MORNING + HOUR)
    writer.submit(exchange("http://news.example/c", framed(b"c" * 2000), MORNING + HOUR)).result()
    writer._file.release()  # as if killed
    path = next(folder.warc.glob("*.open"))
    data = bytearray(path.read_bytes())
    data[500] ^= 1
    path.write_bytes(data)
    if finished:
        path.rename(path.with_suffix(""))
    assert not verify(folder, now=MORNING + HOUR, articles=0).ok
    report = database.run(lambda db: recover(folder, db, MORNING + HOUR))
    assert any("continued" in each.message for each in report.findings)
    database.close()
    (row,) = sql.mappings(folder.root, "select * from warc_files")
    assert row["sha256"] == recorded
    assert set(read_manifest(folder).values()) == {recorded}
    assert any(each.verdict == "damaged" for each in verify(folder, now=MORNING + HOUR, articles=0).files)
    assert len(sql.rows(folder.root, "select 1 from captures")) == 3


# --- others, meanwhile ------------------------------------------------------------------------------------------------


def test_a_backup_of_a_continued_file_holds_what_its_rows_say(folder, tmp_path, monkeypatch):
    """A run continues the file between the copies of database and file: the copy ends where its rows end."""
    from talkscraper.preserve import backup as module

    run(folder, MORNING, "a")
    copy_warc = module.copy_warc

    def late(*arguments: Any) -> None:
        run(folder, MORNING + HOUR, "b")
        copy_warc(*arguments)

    monkeypatch.setattr(module, "copy_warc", late)
    first = backup(folder, tmp_path / "copy", now=MORNING + HOUR)
    assert first.problems == ()
    assert first.ok
    assert (first.captures, len(warcs(ArchiveFolder(tmp_path / "copy")))) == (1, 1)
    monkeypatch.setattr(module, "copy_warc", copy_warc)
    second = backup(folder, tmp_path / "copy", now=MORNING + HOUR)
    assert second.ok
    assert second.captures == 2


def test_a_backup_during_a_continuation(folder, tmp_path):
    """The unfinished file is in the copy, finished there, with every committed capture."""
    run(folder, MORNING, "a")
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: MORNING + HOUR)
    writer.submit(exchange("http://news.example/b", framed(b"b" * 2000), MORNING + HOUR)).result()
    assert [path.suffix for path in folder.warc.iterdir()] == [".open"]
    during = backup(folder, tmp_path / "copy", now=MORNING + HOUR)
    writer.close()
    database.close()
    assert during.ok
    assert during.captures == 2
    after = backup(folder, tmp_path / "copy", now=MORNING + HOUR)
    assert after.ok
    assert sound(ArchiveFolder(tmp_path / "copy"), MORNING + HOUR)


def test_verify_meanwhile_calls_nothing_missing(folder, monkeypatch):
    """A file that is renamed between listing and reading is judged where it is then."""
    from talkscraper.preserve import file_checks

    run(folder, MORNING, "a")
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: MORNING + HOUR)
    chosen = file_checks.chosen

    def late(*arguments: Any) -> list[Any]:
        places = list(chosen(*arguments))
        writer.submit(exchange("http://news.example/b", framed(b"b" * 2000), MORNING + HOUR)).result()
        return places

    monkeypatch.setattr(file_checks, "chosen", late)
    report = verify(folder, now=MORNING + HOUR, articles=0)
    writer.close()
    database.close()
    assert [each.verdict for each in report.files] == ["open"]
    assert report.ok


def test_replay_meanwhile(folder):
    """A capture is shown while its file is continued, also by a reader that looked it up before."""
    run(folder, MORNING, "a")
    database = ArchiveWriter(folder.database)
    with closing(open_reader(folder.database)) as connection:
        capture = by_id(connection, connection.execute("select id from captures").fetchone()["id"])
        assert capture is not None
        before = payload_of(connection, folder, capture)
        writer = archive_writer(folder, database, run_id=None, clock=lambda: MORNING + HOUR)
        writer.submit(exchange("http://news.example/b", framed(b"b" * 2000), MORNING + HOUR)).result()
        assert payload_of(connection, folder, capture) == before
        writer.close()
        assert payload_of(connection, folder, capture) == before
    database.close()


def payload_of(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture) -> bytes:
    """What replay shows."""
    shown = load(connection, folder, capture)
    try:
        return shown.payload()
    finally:
        shown.close()
