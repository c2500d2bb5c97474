"""No byte twice, and no revisit that could lead astray."""

from __future__ import annotations

import base64
import gzip
import random
from datetime import timedelta

import pytest

from talkscraper.capture import dedup
from talkscraper.warc.reader import read_record
from tests.support.exchanges import framed
from tests.support.warcs import iter_records

URL = "http://news.example/a"
BODY = b"<p>The harbour wall holds.</p>" * 100
NOT_MODIFIED = b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n'


def kinds(kept) -> list[str]:
    return [str(capture.record_type) for capture in kept.captures]


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("between", ["same file", "next run"])
def test_the_same_payload_becomes_a_revisit(desk, first, second, between):
    """In each pair of framings; only a length-framed repetition of a chunked original has an empty block."""
    kept = desk()
    original = kept.keep(URL, framed(BODY, chunked=first))
    if between == "next run":
        kept.again()
    kept.now += timedelta(hours=1)
    revisit = kept.keep(URL, framed(BODY, chunked=second))
    assert kinds(kept) == ["response", "revisit"]
    assert (revisit.refers_to, revisit.refers_to_url) == (original.id, original.url)
    assert revisit.refers_to_date == original.captured_at
    assert revisit.payload_digest == original.payload_digest
    kept.writer.close()
    record = read_record(kept.folder.warc / revisit.warc_file, revisit.warc_offset)
    head = framed(BODY, chunked=second).split(b"\r\n\r\n")[0] + b"\r\n\r\n"
    if first and not second:
        assert record.block == b""
        assert revisit.status is None
        notes = list(iter_records(kept.folder.warc / revisit.warc_file))[-1]
        assert notes.headers.get("WARC-Concurrent-To") == revisit.id
        assert base64.b64decode(notes.block.partition(b": ")[2]) == head
    else:
        assert record.block == head
        assert revisit.status == 200


def test_revisits_are_never_chained(desk):
    """The third capture refers to the first, not to the second, also under another URL."""
    kept = desk()
    first = kept.keep(URL, framed(BODY))
    kept.keep(URL, framed(BODY))
    kept.again()
    kept.keep(URL, framed(BODY))
    kept.keep(URL + "/elsewhere", framed(BODY))
    assert kinds(kept) == ["response", "revisit", "revisit", "revisit"]
    assert {capture.refers_to for capture in kept.captures[1:]} == {first.id}


@pytest.mark.parametrize(
    ("what", "facts"),
    [
        ("small", {}),
        ("empty", {}),
        ("404 Not Found", {}),
        ("500 Oops", {}),
        ("post", {"method": "POST"}),
        ("cut", {"truncated": "disconnect"}),
    ],
)
def test_what_is_written_again(desk, what, facts):
    """Small or empty payloads, errors, answers to POST and cut answers are neither revisits nor originals."""
    kept = desk()
    response = {"small": framed(b"x" * 1023), "empty": framed(b"")}.get(what) or framed(
        BODY, status=what if what[0].isdigit() else "200 OK"
    )
    kept.keep(URL, response, **facts)
    kept.keep(URL, response, **facts)
    kept.again()
    kept.keep(URL, response, **facts)
    assert kinds(kept) == ["response"] * 3


def test_an_original_that_is_gone_or_changed_isnt_relied_on(desk):
    """Where the original's record can't be opened with the id and digest of its row, the payload is kept again."""
    kept = desk()
    first = kept.keep(URL, framed(BODY))
    kept.again()
    path = kept.folder.warc / first.warc_file
    data = bytearray(path.read_bytes())
    data[first.warc_offset + 12] ^= 0xFF
    path.write_bytes(data)
    kept.keep(URL, framed(BODY))
    kept.again()
    path.unlink()
    kept.keep(URL, framed(BODY + b"other" * 300))
    assert kinds(kept) == ["response"] * 3


def test_a_304_is_a_revisit_of_what_it_confirms(desk):
    """The block is empty (players would show an empty 304), and the 304's own bytes are in a metadata record."""
    kept = desk()
    original = kept.keep(URL, framed(BODY))
    confirmed = kept.keep(URL, NOT_MODIFIED)
    kept.again()
    again = kept.keep(URL, NOT_MODIFIED)
    kept.writer.close()
    assert (confirmed.status, again.status) == (304, 304)
    assert confirmed.refers_to == again.refers_to == original.id
    assert again.payload_digest == original.payload_digest
    revisit, _, notes = list(iter_records(kept.folder.warc / again.warc_file))[1:]
    assert revisit.block == b""
    assert revisit.headers.get("WARC-Profile").endswith("/server-not-modified")
    assert base64.b64decode(notes.block.partition(b": ")[2]) == NOT_MODIFIED


