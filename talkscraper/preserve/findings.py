"""What can be wrong with a WARC, its index or its rows, and how bad that is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """One word for each thing that can be wrong."""

    # the bytes
    GZIP = "gzip"
    """A gzip member that doesn't decompress, or whose checksum is wrong."""
    TORN_TAIL = "torn-tail"
    """The file ends in the middle of a record."""
    ZERO_TAIL = "zero-tail"
    """The file ends in zeros, as a power cut leaves it."""
    RUBBISH = "rubbish"
    """Bytes between records, or after the last one, that are no record."""
    SHARED_MEMBER = "shared-member"
    """Several records in one gzip member: none but the first can be opened alone."""
    EMPTY = "empty"
    HEAD = "head"
    """A record's named fields can't be read."""
    FIELD = "field"
    """A named field is missing or makes no sense."""
    DATE = "date"
    """A WARC-Date before 1990 or in the future: the record counts as one without a date."""
    LENGTH = "length"
    """Content-Length isn't the length of the block."""
    END = "end"
    """The two line ends after the block are missing, or there are more."""
    NO_DIGEST = "no-digest"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    DUPLICATE = "duplicate"
    """Two records with one WARC-Record-ID."""
    REVISIT = "revisit"
    """A revisit whose original isn't there, or holds another payload."""
    # the file
    MISSING_FILE = "missing-file"
    UNKNOWN_FILE = "unknown-file"
    """A file in warc/ of which the database knows nothing."""
    UNFINISHED = "unfinished"
    """A killed run left it."""
    SIZE = "size"
    SHA256 = "sha256"
    MISPLACED = "misplaced"
    """The file of another name: somebody renamed it, or exchanged two."""
    LOST = "lost"
    """A capture whose bytes aren't there any more; or that is marked so, and is there."""
    ACCEPTED = "accepted"
    """A person took the file as it is (``repair --accept``)."""
    SECOND_READER = "second-reader"
    """Another program reads the file otherwise."""
    TORN_FILE = "torn-file"
    """A torn tail that repair set aside."""
    # the index
    NO_INDEX = "no-index"
    INDEX_LINE = "index-line"
    # the rows
    MISSING_ROW = "missing-row"
    FOREIGN_ROW = "foreign-row"
    ROW = "row"
    """A row that says something else than its record."""
    ARTICLE = "article"
    """An article or revision whose capture isn't there."""
    LEASE = "lease"
    DATABASE = "database"


class Level(StrEnum):
    """How bad it is."""

    DAMAGE = "damage"
    """Bytes are lost or wrong; only another copy brings them back."""
    MENDABLE = "mendable"
    """Index or rows disagree with sound records, or a run was killed: ``repair`` mends it."""
    NOTE = "note"
    """Worth knowing, nothing wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was found: where, what, and one line for people."""

    file: str
    """The WARC's name, or the database's table."""
    kind: Kind
    message: str
    level: Level = Level.DAMAGE
    offset: int | None = None
    """Byte in the file, where it has one."""
    record_id: str | None = None

    def line(self) -> str:
        """As one line."""
        where = self.file if self.offset is None else f"{self.file} at byte {self.offset}"
        return f"{where}: {self.message} [{self.kind}]"
