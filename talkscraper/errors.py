"""The tree of all errors that talkscraper raises deliberately.

    TalkscraperError                 one clear line: what, where, what to do
    ├── UsageError                   exit 2: an invalid argument
    │   ├── SourcesError             sources.toml is wrong: file, line, nearest known key
    │   └── QueryError               an invalid search query
    ├── ArchiveError                 exit 1: the archive folder or its database
    │   ├── NotAnArchive             the folder isn't an archive
    │   ├── NewerSchema              the database was written by a newer talkscraper
    │   ├── OlderSchema              the database must be migrated first
    │   ├── NotFound                 no such article, capture or record
    │   └── ArchiveLocked            exit 75: another run holds the lock
    ├── StorageError                 exit 74: disk full, I/O, a store that can't be reached
    │   ├── ObjectMissing            the store has no such object
    │   ├── ObjectReplaced           an object was replaced while it was read
    │   └── StoreUnreachable         a store can't be reached, refuses or fails
    │       └── StoreSilent          it doesn't answer
    ├── ClusterError                 exit 74: no scheduler, no usable workers, or a cluster lost in the middle
    ├── CaptureError                 exit 1: a response without a capture, a broken tee
    ├── Interrupted                  exit 4: SIGTERM or Ctrl-C before a run began
    ├── DamagedRecord                a WARC record that can't be read (file and offset); skip and report
    ├── ExtractionFailed             a worker died or exceeded its limits on one page; skip and report
    └── SourceUnreachable            exit 3: a source that can't be crawled now

`DamagedRecord` and `ExtractionFailed` concern one record or page, `StorageError` ends the run. Exceptions of libraries
are translated where they are caught, with ``raise … from e``.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """Exit codes of commands (those of sysexits.h where one fits)."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    PARTIAL = 3
    """Done, but a source failed or is quiet."""
    BUDGET = 4
    """Stopped by a budget (pages, bytes, time) or by a signal."""
    IO = 74
    """Disk or I/O (EX_IOERR)."""
    LOCKED = 75
    """Another run holds the lock (EX_TEMPFAIL)."""


class TalkscraperError(Exception):
    """Base class; its text is the one line shown to the user."""

    exit_code = ExitCode.ERROR

    def for_this_machine(self) -> str:
        """Return the text for who runs the program here; readers of ``serve`` are told ``str`` of the error."""
        return str(self)


class UsageError(TalkscraperError):
    """An invalid argument."""

    exit_code = ExitCode.USAGE


class SourcesError(UsageError):
    """sources.toml is wrong; the message names file, line and the nearest known key."""


class QueryError(UsageError):
    """An invalid search query; the message says which part, and how to write it."""


class ArchiveError(TalkscraperError):
    """Something is wrong with the archive folder or its database."""


class NotAnArchive(ArchiveError):
    """The folder isn't an archive (no talkscraper.db and no sources.toml in it)."""


class NewerSchema(ArchiveError):
    """The database holds migrations that this version doesn't know."""


class OlderSchema(ArchiveError):
    """The database was written by an older talkscraper, and must be migrated before it is read."""

    def __init__(self, database: Path) -> None:
        super().__init__(f"{database} was written by an older talkscraper: 'talkscraper repair' brings it up to date")
        self.database = database


class NotFound(ArchiveError):
    """No such article, capture, record or file in the archive."""


class ArchiveLocked(ArchiveError):
    """Another run holds the archive's lock."""

    exit_code = ExitCode.LOCKED


class StorageError(TalkscraperError):
    """The disk is full, or reading or writing it failed."""

    exit_code = ExitCode.IO


class ObjectMissing(StorageError):
    """A store, which is there, has no such object."""


class ObjectReplaced(StorageError):
    """An object was replaced while it was read."""


class StoreUnreachable(StorageError):
    """A store can't be reached, refuses or fails, which says nothing about the objects in it."""


class StoreSilent(StoreUnreachable):
    """A store doesn't answer: whatever else lies in it can't be had now either."""

    def __init__(self, message: str, store: str = "", reason: str = "") -> None:
        super().__init__(message)
        self.store = store
        self.reason = reason


class ClusterError(TalkscraperError):
    """The cluster can't be used, or was lost; what was done is kept, and the next run goes on from there."""

    exit_code = ExitCode.IO


class CaptureError(TalkscraperError):
    """A response reached a spider without a capture, or the tee is broken."""


class Interrupted(TalkscraperError):
    """SIGTERM or SIGINT arrived before the run began."""

    exit_code = ExitCode.BUDGET


class DamagedRecord(TalkscraperError):
    """A WARC record that can't be read; to be skipped and reported with file and offset."""

    def __init__(self, message: str, *, file: str, offset: int) -> None:
        super().__init__(f"{file} at byte {offset}: {message}")
        self.reason = message
        self.file = file
        self.offset = offset


class ExtractionFailed(TalkscraperError):
    """A worker process died or exceeded its limits on one page."""


class NotAnAddress(TalkscraperError):
    """An invalid URL (``urls.validity`` gives the reason)."""


class SourceUnreachable(TalkscraperError):
    """A source that can't be crawled now (DNS, refused, certificate, robots)."""

    exit_code = ExitCode.PARTIAL
