"""Incremental reader of one HTTP/1 response as it arrives: its heads, its payload, and where it ends.

As lenient as browsers, and with the parsers by which the archive is read (``http``, ``chunked``), so that a page that
was fetched is the page that its record holds. A response is read to its end; what deviates from RFC 9112 is an oddity,
named once. Only bytes without a status line, and heads without an end, are no response.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum

from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.http import HttpHead, begins_head, is_interim, leading_line_ends, parse_head

MAX_RESPONSE_HEAD_BYTES = 256 * 1024
"""Maximum size of a response's heads in bytes, interim ones included; Chromium's limit too."""
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LENGTH = re.compile(r"[0-9]{1,18}")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_BODILESS = frozenset({101, 204, 304})
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] [0-9]{3}( [^\r]*)?\r?")


class Oddity(StrEnum):
    """A deviation from RFC 9112 that a browser, and so this reader, puts up with."""

    STATUS_LINE = "odd status line"
    BARE_LF = "lines end in LF only"
    FOLDED = "folded header"
    NO_COLON = "header line without a colon"
    HEADER_NAME = "invalid header name"
    HEADER_VALUE = "control characters in a header"
    LENGTH_TWICE = "Content-Length more than once"
    LENGTH_CONFLICT = "conflicting Content-Length"
    LENGTH_INVALID = "invalid Content-Length"
    TWO_FRAMINGS = "Content-Length beside Transfer-Encoding"
    TRANSFER_CODING = "unknown Transfer-Encoding"
    NOT_CHUNKED = "chunked is declared, but the body isn't"
    BROKEN_CHUNKS = "broken chunk framing"
    NO_LAST_LINE = "no line end after the last chunk"
    SURPLUS = "bytes after the response's end"


_HARMLESS = frozenset({Oddity.BARE_LF, Oddity.FOLDED, Oddity.NO_COLON, Oddity.LENGTH_TWICE, Oddity.HEADER_VALUE})
"""Oddities that leave no doubt about where the response ends: its connection may be used again."""


class UnreadableResponse(ValueError):
    """What was received isn't a response."""


class NotHttp(UnreadableResponse):
    """The bytes don't begin with an HTTP status line."""


class HeadTooLarge(UnreadableResponse):
    """The head has no end within ``MAX_RESPONSE_HEAD_BYTES``."""


def usable_headers(head: HttpHead) -> list[tuple[str, str]]:
    """Return a head's fields without those of an invalid name, which browsers skip, and without control characters."""
    return [(name, _CONTROLS.sub(" ", value).strip(" ")) for name, value in head.headers if _TOKEN.fullmatch(name)]


