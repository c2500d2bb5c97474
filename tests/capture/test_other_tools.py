"""Other people's tools read our files alike: warcio, cdxj-indexer, and the rules that jwarc checks."""

from __future__ import annotations

import ipaddress
import re
import subprocess
import sys
import uuid
import zlib
from datetime import datetime

from fastwarc.warc import ArchiveIterator as FastArchiveIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from talkscraper.capture.warc_file import index_path
from talkscraper.warc.reader import read_record
from tests.support.warcs import iter_records, scan_members


def test_our_index_is_what_cdxj_indexer_writes(kept_zoo):
    """Our CDXJ equals cdxj-indexer's sorted output line by line, but for what isn't HTTP, which we leave out."""
    (warc,) = kept_zoo.warcs
    theirs = subprocess.run(
        [sys.executable, "-m", "cdxj_indexer.main", "-s", str(warc)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    ours = index_path(kept_zoo.folder, warc.name).read_text().splitlines()
    garbage = [line for line in theirs if "/garbage" in line]
    assert len(garbage) == 1
    assert ours == [line for line in theirs if line not in garbage]
    assert ours == sorted(ours, key=str.encode)


def test_every_record_is_one_gzip_member_that_opens_alone(kept_zoo):
    """As many members as records; from each offset, and from it alone, zlib and our reader get that record."""
    (warc,) = kept_zoo.warcs
    data = warc.read_bytes()
    members = list(scan_members(warc))
    records = [(record.offset, record.length, record.record_id) for record in iter_records(warc)]
    assert all(member.complete for member in members)
    assert [(member.offset, member.length) for member in members] == [(at, length) for at, length, _ in records]
    for offset, length, record_id in records:
        alone = zlib.decompress(data[offset : offset + length], 31)
        assert alone.startswith(b"WARC/1.1\r\n")
        assert alone.endswith(b"\r\n\r\n")
        assert read_record(warc, offset, length).record_id == record_id
    assert {capture.id for capture in kept_zoo.captures} < {record_id for *_, record_id in records}


def test_warcio_reads_every_record(kept_zoo):
    """warcio finds the same records with the same bytes; its digest check objects to chunked payloads only."""
    (warc,) = kept_zoo.warcs
    ours = [(record.record_id, str(record.record_type), record.block) for record in iter_records(warc)]
    theirs = []
    with warc.open("rb") as handle:
        for record in ArchiveIterator(handle, no_record_parse=True):
            headers = record.rec_headers
            theirs.append((headers.get_header("WARC-Record-ID"), record.rec_type, record.raw_stream.read()))
    assert ours == theirs
    with warc.open("rb") as handle:
        for record in ArchiveIterator(handle, check_digests=True):
            record.content_stream().read()
            uri = record.rec_headers.get_header("WARC-Target-URI") or ""
            if record.rec_type == "revisit":
                continue  # the digest is the original's, the block is empty or a head
            if record.digest_checker.passed is False:
                assert "chunked" in uri or "trailer" in uri, (uri, record.digest_checker.problems)


def test_fastwarc_reads_every_record(kept_zoo):
    """fastwarc finds the same records with the same bytes, and every block digest right."""
    (warc,) = kept_zoo.warcs
    ours = [(record.record_id, record.block) for record in iter_records(warc)]
    theirs = []
    with warc.open("rb") as handle:
        for record in FastArchiveIterator(handle, record_types=WarcRecordType.any_type, parse_http=False):
            assert record.verify_block_digest(), record.record_id
            theirs.append((record.headers["WARC-Record-ID"], record.reader.read()))
    assert ours == theirs


URI_FIELDS = {"WARC-Target-URI", "WARC-Profile", "WARC-Refers-To-Target-URI"}
REPEATABLE = {"WARC-Concurrent-To", "WARC-Protocol"}
FORBIDDEN = {
    "warcinfo": {"WARC-Target-URI", "WARC-Concurrent-To", "WARC-Refers-To", "WARC-IP-Address", "WARC-Profile"},
    "response": {"WARC-Refers-To", "WARC-Profile", "WARC-Filename"},
    "request": {"WARC-Refers-To", "WARC-Profile", "WARC-Filename"},
    "revisit": {"WARC-Filename"},
    "metadata": {"WARC-Profile", "WARC-Filename"},
}


def test_headers_follow_the_rules_that_jwarc_checks(kept_zoo):
    """Mandatory fields once, forbidden ones never, ids bracketed, URIs bare, dates whole seconds, digests base32."""
    (warc,) = kept_zoo.warcs
    types = set()
    for record in iter_records(warc):
        kind = record.headers.get("WARC-Type")
        types.add(kind)
        names = [name for name, _ in record.headers]
        for mandatory in ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length"):
            assert names.count(mandatory) == 1, mandatory
        repeated = {name for name in names if names.count(name) > 1}
        assert repeated <= REPEATABLE
        assert not FORBIDDEN[kind] & set(names)
        assert ("WARC-Target-URI" in names) == (kind != "warcinfo")
        assert ("WARC-Filename" in names) == (kind == "warcinfo")
        assert ("WARC-Profile" in names) == (kind == "revisit")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", record.headers.get("WARC-Date"))
        for name, value in record.headers:
            assert value.isprintable()
            if name in ("WARC-Record-ID", "WARC-Concurrent-To", "WARC-Refers-To"):
                assert uuid.UUID(re.fullmatch(r"<urn:uuid:([0-9a-f-]{36})>", value)[1]).version == 4
            if name in URI_FIELDS:
                assert re.fullmatch(r"[a-z]+://[\x21-\x7e]+", value)
                assert not value.startswith("<")
            if name.endswith("-Digest"):
                assert re.fullmatch(r"sha1:[A-Z2-7]{32}", value)
            if name == "WARC-IP-Address":
                assert ipaddress.ip_address(value)
            if name == "WARC-Truncated":
                assert value in ("length", "time", "disconnect", "unspecified")
        assert int(record.headers.get("Content-Length")) == len(record.block)
    assert types == {"warcinfo", "response", "request", "revisit", "metadata"}


def test_warcinfo_comes_first_and_names_the_finished_file(kept_zoo):
    """A file begins with its warcinfo, whose WARC-Filename is the name without .open, and says who made it."""
    (warc,) = kept_zoo.warcs
    first = next(iter_records(warc))
    assert first.headers.get("WARC-Type") == "warcinfo"
    assert first.headers.get("WARC-Filename") == warc.name
    assert b"software: talkscraper/" in first.block
    assert b"format: WARC File Format 1.1\r\n" in first.block


def test_revisits_refer_to_their_original_exactly(kept_zoo):
    """Refers-To, its URI and its date are the original's own fields, and no revisit refers to a revisit."""
    (warc,) = kept_zoo.warcs
    by_id = {record.record_id: record.headers for record in iter_records(warc)}
    revisits = [headers for headers in by_id.values() if headers.get("WARC-Type") == "revisit"]
    assert len(revisits) == 4
    for headers in revisits:
        original = by_id[headers.get("WARC-Refers-To")]
        assert original.get("WARC-Type") == "response"
        assert headers.get("WARC-Refers-To-Date") == original.get("WARC-Date")
        assert headers.get("WARC-Refers-To-Target-URI") == original.get("WARC-Target-URI")
        assert headers.get("WARC-Payload-Digest") == original.get("WARC-Payload-Digest")
        assert headers.get("WARC-Truncated") == "length"
        assert datetime.fromisoformat(headers.get("WARC-Date"))
