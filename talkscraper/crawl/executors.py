"""What runs off the reactor's thread: transactions on the archive writer's thread, parsing in worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from talkscraper.capture.completion import BatchedCompletion
from talkscraper.errors import StorageError

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.crawl.shutdown import Shutdown
    from talkscraper.extraction.pool import ExtractorPool
    from talkscraper.pool import Task
    from talkscraper.store.writer import ArchiveWriter

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Executors:
    """Awaits a run's transactions and its parsing; a cut run stops awaiting the parsing."""

    def __init__(self, writer: ArchiveWriter, pool: ExtractorPool, shutdown: Shutdown) -> None:
        self._writer = writer
        self._pool = pool
        self._shutdown = shutdown
        self._completion: BatchedCompletion[Any] | None = None
        self._parsing: set[asyncio.Future[Any]] = set()
        shutdown.when_cut(self._abandon)

    async def in_db(self, function: Callable[Concatenate[Database, _P], _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return the result of ``function(db, …)``, run as one transaction on the archive writer's thread.

        Raises:
            StorageError: the disk failed; the run is ending.
        """
        if self._completion is None:
            self._completion = BatchedCompletion()
        try:
            result: _T = await self._completion.wait(self._writer.submit(function, *args, **kwargs))
            return result
        except StorageError as e:
            self._shutdown.fail(e)
            raise

    async def in_db_measured(
        self, function: Callable[Concatenate[Database, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> tuple[_T, int]:
        """Like ``in_db``; return the result, and by how many bytes the transaction enlarged the database."""
        return await self.in_db(measured, function, *args, **kwargs)

    async def in_pool(self, about: str, task: Task[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
        """Return the result of a task on bytes from the web, run in a worker process that can be killed.

        Args:
            about: The URL that the bytes came from, for messages.
            task: The kind of parsing.
            args: Its arguments.
            kwargs: Its keyword arguments.

        Raises:
            ExtractionFailed: the worker was killed or exceeded its time limit.
            Stopping: the run was cut, and doesn't await the result.
        """
        parsing = asyncio.wrap_future(self._pool.ask(about, task, *args, **kwargs))
        self._parsing.add(parsing)
        try:
            if self._shutdown.is_cut:
                parsing.cancel()
            return await parsing
        except asyncio.CancelledError as e:
            if self._shutdown.is_cut:
                from talkscraper.fetch.unsent import Stopping

                raise Stopping("the run is ending") from e
            raise
        finally:
            self._parsing.discard(parsing)

    def _abandon(self) -> None:
        for parsing in list(self._parsing):
            parsing.cancel()


def measured(
    db: Database, change: Callable[Concatenate[Database, _P], _T], /, *args: _P.args, **kwargs: _P.kwargs
) -> tuple[_T, int]:
    """Return the result of a change, and by how many bytes it enlarged the database."""
    (before,) = db.execute("pragma page_count").fetchone()
    result = change(db, *args, **kwargs)
    (after,) = db.execute("pragma page_count").fetchone()
    if after == before:
        return result, 0
    (size,) = db.execute("pragma page_size").fetchone()
    return result, (after - before) * size
