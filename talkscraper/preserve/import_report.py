"""The result of an import: what became of each file, and the pages that were read."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.ingest.derivation import Derived
from talkscraper.preserve.findings import Finding, Level
from talkscraper.preserve.import_notes import Notes

if TYPE_CHECKING:
    from talkscraper.ingest.sharded_pages import ClusterWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFile:
    """The result for one file."""

    path: Path
    name: str | None = None
    """Its name in the archive; None if it was refused."""
    state: str = "imported"
    """``imported``, ``known`` (present already), ``moved`` (present at another place) or ``refused``."""
    reason: str | None = None
    """Why it was refused, or why a copy was made without being requested."""
    copied: bool = False
    records: int = 0
    captures: int = 0
    added: int = 0
    """Number of captures new to the archive."""
    findings: tuple[Finding, ...] = ()
    """Damage, and records that were left out; offsets are those of the file."""
    uncounted: int = 0
    """Number of findings beyond ``registration.MAX_FINDINGS`` that are no notes."""
    notes: Notes = field(default_factory=Notes)
    """What was left out or read otherwise than other records, by kind."""

    @property
    def damaged(self) -> bool:
        """Whether some of it is lost."""
        return self.state == "refused" or self.uncounted > 0 or any(f.level is Level.DAMAGE for f in self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The result of an import."""

    files: tuple[ImportedFile, ...]
    pages: Derived = field(default_factory=Derived)
    passed_over: Counter[str] = field(default_factory=Counter)
    """Numbers of other files in the folders, by the ending of their names."""
    cluster: ClusterWork | None = None
    """What the workers of a cluster did, if there was one."""

    @property
    def notes(self) -> Notes:
        """The notes on all files."""
        return sum((file.notes for file in self.files), Notes())

    @property
    def ok(self) -> bool:
        """Whether everything could be read."""
        return not self.pages.unread and not any(file.damaged for file in self.files)

    @property
    def records(self) -> int:
        """Number of records in all files read."""
        return sum(file.records for file in self.files)

    @property
    def captures(self) -> int:
        """Number of captures in all files read."""
        return sum(file.captures for file in self.files)

    @property
    def added(self) -> int:
        """Number of captures new to the archive."""
        return sum(file.added for file in self.files)
