"""The HTTP message in a block, read forgivingly: what servers really send, and what archives hold of it.

Nothing here changes the bytes: ``raw_head`` and ``body_raw`` are the block, cut in two.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import brotli

from talkscraper.errors import TalkscraperError
from talkscraper.warc.chunked import dechunk

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd  # Scrapy needs it too

MAX_HEAD_BYTES = 1024 * 1024
"""A head that has no end within so many bytes is taken to end there, by whoever writes a record or reads it."""
MAX_INTERIM_BYTES = 1024 * 1024
"""Interim heads beyond so many bytes count as part of what comes after them."""
MAX_LEAD_BYTES = MAX_INTERIM_BYTES + MAX_HEAD_BYTES
"""So many bytes of a message tell where its payload begins."""
_ROUND = 64 * 1024
_MOST_CODINGS = 5
_BODYLESS = frozenset({204, 304})


class UndecodableContent(TalkscraperError):
    """A payload whose content coding can't be undone, or which would grow beyond its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpHead:
    """A status line and header fields, and how long they are."""

    status: int | None
    """None where the bytes don't begin with an HTTP status line."""
    version: str
    """As sent, e.g. ``HTTP/1.1``; empty where there is none."""
    reason: str
    headers: tuple[tuple[str, str], ...]
    """Names in the case they were sent, folded values joined; latin-1."""
    size: int
    """Bytes up to and with the blank line."""
    complete: bool
    """Whether there was a blank line."""

    def get(self, name: str) -> str | None:
        """The first value of a header."""
        return header(self.headers, name)

    @property
    def chunked(self) -> bool:
        """Whether the body has (or claims to have) the chunked transfer coding."""
        coding = self.get("Transfer-Encoding")
        return coding is not None and coding.rpartition(",")[2].strip().lower() == "chunked"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpMessage:
    """A response block, understood as far as it can be."""

    status: int | None
    reason: str
    headers: tuple[tuple[str, str], ...]
    raw_head: bytes
    body_raw: bytes
    """The body as sent, with its chunk framing."""
    payload: bytes
    """The body without transfer coding, still content-coded."""
    trailers: bytes
    version: str = "HTTP/1.1"

    def get(self, name: str) -> str | None:
        """The first value of a header."""
        return header(self.headers, name)


