"""Responses as they arrive: read to their end by the framing that browsers find, with every deviation named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.warc.http import final_head, payload_pieces
from talkscraper.warc.response_reader import (
    MAX_RESPONSE_HEAD_BYTES,
    HeadTooLarge,
    NotHttp,
    Oddity,
    ResponseReader,
)

PAGE = b"<h1>The wall</h1><p>Seven stones fell on Monday.</p>"
SIZED = b"Content-Length: %d" % len(PAGE)
CHUNKED = b"Transfer-Encoding: chunked"


def head(*lines: bytes, status: bytes = b"HTTP/1.1 200 OK", end: bytes = b"\r\n") -> bytes:
    return end.join([status, *lines, b"", b""])


def chunks(size: bytes = b"%x" % len(PAGE), last: bytes = b"0\r\n\r\n") -> bytes:
    return size + b"\r\n" + PAGE + b"\r\n" + last


def read(data: bytes, step: int, *, method: str = "GET") -> tuple[ResponseReader, bytes, bool]:
    """The reader after these bytes and the connection's end, the payload, and whether some is missing."""
    reader, payload = ResponseReader(method), b""
    for at in range(0, len(data), step):
        payload += b"".join(bytes(piece) for piece in reader.feed(data[at : at + step]))
        if reader.ended:
            return reader, payload, False
    held, missing = reader.close()
    return reader, payload + held, missing


ODD = {
    "a space in a name": (head(b"X Powered By: shed", SIZED) + PAGE, Oddity.HEADER_NAME),
    "typographic quotes": (head("\u2018x\u2019: 1".encode(), SIZED) + PAGE, Oddity.HEADER_NAME),
    "a control byte in a name": (head(b"X\x01: 1", SIZED) + PAGE, Oddity.HEADER_NAME),
    "an empty name": (head(b": 1", SIZED) + PAGE, Oddity.HEADER_NAME),
    "a space before the colon": (head(b"Content-Length : %d" % len(PAGE)) + PAGE, Oddity.HEADER_NAME),
    "no colon": (head(b"so it goes", SIZED) + PAGE, Oddity.NO_COLON),
    "a NUL in a value": (head(b"X: a\x00b", SIZED) + PAGE, Oddity.HEADER_VALUE),
    "folded": (head(b"X: a", b"\tb", SIZED) + PAGE, Oddity.FOLDED),
    "identity": (head(b"Transfer-Encoding: identity", SIZED) + PAGE, Oddity.TRANSFER_CODING),
    "an unknown coding": (head(b"Transfer-Encoding: rot13") + PAGE, Oddity.TRANSFER_CODING),
    "an empty length": (head(b"Content-Length: ") + PAGE, Oddity.LENGTH_INVALID),
    "a negative length": (head(b"Content-Length: -1") + PAGE, Oddity.LENGTH_INVALID),
    "one length of two invalid": (head(b"Content-Length: none", SIZED) + PAGE, Oddity.LENGTH_INVALID),
    "the length twice": (head(SIZED, SIZED) + PAGE, Oddity.LENGTH_TWICE),
    "conflicting lengths": (head(b"Content-Length: 9", SIZED) + PAGE, Oddity.LENGTH_CONFLICT),
    "conflicting lengths, the smaller one right": (
        head(b"Content-Length: 999", SIZED) + PAGE,
        Oddity.LENGTH_CONFLICT,
    ),
    "both framings": (head(CHUNKED, b"Content-Length: 5") + chunks(), Oddity.TWO_FRAMINGS),
    "said to be chunked": (head(CHUNKED) + PAGE, Oddity.NOT_CHUNKED),
    "said to be chunked, of known length": (head(CHUNKED, SIZED) + PAGE, Oddity.NOT_CHUNKED),
    "no end after the last chunk": (head(CHUNKED) + chunks(last=b"0\r\n"), Oddity.NO_LAST_LINE),
    "LF": (head(SIZED, end=b"\n") + PAGE, Oddity.BARE_LF),
    "no version": (head(SIZED, status=b"HTTP 200 OK") + PAGE, Oddity.STATUS_LINE),
    "ICY": (head(SIZED, status=b"ICY 200 OK") + PAGE, Oddity.STATUS_LINE),
    "two spaces": (head(SIZED, status=b"HTTP/1.1  200 OK") + PAGE, Oddity.STATUS_LINE),
    "a tab": (head(SIZED, status=b"HTTP/1.1\t200\tOK") + PAGE, Oddity.STATUS_LINE),
    "lower case": (head(SIZED, status=b"http/1.1 200 OK") + PAGE, Oddity.STATUS_LINE),
    "line ends before it": (b"\r\n" + head(SIZED) + PAGE, Oddity.STATUS_LINE),
    "bytes beyond": (head(SIZED) + PAGE + b"HTTP/1.1 200 OK\r\n\r\n", Oddity.SURPLUS),
    "no reason": (head(SIZED, status=b"HTTP/1.1 200") + PAGE, None),
    "a long line": (head(b"X: " + b"l" * 100_000, SIZED) + PAGE, None),
    "HTTP/1.0": (head(status=b"HTTP/1.0 200 OK") + PAGE, None),
    "spaces after a chunk size": (head(CHUNKED) + chunks(b"%x  " % len(PAGE)), None),
    "extensions": (head(CHUNKED) + chunks(b'%x ; a="b"' % len(PAGE)), None),
    "zeros before a chunk size": (head(CHUNKED) + chunks(b"000%X" % len(PAGE)), None),
    "LF in chunks": (head(CHUNKED) + chunks().replace(b"\r\n", b"\n"), None),
    "interim heads": (head(status=b"HTTP/1.1 103 Early") + head(SIZED) + PAGE, None),
}


