"""By what a change of a file is recognised without reading it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import StorageError


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Size and time of change of a file."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> FileStamp:
        """Return the stamp of a file.

        Raises:
            StorageError: it isn't there.
        """
        try:
            stat = path.stat()
        except OSError as e:
            raise StorageError(f"can't read {path}: {e.strerror or e}") from e
        return cls(stat.st_size, stat.st_mtime_ns)

    def is_still_of(self, path: Path) -> bool:
        """Whether the file hasn't changed since."""
        with suppress(StorageError):
            return FileStamp.of(path) == self
        return False
