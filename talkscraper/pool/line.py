"""The line between a pool and one of its processes: objects by pickle, each with its length before it.

As ``multiprocessing.connection.Connection`` does, in a quarter of its time for a page of some hundred kilobytes: that
one copies a message twice before it is sent, allocates all that is still to come at each read, and makes a selector
for each wait.
"""

from __future__ import annotations

import pickle
import select
import socket
import struct
from typing import Any

_LENGTH = struct.Struct("!Q")
_BUFFER_BYTES = 1024 * 1024
"""Size of the buffer that is kept; a longer message has one of its own."""
_MAX_PARTS = 64
"""Maximum number of parts that are sent by one call of the system."""


class _Parts(list[bytes]):
    """A file for a pickler: what it writes, which is large bytes themselves and not a copy of them."""

    write = list.append


class PoolLine:
    """One end of a connected socket, used by one thread at a time. It belongs to the line."""

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._socket.setblocking(True)
        self._buffer = bytearray(_LENGTH.size)
        self._readable = select.poll()
        self._readable.register(connected, select.POLLIN)

    def send(self, message: object) -> None:
        """Send an object.

        Raises:
            OSError: the other end is closed.
        """
        parts = _Parts()
        pickle.Pickler(parts, pickle.HIGHEST_PROTOCOL).dump(message)
        pending: list[bytes | memoryview] = [_LENGTH.pack(sum(map(len, parts))), *parts]
        while pending:
            sent = self._socket.sendmsg(pending[:_MAX_PARTS])
            while pending and sent >= len(pending[0]):
                sent -= len(pending.pop(0))
            if sent:
                pending[0] = memoryview(pending[0])[sent:]

    def poll(self, timeout_s: float) -> bool:
        """Wait until there is something to receive; return False if there was nothing in time."""
        return bool(self._readable.poll(timeout_s * 1000))

    def recv(self) -> Any:
        """Wait for an object, and return it.

        Raises:
            EOFError: the other end is closed.
            OSError: the connection is broken.
        """
        (size,) = _LENGTH.unpack(self._read(_LENGTH.size))
        return pickle.loads(self._read(size))  # noqa: S301 - from the other end, which is ours

    def close(self) -> None:
        """Close this end."""
        self._socket.close()

    def _read(self, size: int) -> memoryview:
        buffer = self._buffer
        if size > len(buffer):
            buffer = bytearray(max(size, _BUFFER_BYTES))
            if size <= _BUFFER_BYTES:
                self._buffer = buffer
        view = memoryview(buffer)[:size]
        at = 0
        while at < size:
            count = self._socket.recv_into(view[at:])
            if not count:
                raise EOFError
            at += count
        return view
