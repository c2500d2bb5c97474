"""The only decoder of content codings, used by crawl, extraction, replay, citations and checks.

Servers declare wrong codings, repeat one, truncate streams and send wrong checksums; archives hold bodies that were
decoded already. Browsers show such pages, so a body that doesn't have the coding it declares stays as it is, and a
damaged one is decoded as far as possible. Checksums are ignored: the record's digests protect the bytes.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress

import brotli

from talkscraper.errors import TalkscraperError
from talkscraper.warc.compression import ERRORS, GZIP_MAGIC, MAX_OUT_BYTES, new_unpacker, sound_start

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd  # a dependency of Scrapy too

MAX_CODINGS = 5
MAX_MEMBERS = 20_000
"""Maximum number of gzip members or zstd frames in one body: bgzip makes one per 64 KiB, so over a gigabyte of text."""
_ROUND = 64 * 1024
"""Number of output bytes per decompression step."""
_WINDOW = 16 * 1024
"""Number of input bytes per decompression step; a damaged window is decoded byte by byte."""
_SHORT = 16
_GZIP_TRAILER = 8
_ZSTD_CHECKSUM_FLAG = 0x04
_GZIP = frozenset({"gzip", "x-gzip"})
KNOWN_CODINGS = _GZIP | {"deflate", "br", "zstd"}


class UndecodableContent(TalkscraperError):
    """A payload that exceeds its limit when decoded, or has more nested codings than allowed."""


def codings(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the content codings in the order they were applied, in lower case, without ``identity``."""
    return tuple(
        coding
        for name, value in headers
        if name.lower() == "content-encoding"
        for part in value.split(",")
        if (coding := part.strip().lower()) and coding != "identity"
    )


def decode_content(payload: bytes, headers: Iterable[tuple[str, str]], limit: int) -> bytes:
    """Undo the content codings (gzip, deflate, br, zstd, in any combination) within ``limit`` bytes.

    An unknown coding ends the decoding: the body stays encoded from there on.

    Raises:
        UndecodableContent: the result would be larger than ``limit``, or there are more than ``MAX_CODINGS``.
    """
    applied = codings(headers)
    if len(applied) > MAX_CODINGS:
        raise UndecodableContent(f"{len(applied)} content codings on top of each other")
    for coding in reversed(applied):
        if coding not in KNOWN_CODINGS:
            break
        payload = _undone(coding, payload, limit)
    if len(payload) > limit:
        raise UndecodableContent(_too_large(limit))
    return payload


def is_whole(payload: bytes, headers: Iterable[tuple[str, str]], limit: int) -> bool:
    """Whether a payload is a complete stream of its outermost content coding, so that no byte of it can be missing."""
    applied = codings(headers)
    try:
        return bool(applied) and bool(payload) and _is_complete(applied[-1], payload, limit)
    except UndecodableContent:
        return False


def _is_complete(coding: str, payload: bytes, limit: int) -> bool:
    out = bytearray()
    if coding in _GZIP:
        at, ended = 0, False
        for _ in range(MAX_MEMBERS):
            start = _after_gzip_head(payload, at)
            if start is None:
                break
            end, ended = _inflate(payload, start, out, limit)
            if not ended:
                break
            at = end + _GZIP_TRAILER
        return ended and not payload[at:].startswith(GZIP_MAGIC)
    if coding == "deflate":
        zlib_head = _has_zlib_head(payload)
        return _inflate(payload, 2 if zlib_head else 0, out, limit)[1] and not _is_text(payload)
    if coding == "br":
        return _brotli_into(out, payload, limit) and bool(out) and not _is_text(payload)
    if coding == "zstd":
        try:
            return _frame(payload, 0, out, limit)[1]
        except zstd.ZstdError:
            return False
    return False


