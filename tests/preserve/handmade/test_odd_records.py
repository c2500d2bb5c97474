"""Records and files as other people's archives have them: read, or left out and said so, a line for each kind."""

from __future__ import annotations

import gzip
import struct
import sys
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from tests.support import cli, pages, sql, warcs

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOST = "http://quay.example"


@pytest.fixture
def elsewhere(tmp_path):
    """A folder outside the archive."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    return folder


def taken(tmp_path, *paths):
    """Import; the archive's folder, and the report."""
    folder = ArchiveFolder(tmp_path / "archive")
    return folder, import_files(folder, paths, clock=lambda: NOW, workers=1)


def shown(folder, columns="url"):
    """Columns of the captures, in order of their addresses."""
    return sql.rows(folder.root, f"select {columns} from captures order by url")


def counts(report):
    """The notes by kind."""
    return {str(kind): count for kind, count in report.notes.items()}


def raw(url: bytes, block: bytes, *fields: bytes, kind: bytes = b"response", date: bytes = b"2025-10-21T10:00:00Z"):
    """A record byte for byte, packed."""
    mime = b"application/http; msgtype=response" if kind == b"response" else b"text/plain"
    digest = warcs.response("http://x.example/", url + block + date)
    head = [
        b"WARC/1.1", b"WARC-Type: " + kind, b"WARC-Record-ID: " + digest.record_id.encode(), b"WARC-Date: " + date,
        b"WARC-Target-URI: " + url, *fields, b"Content-Type: " + mime, b"Content-Length: %d" % len(block),
    ]  # fmt: skip
    return gzip.compress(b"\r\n".join(head) + b"\r\n\r\n" + block + b"\r\n\r\n", mtime=0)


def answer(title: str, status: bytes = b"HTTP/1.1 200 OK", head: bytes = b"Content-Type: text/html\r\n") -> bytes:
    """A response with an article."""
    return status + b"\r\n" + head + b"\r\n" + pages.article(title)


# --- Zstandard ------------------------------------------------------------------------------------------------------


def records(count: int) -> list[bytes]:
    """A warcinfo record and pictures, uncompressed."""
    found = [warcs.info()]
    found += [
        warcs.response(f"{HOST}/{n}.png", b"\x89PNG a picture of the quay, number %d" % n, mime="image/png")
        for n in range(count)
    ]
    return [warcs.plain(each) for each in found]


def with_dictionary(content: bytes, dictionary: zstd.ZstdDict, parts: list[bytes]) -> bytes:
    """A file whose first frame, a skippable one, holds the dictionary."""
    frames = b"".join(zstd.compress(part, zstd_dict=dictionary) for part in parts)
    return struct.pack("<II", 0x184D2A5D, len(content)) + content + frames


@pytest.mark.parametrize("kind", ["frames", "one frame", "trained", "trained, packed", "any bytes", "other frames"])
def test_zstandard_files_are_read_with_their_dictionaries(tmp_path, elsewhere, kind):
    """A frame a record, one for all, a dictionary as it is or packed, and skippable frames that mean nothing here."""
    parts = records(20)
    dictionary = zstd.train_dict([*parts] * 5, 2048)
    data = {
        "frames": b"".join(map(zstd.compress, parts)),
        "one frame": zstd.compress(b"".join(parts)),
        "trained": with_dictionary(dictionary.dict_content, dictionary, parts),
        "trained, packed": with_dictionary(zstd.compress(dictionary.dict_content), dictionary, parts),
        "any bytes": with_dictionary(b"WARC" * 99, zstd.ZstdDict(b"WARC" * 99, is_raw=True), parts),
        "other frames": struct.pack("<II3s", 0x184D2A50, 3, b"abc").join([b"", *map(zstd.compress, parts)]),
    }[kind]
    path = elsewhere / "a.warc.zst"
    path.write_bytes(data)
    folder, report = taken(tmp_path, elsewhere)
    assert report.ok and (report.records, report.captures) == (21, 20)
    assert report.files[0].name == "a.warc.gz" and report.files[0].copied
    assert [str(file.verdict) for file in verify(folder, now=NOW).files] == ["ok"]


def test_damage_in_a_zstandard_file_costs_only_its_frame(tmp_path, elsewhere):
    """A frame that doesn't decompress, and a torn one at the end, are told with their places."""
    frames = [zstd.compress(part, options={zstd.CompressionParameter.checksum_flag: 1}) for part in records(6)]
    at = sum(map(len, frames[:3]))
    data = bytearray(b"".join(frames))
    data[at + len(frames[3]) - 2] ^= 0x55
    path = elsewhere / "a.warc.zst"
    path.write_bytes(data[:-9])
    folder, report = taken(tmp_path, path)
    assert not report.ok
    assert [(str(each.kind), each.offset) for each in report.files[0].findings] == [
        ("zstd", at), ("torn-tail", sum(map(len, frames[:6]))),
    ]  # fmt: skip
    assert len(shown(folder)) >= 4