def header(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """The first value of a header, whatever its case."""
    wanted = name.lower()
    for key, value in headers:
        if key.lower() == wanted:
            return value
    return None


def parse_head(data: bytes, start: int = 0) -> HttpHead:
    """The head at ``start`` of ``data``: its end may be CRLF CRLF or LF LF, lines without a colon are dropped.

    Bytes that don't begin with a status line have no head at all (``size`` 0, ``status`` None).
    """
    if not data.startswith((b"HTTP/", b"http/"), start):
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
    return HttpHead(
        status=status,
        version=version,
        reason=reason.strip(),
        headers=tuple(_fields(lines[1:])),
        size=position - start,
        complete=complete,
    )


def _fields(lines: list[bytes]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for line in lines:
        text = line.decode("latin-1")
        if text[:1] in (" ", "\t"):
            if pairs:
                name, value = pairs[-1]
                pairs[-1] = (name, f"{value} {text.strip()}".strip())
            continue
        name, colon, value = text.partition(":")
        if colon and name.strip():
            pairs.append((name.strip(), value.strip()))
    return pairs


def split_interim(data: bytes) -> tuple[tuple[bytes, ...], bytes]:
    """Interim 1xx heads (but 101) at the beginning, one by one, and the rest."""
    interim, _ = final_head(data)
    return interim, data[sum(map(len, interim)) :] if interim else data


def final_head(beginning: bytes) -> tuple[tuple[bytes, ...], HttpHead]:
    """Interim heads of a message, and the head after them, which may be incomplete.

    ``beginning`` is the message or its first ``MAX_LEAD_BYTES``. Writer, scanner and replay all split by this.
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
    """Whether another head follows: 1xx, but not 101, after which it isn't HTTP any more."""
    return head.status is not None and 100 <= head.status < 200 and head.status != 101 and head.complete


def parse_response(block: bytes) -> HttpMessage:
    """Understand a response block; never raises. Interim 1xx heads are skipped.

    Where the block doesn't begin with a status line, everything is body.
    """
    interim, head = final_head(block)
    block = block[sum(map(len, interim)) :]
    body = block[head.size :]
    payload, trailers = dechunk(body) if head.chunked else (body, b"")
    return HttpMessage(
        status=head.status,
        version=head.version,
        reason=head.reason,
        headers=head.headers,
        raw_head=block[: head.size],
        body_raw=body,
        payload=payload,
        trailers=trailers,
    )


def codings(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The content codings in the order they were applied, lower-case, ``identity`` left out."""
    return tuple(
        coding
        for name, value in headers
        if name.lower() == "content-encoding"
        for part in value.split(",")
        if (coding := part.strip().lower()) and coding != "identity"
    )


def decode_content(payload: bytes, headers: Iterable[tuple[str, str]], limit: int) -> bytes:
    """Undo the content codings (gzip, deflate, br, zstd, in any combination) within ``limit`` bytes.

    A body that was cut off gives what can be decoded. One that isn't in the coding it claims is returned as it is:
    servers lie, and archives hold bodies that were decoded already.

    Raises:
        UndecodableContent: the coding is unknown, or the result would be larger than ``limit``.
    """
    applied = codings(headers)
    if len(applied) > _MOST_CODINGS:
        raise UndecodableContent(f"{len(applied)} content codings on top of each other")
    for coding in reversed(applied):
        if coding in ("gzip", "x-gzip"):
            payload = _inflate(payload, 31, limit)
        elif coding == "deflate":
            payload = _inflate(payload, 15 if _is_zlib(payload) else -15, limit)
        elif coding == "br":
            payload = _unbrotli(payload, limit)
        elif coding == "zstd":
            payload = _unzstd(payload, limit)
        else:
            raise UndecodableContent(f"content coding {coding[:40]!r}")
    if len(payload) > limit:
        raise UndecodableContent(f"the content is larger than {limit} bytes")
    return payload


def _is_zlib(data: bytes) -> bool:
    return len(data) >= 2 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def _inflate(data: bytes, wbits: int, limit: int) -> bytes:
    out = bytearray()
    pending = data
    while pending:
        unpacker = zlib.decompressobj(wbits)
        begun = len(out)
        while pending and not unpacker.eof:
            try:
                piece = unpacker.decompress(pending, _ROUND)
            except zlib.error:
                # plain all along, or cut or damaged after a good beginning
                return bytes(out) if out else data
            out += piece
            if len(out) > limit:
                raise UndecodableContent(f"the content is larger than {limit} bytes")
            pending = unpacker.unconsumed_tail
        out += unpacker.flush() if not unpacker.eof else b""
        pending = unpacker.unused_data
        if wbits != 31 or (not pending.startswith(b"\x1f\x8b") and len(out) > begun):
            # zeros or rubbish after the last gzip member
            break
    return bytes(out)


def _unbrotli(data: bytes, limit: int) -> bytes:
    out = bytearray()
    unpacker = brotli.Decompressor()
    try:
        piece = unpacker.process(data, output_buffer_limit=_ROUND)
        while True:
            out += piece
            if len(out) > limit:
                raise UndecodableContent(f"the content is larger than {limit} bytes")
            if unpacker.is_finished() or (not piece and unpacker.can_accept_more_data()):
                break
            piece = unpacker.process(b"", output_buffer_limit=_ROUND)
    except brotli.error:
        return bytes(out) if out else data
    return bytes(out) if out or unpacker.is_finished() else data


def _unzstd(data: bytes, limit: int) -> bytes:
    out = bytearray()
    pending = data
    while pending:
        unpacker = zstd.ZstdDecompressor()
        try:
            piece = unpacker.decompress(pending, max_length=_ROUND)
            while True:
                out += piece
                if len(out) > limit:
                    raise UndecodableContent(f"the content is larger than {limit} bytes")
                if unpacker.eof or unpacker.needs_input:
                    break
                piece = unpacker.decompress(b"", max_length=_ROUND)
        except zstd.ZstdError:
            return bytes(out) if out else data
        pending = unpacker.unused_data if unpacker.eof else b""
    return bytes(out)
