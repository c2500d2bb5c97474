"""Response with a rewritten capture: waits for the worker process without blocking a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from talkscraper.errors import ExtractionFailed
from talkscraper.replay.rewriter import Job, RewritePool, Rewritten
from talkscraper.web.streams import Places, gone

MAX_REWRITINGS = 16
"""Maximum number of captures being rewritten or queued, for all readers."""
WAIT_S = 30.0


def places() -> Places:
    """Return the limit on concurrent rewritings of a server."""
    return Places(MAX_REWRITINGS, WAIT_S, "Too many pages are being prepared just now. Try again in a while.")


class RewrittenAnswer(Response):
    """The rewritten capture, or an error page."""

    def __init__(
        self,
        job: Callable[[], Job],
        *,
        rewriter: RewritePool,
        places: Places,
        answer: Callable[[Rewritten | None], Response],
        failed: Callable[[], Response],
        close: Callable[[], None],
    ) -> None:
        """Create the response; nothing is read yet.

        Args:
            job: reads the capture; runs in a thread.
            rewriter: the worker processes.
            places: limits the number of waiting captures.
            answer: makes the response from the result.
            failed: makes the response if the worker crashed or exceeded its limits.
            close: frees the capture; called in any case.
        """
        self._job = job
        self._rewriter = rewriter
        self._places = places
        self._answer = answer
        self._failed = failed
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait for the result, and send it."""
        leaving = asyncio.create_task(gone(receive))
        try:
            async with self._places.one():
                response = await self._made(leaving)
        except BaseException:
            await asyncio.shield(run_in_threadpool(self._close))
            raise
        finally:
            leaving.cancel()
        if response is not None:
            # closes the capture itself if it still needs it
            await response(scope, receive, send)

    async def _made(self, leaving: asyncio.Task[None]) -> Response | None:
        job = await run_in_threadpool(self._job)
        future = asyncio.wrap_future(self._rewriter.submit(job))
        del job
        waited: set[asyncio.Future[Any]] = {future, leaving}
        await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            future.cancel()
            await run_in_threadpool(self._close)
            return None
        try:
            result = future.result()
        except ExtractionFailed:
            await run_in_threadpool(self._close)
            return self._failed()
        if result is not None:
            await run_in_threadpool(self._close)
        return await run_in_threadpool(self._answer, result)