# --- records --------------------------------------------------------------------------------------------------------


def test_status_lines_without_a_version_are_read(tmp_path, elsewhere):
    """``HTTP 200 OK`` and its kin: each is a capture with a status, an article, and a note."""
    odd = [b"HTTP 200 OK", b"HTTP 200", b"HTTP/1.1200 OK", b"HTTP/ 200 OK", b"http/1.0 200 OK", b"HTTP/1.1  200  OK"]
    path = elsewhere / "a.warc.gz"
    path.write_bytes(
        b"".join(raw(b"%s/%d" % (HOST.encode(), n), answer(f"Wall {n} is raised", line)) for n, line in enumerate(odd))
    )
    folder, report = taken(tmp_path, path)
    assert shown(folder, "status, mime") == [(200, "text/html")] * len(odd)
    assert report.pages.new == len(odd) and counts(report) == {"unversioned": 2}


def test_addresses_that_differ_in_bytes_stay_apart(tmp_path, elsewhere):
    """Latin-1 bytes of a target URI are percent-encoded as they are; UTF-8 as ever; also in an ARC."""
    path = elsewhere / "a.warc.gz"
    urls = [b"http://quay.example/caf\xe9", b"http://quay.example/caf\xe8", "http://quay.example/café".encode()]
    path.write_bytes(b"".join(raw(url, answer(f"Wall {n} is raised")) for n, url in enumerate(urls)))
    block = answer("Wall 9 is raised")
    old = elsewhere / "b.arc"
    old.write_bytes(b"http://quay.example/\xfcber 192.0.2.1 20080101000000 text/html %d\n%s\n" % (len(block), block))
    version = b"1 0 Quay\nURL IP-address Archive-date Content-type Archive-length\n\n"
    line = b"filedesc://b.arc 0.0.0.0 20080101000000 text/plain %d\n" % len(version)
    old.write_bytes(line + version + b"\n" + old.read_bytes())
    folder, report = taken(tmp_path, elsewhere)
    paths = ["%FCber", "caf%C3%A9", "caf%E8", "caf%E9"]
    assert report.ok and [url for (url,) in shown(folder)] == [f"{HOST}/{each}" for each in paths]
    kept = [each for each in warcs.iter_records(folder.warc / "b.warc.gz") if each.record_type == "metadata"]
    assert [each.block for each in kept] == [line + version]
    assert kept[0].target_uri == "filedesc://b.arc"


def test_pages_without_a_media_type_are_known_by_their_bytes(tmp_path, elsewhere):
    """Typeless HTML becomes an article, packed or not; a typeless picture is left alone."""
    packed = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + gzip.compress(pages.article("Wall 2 is raised"))
    path = elsewhere / "a.warc.gz"
    path.write_bytes(
        raw(b"http://quay.example/1", answer("Wall 1 is raised", head=b""))
        + raw(b"http://quay.example/2", packed)
        + raw(b"http://quay.example/3", b"HTTP/1.1 200 OK\r\n\r\n\x89PNG\r\n\x1a\n\0\0 <html")
        + raw(b"http://quay.example/4", answer("Wall 4 is raised", head=b"Content-Type: unknown/unknown\r\n"))
    )
    folder, report = taken(tmp_path, path)
    assert report.ok and counts(report) == {"typeless": 4}
    assert shown(folder, "page_kind") == [("article",), ("article",), (None,), ("article",)]


def test_arc_records_without_an_http_head_are_pages_too(tmp_path, elsewhere):
    """The first crawlers stored bodies only."""
    body = pages.article("The wall is raised")
    path = elsewhere / "a.arc"
    version = b"1 0 Quay\nURL IP-address Archive-date Content-type Archive-length\n\n"
    path.write_bytes(
        b"filedesc://a.arc 0.0.0.0 20080101000000 text/plain %d\n%s\n" % (len(version), version)
        + b"http://quay.example/1 192.0.2.1 20080101000000 no-type %d\n%s\n" % (len(body), body)
        + b"http://quay.example/2 192.0.2.1 20080101000000500 text/html %d\nHTTP 200 OK\n\n%s\n"
        % (13 + len(body), body)
    )
    folder, report = taken(tmp_path, path)
    assert report.ok and counts(report) == {"headless": 1, "unversioned": 1, "typeless": 1}
    assert shown(folder, "record_type, status, page_kind") == [
        ("resource", None, "article"), ("response", 200, "article"),
    ]  # fmt: skip
    dates = [each.headers.get("WARC-Date") for each in warcs.iter_records(folder.warc / "a.warc.gz")]
    assert dates[-1] == "2008-01-01T00:00:00.5Z", "the fraction of a second stays"


