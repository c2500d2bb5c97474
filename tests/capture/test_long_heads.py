"""Heads of any length: what the writer records of them, verify calls sound, and replay shows the same payload."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.preserve.check.verify import verify
from talkscraper.preserve.mend.repair import repair
from talkscraper.replay.payload import load
from talkscraper.store.database import open_reader
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.http import MAX_HEAD_BYTES, MAX_INTERIM_BYTES, final_head
from tests.support.exchanges import exchange

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
STATUS = b"HTTP/1.1 200 OK\r\n"
FIELD = b"X-Field: " + b"b" * 100 + b"\r\n"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
BODY = b"<h1>The wall</h1>" + b"stone " * 3000


def fields(size):
    return FIELD * (size // len(FIELD))


def head_of(size):
    """A head that is exactly so long."""
    begun = STATUS + fields(size - 200)
    return begun + b"X-Last: " + b"c" * (size - len(begun) - 12) + b"\r\n\r\n"


ANSWERS = {
    "short": head_of(400) + BODY,
    "almost the limit": head_of(MAX_HEAD_BYTES - 1) + BODY,
    "the limit": head_of(MAX_HEAD_BYTES) + BODY,
    "one byte more": head_of(MAX_HEAD_BYTES + 1) + BODY,
    "1.3 MB": STATUS + fields(1_300_000) + b"\r\n" + BODY,
    "2.5 MB": STATUS + fields(2_500_000) + b"\r\n" + BODY,
    "1.3 MB without an end": STATUS + fields(1_300_000),
    "1.3 MB in one line": STATUS + b"X-Long: " + b"l" * 1_300_000 + b"\r\n\r\n" + BODY,
    "chunked after 0.9 MB": STATUS + fields(900_000) + b"Transfer-Encoding: chunked\r\n\r\n5\r\nstone\r\n0\r\n\r\n",
    "chunked after 1.3 MB": STATUS + fields(1_300_000) + b"Transfer-Encoding: chunked\r\n\r\n5\r\nstone\r\n0\r\n\r\n",
    "a few interim heads": EARLY * 5 + head_of(400) + BODY,
    "interim heads of 0.9 MB, then a head of 0.9 MB": EARLY * (900_000 // len(EARLY)) + head_of(900_000) + BODY,
    "interim heads of 1.3 MB": EARLY * (1_300_000 // len(EARLY)) + head_of(400) + BODY,
    "interim heads of 2.5 MB": EARLY * (2_500_000 // len(EARLY)) + head_of(400) + BODY,
    "interim heads of 1.3 MB and no answer": EARLY * (1_300_000 // len(EARLY)),
    "an interim head and bytes that are no HTTP": EARLY + b"HT" + BODY,
    "an interim head of 1.3 MB": b"HTTP/1.1 103 Early Hints\r\n" + fields(1_300_000) + b"\r\n" + head_of(400) + BODY,
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_is_written_is_sound_and_stays_so(tmp_path, answer):
    """No finding, nothing to repair; replay's payload has the digest that stands in the record."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: NOW)
    capture = writer.submit(exchange("http://news.example/", ANSWERS[answer], NOW)).result()
    writer.close()
    database.close()
    report = verify(folder, now=NOW)
    assert list(report.all_findings()) == []
    assert repair(folder, clock=lambda: NOW, workers=1).mended == ()
    connection = open_reader(folder.database)
    try:
        shown = load(connection, folder, capture)
        from talkscraper.warc.digests import Hasher

        hasher = Hasher()
        hasher.update(shown.payload())
        assert capture.payload_digest in (None, hasher.digest())
        shown.close()
    finally:
        connection.close()


def test_the_beginning_of_a_message_tells_as_much_as_all_of_it():
    """Whoever reads no more than MAX_LEAD_BYTES splits as one who has everything."""
    for data in ANSWERS.values():
        assert final_head(data) == final_head(data[: MAX_INTERIM_BYTES + MAX_HEAD_BYTES])
