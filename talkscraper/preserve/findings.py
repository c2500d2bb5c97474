"""Findings of ``verify``, ``repair`` and ``import``: faults of a WARC's bytes, its file, its index or its rows."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from talkscraper.warc.faults import Fault, Problem
from talkscraper.warc.scan import ScannedRecord


class Kind(StrEnum):
    """The kinds of findings beside the faults of bytes (``Fault``)."""

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
    MANIFEST = "manifest"
    """The manifest outside the database has another digest than the row, or none."""
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
    kind: Fault | Kind
    message: str
    level: Level = Level.DAMAGE
    offset: int | None = None
    """Offset in the file, if any."""
    record_id: str | None = None

    def line(self) -> str:
        """Return the finding as one line."""
        where = self.file if self.offset is None else f"{self.file} at byte {self.offset}"
        return f"{where}: {self.message} [{self.kind}]"


def level_of(problem: Problem, seen: ScannedRecord, *, ours: bool) -> Level:
    """Return the level of a record's problem; ``ours``: talkscraper wrote the record."""
    if ours:
        return Level.DAMAGE
    # a truncated record may have the digest of the full one; an implausible date is the writer's, and no byte is wrong
    cut = problem.fault is Fault.PAYLOAD_DIGEST and "WARC-Truncated" in seen.headers
    return Level.NOTE if cut or problem.fault is Fault.DATE else Level.DAMAGE