def really_applied(start: bytes, headers: Iterable[tuple[str, str]], limit: int) -> tuple[str, ...]:
    """Return those declared codings that a payload beginning with ``start`` really has."""
    claimed = list(codings(headers))[-MAX_CODINGS:]
    found: list[str] = []
    while claimed and claimed[-1] in KNOWN_CODINGS:
        coding = claimed.pop()
        try:
            inner = _undone(coding, start, limit)
        except UndecodableContent:
            inner = b""
        if inner != start:
            found.append(coding)
            start = inner
    return (*claimed, *reversed(found))


def _undone(coding: str, payload: bytes, limit: int) -> bytes:
    if coding in _GZIP:
        return gunzip(payload, limit)
    if coding == "deflate":
        return _undeflate(payload, limit)
    return _unbrotli(payload, limit) if coding == "br" else _unzstd(payload, limit)


def gunzip(data: bytes, limit: int) -> bytes:
    """Decompress all gzip members at the beginning of ``data``; other data stays as it is, damaged gzip partly.

    Raises:
        UndecodableContent: the result would be larger than ``limit``, or there are more than ``MAX_MEMBERS``.
    """
    intact = _intact_member(data, limit)
    if intact is not None:
        return intact
    out = bytearray()
    at = 0
    for _ in range(MAX_MEMBERS):
        start = _after_gzip_head(data, at)
        if start is None:
            break
        end, ended = _inflate(data, start, out, limit)
        if not ended:
            break
        at = end + _GZIP_TRAILER
    else:
        raise UndecodableContent(f"more than {MAX_MEMBERS} gzip members")
    return bytes(out) if out or at else data


def _intact_member(data: bytes, limit: int) -> bytes | None:
    """Return the content of one whole gzip member with a correct checksum; None for anything else.

    Nearly every page is one, and ISA-L needs a third of the time of what can go on after damage.

    Raises:
        UndecodableContent: the content is larger than ``limit``.
    """
    if not data.startswith(GZIP_MAGIC) or not sound_start(data):
        return None
    unpacker, pending, pieces, size = new_unpacker(), data, [], 0
    try:
        while pending and not unpacker.eof:
            piece = unpacker.decompress(pending, MAX_OUT_BYTES)
            pieces.append(piece)
            size += len(piece)
            if size > limit:
                raise UndecodableContent(_too_large(limit))
            pending = unpacker.unconsumed_tail
    except ERRORS:
        return None
    return b"".join(pieces) if unpacker.eof and not unpacker.unused_data else None


def _after_gzip_head(data: bytes, at: int) -> int | None:
    """Return where the deflate stream of the member at ``at`` begins (RFC 1952 §2.3); None if the header is cut."""
    if data[at : at + 3] != GZIP_MAGIC + b"\x08" or len(data) < at + 10:
        return None
    flags = data[at + 3]
    end = at + 10
    if flags & 0x04:
        end += 2 + int.from_bytes(data[end : end + 2], "little")
    for flag in (0x08, 0x10):  # the file's name, a comment
        if flags & flag:
            found = data.find(b"\0", end)
            if found < 0:
                return None
            end = found + 1
    if flags & 0x02:
        end += 2
    return end if end < len(data) else None


def _undeflate(data: bytes, limit: int) -> bytes:
    """Decode a zlib stream, as specified, or a raw deflate stream, as some servers send: both are named deflate."""
    begun = b""
    for start, trailer in ((2, 4), (0, 0)) if _has_zlib_head(data) else ((0, 0),):
        out = bytearray()
        end, ended = _inflate(data, start, out, limit)
        if ended and end + trailer >= len(data):
            return bytes(out)
        begun = begun or bytes(out)
    # without a magic number, plain text may look like the beginning of a stream
    return begun if begun and not _is_text(data) else data


def _has_zlib_head(data: bytes) -> bool:
    return len(data) >= 2 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0


