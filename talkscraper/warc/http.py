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
MAX_LEADING_BYTES = 4
"""Maximum number of line-end bytes in front of a status line."""
MAX_LEAD_BYTES = MAX_INTERIM_BYTES + MAX_HEAD_BYTES
"""Number of bytes of a message within which its payload begins."""
MAX_STATUS_LINE = 4096
"""Number of bytes of an odd status line that are read."""
_STATUS_LINE = re.compile(r"(http/[0-9]\.[0-9]|http/|http|icy)[ \t]*([0-9]{3})(?![0-9])[ \t]*(.*)", re.IGNORECASE)
"""For status lines without a space between version and status (``HTTP/1.1200 OK``)."""


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

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return all values of a header, in order."""
        wanted = name.lower()
        return tuple([value for key, value in self.headers if key.lower() == wanted])

    @property
    def transfer_codings(self) -> tuple[str, ...]:
        """The declared transfer codings in lower case, without parameters."""
        values = self.get_all("Transfer-Encoding")
        parts = [part for value in values for part in value.split(",")] if values else ()
        return tuple(coding for part in parts if (coding := part.partition(";")[0].strip(' \t"').lower()))

    @property
    def chunked(self) -> bool:
        """Whether the body has (or is declared to have) the chunked transfer coding."""
        return "chunked" in self.transfer_codings


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """Return the first value of a header, ignoring case."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def leading_line_ends(data: bytes | bytearray, start: int = 0) -> int:
    """Return the number of line-end bytes in front of a status line: browsers skip a few."""
    if data[start : start + 1] not in (b"\r", b"\n"):
        return 0
    beginning = bytes(data[start : start + MAX_LEADING_BYTES])
    return len(beginning) - len(beginning.lstrip(b"\r\n"))


def begins_head(data: bytes | bytearray, start: int = 0) -> bool | None:
    """Whether a status line begins at ``start``; None if there are too few bytes to tell.

    Besides ``HTTP/1.1 200`` that is ``HTTP 200``, which old servers and archives have, and the ``ICY 200`` of streaming
    servers, in any case.
    """
    if data.startswith(b"HTTP/", start):
        return True
    at = start + leading_line_ends(data, start)
    word = bytes(data[at : at + 6]).upper()
    if word.startswith(b"HTTP/"):
        return True
    for name in (b"HTTP ", b"ICY "):
        if word.startswith(name) and len(word) > len(name):
            return word[len(name) :][:1].isdigit()
    return None if any(name.startswith(word) for name in (b"HTTP/", b"HTTP ", b"ICY ")) else False


def parse_head(data: bytes, start: int = 0) -> HttpHead:
    """Parse the head at ``start`` of ``data``; it may end in CRLF CRLF or LF LF; lines without a colon are dropped.

    Bytes that don't begin with a status line have no head at all (``size`` 0, ``status`` None).
    """
    if not begins_head(data, start):
        return HttpHead(status=None, version="", reason="", headers=(), size=0, complete=False)
    position, complete = start + leading_line_ends(data, start), False
    limit = min(len(data), start + MAX_HEAD_BYTES)
    end = data.find(b"\r\n\r\n", position, limit)
    if end >= 0 and b"\n\n" not in (head := data[position : end + 1]) and b"\n\r" not in head:
        # the usual head, without a loop over its lines
        return _head_of(head.decode("latin-1"), size=end + 4 - start, complete=True)
    lines: list[bytes] = []
    while position < limit:
        end = data.find(b"\n", position, limit)
        line = data[position : limit if end < 0 else end + 1]
        position += len(line)
        text = line.rstrip(b"\r\n")
        if not text and end >= 0:
            complete = True
            break
        lines.append(text)
    return _head_of(b"\n".join(lines).decode("latin-1"), size=position - start, complete=complete)


def _head_of(text: str, *, size: int, complete: bool) -> HttpHead:
    """Return the head of this text, whose lines may have either line end."""
    line, _, fields = text.partition("\n")
    version, status, reason = _status_line(line.rstrip("\r"))
    return HttpHead(
        status=status,
        version=version,
        reason=reason,
        headers=tuple(parse_fields(fields)),
        size=size,
        complete=complete,
    )


def _status_line(line: str) -> tuple[str, int | None, str]:
    """Return version, status and reason; spaces may be tabs, or several, and the reason may stick to the status."""
    version, _, rest = line.replace("\t", " ").partition(" ")
    rest = rest.strip()
    code, reason = rest[:3], rest[3:]
    if not (len(code) == 3 and code.isascii() and code.isdigit()) or reason[:1].isdigit():
        odd = _STATUS_LINE.match(line[:MAX_STATUS_LINE])
        return (odd[1], int(odd[2]), odd[3]) if odd else (version, None, rest.partition(" ")[2].strip())
    return version, int(code), reason.strip()


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
    """Yield the payload of a body in pieces, none of them empty: without transfer coding, with content codings."""
    if not chunked:
        yield from filter(None, body)
        return
    dechunker = Dechunker()
    for piece in body:
        yield from filter(None, dechunker.pieces(piece))
    if held := dechunker.finish():
        yield held
