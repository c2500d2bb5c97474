"""Objects of a store by their URL: what is there, ranges of bytes, upload, removal; over fsspec, imported on first use.

Every error of the libraries below is translated: ``ObjectMissing`` where the store says so, ``StorageError`` in one
line for all else. No answer is believed by its length: a range must have the bytes that were asked for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.atomic_file import sync_file, sync_folder
from talkscraper.errors import ObjectMissing, StorageError, UsageError
from talkscraper.extras import install_extra
from talkscraper.object_store.store_url import IN_MEMORY, LOCAL, bucket_of, fault_of, local_path, scheme_of
from talkscraper.printable import printable

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

PIECE_BYTES = 8 * 1024 * 1024
"""Number of bytes of one request when an object is read from start to end."""
MAX_TRIES = 3
"""Number of times that a range is asked for which comes cut or too long."""
_ATTEMPTS = 4
"""Number of times that a request is made which S3 answers by 500 or 503, or that breaks: with pauses of up to 7 s."""
_S3: dict[str, Any] = {
    "config_kwargs": {
        "retries": {"mode": "standard", "total_max_attempts": _ATTEMPTS},
        "connect_timeout": 10,
        "read_timeout": 30,
    },
    "use_listings_cache": False,
    "default_cache_type": "none",
}
_PART_BYTES = 16 * 1024 * 1024
_PARTS = 3
"""Parts of an upload that are sent at a time, and their size: they are held in memory."""
_TAGS = ("ETag", "etag", "md5Hash", "content_md5", "mtime", "modified", "created")
"""Names under which file systems tell what changes with an object."""
UPLOADING_SUFFIX = ".uploading"
"""Suffix of a file that is being uploaded, where a store has no uploads that are whole or not there."""

Advance = Callable[[int], object]
"""Called with the number of bytes that are done."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store tells of an object."""

    size: int
    etag: str | None
    """What changes when the object does: S3's ETag, a file's time; None if the store has none."""


def stat_object(url: str, *, is_new: bool = False) -> StoredObject:
    """Return what the store tells of an object; ``is_new``: its folder may be missing, too.

    Raises:
        ObjectMissing: it isn't there, in a store that is.
        StorageError: the store can't be reached, or refuses.
    """
    system, path = _opened(url)
    try:
        with _translated(url):
            found = system.info(path)
    except ObjectMissing:
        if not is_new:
            _require_store(system, path, url)
        raise
    size = found.get("size")
    if found.get("type") == "directory" or not isinstance(size, int):
        raise ObjectMissing(f"{url} is missing")
    tag = next((str(found[name]) for name in _TAGS if found.get(name) is not None), None)
    return StoredObject(size=size, etag=tag)


def read_range(url: str, start: int, end: int) -> bytes:
    """Return the bytes of an object from ``start`` up to ``end``, all of them.

    Raises:
        ObjectMissing, StorageError: they can't be had.
    """
    if end <= start:
        return b""
    system, path = _opened(url)
    got = 0
    for _ in range(MAX_TRIES):
        with _translated(url):
            data = system.cat_file(path, start=start, end=end)
        if len(data) == end - start:
            return bytes(data)
        got = len(data)
    raise StorageError(f"{url}: the store sends {got} bytes where {end - start} were asked for (from byte {start})")


def pieces_of_object(url: str, size: int) -> Iterator[bytes]:
    """Yield the first ``size`` bytes of an object, some MiB at a time.

    Raises:
        ObjectMissing, StorageError: they can't be had.
    """
    for start in range(0, size, PIECE_BYTES):
        yield read_range(url, start, min(start + PIECE_BYTES, size))


def sha256_of_object(url: str, size: int, advance: Advance = lambda _done: None) -> str:
    """Return the SHA-256 of an object, of the bytes that the store sends, in base16.

    Raises:
        ObjectMissing, StorageError: they can't be had.
    """
    digest = hashlib.sha256()
    for piece in pieces_of_object(url, size):
        digest.update(piece)
        advance(len(piece))
    return digest.hexdigest()


