"""Sources in alarm, and what is said of them: equal failures in one line, however many sources they concern."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talkscraper.errors import SourcesError
from talkscraper.monitor.archive_size import folder_bytes, full_line, is_full
from talkscraper.monitor.run_report import BAD, RunReport
from talkscraper.monitor.status import last_verdicts, selected_ids
from talkscraper.store.database import open_reader

if TYPE_CHECKING:
    import sqlite3

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.sources.model import Sources

ARCHIVE = "the archive"
"""What the alarm of an archive that is full stands for, in place of a source."""
NAMED = 3
"""Number of sources that a line names; the others are counted."""
NETWORK = "no source answers: the network of this machine, or its DNS, is probably down"

_ADDRESS = re.compile(
    r"[a-z][a-z0-9+.-]*://[^\s]*[^\s:;,.()]|\[[0-9a-f:.]+\]|[\w-]+(?:\.[\w-]+)+(?::\d+)?", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_MARKS = re.compile(r"^[\s…:;,]+|[\s:;,]+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A source that needs attention: a diagnosis of ``run_report.BAD`` and its explanation."""

    source_id: str
    diagnosis: str
    detail: str | None = None
    at: str | None = None
    """When the run began that found it so."""


def of_run(report: RunReport) -> list[Alarm]:
    """Return the alarms of one run."""
    return [
        Alarm(source_id=each.source_id, diagnosis=each.diagnosis, detail=each.detail)
        for each in report.sources
        if each.diagnosis in BAD
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmStates:
    """The sources that are crawled, and those of them that are in alarm."""

    looked_at: frozenset[str]
    """Ids of those that a run has fetched."""
    alarms: tuple[Alarm, ...]


def current(folder: ArchiveFolder, names: Sequence[str] = ()) -> AlarmStates:
    """Return the state of the sources, or of those that ``names`` select, as the runs up to now found it.

    Sources that are disabled, or no longer in sources.toml, are in no alarm, also before the next run.

    Raises:
        NotAnArchive: there is no database yet.
        SourcesError: sources.toml is wrong.
        UsageError: a name or tag is unknown.
    """
    written = _sources_toml(folder)
    connection = open_reader(folder.database)
    try:
        found = of_rows(connection, _enabled(written))
        if names:
            archived = {row[0] for row in connection.execute("select id from sources")}
            found = _narrowed(found, selected_ids(names, archived, folder.sources_toml))
        full = _full(folder, connection, written.max_archive if written is not None else None)
    finally:
        connection.close()
    return found if full is None else replace(found, alarms=(full, *found.alarms))


def _narrowed(states: AlarmStates, ids: Collection[str]) -> AlarmStates:
    return AlarmStates(
        looked_at=states.looked_at & frozenset(ids),
        alarms=tuple(each for each in states.alarms if each.source_id in ids),
    )


def _full(folder: ArchiveFolder, connection: sqlite3.Connection, limit: int | None) -> Alarm | None:
    """Return the alarm of an archive that has reached ``max_archive``, which is ``limit``."""
    if limit is None:
        return None
    size = folder_bytes(folder, connection)
    return Alarm(source_id=ARCHIVE, diagnosis="full", detail=full_line(size, limit)) if is_full(size, limit) else None


def _sources_toml(folder: ArchiveFolder) -> Sources | None:
    """Return the contents of sources.toml; None without such a file (an archive of imported captures)."""
    from talkscraper.sources.load import load

    return load(folder.sources_toml) if folder.sources_toml.exists() else None


def _enabled(written: Sources | None) -> Collection[str] | None:
    return written.sources.keys() if written is not None else None


def readable_sources(folder: ArchiveFolder) -> Collection[str] | None:
    """Return the ids that sources.toml enables; None if there is no such file, or it is wrong just now."""
    try:
        return _enabled(_sources_toml(folder))
    except SourcesError:
        return None


def of_rows(connection: sqlite3.Connection, enabled: Collection[str] | None) -> AlarmStates:
    """Return the state of the sources by the database; ``enabled`` is what sources.toml enables, None if unknown."""
    here = {
        row[0]
        for row in connection.execute(
            "select id from sources where removed_at is null and coalesce(settings, '') <> 'disabled'"
        )
        if enabled is None or row[0] in enabled
    }
    alarms, looked_at = [], set()
    for source_id, verdict in sorted(last_verdicts(connection).items()):
        word, _, detail = (verdict.diagnosis or "").partition(": ")
        if source_id in here and word not in ("", "idle", "stopped"):
            looked_at.add(source_id)
            if word in BAD:
                alarms.append(Alarm(source_id=source_id, diagnosis=word, detail=detail or None, at=verdict.at))
    return AlarmStates(looked_at=frozenset(looked_at), alarms=tuple(alarms))


def scrubbed(text: str) -> str:
    """Return a message without what differs between sources with the same failure: addresses, hosts and numbers."""
    return _MARKS.sub("", _NUMBER.sub("N", _ADDRESS.sub("…", text)))


def lines(alarms: Sequence[Alarm], *, looked_at: int) -> list[str]:
    """Return what is said of these alarms: one line for each kind of failure.

    Args:
        alarms: the alarms.
        looked_at: the number of sources that were looked at, of which these are in alarm.
    """
    said = []
    if 1 < looked_at <= len(alarms) and all(each.diagnosis == "unreachable" for each in alarms):
        said.append(NETWORK)
    said += [_line(group) for group in grouped(alarms)]
    return said


def grouped(alarms: Iterable[Alarm]) -> list[list[Alarm]]:
    """Return the alarms by their kind of failure, the most frequent first."""
    groups: dict[tuple[str, str], list[Alarm]] = {}
    for each in alarms:
        groups.setdefault((each.diagnosis, scrubbed(each.detail or "")), []).append(each)
    return sorted(groups.values(), key=len, reverse=True)


def _line(group: Sequence[Alarm]) -> str:
    first = group[0]
    if len(group) == 1:
        return ": ".join(filter(None, (first.source_id, first.diagnosis, first.detail)))
    detail = scrubbed(first.detail or "")
    what = detail if detail.startswith(first.diagnosis) else ": ".join(filter(None, (first.diagnosis, detail)))
    return f"{len(group):,} sources: {what}: {listed([each.source_id for each in group])}"


def listed(names: Sequence[str]) -> str:
    """Return the first names, and the number of the others: ``a, b, c and 197 more``."""
    # a single one beyond the limit is as short as its count
    if len(names) <= NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED:,} more"


def by_source(alarms: Iterable[Alarm]) -> dict[str, Alarm]:
    """Return the alarms by the id of their source."""
    return {each.source_id: each for each in alarms}
