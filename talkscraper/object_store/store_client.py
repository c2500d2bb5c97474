"""Clients of stores, over fsspec: how they are set up, how long they are waited for, and what their errors mean.

``TALKSCRAPER_STORE_TIMEOUT`` and ``TALKSCRAPER_STORE_TRIES`` bound every request. A store that didn't answer all of a
request's tries isn't asked again for ``SILENT_S``: what follows fails at once, instead of waiting for each object.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talkscraper.errors import ObjectMissing, StorageError, StoreSilent, StoreUnreachable, UsageError
from talkscraper.extras import install_extra
from talkscraper.object_store.store_url import IN_MEMORY, LOCAL, bucket_of, scheme_of
from talkscraper.printable import printable
from talkscraper.whole_numbers import whole_number

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

TIMEOUT_VARIABLE = "TALKSCRAPER_STORE_TIMEOUT"
TRIES_VARIABLE = "TALKSCRAPER_STORE_TRIES"
DEFAULT_TIMEOUT_S = 15
DEFAULT_TRIES = 4
MAX_TIMEOUT_S = 3600
MAX_TRIES = 20
MIN_BYTES_PER_S = 128 * 1024
"""What a store must be able to send or take: a request with many bytes is waited for accordingly longer."""
SILENT_S = 60.0
"""Number of seconds for which a store isn't asked again after it didn't answer."""
PART_BYTES = 16 * 1024 * 1024
PARTS = 3
"""Parts of an upload that are sent at a time, and their size: they are held in memory."""
_WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory", "oss", "r2"})
_SPARE_S = 30
"""Time for setting up the client, on a busy machine."""
_PAUSE_S = 20
"""Longest pause of botocore between two tries."""
_MAX_CONNECT_S = 10
_LOGIN = re.compile(r"//[^/@\s]{1,200}@")
"""User and password of an endpoint's URL."""
_SILENT_NAMES = frozenset(
    (
        *("ConnectTimeoutError", "ReadTimeoutError", "EndpointConnectionError", "FSTimeoutError", "TimeoutError"),
        *("ClientConnectorError", "ConnectionTimeoutError", "ServerTimeoutError", "SocketTimeoutError", "gaierror"),
    )
)
"""Names of the exceptions of botocore, aiohttp, fsspec and Python by which a store doesn't answer at all."""
_SILENT_ERRNO = frozenset((errno.ETIMEDOUT, errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN))
_lock = threading.Lock()
_silent: dict[str, tuple[float, str]] = {}
"""Until when a store isn't asked, and what was wrong, by scheme and bucket."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, and how often, a store is asked."""

    timeout: int
    """Number of seconds of silence after which a try has failed."""
    tries: int

    def limit(self, size: int = 0) -> float:
        """Return after how many seconds a request has failed, with all its tries, however slowly bytes arrive.

        A store that is silent fails sooner, by ``timeout`` and ``tries`` alone. ``size``: the bytes that are moved.
        """
        pauses = sum(min(int(2**number), _PAUSE_S) for number in range(self.tries))
        return self.tries * (self.timeout + size / MIN_BYTES_PER_S) + pauses + _SPARE_S


def patience() -> Patience:
    """Return what the environment says.

    Raises:
        UsageError: it says no number.
    """
    return Patience(
        timeout=_number(TIMEOUT_VARIABLE, DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S, "seconds"),
        tries=_number(TRIES_VARIABLE, DEFAULT_TRIES, MAX_TRIES, "tries"),
    )


def _number(variable: str, default: int, most: int, unit: str) -> int:
    text = os.environ.get(variable, "").strip()
    number = whole_number(text) if text else default
    if number is None or not 1 <= number <= most:
        raise UsageError(f"{variable} is {printable(text[:20])!r}: write a number of {unit} from 1 to {most}")
    return number


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
            if not asyncio.iscoroutinefunction(method):
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
        if not asyncio.iscoroutinefunction(method):
            self.run(method, local, path, **options)
            return
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
            from fsspec.asyn import sync

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
        for each in (path, beside):
            # not all file systems know ``exist_ok``
            with translated(self.url), suppress(FileExistsError, NotImplementedError):
                self.system.makedirs(each.rpartition("/")[0], exist_ok=True)
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
            if asyncio.iscoroutinefunction(found):
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
        wanted = install_extra("s3") if scheme in ("s3", LOCAL, IN_MEMORY) else line_of(e)
        raise UsageError(f"{scheme}:// needs what isn't installed: {wanted}") from e
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


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the errors of the libraries below into one line.

    Raises:
        ObjectMissing: the store says so.
        StoreSilent: it doesn't answer, or didn't a moment ago.
        StoreUnreachable: all else.
    """
    store = f"{scheme_of(url)}://{bucket_of(url)}"
    _refuse_silent(store, url)
    try:
        yield
    except UsageError:
        raise
    except Exception as e:
        error = _translation(url, e)
        if isinstance(error, StoreSilent):
            with _lock:
                _silent[store] = time.monotonic() + SILENT_S, error.reason
        elif _silent:
            with _lock:
                _silent.pop(store, None)
        raise error from e
    if _silent:
        with _lock:
            _silent.pop(store, None)


def forget_silence() -> None:
    """Ask every store again."""
    with _lock:
        _silent.clear()


def _refuse_silent(store: str, url: str) -> None:
    if not _silent:
        return
    with _lock:
        until, reason = _silent.get(store, (0.0, ""))
        if not reason:
            return
        if time.monotonic() < until:
            raise StoreSilent(f"{url}: {reason}", store=store, reason=reason)
        # this request is made, and others wait for what becomes of it
        _silent[store] = time.monotonic() + patience().limit(), reason


def _translation(url: str, error: Exception) -> StorageError:
    if isinstance(error, StorageError):
        return error
    if isinstance(error, FileNotFoundError):
        if "specified bucket" in str(error).lower():
            return StoreUnreachable(f"there is no bucket {bucket_of(url)!r} for {url}")
        return ObjectMissing(f"{url} is missing")
    if isinstance(error, PermissionError):
        return StoreUnreachable(f"{url}: the store refuses: {line_of(error)}; check the credentials and their rights")
    if type(error).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
        told = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
        return StoreUnreachable(f"{url}: there are no credentials for it: {told}")
    if scheme_of(url) not in (LOCAL, IN_MEMORY) and any(_is_silence(each) for each in _chain(error)):
        asked = patience()
        said = line_of(error)
        more = "" if said in ("FSTimeoutError", "TimeoutError") else f": {said[:120]}"
        reason = f"the store doesn't answer ({asked.tries} tries of {asked.timeout} s{more})"
        return StoreSilent(f"{url}: {reason}", store=f"{scheme_of(url)}://{bucket_of(url)}", reason=reason)
    return StoreUnreachable(f"{url}: {line_of(error)}")


def _is_silence(error: BaseException) -> bool:
    if isinstance(error, OSError) and error.errno in _SILENT_ERRNO:
        return True
    return any(each.__name__ in _SILENT_NAMES for each in type(error).__mro__)


def _chain(error: BaseException) -> Iterator[BaseException]:
    each: BaseException | None = error
    for _ in range(10):
        if each is None:
            return
        yield each
        each = each.__cause__ or each.__context__


def line_of(error: BaseException) -> str:
    """Return an error of a library as one line."""
    text = _LOGIN.sub("//", " ".join(str(error).split())) or type(error).__name__
    return printable(text)[:300]
