"""Responses that deviate from HTTP, and lengths that don't agree: captured whole, handed on, noted."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest

from talkscraper.warc.content_coding import is_whole
from tests.support.raw_server import Answer
from tests.support.warcs import iter_records

PAGE = b"<h1>The quay</h1>" + b"<p>The ferry was late again on Tuesday.</p>" * 40
SIZED = b"Content-Length: %d" % len(PAGE)


def answer(*lines: bytes, body: bytes = PAGE, status: bytes = b"HTTP/1.1 200 OK") -> list[bytes]:
    return [b"\r\n".join([status, b"Content-Type: text/html", *lines, b"", b""]), body]


CHUNK = b"%x  \r\n%s\r\n" % (len(PAGE), PAGE)
ODD = {
    "name": (answer(b"X Powered By: shed", SIZED), "keep"),
    "colon": (answer(b"Content-Length : %d" % len(PAGE)), "keep"),
    "long": (answer(b"X-Policy: " + b"p" * 60_000, SIZED), "keep"),
    "identity": (answer(b"Transfer-Encoding: identity", SIZED), "keep"),
    "conflict": (answer(b"Content-Length: 3", SIZED), "keep"),
    "empty-length": (answer(b"Content-Length: "), "close"),
    "chunks": (answer(b"Transfer-Encoding: chunked", body=CHUNK + b"0\r\n\r\n"), "keep"),
    "not-chunked": (answer(b"Transfer-Encoding: chunked"), "close"),
    "no-last-line": (answer(b"Transfer-Encoding: chunked", body=CHUNK + b"0\r\n"), "close"),
    "icy": (answer(SIZED, status=b"ICY 200 OK"), "keep"),
    "open-end": (answer(b"Content-Length: none"), "hold"),
}
NOTED = {name for name in ODD if name not in ("long", "chunks")}


def test_odd_responses_are_captured_whole_and_read(server, crawl, tmp_path):
    """Each arrives at the spider with its whole body, its record is what was sent, and metadata says what is odd."""
    for name, (pieces, then) in ODD.items():
        own = [piece.replace(b"The quay", name.encode().ljust(8)[:8]) for piece in pieces]  # no two are the same
        server.answers[f"/{name}"] = Answer(own, then)
    outcome = crawl([{"url": f"{server.base}/{name}"} for name in ODD], settings={"LOG_LEVEL": "INFO"})
    assert {each["url"].rpartition("/")[2]: each.get("body") for each in outcome["results"]} == dict.fromkeys(
        ODD, len(PAGE)
    )
    records = [each for path in (tmp_path / "archive" / "warc").iterdir() for each in iter_records(path)]
    kept = {each.target_uri.rpartition("/")[2]: each for each in records if str(each.record_type) == "response"}
    for name in ODD:
        assert kept[name].block == bytes(server.log[f"/{name}"][0].sent), name
        assert kept[name].headers.get("WARC-Truncated") is None, name
    noted = {
        each.target_uri.rpartition("/")[2]
        for each in records
        if str(each.record_type) == "metadata" and b"response-oddities: " in each.block
    }
    assert noted == NOTED
    assert outcome["stderr"].count("deviates from HTTP") == 1, "once a host"


def test_an_odd_connection_is_not_used_again(server, crawl):
    """After a response beyond doubt the connection is reused, after an odd one, or one with surplus bytes, never."""
    plain, odd = Answer(answer(SIZED)), Answer(answer(b"X Y: 1", SIZED))
    smuggled = answer(SIZED)
    smuggled[1] += b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nsmuggled"
    server.answers.update({"/a": plain, "/b": odd, "/c": Answer([b"".join(smuggled)]), "/d": plain, "/e": plain})
    outcome = crawl([{"url": server.base + path} for path in ("/a", "/b", "/c", "/d", "/e")], concurrency=1)
    assert {each["body"] for each in outcome["results"]} == {len(PAGE)}
    assert server.connections == 3, "a, b | c | d, e"


def test_a_wrong_length_is_no_loss_where_the_body_is_whole(server, crawl, tmp_path):
    """A complete compressed stream isn't truncated, whatever was declared; without one bytes are missing."""
    packed = gzip.compress(PAGE, mtime=0)
    too_many = b"Content-Length: %d" % (len(PAGE) + 100)
    server.answers["/whole"] = Answer(answer(b"Content-Encoding: gzip", too_many, body=packed), "close")
    server.answers["/cut"] = Answer(answer(b"Content-Encoding: gzip", too_many, body=packed[:-40]), "close")
    server.answers["/plain"] = Answer(answer(too_many), "close")
    retries = {"RETRY_ENABLED": True, "RETRY_TIMES": 1}
    outcome = crawl([{"url": f"{server.base}/{name}"} for name in ("whole", "cut", "plain")], settings=retries)
    assert {each["url"].rpartition("/")[2]: each["body"] for each in outcome["results"]} == {
        "whole": len(packed), "cut": len(packed) - 40, "plain": len(PAGE),
    }  # fmt: skip
    assert [len(server.log[f"/{name}"]) for name in ("whole", "cut", "plain")] == [1, 2, 2]
    records = [each for path in (tmp_path / "archive" / "warc").iterdir() for each in iter_records(path)]
    truncated = {
        each.target_uri.rpartition("/")[2]: each.headers.get("WARC-Truncated")
        for each in records
        if str(each.record_type) == "response"
    }
    assert truncated == {"whole": None, "cut": "disconnect", "plain": "disconnect"}


def test_other_bytes_at_the_second_attempt_stay_a_loss(server, crawl):
    """Only the same bytes again mean that the server has no others."""
    server.answer = lambda path, number, served: Answer(answer(SIZED, body=PAGE[: 100 + number]), "close")
    outcome = crawl([{"url": server.base + "/x"}], settings={"RETRY_ENABLED": True, "RETRY_TIMES": 1})
    assert outcome["results"][0]["error"] == "ResponseDataLossError"


@pytest.mark.parametrize(
    ("coding", "payload"),
    [
        ("gzip", gzip.compress(PAGE)),
        ("gzip", gzip.compress(PAGE)[:-8]),
        ("gzip", gzip.compress(PAGE) + gzip.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE)[2:-4]),
        ("br", brotli.compress(PAGE)),
    ],
    ids=["gzip", "gzip without trailer", "two gzip members", "zlib", "raw deflate", "brotli"],
)
def test_a_whole_stream_is_told_from_a_cut_one(coding, payload):
    """By the stream's own end; a stream that ends early, plain text, and a bomb aren't whole."""
    headers = [("Content-Encoding", coding)]
    assert is_whole(payload, headers, 10**6)
    assert not is_whole(payload[: len(payload) - 20], headers, 10**6)
    assert not is_whole(PAGE, headers, 10**6)
    assert not is_whole(payload, headers, 100)
    assert not is_whole(payload, [], 10**6)
