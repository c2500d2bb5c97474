"""Check of one WARC file against itself, its index, its rows and its own row in ``warc_files``. Reads only."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from talkscraper.errors import StorageError
from talkscraper.model import Capture
from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.preserve.capture_rows import Describer
from talkscraper.preserve.findings import Finding, Kind, Level, level_of
from talkscraper.preserve.reconciliation import as_the_row_says, differs
from talkscraper.store.captures import row_to_capture
from talkscraper.store.requisites import Pair
from talkscraper.urls.canonical import urlkey
from talkscraper.warc.cdxj import is_indexed, line
from talkscraper.warc.faults import Fault, broken_rules
from talkscraper.warc.scan import Gap, ScannedRecord, Scanner, scanned

_BYTES = frozenset({Fault.LENGTH, Fault.BLOCK_DIGEST, Fault.PAYLOAD_DIGEST, Fault.SHARED_MEMBER})
"""Problems of records whose bytes aren't the captured ones."""
MAX_FINDINGS = 200
"""Maximum number of findings of one kind listed per file; the rest are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFile:
    """What the archive has recorded about a file."""

    name: str
    latest: datetime
    """When it was finished, the latest plausible date of its records."""
    rows: Mapping[str, sqlite3.Row] = field(default_factory=dict)
    """Its captures, by record id."""
    size: int | None = None
    sha256: str | None = None
    index: Path | None = None
    """The path of its CDXJ; None if it needs none (it is outside, or is being written)."""
    ours: bool | None = None
    """Whether talkscraper wrote it, so that all rules apply; None: according to its warcinfo."""
    hidden: frozenset[str] = frozenset()
    """SURT keys of addresses that were taken down."""
    deleted: frozenset[str] = frozenset()
    """Those of ``hidden`` whose rows were deleted."""
    recorded: bool = True
    """Whether there are rows to compare it with."""
    accepted: frozenset[str] = frozenset()
    """SHA-256 of the file that an operator accepted in its place."""
    elsewhere: Callable[[str], bool] = lambda _id: False
    """Returns whether the row of a record id belongs to another file, which holds the record too."""
    unpaired: Callable[[Sequence[Pair]], list[Pair]] = lambda _pairs: []
    """Returns those pairs of pages and requisites that lack a row in ``requisites``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedFile:
    """The result of checking one file."""

    name: str
    findings: tuple[Finding, ...]
    uncounted: int = 0
    """Number of findings beyond ``MAX_FINDINGS`` of their kind."""
    records: int = 0
    captures: int = 0
    truncated: int = 0
    """Number of captures that a server or a limit cut off: they are marked as such, and sound."""
    undigested: int = 0
    """Number of records without a digest, whose bytes can't be checked."""
    size: int = 0
    sha256: str | None = None
    altered: bool = False
    """Whether it isn't the finished file: then neither rows nor index are corrected from it."""
    lost: tuple[str, ...] = ()
    """Ids of rows whose record isn't intact any more."""
    found_again: tuple[str, ...] = ()
    """Ids of rows that are marked lost, but whose record is there."""


