"""The archive folder: where its parts are, and the one lock that a writing run holds."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import ArchiveError, ArchiveLocked, NotAnArchive, StorageError

ENVIRONMENT_VARIABLE = "TALKSCRAPER_ARCHIVE"
DEFAULT = Path("archive")
BRIEF_HOLDER = "talkscraper sources "
"""How the lock's text begins while a command changes sources: others wait for it, since it is done in a moment."""
MAX_PATIENCE_S = 30.0
BACKFILL = "backfill"
"""What the lock is held for by a run that gives way to others."""
MAX_WAIT_S = 60.0
"""Maximum number of seconds in which a backfill gives way: it ends its fetches and closes its files."""
POLL_S = 0.1
_BACKFILL_HOLDER = f"talkscraper {BACKFILL} "
OPEN_SUFFIX = ".open"
"""A WARC's name ends so while it is being written."""
INDEX_SUFFIX = ".cdxj"
"""How the name of a WARC's index ends."""


@dataclass(frozen=True, slots=True)
class ArchiveFolder:
    """The paths of one archive. Making the object touches nothing on disk."""

    root: Path
    base: Path | None = None
    """The folder of the archive of which this one is a shard: it has the sources, and the records of earlier runs."""

    @property
    def sources_toml(self) -> Path:
        """The newsrooms."""
        return (self.base or self.root) / "sources.toml"

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "talkscraper.db"

    @property
    def warc(self) -> Path:
        """Folder of finished captures, and of ``*.warc.gz.open`` while being written."""
        return self.root / "warc"

    @property
    def index(self) -> Path:
        """Folder with one sorted CDXJ per finished WARC."""
        return self.root / "index"

    @property
    def exports(self) -> Path:
        """Where exports go by default."""
        return self.root / "exports"

    @property
    def reports(self) -> Path:
        """Where run reports and receipts go."""
        return self.root / "reports"

    @property
    def shards(self) -> Path:
        """Where the workers of a cluster leave their results by default, until they are stored."""
        return self.root / "shards"

    @property
    def manifest(self) -> Path:
        """The SHA-256 of each finished WARC, as ``sha256sum`` writes them."""
        return self.root / "manifest-sha256.txt"

    @property
    def lock_file(self) -> Path:
        """The file whose flock says that a run is writing."""
        return self.root / ".lock"

    @property
    def wanted_file(self) -> Path:
        """The file whose flock says that a run waits for a backfill to let go of the lock."""
        return self.root / ".lock-wanted"

    def warc_place(self, name: str, path: str | None = None) -> Path:
        """The path of the WARC of a row, finished or still being written; the file need not exist.

        A database can be a stranger's, and its rows must not lead to any file of this machine: ``name`` is a bare
        name. Only what was imported without copying (``path``) may be outside of ``warc/``.

        Raises:
            ArchiveError: the row names something else.
        """
        if name in ("", ".", "..") or any(c in name for c in "/\\\0") or (path and "\0" in path):
            raise ArchiveError(f"the database names {(path or name)[:120]!r}, which is no file of an archive")
        if path:
            return self.root / path  # an absolute path stays itself
        finished, unfinished = self.warc / name, self.warc / (name + OPEN_SUFFIX)
        if self.base is not None and not finished.exists() and not unfinished.exists():
            return ArchiveFolder(self.base).warc_place(name)
        return unfinished if not finished.exists() and unfinished.exists() else finished

    def index_of(self, name: str) -> Path:
        """The path of the index of the WARC file ``name``."""
        return self.index / index_name(name)

    def exists(self) -> bool:
        """Whether this folder is an archive: it has a database or a sources.toml."""
        return self.database.is_file() or self.sources_toml.is_file()

    def require(self) -> ArchiveFolder:
        """Return self, or refuse with one line.

        Raises:
            NotAnArchive: when the folder has neither a database nor a sources.toml.
        """
        if not self.exists():
            raise NotAnArchive(
                f"{self.root} is not an archive (no talkscraper.db, no sources.toml): "
                f"run 'talkscraper --archive {self.root} init', or name another folder with --archive"
            )
        return self

    def make(self) -> ArchiveFolder:
        """Make the folders that are missing.

        Raises:
            StorageError: when the disk refuses.
        """
        try:
            for folder in (self.root, self.warc, self.index, self.exports, self.reports):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as e:
            raise StorageError(f"can't make {e.filename}: {e.strerror}") from e
        return self

    @contextmanager
    def lock(self, *, what: str) -> Iterator[None]:
        """Hold the archive's lock: one writing run at a time, on this machine.

        The lock is the kernel's (flock), so a killed run leaves none behind; the file's text only says who. A backfill
        takes days, and gives way: whoever else wants the lock asks for it, and waits until the backfill lets go.

        Raises:
            ArchiveLocked: when another run holds it: at once, unless it is a backfill, which gives way, or a command
                that is done in a moment.
            StorageError: when the lock file can't be made.
        """
        try:
            handle = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as e:
            raise StorageError(f"can't open {self.lock_file}: {e.strerror}") from e
        try:
            self._take(handle, what)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"talkscraper {what} (pid {os.getpid()})\n".encode(), 0)
            yield
        finally:
            os.close(handle)

    def _take(self, handle: int, what: str) -> None:
        begun = time.monotonic()
        with ExitStack() as asking:
            asked = False
            while True:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError as e:
                    # read each time: the lock may have passed to another run meanwhile
                    holder = _holder(handle)
                    if time.monotonic() - begun >= _patience_s(holder, what):
                        raise ArchiveLocked(f"{self.root} is in use by {holder}: try again when it is done") from e
                    if not asked and holder.startswith(_BACKFILL_HOLDER):
                        asking.enter_context(self._asked_for())
                        asked = True
                    time.sleep(POLL_S)
                else:
                    return

    @contextmanager
    def _asked_for(self) -> Iterator[None]:
        """Tell a backfill that the lock is wanted."""
        asking = os.open(self.wanted_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(asking, fcntl.LOCK_SH)
            yield
        finally:
            os.close(asking)

    def is_wanted(self) -> bool:
        """Whether another run waits for the lock, for which a backfill lets go of it."""
        try:
            asked = os.open(self.wanted_file, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return False
        try:
            fcntl.flock(asked, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        else:
            return False
        finally:
            os.close(asked)


def index_name(name: str) -> str:
    """Return the file name of a WARC file's CDXJ index."""
    return name.removesuffix(".gz").removesuffix(".warc") + INDEX_SUFFIX


def _holder(handle: int) -> str:
    return os.pread(handle, 200, 0).decode("utf-8", "replace").strip() or "another run"


def _patience_s(holder: str, what: str) -> float:
    """Return how long a command that is ``what`` waits for the holder of the lock."""
    if holder.startswith(BRIEF_HOLDER):
        return MAX_PATIENCE_S
    return MAX_WAIT_S if holder.startswith(_BACKFILL_HOLDER) and what != BACKFILL else 0.0


def find(archive: str | os.PathLike[str] | None = None) -> ArchiveFolder:
    """The archive that is meant: the argument, else TALKSCRAPER_ARCHIVE, else ``archive/`` here."""
    return ArchiveFolder(Path(archive or os.environ.get(ENVIRONMENT_VARIABLE) or DEFAULT))
