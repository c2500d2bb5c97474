"""A capture that is rewritten before it is sent: the server waits without a thread, and others are served meanwhile."""

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
"""Captures that are being rewritten or wait for it, of all readers together."""
WAIT_S = 30.0


def places() -> Places:
    """How many captures one server rewrites at a time."""
    return Places(MAX_REWRITINGS, WAIT_S, "Too many pages are being prepared just now. Try again in a while.")


class RewrittenAnswer(Response):
    """What a capture becomes, or what is said instead."""

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
        """Nothing is read yet.

        Args:
            job: reads the capture; in a thread.
            rewriter: the processes.
            places: how many may wait for them.
            answer: what is sent for the result.
            failed: what is sent where the capture killed, hung or outgrew its process.
            close: frees the capture; called in any case.
        """
        self._job = job
        self._rewriter = rewriter
        self._places = places
        self._answer = answer
        self._failed = failed
        self._close = close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Wait, and send it."""
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
            # closes the capture itself where it still needs it
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
