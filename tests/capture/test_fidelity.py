"""What is archived is what the wire carried: every exchange against the server's own log of every byte."""

from __future__ import annotations

import base64
import gzip
import random
import ssl
import zlib
from collections import Counter
from pathlib import Path

import brotli
import pytest

from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.reader import read_record
from tests.support.raw_server import Answer, RawServer
from tests.support.servers import untrusted_tls
from tests.support.warcs import iter_records

PAYLOAD = ("Hafenmauer " * 40).encode()


def chunks(data: bytes, size: int = 100, *, last: bytes = b"0\r\n\r\n", extension: bytes = b"") -> bytes:
    framed = b"".join(
        b"%x%s\r\n%s\r\n" % (len(data[at : at + size]), extension, data[at : at + size])
        for at in range(0, len(data), size)
    )
    return framed + last


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join([status, *lines]) + b"\r\n\r\n"


def length(data: bytes) -> bytes:
    return b"Content-Length: %d" % len(data)


GZIPPED = gzip.compress(PAYLOAD, mtime=0)
TEXT = b"Content-Type: text/html"
CHUNKED = b"Transfer-Encoding: chunked"
BIG = random.Random(5).randbytes(3 * 2**20)

WHOLE: dict[str, list[bytes]] = {
    "odd-case": [head(b"cOnTeNt-TyPe:text/html", b"X-ODD:   spaces  ", b"x-odd: twice", length(PAYLOAD)), PAYLOAD],
    "repeated": [head(b"Set-Cookie: a=1", b"Set-Cookie: b=2", b"set-cookie: c=3", TEXT, length(PAYLOAD)), PAYLOAD],
    "folded": [head(b"X-Folded: one", b"\ttwo", b"   three", TEXT, length(PAYLOAD)), PAYLOAD],
    "no-colon": [head(b"this line has none", TEXT, length(PAYLOAD)), PAYLOAD],
    "latin-1": [head(b"X-Name: D\xe9j\xe0", TEXT, length(PAYLOAD), status=b"HTTP/1.1 200 D\xe9j\xe0"), PAYLOAD],
    "no-reason": [head(TEXT, length(PAYLOAD), status=b"HTTP/1.1 200"), PAYLOAD],
    "no-reason-space": [head(TEXT, length(PAYLOAD), status=b"HTTP/1.1 200 "), PAYLOAD],
    "bare-lf": [b"HTTP/1.1 200 OK\nContent-Type: text/html\n" + length(PAYLOAD) + b"\n\n", PAYLOAD],
    "byte-by-byte": [bytes([code]) for code in head(TEXT, length(PAYLOAD)) + PAYLOAD],
    "chunked": [head(TEXT, CHUNKED), chunks(PAYLOAD)],
    "chunked-extension": [head(TEXT, CHUNKED), chunks(PAYLOAD, extension=b';name="value"')],
    "chunked-trailer": [head(TEXT, CHUNKED, b"Trailer: X-Sum"), chunks(PAYLOAD, last=b"0\r\nX-Sum: 42\r\n\r\n")],
    "chunked-zeros": [head(TEXT, CHUNKED), chunks(PAYLOAD, last=b"00000\r\n\r\n")],
    "gzip": [head(TEXT, b"Content-Encoding: gzip", length(GZIPPED)), GZIPPED],
    "gzip-chunked": [head(TEXT, b"Content-Encoding: gzip", CHUNKED), chunks(GZIPPED, 7)],
    "br": [head(TEXT, b"Content-Encoding: br", length(brotli.compress(PAYLOAD))), brotli.compress(PAYLOAD)],
    "empty": [head(TEXT, b"Content-Length: 0")],
    "204": [head(status=b"HTTP/1.1 204 No Content")],
    "304": [head(b"ETag: x", b"Content-Length: 999", status=b"HTTP/1.1 304 Not Modified")],
    "404": [head(TEXT, length(PAYLOAD), status=b"HTTP/1.1 404 Gone fishing"), PAYLOAD],
    "redirect": [head(b"Location: /elsewhere", b"Content-Length: 0", status=b"HTTP/1.1 302 Found")],
    "big": [head(b"Content-Type: image/jpeg", length(BIG)), BIG],
    "two-length": [head(TEXT, length(PAYLOAD), length(PAYLOAD)), PAYLOAD],
}

