"""Objects of a store by their URL: what is there, ranges of bytes, upload, removal.

No answer is believed: a range must have as many bytes as were asked for, from there, and of the same object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from talkscraper.atomic_file import sync_file, sync_folder
from talkscraper.errors import ObjectMissing, ObjectReplaced, StorageError, StoreSilent, StoreUnreachable, UsageError
from talkscraper.object_store.patience import patience
from talkscraper.object_store.store_client import PART_BYTES, PARTS, StoreClient, client_of
from talkscraper.object_store.store_url import LOCAL, bucket_of, fault_of, local_path, scheme_of
from talkscraper.printable import printable

PIECE_BYTES = 8 * 1024 * 1024
"""Number of bytes of one request when an object is read from start to end."""
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
    client = _opened(url)
    try:
        if scheme_of(url) == "s3":
            # ``info`` would list the bucket too, for folders
            head = client.ask("call_s3", "head_object", **_named_in_s3(client))
            found = {"size": head["ContentLength"], "ETag": head.get("ETag")}
        else:
            found = client.ask("info", client.path)
    except ObjectMissing:
        if not is_new:
            _require_store(client)
        raise
    size = found.get("size")
    if found.get("type") == "directory" or not isinstance(size, int):
        raise ObjectMissing(f"{url} is missing")
    tag = next((str(found[name]) for name in _TAGS if found.get(name) is not None), None)
    return StoredObject(size=size, etag=tag)


def read_range(url: str, start: int, end: int, expected: StoredObject | None = None) -> bytes:
    """Return the bytes of an object from ``start`` up to ``end``, all of them; ``expected``: of which object.

    Raises:
        ObjectReplaced: it is another object by now; noticed where a store tells with the bytes whose they are, as S3.
        ObjectMissing, StorageError: they can't be had.
    """
    if end <= start:
        return b""
    client = _opened(url)
    wanted = end - start
    if scheme_of(url) == "s3":
        data, told = client.run(_range_of_s3, client, start, end, patience().tries, size=wanted)
    else:
        for _ in range(patience().tries):
            data, told = client.ask("cat_file", client.path, start=start, end=end, size=wanted), {}
            if len(data) == wanted:
                break
    if len(data) != wanted:
        got = len(data) if len(data) < wanted else f"more than {wanted}"
        raise StoreUnreachable(f"{url}: the store sends {got} bytes where {wanted} were asked for (from byte {start})")
    place, _, total = str(told.get("ContentRange") or "").removeprefix("bytes ").partition("/")
    if place and place != f"{start}-{end - 1}":
        raise StoreUnreachable(f"{url}: the store sends bytes {place[:50]} where {start}-{end - 1} were asked for")
    tag = told.get("ETag")
    if expected is not None and (
        (total.isdigit() and int(total) != expected.size) or (tag and expected.etag and tag != expected.etag)
    ):
        raise ObjectReplaced(f"{url} was replaced while it was read")
    return bytes(data)


async def _range_of_s3(client: StoreClient, start: int, end: int, tries: int) -> tuple[bytearray, Mapping[str, Any]]:
    """Return what S3 sends of a range, and tells of it; asked for again if it comes cut or too long."""
    call, named, wanted = client.method("call_s3"), _named_in_s3(client), end - start
    for left in reversed(range(tries)):
        answer = await call("get_object", **named, Range=f"bytes={start}-{end - 1}")
        data = bytearray()
        try:
            async with answer["Body"] as body:
                # no more than one byte too many of a store that sends all it has
                while len(data) <= wanted and (piece := await body.read(wanted + 1 - len(data))):
                    data += piece
        except Exception:  # of aiohttp and botocore
            if not left:
                raise
            continue
        if len(data) == wanted or not left:
            break
    return data, answer


def pieces_of_object(url: str, size: int, expected: StoredObject | None = None) -> Iterator[bytes]:
    """Yield the first ``size`` bytes of an object, some MiB at a time; ``expected``: of which object.

    Raises:
        ObjectMissing, StorageError: they can't be had.
    """
    for start in range(0, size, PIECE_BYTES):
        yield read_range(url, start, min(start + PIECE_BYTES, size), expected)


def sha256_of_object(
    url: str, size: int, advance: Advance = lambda _done: None, *, expected: StoredObject | None = None
) -> str:
    """Return the SHA-256 of an object, of the bytes that the store sends, in base16; ``expected``: of which object.

    Raises:
        ObjectMissing, StorageError: they can't be had.
    """
    digest = hashlib.sha256()
    for piece in pieces_of_object(url, size, expected):
        digest.update(piece)
        advance(len(piece))
    return digest.hexdigest()


def upload(path: Path, url: str) -> None:
    """Upload a file; the object has its name only when all of it is there.

    Raises:
        StorageError: it couldn't be uploaded; what was there before is as it was.
    """
    client = _opened(url)
    options = {"chunksize": PART_BYTES, "max_concurrency": PARTS} if scheme_of(url) == "s3" else {}
    client.place_whole(
        client.path,
        client.path + UPLOADING_SUFFIX,
        lambda name: client.put_file(str(path), name, **options),
    )
    if scheme_of(url) == LOCAL:
        made = local_path(url)
        sync_file(made)
        sync_folder(made.parent)


def delete_object(url: str) -> None:
    """Delete an object, and what was left of uploads of it; it may be gone already.

    Raises:
        StorageError: the store can't be reached, or refuses.
    """
    client = _opened(url)
    with suppress(ObjectMissing):
        client.ask("rm_file", client.path)
    abandon_uploads(url)


def abandon_uploads(url: str) -> None:
    """Delete what uploads of an object that were killed have left in the store.

    Raises:
        StorageError: the store can't be reached, or refuses.
    """
    client = _opened(url)
    if scheme_of(url) == "s3":
        named = _named_in_s3(client)
        try:
            found = client.ask("call_s3", "list_multipart_uploads", Bucket=named["Bucket"], Prefix=named["Key"])
            for each in found.get("Uploads") or ():
                if each["Key"] == named["Key"]:
                    client.ask("call_s3", "abort_multipart_upload", **named, UploadId=each["UploadId"])
        except StoreSilent:
            raise
        except StorageError:
            return  # a right of its own, which not everybody has who may write, and which not every store knows
    elif not client.uploads_whole:
        with suppress(ObjectMissing):
            client.ask("rm_file", client.path + UPLOADING_SUFFIX)


def keeps_versions(url: str) -> bool | None:
    """Whether the store keeps the old versions of objects; None if it doesn't tell."""
    if scheme_of(url) != "s3":
        return False if scheme_of(url) == LOCAL else None
    try:
        return bool(_opened(url).ask("is_bucket_versioned", bucket_of(url)))
    except StorageError:
        return None


