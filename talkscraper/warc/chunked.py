"""The chunked transfer coding (RFC 9112 §7.1), undone incrementally and forgivingly.

Servers and archives hold worse than the RFC allows: extensions, ``00000`` as last chunk, no last chunk at all,
a ``Transfer-Encoding: chunked`` over bytes that were never chunked, or were de-chunked by whoever archived them.
What can't be chunk framing is taken for payload, as warcio does, so that no text is lost.
"""

from __future__ import annotations

from enum import Enum

MAX_LINE_BYTES = 16 * 1024
_HEX = frozenset(b"0123456789abcdefABCDEF")


class _State(Enum):
    SIZE = 1
    DATA = 2
    DATA_END = 3
    TRAILER = 4
    DONE = 5
    PLAIN = 6


class Dechunker:
    """Feed it the body as received; it returns payload. ``finish`` gives what is still held back."""

    def __init__(self) -> None:
        self._state = _State.SIZE
        self._line = bytearray()
        self._left = 0
        self.chunks = 0
        """Chunks begun; none means that the body wasn't chunked."""
        self.trailer = bytearray()
        """Trailer lines as received, without the closing blank line."""

    @property
    def complete(self) -> bool:
        """Whether the last chunk and the end of the trailer were seen."""
        return self._state is _State.DONE

    @property
    def broken(self) -> bool:
        """Whether the framing went wrong, so that bytes were taken for payload as they came."""
        return self._state is _State.PLAIN

    def feed(self, data: bytes | memoryview) -> bytes:
        """Payload in ``data``; framing is swallowed."""
        out: list[bytes] = []
        view = memoryview(data)
        while view and self._state is not _State.DONE:
            if self._state is _State.PLAIN:
                out.append(bytes(view))
                break
            if self._state is _State.DATA:
                taken = min(self._left, len(view))
                out.append(bytes(view[:taken]))
                view = view[taken:]
                self._left -= taken
                if not self._left:
                    self._state = _State.DATA_END
                continue
            view = self._feed_line(view, out)
        return b"".join(out)

    def finish(self) -> bytes:
        """The body has ended: bytes that looked like a beginning of framing, where there was none at all."""
        held = bytes(self._line) if self._state is _State.SIZE and not self.chunks else b""
        self._line.clear()
        return held

    def _feed_line(self, view: memoryview, out: list[bytes]) -> memoryview:
        piece = bytes(view[:MAX_LINE_BYTES])
        end = piece.find(b"\n")
        taken = len(piece) if end < 0 else end + 1
        self._line += piece[:taken]
        if end >= 0 or len(self._line) > MAX_LINE_BYTES:
            line = bytes(self._line)
            self._line.clear()
            self._line_read(line, out)
        return view[taken:]

    def _line_read(self, line: bytes, out: list[bytes]) -> None:
        if self._state is _State.SIZE:
            self._size_read(line, out)
        elif self._state is _State.DATA_END:
            if line in (b"\r\n", b"\n"):
                self._state = _State.SIZE
            else:
                self._state = _State.PLAIN
                out.append(line)
        elif line in (b"\r\n", b"\n"):
            self._state = _State.DONE
        else:
            self.trailer += line

    def _size_read(self, line: bytes, out: list[bytes]) -> None:
        digits = line.partition(b";")[0].strip()
        if not digits or len(digits) > 16 or not _HEX.issuperset(digits):
            self._state = _State.PLAIN
            out.append(line)
            return
        self.chunks += 1
        self._left = int(digits, 16)
        self._state = _State.DATA if self._left else _State.TRAILER


def dechunk(body: bytes) -> tuple[bytes, bytes]:
    """Payload and trailer of a whole body."""
    dechunker = Dechunker()
    payload = dechunker.feed(body) + dechunker.finish()
    return payload, bytes(dechunker.trailer)