def test_dates_less_precise_than_a_second_are_valid(tmp_path, elsewhere):
    """WARC/1.1 allows them: the beginning of the period counts, and the import says so."""
    dates = {b"2024": "2024-01-01T00:00:00Z", b"2024-05": "2024-05-01T00:00:00Z", b"2024-05-07": "2024-05-07T00:00:00Z",
             b"2024-05-07T10:30Z": "2024-05-07T10:30:00Z", b"2024-05-07T10:30:01.25Z": "2024-05-07T10:30:01Z"}  # fmt: skip
    path = elsewhere / "a.warc.gz"
    path.write_bytes(
        b"".join(
            raw(b"%s/%d" % (HOST.encode(), n), answer(f"Wall {n} is raised"), date=date) for n, date in enumerate(dates)
        )
    )
    folder, report = taken(tmp_path, path)
    assert report.ok and not report.files[0].findings and counts(report) == {"period": 4}
    assert [date for (date,) in shown(folder, "captured_at")] == list(dates.values())
    assert [str(file.verdict) for file in verify(folder, now=NOW).files] == ["ok"]


def test_a_date_that_is_none_gives_way_to_the_servers(tmp_path, elsewhere):
    """As in ClueWeb09, whose writer got the days wrong: the Date of the answer counts, and that is said."""
    head = b"Content-Type: text/html\r\nDate: Tue, 13 Jan 2009 18:05:10 GMT\r\n"
    path = elsewhere / "a.warc.gz"
    path.write_bytes(
        raw(b"http://quay.example/1", answer("Wall 1 is raised", head=head), date=b"2009-03-65T08:43:19-0800")
        + raw(b"http://quay.example/2", answer("Wall 2 is raised"), date=b"2009-03-65T08:43:19-0800")
        + raw(b"http://quay.example/3", answer("Wall 3", head=head.replace(b"2009", b"2090")), date=b"yesterday")
    )
    folder, report = taken(tmp_path, path)
    assert counts(report) == {"date-of-response": 2, "undated": 1}
    assert shown(folder, "captured_at") == [("2009-01-13T18:05:10Z",), (None,), (None,)]
    first, *others = report.files[0].findings
    assert str(first.level) == "note" and "2009-01-13T18:05:10Z" in first.message
    assert [str(each.kind) for each in others] == ["field", "field"], "without a date of any kind the fault stays one"


def test_segments_are_marked_and_other_records_counted(tmp_path, elsewhere):
    """The first segment of a block is kept as incomplete; what isn't read is named by its kind."""
    path = elsewhere / "a.warc.gz"
    path.write_bytes(
        raw(b"http://quay.example/1", answer("Wall 1 is raised")[:700], b"WARC-Segment-Number: 1")
        + raw(b"http://quay.example/1", b"the rest", b"WARC-Segment-Number: 2", kind=b"continuation")
        + raw(b"http://quay.example/2", b"words", kind=b"conversion")
        + raw(b"http://quay.example/3", b"what", kind=b"screenshot")
        + raw(b"dns:quay.example", b"20250101000000\nquay.example. 300 IN A 192.0.2.1")
    )
    folder, report = taken(tmp_path, path)
    assert report.ok
    assert counts(report) == {"segmented": 1, "continuation": 1, "conversion": 1, "unknown-type": 1, "not-http": 1}
    assert ("segmented",) in shown(folder, "truncated")


def test_a_folder_says_what_it_leaves_out(tmp_path, elsewhere):
    """An unfinished or packed file is refused by name; files of other kinds are counted by their endings."""
    whole = warcs.members(warcs.info(), warcs.response(f"{HOST}/1.png", b"\x89PNG", mime="image/png"))
    for name, data in (
        ("a.warc.gz", whole), ("b.warc.gz.open", whole), ("c.warc.xz", b"\xfd7zXZ\0 packed"), ("d.cdx", b" CDX N b a"),
        ("e.cdx", b" CDX N b a"), ("README", b"read me"),
    ):  # fmt: skip
        (elsewhere / name).write_bytes(data)
    done = cli.run(tmp_path / "archive", "import", elsewhere)
    printed = " ".join(done.stdout.split())
    assert done.returncode == 1
    for words in ("b.warc.gz.open: it is being written", "unpack it first", "2 .cdx, 1 no ending"):
        assert words in printed
    told = cli.run_json(tmp_path / "archive", "import", elsewhere, code=1)
    assert told["passed_over"] == {".cdx": 2, "no ending": 1} and told["notes"] == {}