def require_store(url: str) -> None:
    """Refuse a store that isn't there, before anything is sent to it.

    Raises:
        StorageError: it isn't there, can't be reached or refuses.
    """
    client = _opened(f"{url}/warc")
    if scheme_of(url) == "s3":
        _require_store(client)


def _opened(url: str) -> StoreClient:
    """Return the client of a URL.

    Raises:
        UsageError: no URL of a store, or what speaks to it isn't installed.
        StorageError: it can't be set up.
    """
    if reason := fault_of(url):
        raise UsageError(f"{printable(url.partition('://')[0])}:// … {reason}")
    return client_of(url)


def _named_in_s3(client: StoreClient) -> dict[str, Any]:
    """Return how S3's operations name the object of a client."""
    bucket, key, _version = client.system.split_path(client.path)
    return {"Bucket": bucket, "Key": key}


def _require_store(client: StoreClient) -> None:
    """Refuse when not the object but all of its store is missing: nothing is lost then, it can't be reached.

    Raises:
        StorageError: the bucket, or the folder, isn't there.
    """
    url = client.url
    if scheme_of(url) == "s3":
        try:
            client.ask("call_s3", "head_bucket", Bucket=bucket_of(url))
        except ObjectMissing as e:
            raise StoreUnreachable(f"there is no bucket {bucket_of(url)!r} for {url}") from e
    elif scheme_of(url) == LOCAL and not Path(client.path).parent.is_dir():
        raise StoreUnreachable(f"{Path(client.path).parent} isn't there: is it on a disk that isn't mounted?")
