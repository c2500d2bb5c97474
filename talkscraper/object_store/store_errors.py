"""What the errors of the libraries that speak to a store mean, in one line each; and which stores are silent now.

A store that didn't answer all of a request's tries isn't asked again for ``SILENT_S``: what follows fails at once,
instead of waiting for each object.
"""

from __future__ import annotations

import errno
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from talkscraper.errors import ObjectMissing, StorageError, StoreSilent, StoreUnreachable, UsageError
from talkscraper.object_store.patience import patience
from talkscraper.object_store.store_url import IN_MEMORY, LOCAL, bucket_of, scheme_of
from talkscraper.printable import printable

SILENT_S = 60.0
"""Number of seconds for which a store isn't asked again after it didn't answer."""
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


@contextmanager
def translated(url: str) -> Iterator[None]:
    """Turn the errors of the libraries below into one line.

    Raises:
        ObjectMissing: the store says so.
        StoreSilent: it doesn't answer, or didn't a moment ago.
        StoreUnreachable: all else.
    """
    _refuse_silent(url)
    try:
        yield
    except UsageError:
        raise
    except Exception as e:
        error = _translation(url, e)
        _note(url, error)
        raise error from e
    _note(url, None)


def _store_of(url: str) -> str:
    return f"{scheme_of(url)}://{bucket_of(url)}"


def _note(url: str, error: StorageError | None) -> None:
    """Note what became of a request: whether its store is silent from now on."""
    with _lock:
        if isinstance(error, StoreSilent):
            _silent[_store_of(url)] = time.monotonic() + SILENT_S, error.reason
        elif _silent:
            _silent.pop(_store_of(url), None)


def _refuse_silent(url: str) -> None:
    if not _silent:
        return
    store = _store_of(url)
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
        return StoreSilent(f"{url}: {reason}", store=_store_of(url), reason=reason)
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