@pytest.mark.parametrize("step", [1, 7, 10**6])
@pytest.mark.parametrize("odd", ODD)
def test_what_browsers_show_is_read_whole(odd, step):
    """Each oddity costs no byte of the page and is named, however the bytes arrive; readers of the record agree."""
    data, oddity = ODD[odd]
    reader, payload, missing = read(data, step)
    assert (payload, missing) == (PAGE, False)
    if oddity is not Oddity.SURPLUS or step > 7:
        assert (oddity in reader.oddities) if oddity else not reader.oddities
    if step > 7:
        kept = data[: len(data) - len(reader.surplus)]
        interim, parsed = final_head(kept)
        start = sum(map(len, interim)) + parsed.size
        assert b"".join(map(bytes, payload_pieces([kept[start:]], chunked=parsed.chunked))) == PAGE


@pytest.mark.parametrize(
    "data",
    [
        head(SIZED) + PAGE[:-1],
        head(CHUNKED) + chunks(last=b""),
        head(CHUNKED) + chunks()[:20],
        head(CHUNKED) + chunks(b"5"),
        head(CHUNKED, SIZED) + PAGE[:-1],
    ],
)
def test_missing_bytes_are_said(data):
    """A body that is shorter than declared, a chunked one without end, and broken chunk framing."""
    assert read(data, 11)[2]


@pytest.mark.parametrize(
    ("data", "reusable"),
    [
        (head(SIZED) + PAGE, True),
        (head(CHUNKED) + chunks(), True),
        (head(SIZED, b"Connection: Close") + PAGE, False),
        (head(SIZED, status=b"HTTP/1.0 200 OK") + PAGE, False),
        (head(SIZED, b"X Y: 1") + PAGE, False),
        (head(CHUNKED, SIZED) + chunks(), False),
        (head(SIZED, b"Content-Length: 3") + PAGE, False),
        (head(SIZED) + PAGE + b"HTTP/1.1 200 Smuggled\r\n\r\n", False),
        (head(status=b"HTTP/1.1 101 Switching Protocols"), False),
        (head(SIZED, status=b"HTTP/1.1 304 Not Modified"), True),
    ],
)
def test_a_connection_is_used_again_only_after_a_response_beyond_doubt(data, reusable):
    """Nothing of one exchange can be taken for the answer to the next."""
    reader, _, _ = read(data, 10**6)
    assert reader.ended
    assert reader.reusable is reusable


def test_head_has_no_body():
    """The length of a response to HEAD is that of another one."""
    reader, payload, missing = read(head(b"Content-Length: 5000"), 9, method="HEAD")
    assert (reader.ended, payload, missing) == (True, b"", False)


@pytest.mark.parametrize("data", [b"\x00\x01nothing", b"<html>", b"HTTP/1.1 OK\r\n\r\n", b"HTTP/1.1 2000 OK\r\n\r\n"])
def test_bytes_without_a_status_are_no_response(data):
    """They are refused by name."""
    with pytest.raises(NotHttp):
        read(data, 5)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nX: " + b"l" * MAX_RESPONSE_HEAD_BYTES,
        head(status=b"HTTP/1.1 103 Early") * 20_000,
        head(b"X: " + b"l" * MAX_RESPONSE_HEAD_BYTES, SIZED) + PAGE,
    ],
)
def test_a_head_has_a_bound(data):
    """An endless head, and endless interim heads, are refused by name."""
    with pytest.raises(HeadTooLarge):
        read(data, 50_000)


@given(
    lines=st.lists(
        st.one_of(st.sampled_from([SIZED, CHUNKED, b"Content-Length: 3"]), st.binary(max_size=20)), max_size=4
    ),
    body=st.one_of(st.just(chunks()), st.just(PAGE), st.binary(max_size=80)),
    step=st.integers(1, 40),
)
def test_any_bytes_give_the_payload_that_the_record_has(lines, body, step):
    """Whatever comes, what the crawl reads is what readers of the record find in the bytes of the response."""
    data = head(*lines) + body
    whole = ResponseReader()
    pieces, received = [], 0
    for at in range(0, len(data), step):
        pieces.extend(bytes(piece) for piece in whole.feed(data[at : at + step]))
        received = min(len(data), at + step)
        if whole.ended:
            break
    held, _ = whole.close()
    kept = data[: received - len(whole.surplus)]
    interim, parsed = final_head(kept)
    start = sum(map(len, interim)) + parsed.size
    found = b"".join(map(bytes, payload_pieces([kept[start:]], chunked=parsed.chunked)))
    assert b"".join(pieces) + held == found