def test_a_304_without_a_capture_before_is_kept_as_it_is(desk):
    """Nothing to refer to: the 304 is an ordinary response record."""
    kept = desk()
    capture = kept.keep(URL, NOT_MODIFIED)
    assert (str(capture.record_type), capture.status, capture.refers_to) == ("response", 304, None)


def test_a_304_of_a_damaged_original_is_kept_as_it_is(desk):
    """A revisit must not stand for a record that can't be opened; one whose file lies elsewhere is believed."""
    kept = desk()
    first = kept.keep(URL, framed(BODY))
    kept.again()
    assert str(kept.keep(URL, NOT_MODIFIED).record_type) == "revisit"
    kept.again()
    path = kept.folder.warc / first.warc_file
    data = path.read_bytes()
    path.rename(path.with_suffix(".elsewhere"))
    assert str(kept.keep(URL, NOT_MODIFIED).record_type) == "revisit"
    kept.again()
    path.write_bytes(data[: first.warc_offset] + b"\0" * 5000)
    assert str(kept.keep(URL, NOT_MODIFIED).record_type) == "response"


def test_a_week_of_an_unchanged_site_costs_little(desk):
    """Six more days of the same pages, half answered 200 and half 304, add less than 5 % to the first day."""
    seeded = random.Random(3)
    words = ["".join(seeded.choices("abcdefghijklmnopqrstuvwxyz", k=seeded.randrange(2, 11))) for _ in range(9000)]
    pages = [" ".join(seeded.choices(words, k=9000)).encode() for _ in range(12)]
    pictures = [seeded.randbytes(60_000) for _ in range(24)]
    kept = desk()
    for number, picture in enumerate(pictures):
        kept.keep(f"{URL}/{number}.jpg", b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\n\r\n" + picture)
    sizes = []
    for day in range(7):
        for number, page in enumerate(pages):
            response = framed(page, chunked=number % 3 == 0) if day == 0 or number % 2 else NOT_MODIFIED
            kept.keep(f"{URL}/{number}", response)
        kept.now += timedelta(days=1)
        kept.again()
        sizes.append(sum(path.stat().st_size for path in kept.folder.warc.iterdir()))
    assert sizes[-1] < 1.05 * sizes[0], sizes
    assert kinds(kept).count("response") == 36


def _packed_again(desk, capture, change):
    """Make the record of a capture another one, of the same kind and in the same place."""
    path = desk.folder.warc / capture.warc_file
    data = path.read_bytes()
    end = capture.warc_offset + capture.warc_length
    member = gzip.compress(change(gzip.decompress(data[capture.warc_offset : end])), mtime=0)
    path.write_bytes(data[: capture.warc_offset] + member + data[end:])


def test_a_record_that_lies_about_its_payload_is_no_original(desk):
    """Only the payload's own digest counts: beside a liar the true bytes are kept, and told is where it lies."""
    kept = desk()
    first = kept.keep(URL, framed(BODY))
    kept.again()
    _packed_again(kept, first, lambda record: record.replace(BODY[:200], bytes(reversed(BODY[:200]))))
    again = kept.keep(URL, framed(BODY))
    assert (str(again.record_type), again.payload_digest) == ("response", first.payload_digest)
    kept.again()
    third = kept.keep(URL, framed(BODY))
    assert (str(third.record_type), third.refers_to) == ("revisit", again.id)


def test_damage_far_behind_a_records_beginning_is_found(desk, caplog):
    """A flipped byte anywhere in a large original: the payload is written once more, and later ones refer to that."""
    large = random.Random(3).randbytes(400_000)
    kept = desk()
    first = kept.keep(URL, framed(large))
    kept.again()
    path = kept.folder.warc / first.warc_file
    data = bytearray(path.read_bytes())
    data[first.warc_offset + first.warc_length - 200] ^= 0x20
    path.write_bytes(data)
    second = kept.keep(URL, framed(large))
    third = kept.keep("http://news.example/elsewhere", framed(large))
    kept.again()
    fourth = kept.keep(URL, framed(large))
    assert kinds(kept) == ["response", "response", "revisit", "revisit"]
    assert third.refers_to == fourth.refers_to == second.id
    told = [record.getMessage() for record in caplog.records if first.warc_file in record.getMessage()]
    assert len(told) == 2, "once in each run that met it"
    assert f"at byte {first.warc_offset}" in told[0]


def test_an_original_is_read_once_a_run(desk, monkeypatch):
    """Many answers with one payload cost one look at the record that they refer to."""
    kept = desk()
    kept.keep(URL, framed(BODY))
    kept.again()
    looks = []
    monkeypatch.setattr(dedup, "read_record", lambda *where: looks.append(where) or read_record(*where))
    for number in range(20):
        kept.keep(f"http://news.example/{number}", framed(BODY))
    assert len(looks) == 1
    assert kinds(kept)[1:] == ["revisit"] * 20
