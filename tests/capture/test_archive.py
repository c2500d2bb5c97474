"""The writer over a real archive: rows of captures and files, and originals found in the database in the next run."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.reader import read_record
from tests.support import sql
from tests.support.exchanges import exchange, framed
from tests.support.warcs import iter_records

MORNING = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
BODY = b"<p>The harbour wall holds.</p>" * 100
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'


@pytest.fixture
def folder(tmp_path) -> ArchiveFolder:
    return ArchiveFolder(tmp_path / "archive").make()


def run(folder: ArchiveFolder, at: datetime, answers: list[tuple[str, bytes]]) -> None:
    """One run: the answers in their order, each waited for."""
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, user_agent="tests", clock=lambda: at)
    for url, response in answers:
        writer.submit(exchange(url, response, at)).result()
    writer.close()
    database.close()


def test_rows_lead_to_records_and_files_to_their_digest(folder):
    """captures and warc_files hold what is on the disk."""
    run(folder, MORNING, [("http://news.example/a", framed(BODY)), ("http://news.example/b", framed(b"b"))])
    (file,) = sql.mappings(folder.root, "select * from warc_files")
    path = folder.warc / file["name"]
    assert file["size"] == path.stat().st_size
    assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file["records"] == len(list(iter_records(path)))
    assert (file["origin"], file["closed_at"]) == ("crawl", "2026-03-01T06:30:15Z")
    captures = sql.mappings(folder.root, "select * from captures order by warc_offset")
    assert [row["url"] for row in captures] == ["http://news.example/a", "http://news.example/b"]
    for row in captures:
        record = read_record(path, row["warc_offset"], row["warc_length"])
        assert record.record_id == row["id"]
        assert record.headers.get("WARC-Payload-Digest") == row["payload_digest"]


def test_the_next_runs_find_originals_in_the_database(folder):
    """A repetition, a 304 and a 304 of a repetition all refer to the first run's record."""
    page, url = framed(BODY, chunked=True), "http://news.example/a"
    run(folder, MORNING, [(url, page)])
    run(folder, MORNING + timedelta(days=1), [(url, page), ("http://news.example/other", framed(BODY, chunked=True))])
    run(folder, MORNING + timedelta(days=2), [(url, NOT_MODIFIED), ("http://news.example/never", NOT_MODIFIED)])
    first, *later = sql.mappings(folder.root, "select * from captures order by seq")
    assert [row["record_type"] for row in later] == ["revisit", "revisit", "revisit", "response"]
    for row in later[:3]:
        assert row["refers_to"] == first["id"]
        assert row["refers_to_date"] == first["captured_at"]
        assert row["payload_digest"] == first["payload_digest"]