def _inflate(data: bytes, at: int, out: bytearray, limit: int) -> tuple[int, bool]:
    """Decode one deflate stream into ``out``; return the position after it, and whether it was complete."""
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    while at < len(data) and not unpacker.eof:
        window = data[at : at + _WINDOW]
        before = unpacker.copy()
        begun = len(out)
        try:
            for piece in _pieces(unpacker, window):
                _grow(out, piece, limit)
        except zlib.error:
            del out[begun:]
            for byte in window:
                try:
                    _grow(out, before.decompress(bytes((byte,))), limit)
                except zlib.error:
                    break
            return at, False
        at += len(window) - len(unpacker.unused_data)
    return at, unpacker.eof


def _pieces(unpacker: zlib._Decompress, window: bytes) -> Iterator[bytes]:
    pending = window
    while pending and not unpacker.eof:
        yield unpacker.decompress(pending, _ROUND)
        pending = unpacker.unconsumed_tail
    while not unpacker.eof and (rest := unpacker.decompress(b"", _ROUND)):
        yield rest  # output held back where a step reached its limit


def _unbrotli(data: bytes, limit: int) -> bytes:
    out = bytearray()
    ended = _brotli_into(out, data, limit)
    if ended and (not out or len(data) < _SHORT):
        return bytes(out)
    # a few bytes of text may be a valid stream by chance, many aren't
    return bytes(out) if out and not _is_text(data) else data


def _brotli_into(out: bytearray, data: bytes, limit: int) -> bool:
    """Decode a brotli stream into ``out``; return whether it was complete."""
    unpacker = brotli.Decompressor()
    at = 0
    try:
        while at < len(data) and not unpacker.is_finished():
            piece = unpacker.process(data[at : at + _WINDOW], output_buffer_limit=_ROUND)
            at += _WINDOW
            while True:
                _grow(out, piece, limit)
                if unpacker.is_finished() or (not piece and unpacker.can_accept_more_data()):
                    break
                piece = unpacker.process(b"", output_buffer_limit=_ROUND)
        return bool(unpacker.is_finished())
    except brotli.error:
        return False  # the rest is damaged, or none of it was compressed


def _unzstd(data: bytes, limit: int) -> bytes:
    out = bytearray()
    at = 0
    for _ in range(MAX_MEMBERS):
        if at >= len(data):
            break
        begun = len(out)
        try:
            at, _ = _frame(data, at, out, limit)
        except zstd.ZstdError:
            if len(data) < at + 5 or not data[at + 4] & _ZSTD_CHECKSUM_FLAG:
                break
            # again without its checksum, which may be the only error
            del out[begun:]
            bare = data[at : at + 4] + bytes((data[at + 4] & ~_ZSTD_CHECKSUM_FLAG,)) + data[at + 5 :]
            with suppress(zstd.ZstdError):  # keep what came before the damage
                _frame(bare, 0, out, limit)
            break
    else:
        raise UndecodableContent(f"more than {MAX_MEMBERS} zstd frames")
    return bytes(out) if out or at else data


def _frame(data: bytes, at: int, out: bytearray, limit: int) -> tuple[int, bool]:
    """Decode the zstd frame at ``at`` into ``out``; return the position after it, and whether it was complete."""
    unpacker = zstd.ZstdDecompressor()
    while at < len(data) and not unpacker.eof:
        window = data[at : at + _WINDOW]
        at += len(window)
        piece = unpacker.decompress(window, max_length=_ROUND)
        while True:
            _grow(out, piece, limit)
            if unpacker.needs_input or unpacker.eof:
                break
            piece = unpacker.decompress(b"", max_length=_ROUND)
    return at - len(unpacker.unused_data), unpacker.eof


def _grow(out: bytearray, piece: bytes, limit: int) -> None:
    out += piece
    if len(out) > limit:
        raise UndecodableContent(_too_large(limit))


def _is_text(data: bytes) -> bool:
    """Whether bytes that fail to decompress were never compressed: a page, or any text without control characters."""
    if data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as e:
        if e.start < len(data) - 3 and e.reason != "unexpected end of data":
            return False
    return not any(byte < 0x20 and byte not in b"\t\n\r\x0b\x0c\x1b" for byte in data[:_ROUND])


def _too_large(limit: int) -> str:
    return f"the content is larger than {limit} bytes"
