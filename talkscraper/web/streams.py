"""Answers of any length: made in threads piece by piece, closed at once when the reader goes away, few at a time."""

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
"""An answer may take as long as its reader does, within reason."""
BLOCK_BYTES = 64 * 1024


class Stopped(Exception):
    """Nobody waits for the answer any more."""


class Work:
    """An answer being made: whether it is still wanted, and how long it is where that is known."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self.size: int | None = None
        """The answer's length; to be set before its first piece."""

    @property
    def is_stopped(self) -> bool:
        """Whether nobody waits for it any more."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Say that nobody waits any more; from any thread."""
        self._stop.set()

    def check(self) -> None:
        """Call it now and then where an answer takes long.

        Raises:
            Stopped: nobody waits any more.
        """
        if self.is_stopped:
            raise Stopped


class Places:
    """How many answers of a kind may be made at the same time; further readers wait a while, then are told."""

    def __init__(self, most: int, wait_s: float, message: str) -> None:
        self._free = asyncio.Semaphore(most)
        self._wait_s = wait_s
        self._message = message

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """A place, given back at the end.

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
    """An answer whose pieces a generator makes. What the generator opened is closed whatever happens."""

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
        """Nothing is made yet.

        Args:
            pieces: makes the answer; the status is sent with its first piece, so that it may still refuse.
            status_code: of the answer.
            headers: of the answer.
            media_type: of the answer.
            places: how many of its kind there may be.
            limit_s: seconds after which the answer is broken off.
            close: called at the end, also when no piece was ever asked for.
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
        """Send it."""
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
            # what was interrupted because nobody waits for it is no error
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
    """The same bytes in pieces of some size: each piece costs a hop between threads."""
    block = bytearray()
    for piece in pieces:
        block += piece
        if len(block) >= BLOCK_BYTES:
            yield bytes(block)
            block.clear()
    if block:
        yield bytes(block)


async def gone(receive: Receive) -> None:
    """Wait until the reader goes away."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _end(sending: asyncio.Task[None], pieces: Iterator[bytes], busy: asyncio.Lock) -> None:
    """Close the generator: never while a thread is in it, and in a thread, since it may have files to remove."""
    async with busy:
        sending.cancel()
        if close := getattr(pieces, "close", None):
            await run_in_threadpool(close)
    with contextlib.suppress(asyncio.CancelledError, Exception):
        await sending
