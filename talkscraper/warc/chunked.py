"""Decoder of the chunked transfer coding (RFC 9112 §7.1), incremental and lenient.

Servers and archives deviate from the RFC: extensions, ``00000`` as last chunk, no last chunk at all, a
``Transfer-Encoding: chunked`` over bytes that were never chunked, or were de-chunked before they were archived. What
can't be chunk framing is treated as payload, as warcio does, so that no text is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

MAX_LINE_BYTES = 16 * 1024
_LOOKED_AT = 16
_HEX = frozenset(b"0123456789abcdefABCDEF")


class _State(Enum):
    SIZE = 1
    DATA = 2
    DATA_END = 3
    TRAILER = 4
    DONE = 5
    PLAIN = 6


class Dechunker:
    """Takes the body as received and yields payload. ``finish`` returns what is still held back."""

    def __init__(self) -> None:
        self._state = _State.SIZE
        self._line = bytearray()
        self._left = 0
        self.begun = False
        """Whether a chunk has begun; otherwise the body wasn't chunked."""
        self.end = 0
        """Position after the last byte read of the last ``data``; what is beyond isn't part of a body that is done."""

    @property
    def plain(self) -> bool:
        """Whether what follows isn't chunk framing."""
        return self._state is _State.PLAIN

    @property
    def last_read(self) -> bool:
        """Whether the last chunk was read; its trailer may be missing."""
        return self._state in (_State.TRAILER, _State.DONE)

    @property
    def done(self) -> bool:
        """Whether the body is complete."""
        return self._state is _State.DONE

    def pieces(self, data: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes | memoryview]:
        """Yield the payload in ``data[start:end]`` in pieces, without copying."""
        view, at = memoryview(data), start
        self.end = start
        end = len(data) if end is None else end
        while at < end and self._state is not _State.DONE:
            if self._state is _State.PLAIN:
                yield view[at:end]
                self.end = end
                return
            if self._state is _State.DATA:
                until = min(at + self._left, end)
                yield view[at:until]
                self._left -= until - at
                if not self._left:
                    self._state = _State.DATA_END
            else:
                until = min(at + MAX_LINE_BYTES, end)
                found = data.find(b"\n", at, until)
                until = until if found < 0 else found + 1
                if found >= 0 and not self._line:
                    if payload := self._line_read(data[at:until]):
                        yield payload
                    at = self.end = until
                    continue
                self._line += view[at:until]
                if found >= 0 or len(self._line) > MAX_LINE_BYTES or self._is_no_size():
                    line = bytes(self._line)
                    self._line.clear()
                    yield self._line_read(line)
            at = self.end = until

    def _is_no_size(self) -> bool:
        """Whether the first line is seen to be no chunk size before it is complete."""
        return (
            self._state is _State.SIZE
            and not self.begun
            and bool(start := bytes(self._line[:_LOOKED_AT]).lstrip())
            and start[0] not in _HEX
        )

    def finish(self) -> bytes:
        """End the body; return held-back bytes that looked like framing but weren't."""
        held = bytes(self._line) if self._state is _State.SIZE and not self.begun else b""
        self._line.clear()
        return held

    def _line_read(self, line: bytes) -> bytes:
        """Return what part of a line of framing is payload after all."""
        if self._state is _State.SIZE:
            return self._size_read(line)
        if self._state is _State.DATA_END:
            if line in (b"\r\n", b"\n"):
                self._state = _State.SIZE
            else:
                self._state = _State.PLAIN
                return line
        elif line in (b"\r\n", b"\n"):
            self._state = _State.DONE  # before it are lines of the trailer
        return b""

    def _size_read(self, line: bytes) -> bytes:
        digits = line.partition(b";")[0].strip()
        if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
            self._state = _State.PLAIN
            return line
        self.begun = True
        self._left = int(digits, 16)
        self._state = _State.DATA if self._left else _State.TRAILER
        return b""
