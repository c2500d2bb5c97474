"""CDXJ lines; that they equal cdxj-indexer's is shown in tests/capture."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from talkscraper.errors import StorageError
from talkscraper.model import Capture, RecordType
from talkscraper.warc import cdxj

CAPTURE = Capture(
    id="<urn:uuid:1>",
    url="http://www.news.example/A?b=2&a=1",
    urlkey="example,news)/a?a=1&b=2",
    captured_at=datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC),
    status=200,
    mime="text/html",
    payload_digest="sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N",
    record_type=RecordType.RESPONSE,
    warc_file="a.warc.gz",
    warc_offset=120,
    warc_length=77,
)


def test_a_line_and_its_parts():
    """Key, 14 digits and JSON of strings in cdxj-indexer's order; parsing gives them back."""
    line = cdxj.line(CAPTURE)
    assert line == (
        'example,news)/a?a=1&b=2 20260301063015 {"url": "http://www.news.example/A?b=2&a=1", "mime": "text/html", '
        '"status": "200", "digest": "sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N", "length": "77", "offset": "120", '
        '"filename": "a.warc.gz"}'
    )
    parsed = cdxj.parse(line + "\n")
    assert (parsed.urlkey, parsed.timestamp, parsed.fields["offset"]) == (CAPTURE.urlkey, "20260301063015", "120")


def test_lines_of_revisits():
    """Their mime is warc/revisit; a 304's has no status, since its record has no block."""
    revisit = replace(CAPTURE, record_type=RecordType.REVISIT)
    assert fields(revisit)["mime"] == "warc/revisit"
    assert "status" not in fields(replace(revisit, status=304))
    assert fields(replace(CAPTURE, status=304))["status"] == "304"


def fields(capture: Capture) -> dict[str, str]:
    """The JSON of a capture's line."""
    return cdxj.parse(cdxj.line(capture)).fields


@pytest.mark.parametrize("text", ["", "a b c", "key 20260301 {}", "key 20260301063015 []", "key 20260301063015 {"])
def test_what_is_no_line_is_refused(text):
    """Each raises ValueError."""
    with pytest.raises(ValueError):
        cdxj.parse(text)


def test_what_no_replay_tool_can_show_has_no_line():
    """A HEAD request, and a response that isn't HTTP; an ordinary response has one."""
    assert cdxj.is_indexed(CAPTURE)
    assert not cdxj.is_indexed(replace(CAPTURE, method="HEAD"))
    assert not cdxj.is_indexed(replace(CAPTURE, status=None))


def test_an_index_is_sorted_by_bytes_without_repetition(tmp_path):
    """Bytewise order (not a locale's), each line once, no temporary file left."""
    keys = ["z)/", "a)/é", "a)/z", "a)/Z", "a)/", "a,b)/", "a)/"]
    captures = [replace(CAPTURE, urlkey=key) for key in keys]
    path = tmp_path / "a.cdxj"
    cdxj.write_lines(path, [cdxj.line(each) for each in captures])
    lines = path.read_bytes().splitlines()
    assert lines == sorted(lines)
    assert [line.split(b" ")[0].decode() for line in lines] == ["a)/", "a)/Z", "a)/z", "a)/é", "a,b)/", "z)/"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_failed_write_keeps_the_old_index(tmp_path, monkeypatch):
    """The new index appears whole or not at all."""
    path = tmp_path / "a.cdxj"
    path.write_text("old\n")

    def full(_handle):
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match=r"can't write .*a\.cdxj: full"):
        cdxj.write_lines(path, [cdxj.line(CAPTURE)])
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]