CLOSING: dict[str, list[bytes]] = {
    "http-1.0": [head(TEXT, status=b"HTTP/1.0 200 OK"), PAYLOAD],
    "close-delimited": [head(TEXT, b"Connection: close"), PAYLOAD],
    "big-close": [head(TEXT, b"Connection: close"), BIG[::-1]],
}


def records_by_path(folder: Path, base: str) -> dict[str, list]:
    """(type, truncated, block, record) of each record, by the path it was asked for."""
    found: dict[str, list] = {}
    for warc in sorted((folder / "warc").glob("*.warc.gz")):
        for record in iter_records(warc):
            uri = record.target_uri
            if uri is not None:
                kept = (str(record.record_type), record.headers.get("WARC-Truncated"), record.block, record.headers)
                found.setdefault(uri.removeprefix(base), []).append(kept)
    return found


def test_whole_exchanges_are_kept_byte_for_byte(server, crawl, tmp_path):
    """Each of many odd but whole answers is archived exactly as sent, its request exactly as received."""
    for name, pieces in WHOLE.items():
        server.answers[f"/{name}"] = Answer(pieces)
    for name, pieces in CLOSING.items():
        server.answers[f"/{name}"] = Answer(pieces, "close")
    paths = list(server.answers)
    outcome = crawl(
        [{"url": server.base + path, "timeout": 50} for path in paths], settings={"REDIRECT_ENABLED": False}
    )
    assert outcome["failed"] is None
    found = records_by_path(tmp_path / "archive", server.base)
    assert set(found) == set(paths)
    for path in paths:
        (response, request) = found[path]
        assert response[0] == "response", path
        assert response[1] is None, (path, response[1])
        (attempt,) = server.log[path]
        assert response[2] == bytes(attempt.sent), path
        assert request[0] == "request"
        assert request[2] == attempt.received, path
        assert request[3].get("WARC-Concurrent-To") == response[3].get("WARC-Record-ID")
        assert request[3].get("WARC-Date") == response[3].get("WARC-Date")
        assert response[3].get("WARC-IP-Address") == "127.0.0.1"
        assert response[3].get("WARC-Block-Digest") == sha1_base32(response[2])
    by_url = {result["url"].removeprefix(server.base): result for result in outcome["results"]}
    assert by_url["/chunked-trailer"]["body"] == len(PAYLOAD)
    for path in ("/chunked", "/chunked-extension", "/chunked-trailer", "/chunked-zeros", "/odd-case", "/http-1.0"):
        assert found[path][0][3].get("WARC-Payload-Digest") == sha1_base32(PAYLOAD), path
    for path in ("/gzip", "/gzip-chunked"):
        assert found[path][0][3].get("WARC-Payload-Digest") == sha1_base32(GZIPPED), path
    assert found["/big"][0][3].get("WARC-Payload-Digest") == sha1_base32(BIG)
    assert found["/http-1.0"][0][3].get("WARC-Protocol") == "http/1.0"