def upload(path: Path, url: str) -> None:
    """Upload a file; the object has its name only when all of it is there.

    Raises:
        StorageError: it couldn't be uploaded; what was there before is as it was.
    """
    system, place = _opened(url)
    with _translated(url):
        if scheme_of(url) == "s3":
            # a PUT, or the end of a multipart upload, makes the object whole or not at all
            system.put_file(str(path), place, chunksize=_PART_BYTES, max_concurrency=_PARTS)
            return
        beside = place + UPLOADING_SUFFIX
        # file systems without folders needn't know this, and not all of them know ``exist_ok``
        with suppress(FileExistsError, NotImplementedError):
            system.makedirs(place.rpartition("/")[0], exist_ok=True)
        try:
            system.put_file(str(path), beside)
            system.mv(beside, place)
        except BaseException:
            with suppress(Exception):
                system.rm_file(beside)
            raise
    if scheme_of(url) == LOCAL:
        made = local_path(url)
        sync_file(made)
        sync_folder(made.parent)


def delete_object(url: str) -> None:
    """Delete an object; it may be gone already.

    Raises:
        StorageError: the store can't be reached, or refuses.
    """
    system, path = _opened(url)
    with suppress(ObjectMissing), _translated(url):
        system.rm_file(path)


def keeps_versions(url: str) -> bool | None:
    """Whether the store keeps the old versions of objects; None if it doesn't tell."""
    if scheme_of(url) != "s3":
        return False if scheme_of(url) == LOCAL else None
    try:
        system, _path = _opened(url)
        with _translated(url):
            return bool(system.is_bucket_versioned(bucket_of(url)))
    except StorageError:
        return None


def require_store(url: str) -> None:
    """Refuse a store that isn't there, before anything is sent to it.

    Raises:
        StorageError: it isn't there, can't be reached or refuses.
    """
    system, path = _opened(f"{url}/warc")
    if scheme_of(url) == "s3":
        _require_store(system, path, url)


def _opened(url: str) -> tuple[AbstractFileSystem, str]:
    """Return the file system of a URL and the path in it.

    Raises:
        UsageError: no URL of a store, or what speaks to it isn't installed.
        StorageError: it can't be set up.
    """
    if reason := fault_of(url):
        raise UsageError(f"{printable(url.partition('://')[0])}:// … {reason}")
    return file_system(url)


def file_system(url: str) -> tuple[AbstractFileSystem, str]:
    """Return fsspec's file system of any URL and the path in it; requests of S3 end in bounded time.

    Raises:
        UsageError: no URL that fsspec knows, or what speaks to it isn't installed.
        StorageError: it can't be set up.
    """
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(url, **(_S3 if scheme_of(url) == "s3" else {}))
    except ImportError as e:
        wanted = install_extra("s3") if scheme_of(url) in ("s3", LOCAL, IN_MEMORY) else _line(e)
        raise UsageError(f"{scheme_of(url)}:// needs what isn't installed: {wanted}") from e
    except ValueError as e:
        raise UsageError(f"{url}: {_line(e)}") from e
    except Exception as e:  # whatever a file system raises when it is set up
        raise StorageError(f"{url}: {_line(e)}") from e
    if scheme_of(url) == "s3":
        system.retries = 2  # of a body that breaks off; botocore's own are bounded and pause, and s3fs has five of each
    return system, path


@contextmanager
def _translated(url: str) -> Iterator[None]:
    try:
        yield
    except StorageError:
        raise
    except FileNotFoundError as e:
        if "specified bucket" in str(e).lower():
            raise StorageError(f"there is no bucket {bucket_of(url)!r} for {url}") from e
        raise ObjectMissing(f"{url} is missing") from e
    except PermissionError as e:
        raise StorageError(f"{url}: the store refuses: {_line(e)}; check the credentials and their rights") from e
    except Exception as e:  # botocore, aiohttp and asyncio have trees of their own, and other stores theirs
        if type(e).__name__ in ("NoCredentialsError", "PartialCredentialsError"):
            told = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE"
            raise StorageError(f"{url}: there are no credentials for it: {told}") from e
        raise StorageError(f"{url}: {_line(e)}") from e


def _require_store(system: AbstractFileSystem, path: str, url: str) -> None:
    """Refuse when not the object but all of its store is missing: nothing is lost then, it can't be reached.

    Raises:
        StorageError: the bucket, or the folder, isn't there.
    """
    if scheme_of(url) == "s3":
        try:
            with _translated(url):
                system.call_s3("head_bucket", Bucket=bucket_of(url))
        except ObjectMissing as e:
            raise StorageError(f"there is no bucket {bucket_of(url)!r} for {url}") from e
    elif scheme_of(url) == LOCAL and not Path(path).parent.is_dir():
        raise StorageError(f"{Path(path).parent} isn't there: is it on a disk that isn't mounted?")


def _line(error: BaseException) -> str:
    """Return an error of a library as one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return printable(text)[:300]