class ResponseReader:
    """Takes the bytes of a response; ``head`` is set once it is complete, ``ended`` when no more bytes belong to it."""

    def __init__(self, method: str = "GET") -> None:
        self.head: HttpHead | None = None
        """The final head."""
        self.ended = False
        self.surplus = b""
        """Bytes received after the end: they belong to no request of ours."""
        self.oddities: dict[Oddity, None] = {}
        """In the order of discovery."""
        self.declared_length: int | None = None
        """The number of body bytes by which the body is delimited; None if it is delimited otherwise."""
        self._method = method
        self._lead = bytearray()
        self._looked = 0
        """Position in the lead up to which it was searched for the head's end."""
        self._interim_bytes = 0
        self._lengths: frozenset[int] = frozenset()
        """The declared lengths of the body; more than one if they conflict."""
        self._left: int | None = None
        """Number of body bytes that are missing; None if the body has no declared length."""
        self._dechunker: Dechunker | None = None

    @property
    def doubts(self) -> tuple[Oddity, ...]:
        """The oddities because of which other clients refuse the response, or may read another one."""
        return tuple(oddity for oddity in self.oddities if oddity not in _HARMLESS)

    @property
    def reusable(self) -> bool:
        """Whether the connection may serve another request: the response ended where nobody can doubt it."""
        head = self.head
        if not self.ended or head is None or self.doubts:
            return False
        wishes = {part.strip().lower() for value in head.get_all("Connection") for part in value.split(",")}
        if "close" in wishes or head.status == 101:
            return False
        return head.version.upper() == "HTTP/1.1" or "keep-alive" in wishes

    @property
    def may_be_over(self) -> bool:
        """Whether silence means the end: the last chunk came, or nothing usable says where the response ends."""
        if self.head is None or self.ended:
            return False
        if self._dechunker is not None and self._dechunker.begun:
            return self._dechunker.last_read or self._dechunker.plain
        if self._left is not None:
            return not self._is_short
        return bool(self.doubts)

    def feed(self, data: bytes) -> Iterator[bytes | memoryview]:
        """Add received bytes and yield the payload in them; after each step ``head`` and ``ended`` are up to date.

        Raises:
            NotHttp: there is no status line.
            HeadTooLarge: the head is too large.
        """
        at = 0
        if self.head is None:
            self._lead += data
            head = self._read_heads()
            if head is None:
                return
            data, self._lead = bytes(self._lead), bytearray()
            at = head.size
            self.head = head
            self._begin_body(head)
        yield from self._body(data, at)

    def close(self) -> tuple[bytes, bool]:
        """End the input: the connection was closed. Return the payload held back, and whether bytes are missing."""
        if self.ended or self.head is None:
            return b"", not self.ended
        self.ended = True
        if self._dechunker is None:
            return b"", self._is_short
        held, chunks = self._dechunker.finish(), self._dechunker
        if not chunks.begun:
            self._note(Oddity.NOT_CHUNKED)
            if self._left is not None:
                self._left = max(0, self._left - len(held))
            return held, self._is_short
        if chunks.last_read:
            self._note(Oddity.NO_LAST_LINE)
            return held, False
        return held, True

    @property
    def _is_short(self) -> bool:
        """Whether the body has none of its declared lengths."""
        return bool(self._left) and max(self._lengths) - (self._left or 0) not in self._lengths

    # --- head -------------------------------------------------------------------------------------------------------

    def _read_heads(self) -> HttpHead | None:
        """Parse the complete heads at the beginning of the lead; return the final one, which then begins the lead."""
        while True:
            begins = begins_head(self._lead)
            if begins is False:
                raise NotHttp(f"the response doesn't begin with an HTTP status line: {bytes(self._lead[:40])!r}")
            end = self._head_end() if begins else None
            if self._interim_bytes + (len(self._lead) if end is None else end) > MAX_RESPONSE_HEAD_BYTES:
                raise HeadTooLarge(f"the response's head is larger than {MAX_RESPONSE_HEAD_BYTES // 1024} KiB")
            if end is None:
                return None
            raw = bytes(self._lead[:end])
            head = parse_head(raw)
            if head.status is None or head.status < 100:
                raise NotHttp(f"the response's status line has no status: {raw[:40]!r}")
            self._looked = 0
            if is_interim(head):
                self._interim_bytes += end
                del self._lead[:end]
                continue
            self._note_head(raw, head)
            return head

    def _head_end(self) -> int | None:
        """Return the position after the first blank line, where ``parse_head`` finds it too."""
        at = self._looked or leading_line_ends(self._lead)
        start = at if not self._looked else -1
        while (end := self._lead.find(b"\n", at)) >= 0:
            if at != start and not self._lead[at:end].strip(b"\r"):
                return end + 1
            at = self._looked = end + 1
        return None

    def _note_head(self, raw: bytes, head: HttpHead) -> None:
        lines = raw.split(b"\n")
        while not lines[0].strip(b"\r"):
            self._note(Oddity.STATUS_LINE)
            del lines[0]
        if not _STATUS_LINE.fullmatch(lines[0]):
            self._note(Oddity.STATUS_LINE)
        if any(not line.endswith(b"\r") for line in lines[:-1]):
            self._note(Oddity.BARE_LF)
        for line in lines[1:-2]:
            if line.startswith((b" ", b"\t")):
                self._note(Oddity.FOLDED)
            elif b":" not in line:
                self._note(Oddity.NO_COLON)
            elif not _TOKEN.fullmatch(line.partition(b":")[0].decode("latin-1")):
                self._note(Oddity.HEADER_NAME)
        if any(_CONTROLS.search(value) for _, value in head.headers):
            self._note(Oddity.HEADER_VALUE)

    # --- body -------------------------------------------------------------------------------------------------------

    def _begin_body(self, head: HttpHead) -> None:
        """Decide how the body is delimited (RFC 9112 §6.3), leniently."""
        if self._method == "HEAD" or head.status in _BODILESS:
            self.declared_length, self.ended = 0, True
            return
        codings = head.transfer_codings
        length = self._length(head)
        if codings and length is not None:
            self._note(Oddity.TWO_FRAMINGS)
        if set(codings) - {"chunked"}:
            self._note(Oddity.TRANSFER_CODING)
        if head.chunked:
            self._dechunker = Dechunker()
        else:
            self.declared_length = length
            self.ended = length == 0
        self._left = length

    def _length(self, head: HttpHead) -> int | None:
        """Return the declared length: of conflicting ones the largest, so that nothing is lost."""
        values = [part.strip() for value in head.get_all("Content-Length") for part in value.split(",")]
        if not values:
            return None
        lengths = self._lengths = frozenset(int(value) for value in values if _LENGTH.fullmatch(value))
        if len(values) > 1:
            self._note(Oddity.LENGTH_TWICE)
        if any(not _LENGTH.fullmatch(value) for value in values):
            self._note(Oddity.LENGTH_INVALID)
        if len(lengths) > 1:
            self._note(Oddity.LENGTH_CONFLICT)
        return max(lengths, default=None)

    def _body(self, data: bytes, at: int) -> Iterator[bytes | memoryview]:
        if self.ended:
            self._end(data[at:])
            return
        if self._dechunker is None:
            if self._left is None:
                if at < len(data):
                    yield memoryview(data)[at:]
                return
            until = min(len(data), at + self._left)
            self._left -= until - at
            if until > at:
                yield memoryview(data)[at:until]
            if not self._left:
                self._end(data[until:])
            return
        yield from self._chunks(self._dechunker, data, at)

    def _chunks(self, chunks: Dechunker, data: bytes, at: int) -> Iterator[bytes | memoryview]:
        surplus = b""
        for piece in chunks.pieces(data, at):
            if chunks.plain and not chunks.begun:
                # never chunked: then the length counts, if there is one
                self._note(Oddity.NOT_CHUNKED)
                if self._left is not None:
                    surplus += bytes(piece[self._left :])
                    piece = piece[: self._left]  # noqa: PLW2901
                    self._left -= len(piece)
                    self.ended = not self._left
            if piece:
                yield piece
        if chunks.plain and chunks.begun:
            self._note(Oddity.BROKEN_CHUNKS)
        if self.ended:
            self._end(surplus)
        elif chunks.done:
            self._end(data[chunks.end :])

    def _end(self, surplus: bytes) -> None:
        self.ended = True
        self.surplus = surplus
        if surplus:
            self._note(Oddity.SURPLUS)

    def _note(self, oddity: Oddity) -> None:
        self.oddities[oddity] = None
