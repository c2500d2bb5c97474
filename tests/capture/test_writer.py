"""The writer's promises: fsync before rows, rows before spiders, files that never change, nothing lost to a full disk."""

from __future__ import annotations

import fcntl
import hashlib
import os
import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from talkscraper.capture import warc_file, writer
from talkscraper.capture.warc_file import WarcFile, index_path
from talkscraper.errors import CaptureError, StorageError
from talkscraper.group_thread import MAX_GROUP
from talkscraper.warc import cdxj
from tests.support.exchanges import exchange, framed
from tests.support.warcs import iter_records

URL = "http://news.example/"


def test_rows_come_after_fsync_and_the_response_after_rows(desk, monkeypatch):
    """The order is: bytes on the disk, rows committed, future resolved."""
    events = []
    real = os.fsync

    def fsync(handle: int) -> None:
        real(handle)
        events.append("fsync")

    monkeypatch.setattr(warc_file.os, "fsync", fsync)
    kept = desk(commit=lambda captures: events.append(f"commit {len(captures)}"))
    future = kept.submit(URL, framed(b"text"))
    future.add_done_callback(lambda _: events.append("resolved"))
    capture = future.result()
    kept.writer.close()
    assert events[:3] == ["fsync", "commit 1", "resolved"]
    assert capture.warc_file == kept.warcs[0].name


def test_exchanges_that_wait_for_the_disk_are_committed_together(desk):
    """What queues up during one commit becomes the next group: one commit, one fsync."""
    groups, release, first = [], threading.Event(), threading.Event()

    def commit(captures):
        groups.append(len(captures))
        first.set()
        release.wait()

    kept = desk(commit=commit)
    futures = [kept.submit(URL + "0", framed(b"0"))]
    first.wait()
    futures += [kept.submit(f"{URL}{number}", framed(b"%d" % number)) for number in range(1, 100)]
    release.set()
    assert len({future.result().id for future in futures}) == 100
    assert groups[:2] == [1, MAX_GROUP]


def test_a_full_queue_makes_its_feeders_wait(desk):
    """The queue is bounded: with the disk stuck, submitting blocks instead of filling the memory."""
    stuck, release = threading.Event(), threading.Event()

    def commit(_captures):
        stuck.set()
        release.wait()

    kept = desk(commit=commit)
    kept.submit(URL, framed(b"first"))
    stuck.wait()
    with ThreadPoolExecutor(1) as feeder:
        for number in range(writer.QUEUE_LENGTH):
            kept.submit(f"{URL}{number}", framed(b"%d" % number))
        one_more = feeder.submit(kept.submit, URL + "late", framed(b"late"))
        assert not one_more.done()
        release.set()
        assert one_more.result().result().url == URL + "late"


def test_a_finished_file_is_described_completely(desk):
    """Finishing gives name, size, SHA-256, record count and index, takes .open away and frees nothing half-done."""
    kept = desk()
    captures = [kept.keep(f"{URL}{number}", framed(b"%d" % number)) for number in (3, 1, 2)]
    opened = list(kept.folder.warc.iterdir())
    assert [path.name for path in opened] == [captures[0].warc_file + ".open"]
    kept.writer.close()
    (warc,) = kept.warcs
    (finished,) = kept.finished
    assert finished.name == warc.name == captures[0].warc_file
    assert finished.size == warc.stat().st_size
    assert finished.sha256 == hashlib.sha256(warc.read_bytes()).hexdigest()
    assert finished.records == len(list(iter_records(warc))) == 7
    lines = index_path(kept.folder, warc.name).read_text().splitlines()
    assert lines == sorted(cdxj.line(capture) for capture in captures)
    assert kept.writer.warc_files == [warc.name]


def test_nothing_captured_leaves_no_file(desk):
    """A run without an answer makes no WARC and no index."""
    kept = desk()
    sent = exchange(URL, b"", kept.now)
    assert kept.writer.submit(sent).result() is None
    kept.writer.close()
    assert list(kept.folder.warc.iterdir()) == list(kept.folder.index.iterdir()) == []


def test_an_open_file_is_locked_and_made_exclusively(desk):
    """Another process can tell a file in use by its lock, and a name that exists is never opened or written over."""
    kept = desk()
    kept.keep(URL, framed(b"text"))
    (path,) = kept.folder.warc.glob("*.open")
    with path.open("rb") as handle, pytest.raises(BlockingIOError):
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    before = path.read_bytes()
    with pytest.raises(StorageError, match="can't make"):
        WarcFile(kept.folder, path.name.removesuffix(".open"), kept.now)
    kept.writer.close()
    with pytest.raises(StorageError, match="isn't written over"):
        WarcFile(kept.folder, path.name.removesuffix(".open"), kept.now)
    assert kept.warcs[0].read_bytes() == before


def test_files_rotate_by_size(desk):
    """A file that has grown past the limit is finished, and the next begins with its own warcinfo."""
    kept = desk(rotate_bytes=2000)
    for number in range(12):
        kept.keep(f"{URL}{number}", framed(os.urandom(600)))
    kept.writer.close()
    assert len(kept.warcs) > 3
    assert [finished.name for finished in kept.finished] == [warc.name for warc in kept.warcs]
    for warc in kept.warcs:
        assert next(iter_records(warc)).headers.get("WARC-Filename") == warc.name
        assert warc.stat().st_size < 2000 + 2 * 1500