def test_methods_bodies_and_surplus_bytes(server, crawl, tmp_path):
    """HEAD has no body, POST keeps its own, and bytes after an answer's end aren't part of it."""
    server.answers["/head"] = Answer([head(TEXT, b"Content-Length: 5000")])
    server.answers["/post"] = Answer([head(TEXT, length(PAYLOAD)), PAYLOAD])
    server.answers["/surplus"] = Answer([head(TEXT, length(PAYLOAD)) + PAYLOAD + b"HTTP/1.1 200 MORE\r\n\r\n"], "close")
    crawl(
        [
            {"url": server.base + "/head", "method": "HEAD"},
            {"url": server.base + "/post", "method": "POST", "body": "a=1&b=%00"},
            {"url": server.base + "/surplus"},
        ]
    )
    found = records_by_path(tmp_path / "archive", server.base)
    assert found["/head"][0][2] == bytes(server.log["/head"][0].sent)
    assert found["/head"][1][2].startswith(b"HEAD /head HTTP/1.1\r\n")
    assert found["/post"][1][2] == server.log["/post"][0].received
    assert found["/post"][1][2].endswith(b"\r\n\r\na=1&b=%00")
    assert found["/surplus"][0][2] == head(TEXT, length(PAYLOAD)) + PAYLOAD
    assert found["/surplus"][0][1] is None
    indexed = "".join(path.read_text() for path in (tmp_path / "archive" / "index").glob("*.cdxj"))
    assert "/surplus" in indexed
    assert "/head" not in indexed, "players hang on a HEAD record"
    assert "/post" not in indexed


def test_interim_answers_are_kept_apart(server, crawl, tmp_path):
    """The block begins with the final status line; the 1xx heads are in a metadata record, byte for byte."""
    early = head(b"Link: </a.css>; rel=preload", status=b"HTTP/1.1 103 Early Hints")
    go_on = b"HTTP/1.1 100 Continue\r\n\r\n"
    final = head(TEXT, length(PAYLOAD)) + PAYLOAD
    server.answers["/interim"] = Answer([early, go_on + final[:10], final[10:]])
    crawl([{"url": server.base + "/interim"}])
    response, request, metadata = records_by_path(tmp_path / "archive", server.base)["/interim"]
    assert response[2] == final
    assert request[2] == server.log["/interim"][0].received
    assert metadata[0] == "metadata"
    kept = [line.partition(b": ")[2] for line in metadata[2].splitlines()]
    assert [base64.b64decode(value) for value in kept] == [early, go_on]


CUT: dict[str, tuple[list[bytes], str, str]] = {
    "declared-too-large": ([head(b"Content-Length: 900000"), b"x" * 900000], "hold", "length"),
    "chunked-too-large": ([head(CHUNKED), *[chunks(b"y" * 50000, 5000, last=b"")] * 8], "hold", "length"),
    "close-too-large": ([head(b"Connection: close"), b"z" * 400000], "close", "length"),
    "endless-head": ([b"HTTP/1.1 200 OK\r\n", *[b"X-Filler: " + b"f" * 1000 + b"\r\n"] * 4000], "hold", "length"),
    "slow-body": ([head(length(PAYLOAD)), PAYLOAD[:100]], "hold", "time"),
    "slow-head": ([b"HTTP/1.1 200 OK\r\nContent-"], "hold", "time"),
    "closed-early": ([head(length(PAYLOAD)), PAYLOAD[:100]], "close", "disconnect"),
    "closed-in-head": ([b"HTTP/1.1 200 OK\r\nContent-Le"], "close", "disconnect"),
    "no-last-chunk": ([head(CHUNKED), chunks(PAYLOAD, last=b"")], "close", "disconnect"),
    "garbage": ([b"\x00\x01 this is not HTTP at all\r\n\r\n"], "close", "unspecified"),
    "broken-chunks": ([head(CHUNKED), b"5\r\nHafenmauer\r\n"], "close", "disconnect"),
}


def test_answers_that_are_cut_off_say_why(server, crawl, tmp_path):
    """Over-size, late, broken and nonsensical answers keep what came, exactly, with the right WARC-Truncated."""
    for name, (pieces, then, _) in CUT.items():
        server.answers[f"/{name}"] = Answer(pieces, then)
    server.answers["/reset"] = Answer([head(length(PAYLOAD)), PAYLOAD[:50]], "reset")
    requests = [{"url": f"{server.base}/{name}", "timeout": 2 if CUT[name][2] == "time" else 50} for name in CUT]
    outcome = crawl([*requests, {"url": server.base + "/reset"}], maxsize=300_000)
    assert outcome["failed"] is None
    found = records_by_path(tmp_path / "archive", server.base)
    for name, (_, _, why) in CUT.items():
        response, request, *_ = found[f"/{name}"]
        (attempt,) = server.log[f"/{name}"]
        assert response[1] == why, name
        assert response[2], name
        assert bytes(attempt.sent).startswith(response[2]), name
        assert request[2] == attempt.received
    assert found["/broken-chunks"][0][2] == bytes(server.log["/broken-chunks"][0].sent)
    if "/reset" in found:  # a reset may overtake the bytes before it; then there was no answer
        assert found["/reset"][0][1] == "disconnect"
    assert all("error" in result for result in outcome["results"])


