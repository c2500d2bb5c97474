"""Records as they are written and read again, and what becomes of damaged ones."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.errors import DamagedRecord, StorageError
from talkscraper.model import RecordType
from talkscraper.warc.digests import EMPTY_SHA1, Hasher, sha1_base32
from talkscraper.warc.headers import WarcHeaders, field_lines, safe_uri, safe_value
from talkscraper.warc.reader import parse_date, parse_head, read_record
from talkscraper.warc.records import (
    NOT_MODIFIED,
    NewRecord,
    build_metadata,
    build_request,
    build_response,
    build_revisit,
    build_warcinfo,
    new_record_id,
)
from talkscraper.warc.spool import Spool
from tests.support.warcs import iter_records

NOW = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
BLOCK = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


def sample() -> list[NewRecord]:
    response = build_response(
        url="http://news.example/", date=NOW, block=BLOCK, payload_digest=sha1_base32(b"hello"), truncated="time"
    )
    revisit = build_revisit(
        url="http://news.example/",
        date=NOW,
        head=b"",
        profile=NOT_MODIFIED,
        payload_digest=sha1_base32(b"hello"),
        refers_to=response.record_id,
        refers_to_url="http://news.example/",
        refers_to_date=NOW,
    )
    return [
        build_warcinfo(date=NOW, filename="a.warc.gz", pairs=(("software", "x"),)),
        response,
        build_request(url="http://news.example/", date=NOW, block=b"GET /\r\n\r\n", concurrent_to=response.record_id),
        revisit,
        build_metadata(
            url="http://news.example/", date=NOW, concurrent_to=revisit.record_id, pairs=(("note", "a\r\nb: c"),)
        ),
    ]


@pytest.fixture(params=["gzip", "plain"])
def warc(request, tmp_path):
    """A small WARC of one record per type, gzipped and plain."""
    path = tmp_path / ("a.warc.gz" if request.param == "gzip" else "a.warc")
    with path.open("wb") as handle:
        for record in sample():
            for piece in record.member() if request.param == "gzip" else record.chunks():
                handle.write(piece)
    return path


def test_records_are_read_as_they_were_written(warc):
    """Types, fields and blocks come back, from a whole file and from each offset."""
    records = list(iter_records(warc))
    assert [record.record_type for record in records] == [
        RecordType.WARCINFO, RecordType.RESPONSE, RecordType.REQUEST, RecordType.REVISIT, RecordType.METADATA,
    ]  # fmt: skip
    assert records[1].block == BLOCK
    assert records[1].headers.get("warc-truncated") == "time"
    assert records[1].date == NOW
    assert records[3].headers.get("WARC-Block-Digest") == EMPTY_SHA1
    assert records[4].block == b"note: a  b: c\r\n"
    assert sum(record.length for record in records) == warc.stat().st_size
    for record in records:
        again = read_record(warc, record.offset, record.length)
        assert (again.record_id, again.block) == (record.record_id, record.block)


def test_every_cut_is_noticed(warc):
    """A file that ends anywhere but between records is reported as damaged, with file and offset."""
    data = warc.read_bytes()
    ends = {record.offset + record.length for record in iter_records(warc)}
    last = max(ends - {len(data)})
    for size in range(1, len(data), 7):
        warc.write_bytes(data[:size])
        if size in ends:
            continue
        with pytest.raises(DamagedRecord) as caught:
            list(iter_records(warc))
        assert caught.value.file == warc.name
        assert caught.value.offset <= min(size, last)


@pytest.mark.parametrize("where", [0.1, 0.4, 0.6, 0.99])
def test_gzip_rot_is_noticed(tmp_path, where):
    """A flipped bit in a member makes that record damaged, not a wrong one."""
    path = tmp_path / "a.warc.gz"
    member = b"".join(sample()[1].member())
    broken = bytearray(member)
    broken[int(len(member) * where)] ^= 0x10
    path.write_bytes(member + broken)
    assert read_record(path, 0).block == BLOCK
    with pytest.raises(DamagedRecord):
        read_record(path, len(member))


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "ends before it"),
        (b"HTTP/1.1 200 OK\r\n\r\n", "no WARC record begins here"),
        (b"WARC/1.1\r\nContent-Length: x\r\n\r\n", "Content-Length"),
        (b"WARC/1.1\r\nContent-Length: 3\r\n\r\nab", "1 bytes early"),
        (b"WARC/1.1\r\nContent-Length: 2\r\n\r\nabxxxx", "two line ends"),
        (b"WARC/1.1\r\nA: b", "cut off"),
        (b"WARC/1.1\r\nA: " + b"b" * 300_000, "no end"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path, data, why):
    """Each kind of nonsense has its own words."""
    for name, content in (("a.warc", data), ("a.warc.gz", zlib.compress(data, 6, 31))):
        path = tmp_path / name
        path.write_bytes(content)
        if name == "a.warc.gz" and not data:
            why = "cut off"
        with pytest.raises(DamagedRecord, match=why):
            read_record(path, 0)


def test_a_wrong_length_and_a_missing_file(warc, tmp_path):
    """An index that points at the wrong place is found out; a missing file is a storage error."""
    with pytest.raises(DamagedRecord, match="bytes long"):
        read_record(warc, 0, 17)
    with pytest.raises(StorageError):
        read_record(tmp_path / "none.warc.gz", 0)


@given(st.text())
def test_values_cant_break_out_of_their_line(value):
    """Whatever a page puts into a header of ours, it stays one field."""
    lines = field_lines([("WARC-Target-URI", value), ("WARC-Type", "response")])
    _, headers = parse_head(b"WARC/1.1\r\n" + lines + b"\r\n")
    assert [name for name, _ in headers] == ["WARC-Target-URI", "WARC-Type"]
    assert headers.get("WARC-Target-URI") == safe_value(value)


@given(st.text())
def test_uris_are_ascii_without_space_or_brackets(uri):
    """A target URI is printable ASCII, and one that is so already isn't touched."""
    safe = safe_uri(uri)
    assert all("!" <= char <= "~" and char not in '<>"' for char in safe)
    assert safe_uri(safe) == safe


