"""Streamed responses: made in threads piece by piece, ended when the client disconnects, limited in number."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

DEFAULT_LIMIT_S = 6 * 3600.0
"""Maximum number of seconds of a response; the client may be slow."""
BLOCK_BYTES = 64 * 1024


class Stopped(Exception):
    """The client has disconnected, and the response isn't needed any more."""


class Work:
    """A response in progress: whether it is still needed, and its length if known."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.size: int | None = None
        """The response's length in bytes; set it before the first piece."""

    @property
    def is_stopped(self) -> bool:
        """Whether the response isn't needed any more."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Mark the response as no longer needed; may be called from any thread."""
        self._stop.set()

    def check(self) -> None:
        """Raise if the response isn't needed any more; call it regularly in slow code.

        Raises:
            Stopped: the response isn't needed any more.
        """
        if self.is_stopped:
            raise Stopped


class Places:
    """Limits the number of concurrent responses of a kind; further requests wait a while, then are refused."""

    def __init__(self, most: int, wait_s: float, message: str) -> None:
        self._free = asyncio.Semaphore(most)
        self._wait_s = wait_s
        self._message = message

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Take a place, which is given back at the end.

        Raises:
            HTTPException: none has become free in time (503).
        """
        try:
            async with asyncio.timeout(self._wait_s):
                await self._free.acquire()
        except TimeoutError as e:
            raise HTTPException(503, self._message, {"Retry-After": "30"}) from e
        try:
            yield
        finally:
            self._free.release()


class Stream(Response):
    """A response whose pieces a generator makes. The generator is closed in any case."""

    def __init__(
        self,
        pieces: Callable[[Work], Iterator[bytes]],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
        *,
        places: Places | None = None,
        limit_s: float = DEFAULT_LIMIT_S,
        close: Callable[[], None] | None = None,
    ) -> None:
        """Create the response; nothing is made yet.

        Args:
            pieces: makes the response; the status is sent with its first piece, so that it may still refuse.
            status_code: of the response.
            headers: of the response.
            media_type: of the response.
            places: limits the number of such responses.
            limit_s: seconds after which the response is aborted.
            close: called at the end, even if no piece was ever requested.
        """
        self.status_code = status_code
        if media_type is not None:
            self.media_type = media_type
        self.background = None
        self.init_headers(headers)
        self._pieces = pieces
        self._places = places
        self._limit_s = limit_s
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response."""
        try:
            if scope["method"] == "HEAD":
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await send({"type": "http.response.body", "body": b"", "more_body": False})
            elif self._places is None:
                await self._run(receive, send)
            else:
                async with self._places.one():
                    await self._run(receive, send)
        finally:
            if self._close is not None:
                await asyncio.shield(run_in_threadpool(self._close))

    async def _run(self, receive: Receive, send: Send) -> None:
        work, busy = Work(), asyncio.Lock()
        pieces = self._pieces(work)
        sending = asyncio.create_task(self._send(pieces, work, busy, send))
        leaving = asyncio.create_task(gone(receive))
        try:
            await asyncio.wait({sending, leaving}, timeout=self._limit_s, return_when=asyncio.FIRST_COMPLETED)
        finally:
            # an interruption after the client has disconnected is no error
            has_left = leaving.done()
            work.stop()
            leaving.cancel()
            await asyncio.shield(_end(sending, pieces, busy))
        error = None if has_left or sending.cancelled() else sending.exception()
        if error is not None and not isinstance(error, Stopped):
            raise error

    async def _send(self, pieces: Iterator[bytes], work: Work, busy: asyncio.Lock, send: Send) -> None:
        begun = False
        while True:
            async with busy:
                work.check()
                piece = await run_in_threadpool(next, pieces, None)
            if not begun:
                if work.size is not None:
                    self.headers["Content-Length"] = str(work.size)
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                begun = True
            await send({"type": "http.response.body", "body": piece or b"", "more_body": piece is not None})
            if piece is None:
                return


def in_blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Return the same bytes in larger pieces: each piece costs a switch between threads."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


async def gone(receive: Receive) -> None:
    """Wait until the client disconnects."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(sending: asyncio.Task[None], pieces: Iterator[bytes], busy: asyncio.Lock) -> None:
    """Close the generator: never while a thread runs it, and in a thread, since it may have files to remove."""
    async with busy:
        sending.cancel()
        if close := getattr(pieces, "close", None):
            await run_in_threadpool(close)
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await sending