def test_no_answer_makes_no_record(server, crawl, tmp_path):
    """A connection that is closed unanswered, or refused, leaves no record and no index line."""
    server.answers["/silent"] = Answer([], "close")
    server.answers["/fine"] = Answer([head(TEXT, length(PAYLOAD)), PAYLOAD])
    outcome = crawl([{"url": server.base + "/silent"}, {"url": "http://127.0.0.1:1/x"}, {"url": server.base + "/fine"}])
    assert set(records_by_path(tmp_path / "archive", server.base)) == {"/fine"}
    assert {result["url"]: result.get("capture") for result in outcome["results"]}[server.base + "/silent"] is None
    assert len(outcome["committed"]) == 1


def test_a_repeated_request_is_archived_once(server, crawl, tmp_path):
    """Twisted repeats a request when a pooled connection turns out stale; only the last attempt is a record."""

    def answer(path: str, number: int, served: int):
        if served and path == "/second" and number == 0:
            return Answer([], "close")
        return Answer([head(TEXT, length(PAYLOAD)), PAYLOAD])

    server.answer = answer
    crawl([{"url": server.base + path} for path in ("/first", "/second", "/third")], concurrency=1)
    assert len(server.log["/second"]) == 2, "the server was to see the repetition"
    found = records_by_path(tmp_path / "archive", server.base)
    assert [kind for kind, *_ in found["/second"]] == ["response", "request"]
    assert found["/second"][1][2] == server.log["/second"][1].received


def test_secrets_in_requests_are_redacted(server, crawl, tmp_path):
    """Cookie and Authorization values don't reach the archive, everything else does, and warcinfo says so."""
    server.answers["/secret"] = Answer([head(TEXT, length(PAYLOAD)), PAYLOAD])
    crawl(
        [
            {
                "url": server.base + "/secret",
                "headers": {"Authorization": "Basic c2VjcmV0", "cookie": "session=c2VjcmV0", "X-Plain": "c3RheXM="},
            }
        ]
    )
    (_, request) = records_by_path(tmp_path / "archive", server.base)["/secret"]
    assert b"c2VjcmV0" in server.log["/secret"][0].received
    assert b"c2VjcmV0" not in request[2]
    assert b"Authorization: [redacted]\r\n" in request[2]
    assert b"Cookie: [redacted]\r\n" in request[2]
    assert b"X-Plain: c3RheXM=\r\n" in request[2]
    (warc,) = (tmp_path / "archive" / "warc").glob("*.warc.gz")
    warcinfo = next(iter_records(warc)).block
    assert b"talkscraper-redacted-request-headers: Authorization, Cookie, Proxy-Authorization\r\n" in warcinfo


@pytest.mark.parametrize(
    ("version", "protocol", "cipher"),
    [
        (ssl.TLSVersion.TLSv1_3, "tls/1.3", "TLS_AES_256_GCM_SHA384"),
        (ssl.TLSVersion.TLSv1_2, "tls/1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"),
    ],
)
def test_tls_facts(crawl, tmp_path, version, protocol, cipher):
    """Over TLS the plaintext is archived, with the protocol's version and the cipher suite by its IANA name."""
    context = untrusted_tls()
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    with RawServer(context) as server:
        server.answers["/tls"] = Answer([head(TEXT, CHUNKED), chunks(PAYLOAD)])
        crawl([{"url": server.base + "/tls"}], settings={"DOWNLOAD_VERIFY_CERTIFICATES": False})
    response, request = records_by_path(tmp_path / "archive", server.base)["/tls"]
    assert response[2] == bytes(server.log["/tls"][0].sent)
    assert request[2] == server.log["/tls"][0].received
    assert response[3].get_all("WARC-Protocol") == ("http/1.1", protocol)
    assert response[3].get("WARC-Cipher-Suite") == cipher


