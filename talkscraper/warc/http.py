"""Lenient parser of HTTP/1 messages (RFC 9112): heads, and the payload without transfer coding.

Writer, scan and replay all use it, so that they agree where a payload begins. Nothing here changes the bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.headers import parse_fields

MAX_HEAD_BYTES = 1024 * 1024
"""Maximum size of a head in bytes: one without an earlier end is taken to end there, by writers and readers alike."""
MAX_INTERIM_BYTES = 1024 * 1024
"""Maximum size of interim heads in bytes; what is beyond counts as part of what follows."""
MAX_LEAD_BYTES = MAX_INTERIM_BYTES + MAX_HEAD_BYTES
"""Number of bytes of a message within which its payload begins."""
MIN_BEGINNING = 12
"""Number of bytes by which a status line is recognised."""
MAX_STATUS_LINE = 4096
"""Number of bytes of an odd status line that are read."""
_BEGINNING = re.compile(rb"http/|(?:http|icy)[ \t]{1,4}[0-9]{3}(?![0-9A-Za-z])", re.IGNORECASE)
"""Old servers leave out the version (``HTTP 200 OK``)."""
_STATUS_LINE = re.compile(r"(http/[0-9]\.[0-9]|http/|http|icy)[ \t]*([0-9]{3})(?![0-9])[ \t]*(.*)", re.IGNORECASE)
"""For status lines that don't have three parts separated by single spaces."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpHead:
    """A status line and header fields, with their size."""

    status: int | None
    """None if the bytes don't begin with an HTTP status line."""
    version: str
    """As sent, e.g. ``HTTP/1.1``; empty if there is none."""
    reason: str
    headers: tuple[tuple[str, str], ...]
    """Names in the case as sent, folded values joined; latin-1."""
    size: int
    """Number of bytes including the blank line."""
    complete: bool
    """Whether there was a blank line."""

    def get(self, name: str) -> str | None:
        """Return the first value of a header."""
        return header(self.headers, name)

    @property
    def chunked(self) -> bool:
        """Whether the body has (or is declared to have) the chunked transfer coding."""
        coding = self.get("Transfer-Encoding")
        return coding is not None and coding.rpartition(",")[2].strip().lower() == "chunked"


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a header, ignoring case."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def parse_head(data: bytes, start: int = 0) -> HttpHead:
    """Parse the head at ``start`` of ``data``; it may end in CRLF CRLF or LF LF; lines without a colon are dropped.

    Bytes that don't begin with a status line have no head at all (``size`` 0, ``status`` None).
    """
    if _BEGINNING.match(data, start) is None:
        return HttpHead(status=None, version="", reason="", headers=(), size=0, complete=False)
    lines: list[bytes] = []
    position, complete = start, False
    limit = min(len(data), start + MAX_HEAD_BYTES)
    while position < limit:
        end = data.find(b"\n", position, limit)
        line = data[position : limit if end < 0 else end + 1]
        position += len(line)
        text = line.rstrip(b"\r\n")
        if not text and end >= 0:
            complete = True
            break
        lines.append(text)
    version, _, rest = lines[0].decode("latin-1").partition(" ")
    code, _, reason = rest.strip().partition(" ")
    status = int(code) if code.isascii() and code.isdigit() and len(code) == 3 else None
    if status is None and (odd := _STATUS_LINE.match(lines[0][:MAX_STATUS_LINE].decode("latin-1"))) is not None:
        version, status, reason = odd[1], int(odd[2]), odd[3]
    return HttpHead(
        status=status,
        version=version,
        reason=reason.strip(),
        headers=tuple(parse_fields(b"\n".join(lines[1:]).decode("latin-1"))),
        size=position - start,
        complete=complete,
    )


def final_head(beginning: bytes) -> tuple[tuple[bytes, ...], HttpHead]:
    """Return the interim heads of a message, and the head after them, which may be incomplete.

    ``beginning`` is the message or its first ``MAX_LEAD_BYTES``.
    """
    interim: list[bytes] = []
    start = 0
    while True:
        head = parse_head(beginning, start)
        end = start + head.size
        if not is_interim(head) or end > MAX_INTERIM_BYTES:
            return tuple(interim), head
        interim.append(beginning[start:end])
        start = end


def is_interim(head: HttpHead) -> bool:
    """Whether another head follows: 1xx, but not 101, after which the connection isn't HTTP any more."""
    return head.status is not None and 100 <= head.status < 200 and head.status != 101 and head.complete


def payload_pieces(body: Iterable[bytes], *, chunked: bool) -> Iterator[bytes | memoryview]:
    """Yield the payload of a body that is given in pieces: without transfer coding, with content codings."""
    if not chunked:
        yield from body
        return
    dechunker = Dechunker()
    for piece in body:
        yield from dechunker.pieces(piece)
    yield dechunker.finish()
