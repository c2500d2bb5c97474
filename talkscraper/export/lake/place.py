"""Where a lake is: a local folder, or a bucket or other place that fsspec reaches. Files appear whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from talkscraper.atomic_file import sync_file, sync_folder, write_whole
from talkscraper.errors import ArchiveLocked, StorageError, UsageError
from talkscraper.export.lake.manifest import FOLDER
from talkscraper.object_store.store import file_system
from talkscraper.object_store.store_url import LOCAL, local_path

_STAGING = "unfinished."
"""Beginning of the names of folders in which files are prepared."""
_WHOLE_AT_ONCE = frozenset({"s3", "s3a", "gs", "gcs", "abfs", "abfss", "az", "memory", "oss", "r2"})
"""Protocols in which an object that is being uploaded can't be seen."""


class Place(ABC):
    """The folder of a lake; paths are relative to it, with slashes."""

    url: str
    """As the user wrote it."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether there is a lake: a folder of manifests."""

    @abstractmethod
    def is_empty(self) -> bool:
        """Whether nothing is there."""

    @abstractmethod
    def lock(self) -> Any:
        """Hold the lake for writing, where a place knows locks (a context manager)."""

    @abstractmethod
    def staging(self) -> Any:
        """A local folder in which files are prepared (a context manager)."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """Return the names of the files in a folder; none if it doesn't exist."""

    @abstractmethod
    def read(self, path: str) -> bytes:
        """Return a file's content."""

    @abstractmethod
    def write(self, path: str, content: bytes) -> None:
        """Write a file whole or not at all, in place of another if there is one."""

    @abstractmethod
    def put(self, local: Path, path: str) -> None:
        """Move a prepared file to its place."""

    @abstractmethod
    def remove(self, path: str) -> None:
        """Remove a file, if it exists."""


def open_place(url: str) -> Place:
    """Return the place of a lake, which need not exist.

    Raises:
        UsageError: the URL can't be used, or needs a package that isn't installed.
    """
    protocol, separator, _ = url.partition("://")
    if not separator:
        return _Folder(url, Path(url))
    if protocol == LOCAL:
        return _Folder(url, local_path(url))
    return _Remote(url, protocol)


class _Folder(Place):
    def __init__(self, url: str, root: Path) -> None:
        self.url = url
        self.root = root
        if root.exists() and not root.is_dir():
            raise UsageError(f"{url} is a file: a lake is a folder")

    def exists(self) -> bool:
        return (self.root / FOLDER).is_dir()

    def is_empty(self) -> bool:
        return not self.root.exists() or not any(self.root.iterdir())

    @contextmanager
    def lock(self) -> Iterator[None]:
        with _refusals(self.url):
            (self.root / FOLDER).mkdir(parents=True, exist_ok=True)
            handle = os.open(self.root / FOLDER / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as e:
                raise ArchiveLocked(f"another export is writing to {self.url}: try again when it is done") from e
            for each in (self.root / FOLDER).glob(f"{_STAGING}*"):  # of an export that was killed
                shutil.rmtree(each, ignore_errors=True)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def staging(self) -> Iterator[Path]:
        # on the lake's own file system, so that a file is moved to its place by a rename
        with _refusals(self.url):
            made = tempfile.TemporaryDirectory(prefix=_STAGING, dir=self.root / FOLDER, ignore_cleanup_errors=True)
        with made as folder:
            yield Path(folder)

    def names(self, folder: str) -> list[str]:
        where = self.root / folder
        return sorted(each.name for each in where.iterdir() if each.is_file()) if where.is_dir() else []

    def read(self, path: str) -> bytes:
        with _refusals(self.url):
            return (self.root / path).read_bytes()

    def write(self, path: str, content: bytes) -> None:
        with _refusals(self.url):
            write_whole(self.root / path, [content])

    def put(self, local: Path, path: str) -> None:
        target = self.root / path
        with _refusals(self.url):
            target.parent.mkdir(parents=True, exist_ok=True)
            sync_file(local)
            local.replace(target)
            sync_folder(target.parent)

    def remove(self, path: str) -> None:
        with _refusals(self.url):
            target = self.root / path
            target.unlink(missing_ok=True)
        for folder in (target.parent, target.parent.parent):
            if folder != self.root and folder.name != FOLDER:
                with suppress(OSError):  # others are in it
                    folder.rmdir()


class _Remote(Place):
    def __init__(self, url: str, protocol: str) -> None:
        self.url = url
        self._at_once = protocol in _WHOLE_AT_ONCE
        self._system, root = file_system(url)
        self._root = root.rstrip("/")

    def exists(self) -> bool:
        return bool(self.names(FOLDER))

    def is_empty(self) -> bool:
        return not self._listed(self._root)

    @contextmanager
    def lock(self) -> Iterator[None]:
        if not self._at_once:
            for name in self.names(FOLDER):
                if name.startswith(_STAGING):  # of an export that was killed
                    self.remove(f"{FOLDER}/{name}")
        yield

    @contextmanager
    def staging(self) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(prefix="talkscraper-lake.", ignore_cleanup_errors=True) as folder:
            yield Path(folder)

    def names(self, folder: str) -> list[str]:
        found = self._listed(self._at(folder))
        return sorted(str(each["name"]).rpartition("/")[2] for each in found if each["type"] == "file")

    def read(self, path: str) -> bytes:
        with _refusals(self.url):
            return bytes(self._system.cat_file(self._at(path)))

    def write(self, path: str, content: bytes) -> None:
        with _refusals(self.url):
            self._at_target(path, lambda target: self._system.pipe_file(target, content))

    def put(self, local: Path, path: str) -> None:
        with _refusals(self.url):
            self._at_target(path, lambda target: self._system.put_file(str(local), target))
            held = self._system.size(self._at(path))
        if held != local.stat().st_size:
            raise StorageError(f"{self.url} holds {held} of {local.stat().st_size} bytes of {path}: try again")
        local.unlink()

    def remove(self, path: str) -> None:
        with _refusals(self.url), suppress(FileNotFoundError):
            self._system.rm_file(self._at(path))

    def _at_target(self, path: str, send: Any) -> None:
        target = self._at(path)
        if self._at_once:  # these have no folders, and s3fs would create the bucket
            send(target)
        else:
            self._system.makedirs(target.rpartition("/")[0], exist_ok=True)
            part = self._at(f"{FOLDER}/{_STAGING}{path.rpartition('/')[2]}")
            self._system.makedirs(part.rpartition("/")[0], exist_ok=True)
            send(part)
            self._system.mv(part, target)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        with _refusals(self.url):
            self._system.invalidate_cache()
            try:
                return list(self._system.ls(folder, detail=True))
            except FileNotFoundError:
                return []


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """Turn the errors of a file system, local or fsspec's, into one line."""
    try:
        yield
    except (StorageError, ArchiveLocked):
        raise
    except OSError as e:
        raise StorageError(f"{url} can't be read or written: {e.strerror or e}") from e
    except Exception as e:
        # every file system of fsspec has errors of its own: botocore's, aiohttp's, paramiko's
        if e.__class__.__module__.split(".", 1)[0] in ("builtins", "talkscraper"):
            raise
        raise StorageError(f"{url} can't be read or written: {e.__class__.__name__}: {e}") from e