class FileCheck:
    """Checks one file; call ``run`` once."""

    def __init__(
        self,
        path: WarcPlace,
        known: ExpectedFile,
        *,
        advance: Callable[[int], None] | None = None,
        scanner: Scanner = scanned,
    ) -> None:
        self._path = path
        self._known = known
        self._advance = advance
        self._scanner = scanner
        self._findings: list[Finding] = []
        self._counts: Counter[Fault | Kind] = Counter()
        keys = {row["url"]: row["urlkey"] for row in known.rows.values()}
        # a wrong key in a row shows in its index line; recomputing all keys takes long
        self._describer = Describer(known.name, latest=known.latest, keys=lambda url: keys.get(url) or urlkey(url))
        self._ids: set[str] = set()
        self._reported: set[str] = set()
        self._unseen = dict(known.rows)
        self._broken: set[str] = set()
        """Ids of records whose bytes don't match their digests."""
        self._displaced: set[str] = set()
        """Ids of rows whose record is elsewhere in the file."""
        self._gaps: list[Gap] = []
        self._lines: set[str] = set()
        self._captures = self._records = self._truncated = self._undigested = 0

    def run(self) -> CheckedFile:
        """Read the file once.

        Raises:
            StorageError: it can't be read.
        """
        with self._scanner(self._path) as scan:
            for each in scan:
                if isinstance(each, Gap):
                    self._gap(each)
                else:
                    self._record(each)
            sha256 = scan.sha256()
        for capture in self._describer.finish():
            self._capture(capture)
        altered = self._whole_file(scan.size, sha256)
        if altered:
            self._only_damage()
        lost = self._lost(altered=altered, sha256=sha256)
        self._rows_without_records(lost, altered=altered)
        found_again = self._found_again(lost)
        self._index(altered=altered)
        return CheckedFile(
            name=self._known.name,
            findings=tuple(self._findings),
            uncounted=sum(max(0, count - MAX_FINDINGS) for count in self._counts.values()),
            records=self._records,
            captures=self._captures,
            truncated=self._truncated,
            undigested=self._undigested,
            size=scan.size,
            sha256=sha256,
            altered=altered,
            lost=tuple(lost),
            found_again=tuple(found_again),
        )

    def _found(self, kind: Fault | Kind, message: str, *, level: Level = Level.DAMAGE, at: int | None = None,
               record_id: str | None = None) -> None:  # fmt: skip
        self._counts[kind] += 1
        if self._counts[kind] <= MAX_FINDINGS:
            self._findings.append(
                Finding(file=self._known.name, kind=kind, message=message, level=level, offset=at, record_id=record_id)
            )

    # --- records ------------------------------------------------------------------------------------------------------

    def _gap(self, gap: Gap) -> None:
        self._gaps.append(gap)
        self._found(gap.fault, gap.message, at=gap.offset, record_id=gap.headers.get("WARC-Record-ID"))
        if self._advance is not None:
            self._advance(gap.length)

    def _record(self, seen: ScannedRecord) -> None:
        self._records += 1
        ours = self._describer.ours if self._known.ours is None else self._known.ours
        if seen.record_type == "warcinfo" and self._records == 1:
            list(self._describer.feed(seen))
            ours = self._describer.ours if self._known.ours is None else self._known.ours
        else:
            for capture in self._describer.feed(seen):
                self._capture(capture)
            self._needed(self._describer.take_needs(), seen.offset)
        for problem in (*seen.problems, *broken_rules(seen, ours=ours, latest=self._known.latest)):
            level = level_of(problem, seen, ours=ours)
            self._found(problem.fault, problem.message, level=level, at=seen.offset, record_id=seen.record_id or None)
            if problem.fault in _BYTES and level is Level.DAMAGE:
                self._broken.add(seen.record_id)
        if "warc-block-digest" not in seen.headers.by_name:
            self._undigested += 1
        if seen.record_id:
            if seen.record_id in self._ids:
                message = f"a second record {seen.record_id}"
                self._found(Fault.DUPLICATE, message, at=seen.offset, record_id=seen.record_id)
            self._ids.add(seen.record_id)
        if self._advance is not None:
            self._advance(seen.length)

    # --- rows ---------------------------------------------------------------------------------------------------------

    def _capture(self, capture: Capture) -> None:
        self._captures += 1
        if capture.truncated is not None:
            self._truncated += 1
        row = self._unseen.pop(capture.id, None)
        if row is not None:
            capture = as_the_row_says(row, capture, self._describer.claimed.get(capture.id))
        if is_indexed(capture) and capture.urlkey not in self._known.hidden:
            self._lines.add(line(capture))
        if capture.id in self._reported:
            return  # a second record with this id, which was reported
        self._reported.add(capture.id)
        if row is None:
            # after a killed run the last rows may not have been written; repair adds them
            if (
                self._known.recorded
                and capture.urlkey not in self._known.deleted
                and not self._known.elsewhere(capture.id)
            ):
                message = f"no row in captures for the {capture.record_type} record of {capture.url}"
                self._row_finding(Kind.MISSING_ROW, message, capture.warc_offset, capture.id)
            return
        if capture.page_capture_id is not None:
            self._needed([(capture.page_capture_id, capture.id)], capture.warc_offset)
        if (row["warc_offset"], row["warc_length"]) != (capture.warc_offset, capture.warc_length):
            self._displaced.add(capture.id)
        wrong = differs(row, capture, ours=self._known.ours is True)
        if wrong:
            differences = ", ".join(
                f"{name} is {_short(row[name])}, not {_short(getattr(capture, name))}" for name in wrong
            )
            self._row_finding(Kind.ROW, f"its row says otherwise: {differences}", capture.warc_offset, capture.id)

    def _needed(self, pairs: Sequence[Pair], at: int) -> None:
        if not pairs or not self._known.recorded:
            return
        for page, needed in self._known.unpaired(pairs):
            self._row_finding(Kind.MISSING_ROW, f"no row in requisites for {needed}, which a page needs", at, page)

    def _row_finding(self, kind: Fault | Kind, message: str, at: int, record_id: str) -> None:
        self._found(kind, message, level=Level.MENDABLE, at=at, record_id=record_id)

    def _only_damage(self) -> None:
        """Keep only findings of damage: nothing is corrected from a file that isn't the finished one."""
        self._findings = [
            replace(each, level=Level.DAMAGE) if each.level is Level.MENDABLE else each for each in self._findings
        ]

    def _lost(self, *, altered: bool, sha256: str) -> dict[str, None]:
        """Find rows whose record isn't intact; a file identical to the finished one has none."""
        known = self._known
        if known.sha256 == sha256 and not altered and sha256 not in known.accepted:
            return {}
        gone = {**dict.fromkeys(self._unseen), **dict.fromkeys(self._displaced)}
        return gone | {each: None for each in known.rows if each in self._broken}

    def _found_again(self, lost: Mapping[str, None]) -> list[str]:
        found = [
            row["id"]
            for row in self._known.rows.values()
            if row["lost_at"] is not None and row["id"] not in lost and row["id"] not in self._unseen
        ]
        for each in found:
            row = self._known.rows[each]
            message = f"the capture of {row['url']} is marked lost, and its record is there"
            self._row_finding(Kind.LOST, message, row["warc_offset"], each)
        return found

    def _rows_without_records(self, lost: Mapping[str, None], *, altered: bool) -> None:
        marked = sum(row["lost_at"] is not None for row in self._unseen.values())
        if marked and not altered:
            self._found(Kind.LOST, f"{marked} of its captures are lost, and marked so", level=Level.NOTE)
        for row in self._unseen.values():
            offset = row["warc_offset"]
            if any(gap.offset <= offset < gap.offset + gap.length for gap in self._gaps):
                continue  # its record is damaged, which was reported
            if row["lost_at"] is not None and not altered:
                continue
            if row["id"] in lost:
                message = f"the record of {row['url']} is gone"
                level = Level.DAMAGE if altered else Level.MENDABLE
                self._found(Kind.LOST, message, at=offset, record_id=row["id"], level=level)
            else:
                message = f"the row of {row['url']} names a record that isn't in this file"
                self._row_finding(Kind.FOREIGN_ROW, message, offset, row["id"])

    # --- the file and its index ---------------------------------------------------------------------------------------

    def _whole_file(self, size: int, sha256: str) -> bool:
        """Report whether the file is the finished one."""
        known = self._known
        if known.size is not None and known.size != size:
            self._found(Kind.SIZE, f"it has {size} bytes, but had {known.size} when it was finished")
        elif known.sha256 is not None and known.sha256 != sha256:
            self._found(Kind.SHA256, f"its SHA-256 is {sha256}, but was {known.sha256} when it was finished")
        else:
            return False
        return True

    def _index(self, *, altered: bool) -> None:
        path = self._known.index
        if path is None:
            return
        try:
            text = path.read_bytes()
        except FileNotFoundError:
            self._found(Kind.NO_INDEX, f"{path.name} is missing", level=Level.MENDABLE)
            return
        except OSError as e:
            raise StorageError(f"can't read {path}: {e.strerror or e}") from e
        there = text.decode("utf-8", "replace").splitlines()
        expected = self._lines
        if altered:
            # it lists what the file should hold, and is right again when that is restored
            expected = self._lines_of(self._known.rows.values())
        elif self._gaps and self._known.recorded:
            expected = expected | self._lines_of(self._unseen.values())
        for missing in sorted(expected - set(there)):
            self._index_line(f"{path.name} lacks the line {missing[:100]!r}")
        for stale in sorted(set(there) - expected):
            self._index_line(f"{path.name} has a line of no record: {stale[:100]!r}")
        if there != sorted(set(there), key=str.encode) or (text and not text.endswith(b"\n")):
            self._index_line(f"{path.name} isn't sorted, or has a line twice")

    def _lines_of(self, found: Iterable[sqlite3.Row]) -> set[str]:
        """Return the index lines of captures from their rows; lines of damaged records are kept like their rows."""
        rows = (row_to_capture(row) for row in found)
        return {line(each) for each in rows if is_indexed(each) and each.urlkey not in self._known.hidden}

    def _index_line(self, message: str) -> None:
        self._found(Kind.INDEX_LINE, message, level=Level.MENDABLE)


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def worst(findings: Iterator[Finding] | tuple[Finding, ...]) -> Level:
    """Return the worst level among findings; a note if there are none."""
    levels = {finding.level for finding in findings}
    return next((level for level in (Level.DAMAGE, Level.MENDABLE) if level in levels), Level.NOTE)
