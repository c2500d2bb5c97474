"""The one writer: transactions that are whole or nothing, from any thread, and a disk that refuses."""

import sqlite3
import threading
from functools import partial

import pytest

from talkscraper.errors import NewerSchema, NotAnArchive, StorageError
from talkscraper.model import RecordType
from talkscraper.store import captures
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.writer import ArchiveWriter
from tests.support.row_archives import START, WARC


def put(db, name):
    db.execute("insert into sources (id, name, homepage) values (?, ?, '')", [name, name])
    return name


def names(archive):
    return {row["id"] for row in archive.rows("select id from sources")}


def test_a_change_that_fails_leaves_nothing(archive):
    def both(db):
        put(db, "a")
        raise KeyError("later")

    with pytest.raises(KeyError):
        archive.writer.run(both)
    assert names(archive) == set()
    archive.writer.run(put, "b")
    assert names(archive) == {"b"}


def test_a_change_inside_a_change_joins_it(archive):
    def outer(db):
        put(db, "outer")
        archive.writer.run(put, "inner")
        raise KeyError("undo both")

    with pytest.raises(KeyError):
        archive.writer.run(outer)
    assert names(archive) == set()


def test_any_thread_may_write_and_submitted_changes_keep_their_order(archive):
    seen = []
    futures = [archive.writer.submit(lambda db, n=n: seen.append(put(db, f"s{n}"))) for n in range(50)]
    threads = [threading.Thread(target=archive.writer.run, args=(put, f"t{n}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for future in futures:
        future.result()
    assert seen == [f"s{n}" for n in range(50)]
    assert len(names(archive)) == 58


def test_a_submitted_change_that_fails_says_so(archive):
    assert isinstance(archive.writer.submit(lambda db: db.execute("select * from nothing")).exception(), StorageError)


def together(archive, *changes):
    """Submit changes while the writer is busy, so that they share a transaction; their futures."""
    busy, go = threading.Event(), threading.Event()

    def hold(_db):
        busy.set()
        assert go.wait(60)

    archive.writer.submit(hold)
    assert busy.wait(60)
    futures = [archive.writer.submit(change) for change in changes]
    go.set()
    return futures


def test_changes_that_wait_together_share_a_transaction_and_each_is_whole_or_nothing(archive):
    """Of one that fails halfway nothing stays, and its neighbours don't notice."""

    def half(db):
        put(db, "half")
        raise KeyError("the other half")

    def broken(db):
        put(db, "broken")
        db.execute("select * from nothing")

    one, failed, unreadable, two = together(archive, lambda db: put(db, "one"), half, broken, lambda db: put(db, "two"))
    assert (one.result(60), two.result(60)) == ("one", "two")
    assert isinstance(failed.exception(60), KeyError)
    assert isinstance(unreadable.exception(60), StorageError)
    assert names(archive) == {"one", "two"}


def test_the_pages_of_a_shared_transaction_are_one_segment_of_the_full_text_index(archive):
    """A savepoint for each page would write a segment of each."""

    def index(number, db):
        db.execute("insert into articles_fts (rowid, title, text) values (?, 'Ferry', 'at noon')", [number])

    before = len(archive.rows("select 1 from articles_fts_idx"))
    for future in together(archive, *(partial(index, number) for number in range(1, 9))):
        future.result(60)
    assert len(archive.rows("select 1 from articles_fts_idx")) == before + 1


def test_where_the_disk_refuses_a_shared_transaction_nobody_who_shared_it_is_told_a_lie(archive):
    """What had gone well before is undone with it: it is done again by itself, or its future says that it isn't done."""
    pages = archive.rows("pragma page_count")[0]["page_count"]
    archive.writer.run(lambda db: db.execute(f"pragma max_page_count = {pages}").fetchone())
    futures = together(archive, lambda db: put(db, "small"), lambda db: put(db, "x" * 10_000_000))
    outcomes = [type(future.exception(60)) for future in futures]
    assert outcomes[1] is StorageError
    assert (outcomes[0] is StorageError) == ("small" not in names(archive))
    archive.writer.run(lambda db: db.execute("pragma max_page_count = 1000000").fetchone())


def test_a_full_disk_is_a_storage_error_and_loses_nothing_committed(archive):
    archive.writer.run(put, "before")
    pages = archive.rows("pragma page_count")[0]["page_count"]
    archive.writer.run(lambda db: db.execute(f"pragma max_page_count = {pages}").fetchone())
    with pytest.raises(StorageError, match="full"):
        archive.writer.run(lambda db: put(db, "x" * 10_000_000))
    assert names(archive) == {"before"}
    archive.writer.run(lambda db: db.execute("pragma max_page_count = 1000000").fetchone())
    archive.writer.run(put, "after")
    assert archive.rows("pragma integrity_check") == [{"integrity_check": "ok"}]


def test_a_closed_writer_refuses_and_closing_twice_is_fine(archive):
    archive.writer.close()
    archive.writer.close()
    with pytest.raises(StorageError, match="closed"):
        archive.writer.run(put, "x")


def test_a_database_of_a_newer_version_is_refused(archive):
    archive.writer.close()
    with sqlite3.connect(archive.path) as connection:
        connection.execute(
            "insert into _sqlite_migrations (migration_set, name, applied_at) values ('talkscraper', 'm999_future', '')"
        )
    connection.close()
    with pytest.raises(NewerSchema, match="m999_future"):
        ArchiveWriter(archive.path)


def test_a_file_that_is_no_database_is_refused(tmp_path):
    path = tmp_path / "talkscraper.db"
    path.write_bytes(b"not a database, but long enough to look like one" * 100)
    with pytest.raises(NotAnArchive, match="move it away"):
        open_writer(path)


def test_readers_see_whole_transactions_while_a_change_is_being_made(archive):
    reader = open_reader(archive.path)

    def change(db):
        put(db, "half")
        return reader.execute("select count(*) from sources").fetchone()[0]

    assert archive.writer.run(change) == 0
    assert reader.execute("select count(*) from sources").fetchone()[0] == 1
    reader.close()


def test_captures_come_back_as_they_went_in_and_once(archive):
    capture = archive.capture(
        "https://news.test/a", START, truncated="length", ip="::1", redirect_to="https://news.test/b", etag='"x"',
        last_modified="Tue, 28 Oct 2025 09:00:00 GMT", status=None, mime=None,
    )  # fmt: skip
    archive.add(capture)
    archive.add(capture)
    (row,) = archive.rows("select * from captures")
    assert captures.row_to_capture(row) == capture
    reader = open_reader(archive.path)
    assert captures.by_id(reader, capture.id.strip("<>")) == capture == captures.by_id(reader, capture.id)
    assert captures.by_id(reader, "<none>") is None
    reader.close()


def test_the_original_of_a_payload_is_the_first_whole_200_response(archive):
    find = partial(archive.writer.run, captures.find_originals)
    wanted = archive.capture("https://news.test/a", START, body="x")
    for other in (
        archive.capture("https://news.test/b", START, body="x", status=404),
        archive.capture("https://news.test/c", START, body="x", truncated="time"),
        archive.capture("https://news.test/d", START, body="x", record_type=RecordType.REVISIT),
        archive.capture("https://news.test/e", START, body="x", method="POST"),
    ):
        archive.add(other)
    assert find(wanted.payload_digest) == []
    archive.add(wanted)
    later = archive.capture("https://news.test/f", START.replace(hour=10), body="x")
    archive.add(later)
    assert find(wanted.payload_digest) == [wanted, later]


def test_a_warc_file_is_opened_once_and_closed_with_its_figures(archive):
    archive.writer.run(captures.open_warc_file, WARC, None, "import")
    archive.writer.run(captures.close_warc_file, WARC, 10, "ab", 3, START)
    row = archive.row("select * from warc_files")
    assert (row["origin"], row["size"], row["records"], row["closed_at"]) == ("crawl", 10, 3, "2025-10-28T09:00:00Z")