def test_fields_ignore_case_and_fold():
    """Look-ups ignore case, repeated fields keep their order, folded ones are joined."""
    headers = WarcHeaders.parse([b"A: 1", b"a:2", b"B: one", b"  two", b"nonsense"])
    assert headers.get("a") == "1"
    assert headers.get_all("A") == ("1", "2")
    assert headers.get("b") == "one two"
    assert "C" not in headers
    assert len(headers) == 3


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T06:30:15Z", NOW),
        ("2026-03-01T06:30:15.250Z", NOW.replace(microsecond=250_000)),
        ("2026-03-01T08:30:15+02:00", NOW),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_dates(text, moment):
    """WARC/1.1 dates of any precision become UTC; what is no date is None."""
    assert parse_date(text) == moment


def test_a_naive_time_isnt_written():
    """A time without zone would be a guess."""
    with pytest.raises(ValueError, match="naive"):
        build_warcinfo(date=NOW.replace(tzinfo=None), filename="a", pairs=()).head()


def test_digests_and_ids():
    """SHA-1 in upper-case base32, streaming or whole; ids are unique URNs in brackets."""
    hasher = Hasher()
    hasher.update(b"hell")
    hasher.update(memoryview(b"o"))
    assert hasher.digest() == sha1_base32(b"hello") == "sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N"
    assert hasher.size == 5
    assert EMPTY_SHA1 == "sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"
    assert len({new_record_id() for _ in range(100)}) == 100


@given(st.lists(st.binary(max_size=60)), st.integers(0, 60), st.integers(0, 80))
def test_a_spool_is_its_bytes_in_memory_or_not(pieces, cut, limit):
    """Writing, cutting and reading give the same on both sides of the limit."""
    spool, data = Spool(limit=limit), b""
    for piece in pieces:
        spool.write(piece)
        data += piece
    cut = min(cut, len(data))
    spool.cut(cut)
    data = data[: len(data) - cut]
    spool.write(b"end")
    data += b"end"
    assert spool.read() == b"".join(spool.chunks()) == data
    assert spool.read(2, 5) == data[2:5]
    spool.close()
    assert spool.read() == b""
