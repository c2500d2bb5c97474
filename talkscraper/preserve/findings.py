"""Findings: the kinds of faults in a WARC, its index or its rows, and their levels."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """The kinds of faults."""

    # the bytes
    GZIP = "gzip"
    """A gzip member that doesn't decompress, or has a wrong checksum."""
    TORN_TAIL = "torn-tail"
    """The file ends in the middle of a record."""
    ZERO_TAIL = "zero-tail"
    """The file ends in zeros, as after a power failure."""
    RUBBISH = "rubbish"
    """Bytes between records, or after the last one, that are no record."""
    SHARED_MEMBER = "shared-member"
    """Several records in one gzip member: only the first can be read by offset."""
    EMPTY = "empty"
    HEAD = "head"
    """A record's named fields can't be parsed."""
    FIELD = "field"
    """A named field is missing or invalid."""
    DATE = "date"
    """A WARC-Date before 1990 or in the future: the record is treated as one without a date."""
    LENGTH = "length"
    """Content-Length differs from the length of the block."""
    END = "end"
    """The two line ends after the block are missing, or there are more."""
    NO_DIGEST = "no-digest"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    DUPLICATE = "duplicate"
    """Two records with one WARC-Record-ID."""
    REVISIT = "revisit"
    """A revisit whose original is missing, or holds another payload."""
    # the file
    MISSING_FILE = "missing-file"
    UNKNOWN_FILE = "unknown-file"
    """A file in warc/ that isn't in the database."""
    UNFINISHED = "unfinished"
    """A file left by a killed run."""
    SIZE = "size"
    SHA256 = "sha256"
    MISPLACED = "misplaced"
    """The file of another name: it was renamed, or two were exchanged."""
    LOST = "lost"
    """A capture whose bytes are lost; or that is marked so, but present."""
    ACCEPTED = "accepted"
    """An operator accepted the file as it is (``repair --accept``)."""
    SECOND_READER = "second-reader"
    """The second reader reads the file differently."""
    TORN_FILE = "torn-file"
    """A torn tail that repair set aside."""
    # the index
    NO_INDEX = "no-index"
    INDEX_LINE = "index-line"
    # the rows
    MISSING_ROW = "missing-row"
    FOREIGN_ROW = "foreign-row"
    ROW = "row"
    """A row that differs from its record."""
    ARTICLE = "article"
    """An article or revision whose capture is missing."""
    LEASE = "lease"
    DATABASE = "database"


class Level(StrEnum):
    """The severity of a finding."""

    DAMAGE = "damage"
    """Bytes are lost or wrong; only another copy restores them."""
    MENDABLE = "mendable"
    """Index or rows disagree with sound records, or a run was killed: ``repair`` corrects it."""
    NOTE = "note"
    """Informative; nothing is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A finding: where, what, and a line of explanation."""

    file: str
    """The WARC's name, or the database's table."""
    kind: Kind
    message: str
    level: Level = Level.DAMAGE
    offset: int | None = None
    """Offset in the file, if any."""
    record_id: str | None = None

    def line(self) -> str:
        """Return the finding as one line."""
        where = self.file if self.offset is None else f"{self.file} at byte {self.offset}"
        return f"{where}: {self.message} [{self.kind}]"
