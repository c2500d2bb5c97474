"""Clients of stores, over fsspec: how they are set up, and every request in bounded time (``patience``)."""

from __future__ import annotations

import inspect
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talkscraper.errors import StoreSilent, StoreUnreachable, UsageError
from talkscraper.extras import ExtraMissing
from talkscraper.object_store.patience import Patience, patience
from talkscraper.object_store.store_errors import line_of, translated
from talkscraper.object_store.store_url import IN_MEMORY, LOCAL, scheme_of

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

PART_BYTES = 16 * 1024 * 1024
PARTS = 3
"""Parts of an upload that are sent at a time, and their size: they are held in memory."""
_WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory", "oss", "r2"})
_MAX_CONNECT_S = 10


@dataclass(frozen=True, slots=True)
class StoreClient:
    """A file system of fsspec, asked in bounded time."""

    url: str
    system: AbstractFileSystem
    path: str
    """What the URL names, in the file system."""

    @property
    def uploads_whole(self) -> bool:
        """Whether an object that is being uploaded can't be seen."""
        return scheme_of(self.url) in _WHOLE_AT_ONCE

    def ask(self, operation: str, *arguments: Any, size: int = 0, **options: Any) -> Any:
        """Call a method of the file system.

        Args:
            operation: Its name.
            arguments: Its arguments.
            size: The number of bytes that it moves.
            options: Its keyword arguments.

        Raises:
            ObjectMissing, StoreUnreachable: as ``translated``.
        """
        return self.run(self.method(operation), *arguments, size=size, **options)

    def run(self, method: Callable[..., Any], *arguments: Any, size: int = 0, **options: Any) -> Any:
        """Call a function, or a coroutine function in the file system's loop; as ``ask``."""
        with translated(self.url):
            if not inspect.iscoroutinefunction(method):
                return method(*arguments, **options)
            from fsspec.asyn import sync

            limit = patience().limit(size)
            return sync(self.system.loop, method, *arguments, timeout=limit, **options)

    def read(self, path: str) -> bytes:
        """Return the content of a small file; asked for again if it breaks off. As ``ask``."""
        for _ in range(patience().tries - 1):
            try:
                return bytes(self.ask("cat_file", path))
            except StoreSilent:
                raise
            except StoreUnreachable:
                continue
        return bytes(self.ask("cat_file", path))

    def put_file(self, local: str, path: str, **options: Any) -> None:
        """Upload a file; waited for as long as parts of it arrive. As ``ask``."""
        method = self.method("put_file")
        if not inspect.iscoroutinefunction(method):
            self.run(method, local, path, **options)
            return
        import asyncio

        from fsspec.asyn import sync
        from fsspec.callbacks import Callback

        arrived = Callback()
        limit = patience().limit(PARTS * PART_BYTES)

        async def watched() -> None:
            task = asyncio.ensure_future(method(local, path, callback=arrived, **options))
            before = None
            while not task.done():
                if before == arrived.value:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
                    raise TimeoutError
                before = arrived.value
                await asyncio.wait((task,), timeout=limit)
            await task

        with translated(self.url):
            sync(self.system.loop, watched)

    def place_whole(self, path: str, beside: str, send: Callable[[str], object]) -> None:
        """Have ``send`` write a file, which has the name ``path`` only when all of it is there.

        Args:
            path: Its name in the file system.
            beside: The name under which it is written, where a store has no uploads that are whole or not there.
            send: Writes it to a name.
        """
        if self.uploads_whole:
            send(path)  # these have no folders, and s3fs would create the bucket
            return
        for folder in dict.fromkeys(each.rpartition("/")[0] for each in (path, beside)):
            # some file systems refuse a folder that is there in spite of ``exist_ok``, others have none to make
            with translated(self.url), suppress(FileExistsError, NotImplementedError):
                self.system.makedirs(folder, exist_ok=True)
        try:
            send(beside)
            self.ask("mv", beside, path)
        except BaseException:
            with suppress(Exception):
                self.ask("rm_file", beside)
            raise

    def method(self, operation: str) -> Callable[..., Any]:
        """Return a method of the file system: its coroutine function, if it has one."""
        if getattr(self.system, "async_impl", False) and not getattr(self.system, "asynchronous", False):
            found = getattr(self.system, f"_{operation}", None)
            if inspect.iscoroutinefunction(found):
                return found
        method: Callable[..., Any] = getattr(self.system, operation)
        return method


def client_of(url: str) -> StoreClient:
    """Return the client of any URL that fsspec knows; nothing is sent yet.

    Raises:
        UsageError: no URL that fsspec knows, or what speaks to it isn't installed.
        StoreUnreachable: it can't be set up.
    """
    scheme = scheme_of(url)
    asked = patience()
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url, **(_s3_options(asked) if scheme == "s3" else {}))
    except ImportError as e:
        missing = f"{scheme}:// needs what isn't installed:"
        if scheme in ("s3", LOCAL, IN_MEMORY):
            raise ExtraMissing(missing, "s3") from e
        raise UsageError(f"{missing} {line_of(e)}") from e
    except ValueError as e:
        raise UsageError(f"{url}: {line_of(e)}") from e
    except Exception as e:  # whatever a file system raises when it is set up
        raise StoreUnreachable(f"{url}: {line_of(e)}") from e
    if scheme == "s3":
        # botocore repeats requests, and ``read`` and ``read_range`` bodies that break off; s3fs would repeat all that
        system.retries = 1
    return StoreClient(url, system, path)


def _s3_options(asked: Patience) -> dict[str, Any]:
    return {
        "config_kwargs": {
            "retries": {"mode": "standard", "total_max_attempts": asked.tries},
            "connect_timeout": min(asked.timeout, _MAX_CONNECT_S),
            "read_timeout": asked.timeout,
            "connector_args": {"socket_factory": _socket},
        },
        "use_listings_cache": False,
        "default_cache_type": "none",
    }


def _socket(address: Any) -> socket.socket:
    """Return a socket that ends when nobody takes what it sends: aiohttp's timeouts begin after the last byte."""
    family, kind, protocol, _name, _where = address
    made = socket.socket(family, kind, protocol)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        with suppress(OSError, UsageError):
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, patience().timeout * 1000)
    return made
