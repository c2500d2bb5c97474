"""Every error the program raises on purpose, in one tree.

    TalkscraperError                 one clear line: what, where, what to do
    ├── UsageError                   exit 2: the caller asked for something that makes no sense
    │   ├── SourcesError             sources.toml is wrong: file, line, nearest known key
    │   └── QueryError               a search query that can't be read
    ├── ArchiveError                 exit 1: the archive folder or its database
    │   ├── NotAnArchive             the folder isn't an archive
    │   ├── NewerSchema              the database was written by a newer talkscraper
    │   ├── OlderSchema              the database must be brought up to date first
    │   ├── NotFound                 no such article, capture or record
    │   └── ArchiveLocked            exit 75: another run holds the lock
    ├── StorageError                 exit 74: disk full, I/O
    ├── CaptureError                 exit 1: a response without a capture, a broken tee
    ├── Interrupted                  exit 4: SIGTERM or Ctrl-C before a run had begun
    ├── DamagedRecord                a WARC record that can't be read (file and offset); skip and report
    ├── ExtractionFailed             a worker died, hung or gave up on one page; skip and report
    └── SourceUnreachable            exit 3: a source that can't be crawled now

Names say what to do about it: `DamagedRecord` and `ExtractionFailed` cost one page, `StorageError` stops the run.
Foreign exceptions are translated where they enter, with ``raise … from e``.
"""

from __future__ import annotations

from enum import IntEnum
from pathlib import Path


class ExitCode(IntEnum):
    """What a command's exit status means (sysexits.h where it has a word for it)."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    PARTIAL = 3
    """Done, but some source failed or went quiet."""
    BUDGET = 4
    """Stopped by a budget (pages, bytes, time) or by a signal."""
    IO = 74
    """Disk or I/O (EX_IOERR)."""
    LOCKED = 75
    """Another run holds the lock (EX_TEMPFAIL)."""


class TalkscraperError(Exception):
    """Base of all: its text is the one line shown to the user."""

    exit_code = ExitCode.ERROR


class UsageError(TalkscraperError):
    """The caller asked for something that makes no sense."""

    exit_code = ExitCode.USAGE


class SourcesError(UsageError):
    """sources.toml is wrong; the message names file, line and the nearest known key."""


class QueryError(UsageError):
    """A search query that can't be read; the message says which part and how to write it."""


class ArchiveError(TalkscraperError):
    """Something is wrong with the archive folder or its database."""


class NotAnArchive(ArchiveError):
    """The folder isn't an archive (no talkscraper.db and no sources.toml in it)."""


class NewerSchema(ArchiveError):
    """The database holds migrations that this version doesn't know."""


class OlderSchema(ArchiveError):
    """The database was written by an older talkscraper, and can't be read before it is brought up to date."""

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


class CaptureError(TalkscraperError):
    """A response reached a spider without a capture, or the tee is broken."""


class Interrupted(TalkscraperError):
    """SIGTERM or SIGINT came before the run had begun."""

    exit_code = ExitCode.BUDGET


class DamagedRecord(TalkscraperError):
    """A WARC record that can't be read: skip it and report where it lies."""

    def __init__(self, message: str, *, file: str, offset: int) -> None:
        super().__init__(f"{file} at byte {offset}: {message}")
        self.reason = message
        self.file = file
        self.offset = offset


class ExtractionFailed(TalkscraperError):
    """A worker died, hung or gave up on one page."""


class NotAnAddress(TalkscraperError):
    """An address that can't be asked for at all (``web_address`` says why)."""


class SourceUnreachable(TalkscraperError):
    """A source that can't be crawled now (DNS, refused, certificate, robots)."""

    exit_code = ExitCode.PARTIAL
