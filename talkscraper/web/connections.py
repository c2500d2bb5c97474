"""Limits on the connections of one listener: their number, and the time for sending a request or reading a response.

Uvicorn limits how long an idle connection is kept, but not how long a request's head may take, how many connections
there are, or how long a response may remain unread. A thousand connections that send half a request would use up the
file descriptors.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

MAX_CONNECTIONS = 256
"""Maximum number of connections of one listener."""
MAX_CONNECTIONS_PER_ADDRESS = 128
"""Maximum number of connections of one client address; a reverse proxy is one."""
HEAD_LIMIT_S = 10.0
"""Seconds from connection or previous response to the end of a request's head."""
STALL_LIMIT_S = 60.0
"""Seconds without progress after which a response that the client doesn't read is aborted."""
KEEP_ALIVE_S = 5
BACKLOG = 128
"""Listen backlog; also the number of connections that asyncio accepts at a time."""
_WATCH_S = 1.0
_REFUSAL = b"There are too many connections.\n"
_REFUSED = (
    b"HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\nRetry-After: 5\r\n"
    b"Connection: close\r\nContent-Length: %d\r\n\r\n%s" % (len(_REFUSAL), _REFUSAL)
)


class BoundedProtocol(H11Protocol):
    """HTTP/1.1 with limits. With too many connections, the one that has been idle longest is closed."""

    max_connections = MAX_CONNECTIONS
    max_connections_per_address = MAX_CONNECTIONS_PER_ADDRESS
    head_limit_s = HEAD_LIMIT_S
    stall_limit_s = STALL_LIMIT_S
    watch_s = _WATCH_S

    waiting_since = 0.0
    """When the connection was made, or its last response was complete."""
    _unsent = 0
    """Number of unread bytes at the last check."""
    _unsent_since = 0.0
    _looked_at = 0.0
    _watch: asyncio.TimerHandle | None = None
    _refused = False

    @property
    def is_waiting(self) -> bool:
        """Whether no request is in progress, so that the connection can be closed."""
        # uvicorn has no cycle before the first request, in spite of its annotation
        cycle: RequestResponseCycle | None = self.cycle
        return (cycle is None or cycle.response_complete) and not self.transport.get_write_buffer_size()

    @property
    def has_part(self) -> bool:
        """Whether a part of a request has been received."""
        return bool(self.conn.trailing_data[0])

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or refuse it."""
        super().connection_made(transport)
        self.app = _CutOff(self.app, transport)
        self.waiting_since = self._looked_at = self.loop.time()
        self._watch = self.loop.call_later(self.watch_s, self._look)
        others = [
            each
            for each in self.connections
            if each is not self and isinstance(each, BoundedProtocol) and not each.transport.is_closing()
        ]
        address = self.client[0] if self.client else None
        same = [each for each in others if each.client and each.client[0] == address]
        if not (_room(same, self.max_connections_per_address) and _room(others, self.max_connections)):
            self._refused = True
            # closed when its request has been received, otherwise the client would see a reset instead of the refusal
            transport.write(_REFUSED)

    def data_received(self, data: bytes) -> None:
        """Process bytes of a request."""
        if self._refused:
            self.transport.close()
        else:
            super().data_received(data)

    def on_response_complete(self) -> None:
        """Restart the time limit for the next request."""
        self.waiting_since = self.loop.time()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching the connection."""
        if self._watch is not None:
            self._watch.cancel()
            self._watch = None
        super().connection_lost(exc)

    def _look(self) -> None:
        now = self.loop.time()
        late_by = now - self._looked_at - self.watch_s
        if late_by > self.watch_s:
            # the process was too busy to read or send: not the client's fault
            self.waiting_since += late_by
            self._unsent_since += late_by
        self._looked_at = now
        unsent = self.transport.get_write_buffer_size()
        if not unsent or unsent != self._unsent:
            self._unsent, self._unsent_since = unsent, now
        stalled = unsent > 0 and now - self._unsent_since >= self.stall_limit_s
        late = self.is_waiting and now - self.waiting_since >= self.head_limit_s
        if stalled or late:
            self.transport.abort()
        # also for a connection being closed: it exists until its last bytes are sent
        self._watch = self.loop.call_later(self.watch_s, self._look)


class _CutOff:
    """ASGI middleware of one connection: a response that the server cancels when it ends is cut off, and no error.

    Uvicorn would log the cancellation with its traceback. The client sees that the response isn't complete.
    """

    def __init__(self, app: Any, transport: asyncio.Transport) -> None:
        self._app = app
        self._transport = transport

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond."""
        try:
            await self._app(scope, receive, send)
        except asyncio.CancelledError:
            self._transport.abort()
            # uvicorn learns of the lost connection in the next turn of the loop
            await asyncio.sleep(0)


def _room(others: list[BoundedProtocol], limit: int) -> bool:
    """Return whether there is room for one more beside ``others``, if necessary after closing the longest idle one."""
    open_ones = [each for each in others if not each.transport.is_closing()]
    if len(open_ones) < limit:
        return True
    waiting = [each for each in open_ones if each.is_waiting]
    if not waiting:
        return False
    # those with half a request first: a new connection may not have been read yet
    min(waiting, key=lambda each: (not each.has_part, each.waiting_since)).transport.abort()
    return True