def test_a_thousand_exchanges_are_not_mixed_up(server, crawl, tmp_path):
    """1,200 unique answers in mixed framing at concurrency 32, some connections dropped: zero differences."""
    fidelity_at_scale(server, crawl, tmp_path / "archive", 1200)


@pytest.mark.slow
def test_three_thousand_exchanges_are_not_mixed_up(server, crawl, tmp_path):
    """3,000 unique answers in mixed framing at concurrency 32, some connections dropped: zero differences."""
    fidelity_at_scale(server, crawl, tmp_path / "archive", 3000)


def fidelity_at_scale(server, crawl, folder: Path, count: int) -> None:
    def answer(path: str, number: int, served: int):
        seeded = random.Random(zlib.crc32(f"{path} {number}".encode()))
        body = f"{path} ".encode() * seeded.randrange(1, 400)
        kind = seeded.randrange(6)
        if kind == 0:
            pieces, then = [head(TEXT, length(body)), body], "keep"
        elif kind == 1:
            pieces, then = [head(TEXT, CHUNKED), chunks(body, seeded.randrange(1, 900))], "keep"
        elif kind == 2:
            packed = gzip.compress(body, mtime=0)
            pieces, then = [head(TEXT, b"Content-Encoding: gzip", length(packed)), packed], "keep"
        elif kind == 3:
            pieces, then = [head(TEXT, status=b"HTTP/1.0 200 OK"), body], "close"
        elif kind == 4:
            pieces, then = [b"HTTP/1.1 103 Early Hints\r\n\r\n", head(TEXT, length(body)), body], "keep"
        else:
            pieces, then = [head(TEXT, CHUNKED), chunks(body, 64, last=b"0\r\nX-Sum: 1\r\n\r\n")], "keep"
        dropped = seeded.randrange(10)
        if dropped == 0:
            return Answer([], "close")
        if dropped == 1:
            whole = b"".join(pieces)
            return Answer([whole[: seeded.randrange(1, len(whole))]], "close")
        return Answer(pieces, then)

    server.answer = answer
    paths = [f"/page/{number}" for number in range(count)]
    outcome = crawl([{"url": server.base + path} for path in paths], concurrency=32)
    assert outcome["failed"] is None
    assert len(outcome["results"]) == count
    found = records_by_path(folder, server.base)
    kinds: Counter[str] = Counter()
    for path in paths:
        attempt = server.log[path][-1]
        sent = bytes(attempt.sent)
        while sent.startswith(b"HTTP/1.1 103 Early Hints\r\n\r\n"):
            sent = sent[len(b"HTTP/1.1 103 Early Hints\r\n\r\n") :]
        if not attempt.sent:
            assert path not in found
            kinds["none"] += 1
            continue
        records = found[path]
        assert [kind for kind, *_ in records[:2]] == ["response", "request"]
        assert len([kind for kind, *_ in records if kind == "response"]) == 1
        assert records[0][2] == sent, path
        assert records[1][2] == attempt.received, path
        kinds["cut" if records[0][1] else "whole"] += 1
    assert sum(kinds.values()) == count
    assert min(kinds["none"], kinds["cut"], kinds["whole"]) > count // 80, kinds
    # and each response's spider was told of its own record
    (warc,) = (folder / "warc").glob("*.warc.gz")
    for result in outcome["results"][:: max(1, count // 100)]:
        if "status" in result:
            record = read_record(warc, result["offset"])
            assert record.record_id == result["capture"]
            assert record.target_uri == result["url"]
