"""Where a lake is: a local folder, or a bucket or other place that fsspec reaches. Files appear whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from talkscraper.atomic_file import sync_file, sync_folder, write_whole
from talkscraper.errors import ArchiveLocked, ObjectMissing, StorageError, UsageError
from talkscraper.export.lake.manifest import FOLDER
from talkscraper.object_store.store_client import client_of
from talkscraper.object_store.store_url import LOCAL, local_path

_STAGING = "unfinished."
"""Beginning of the names of folders in which files are prepared."""


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
    return _Remote(url)


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
    def __init__(self, url: str) -> None:
        self.url = url
        self._client = client_of(url)
        self._root = self._client.path.rstrip("/")

    def exists(self) -> bool:
        return bool(self.names(FOLDER))

    def is_empty(self) -> bool:
        return not self._listed(self._root)

    @contextmanager
    def lock(self) -> Iterator[None]:
        if not self._client.uploads_whole:
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
        return self._client.read(self._at(path))

    def write(self, path: str, content: bytes) -> None:
        self._place(path, lambda target: self._client.ask("pipe_file", target, content, size=len(content)))

    def put(self, local: Path, path: str) -> None:
        self._place(path, lambda target: self._client.put_file(str(local), target))
        held = self._client.ask("size", self._at(path))
        if held != local.stat().st_size:
            raise StorageError(f"{self.url} holds {held} of {local.stat().st_size} bytes of {path}: try again")
        local.unlink()

    def remove(self, path: str) -> None:
        with suppress(ObjectMissing):
            self._client.ask("rm_file", self._at(path))

    def _place(self, path: str, send: Callable[[str], object]) -> None:
        beside = self._at(f"{FOLDER}/{_STAGING}{path.rpartition('/')[2]}")
        self._client.place_whole(self._at(path), beside, send)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"

    def _listed(self, folder: str) -> list[dict[str, Any]]:
        self._client.system.invalidate_cache()
        try:
            return list(self._client.ask("ls", folder, detail=True))
        except ObjectMissing:
            return []


@contextmanager
def _refusals(url: str) -> Iterator[None]:
    """Turn the errors of the disk into one line."""
    try:
        yield
    except OSError as e:
        raise StorageError(f"{url} can't be read or written: {e.strerror or e}") from e