def test_files_rotate_by_age(desk):
    """A file that has been open for a day is finished before the next record."""
    kept = desk()
    kept.keep(URL + "1", framed(b"one"))
    kept.now += timedelta(hours=23)
    kept.keep(URL + "2", framed(b"two"))
    kept.now += timedelta(hours=2)
    kept.keep(URL + "3", framed(b"three"))
    kept.writer.close()
    assert [capture.warc_file for capture in kept.captures] == [kept.warcs[0].name] * 2 + [kept.warcs[1].name]


def test_a_full_disk_leaves_the_earlier_bytes_identical(desk):
    """A write that the system refuses in the middle of a record: StorageError, earlier bytes untouched, no index."""
    kept = desk()
    first = kept.keep(URL, framed(b"kept"))
    (path,) = kept.folder.warc.glob("*.open")
    before = path.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 1000, hard))
    try:
        small = kept.submit(URL + "fits", framed(b"fits"))
        large = kept.submit(URL + "large", framed(os.urandom(50_000)))
        with pytest.raises(StorageError, match="can't write to"):
            large.result()
        small.exception()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes()[: len(before)] == before
    kept_ids = {capture.id for capture in kept.captures}
    assert {first.id} == {record.record_id for record in iter_records(path) if record.record_id in kept_ids} - {
        capture.id for capture in kept.captures[1:]
    }
    with pytest.raises(StorageError):
        kept.submit(URL + "later", framed(b"later")).result()
    with pytest.raises(StorageError):
        kept.writer.close()
    assert path.exists(), "the next run's repair finishes it"
    assert list(kept.folder.index.iterdir()) == []


def test_a_failing_database_ends_the_writing(desk):
    """When rows can't be committed the response isn't handed on, and the file stays open for repair."""

    def commit(_captures):
        raise StorageError("the database's disk is full")

    kept = desk(commit=commit)
    with pytest.raises(StorageError, match="database's disk"):
        kept.submit(URL, framed(b"text")).result()
    assert isinstance(kept.writer.failed, StorageError)
    with pytest.raises(StorageError):
        kept.writer.close()
    (path,) = kept.folder.warc.iterdir()
    assert path.name.endswith(".open")
    assert len(list(iter_records(path))) == 3


def test_a_fault_of_ours_ends_the_writing_too(desk):
    """An unexpected exception isn't swallowed: it becomes a CaptureError for everyone."""

    def commit(_captures):
        raise ZeroDivisionError

    kept = desk(commit=commit)
    with pytest.raises(CaptureError, match="ZeroDivisionError"):
        kept.submit(URL, framed(b"text")).result()


def test_nothing_is_taken_after_closing(desk):
    """A closed writer refuses, and closing twice is closing once."""
    kept = desk()
    kept.keep(URL, framed(b"text"))
    kept.writer.close()
    kept.writer.close()
    with pytest.raises(CaptureError):
        kept.submit(URL, framed(b"text"))
    assert len(kept.finished) == 1


def test_what_is_queued_is_written_before_closing(desk):
    """Closing drains the queue."""
    kept = desk()
    futures = [kept.submit(f"{URL}{number}", framed(b"%d" % number)) for number in range(50)]
    kept.writer.close()
    assert all(future.result() is not None for future in futures)
    assert kept.finished[0].records == 101


def test_the_row_holds_what_the_record_says(desk):
    """A capture's fields come from the exchange, and lead back to its record."""
    kept = desk(run_id=7)
    capture = kept.keep(
        "http://News.example/old#part",
        framed(b"", status="301 Moved", headers='Location: ../new?x=1#top\r\nETag: W/"a"\r\nLast-Modified: Sun\r\n'),
        source_id="example",
        page_capture_id="<urn:uuid:2>",
    )
    assert (capture.status, capture.mime, capture.run_id) == (301, "text/html", 7)
    assert capture.redirect_to == "http://news.example/new?x=1"
    assert (capture.etag, capture.last_modified) == ('W/"a"', "Sun")
    assert capture.captured_at.microsecond == 0
    (path,) = kept.folder.warc.iterdir()
    record = next(record for record in iter_records(path) if record.record_id == capture.id)
    assert (record.offset, record.length) == (capture.warc_offset, capture.warc_length)
    assert record.target_uri == capture.url
    assert record.date == capture.captured_at
    assert record.headers.get("Talkscraper-Source") == "example"
    assert record.headers.get("Talkscraper-Page") == "<urn:uuid:2>"


def test_bodies_past_a_mebibyte_are_spooled_and_kept_whole(desk):
    """A large body goes through a temporary file; record, digests and a repetition of it are right all the same."""
    body = os.urandom(2_500_000)
    kept = desk()
    for chunked in (False, True):
        interim = b"HTTP/1.1 102 Processing\r\n\r\n"
        sent = exchange(f"{URL}{chunked}", interim + framed(body, chunked=chunked), kept.now)
        assert not sent.last.response.in_memory
        capture = kept.writer.submit(sent).result()
        assert sent.last.response.size == 0, "the temporary file is freed"
        assert str(capture.record_type) == ("revisit" if chunked else "response")
    kept.writer.close()
    records = list(kept.captures)
    (warc,) = kept.warcs
    blocks = {record.record_id: record.block for record in iter_records(warc)}
    assert blocks[records[0].id] == framed(body)
    assert blocks[records[1].id] == framed(body, chunked=True).split(b"\r\n\r\n")[0] + b"\r\n\r\n"
