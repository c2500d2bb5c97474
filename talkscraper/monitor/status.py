"""Status of the archive, read from its tables alone, quickly and also during a crawl."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.errors import SourcesError, StorageError
from talkscraper.frontier.intake import CAPS
from talkscraper.frontier.seeds import DISABLED, REMOVED
from talkscraper.monitor.archive_size import Forecast, forecast
from talkscraper.monitor.backfill_progress import BackfillProgress, progress
from talkscraper.monitor.run_report import BAD
from talkscraper.monitor.source_figures import (
    FETCHED,
    NO_ARTICLES,
    ArticleFigures,
    article_figures,
    latest_run,
    url_figures,
)
from talkscraper.sources.hours import next_opening
from talkscraper.sources.load import load
from talkscraper.sources.selection import TAG_MARK, select_sources
from talkscraper.store.database import from_iso, iso, open_reader

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder


NEWEST = 20
"""Number of a source's newest articles by which its selectors are judged."""
_MIN_ARTICLES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """The status of one source."""

    source_id: str
    name: str
    articles: int
    """Number of full texts."""
    gone: int
    newest_article_at: str | None
    """When the last new article was captured."""
    last_crawled_at: str | None
    diagnosis: str | None
    """Diagnosis of the last run that fetched it: a key of ``run_report.DIAGNOSES``, then the explanation."""
    diagnosed_at: str | None
    """When that run began."""
    last_run: dict[str, int]
    due_now: int
    next_due: str | None
    failing: int
    """Number of addresses whose last fetch failed."""
    paused_until: str | None
    """Until when nothing is sent to a busy host of it, or None."""
    rotten_selectors: str | None = None
    """Fields whose selectors found no accepted value on most of its newest articles."""
    known_only: int = 0
    """Number of addresses that were named and never fetched."""
    left_out: int = 0
    """Number of addresses refused or displaced by caps, on the last day with any (of the last two)."""
    capped: str | None = None
    """The caps reached then, or in the last run that fetched it (words of docs/crawling.md)."""
    free_parts: int = 0
    """Number of articles of which only the part before a paywall was captured."""
    waiting_until: str | None = None
    """When its window opens next, if it is closed now (``hours``); what is due stays due."""
    backfill: BackfillProgress | None = None
    """How far its backfill came; None if it has none."""
    month_bytes: int = 0
    """Bytes by which it enlarges the archive in a month."""
    away: str | None = None
    """Why no run fetches it any more: ``removed`` (by the command), ``disabled``, or ``no longer in sources.toml``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStatus:
    """One run."""

    id: int
    command: str
    started_at: str
    finished_at: str | None
    exit_code: int | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The status of the whole archive."""

    archive: str
    at: str
    articles: int
    """Number of full texts, without hidden ones."""
    free_parts: int
    """Number of articles of which only the part before a paywall was captured."""
    revisions: int
    captures: int
    warc_files: int
    warc_bytes: int
    first_capture_at: str | None
    last_capture_at: str | None
    running: str | None
    """The run that holds the lock now, as it describes itself."""
    sources: tuple[SourceStatus, ...]
    runs: tuple[RunStatus, ...]
    size: Forecast
    """Its size, growth, and when it will be full."""


def status(folder: ArchiveFolder, *, now: datetime, runs: int = 5) -> Status:
    """Return the status of the archive, with its last ``runs`` runs.

    Raises:
        NotAnArchive: there is no database yet.
    """
    folder.require()
    connection = open_reader(folder.database)
    try:
        size = forecast(folder, connection, max_archive=max_archive_of(folder), now=now)
        articles = article_figures(connection)
        return Status(
            archive=str(folder.root),
            at=iso(now),
            articles=sum(each.full_texts for each in articles.values()),
            free_parts=sum(each.free_parts for each in articles.values()),
            revisions=_count(connection, "revisions"),
            captures=_count(connection, "captures"),
            warc_files=_count(connection, "warc_files"),
            warc_bytes=_warc_bytes(folder, connection),
            first_capture_at=connection.execute("select min(captured_at) from captures").fetchone()[0],
            last_capture_at=connection.execute("select max(captured_at) from captures").fetchone()[0],
            running=_running(connection),
            sources=tuple(
                replace(each, month_bytes=size.month_by_source.get(each.source_id, 0))
                for each in _sources(connection, articles, now)
            ),
            runs=_runs(connection, runs),
            size=size,
        )
    finally:
        connection.close()


def max_archive_of(folder: ArchiveFolder) -> int | None:
    """Return what sources.toml says of the archive's size; None also for a file that is missing or wrong."""
    try:
        return load(folder.sources_toml).max_archive
    except (SourcesError, StorageError):
        return None


def selected(current: Status, names: Sequence[str], path: Path) -> Status:
    """Return a status with only the sources that ``names`` select (ids, former ids, ``@tag``).

    Sources that are no longer in sources.toml, of which the archive has rows, are found by their ids.

    Raises:
        UsageError: a name or tag is unknown.
    """
    chosen = selected_ids(names, {each.source_id for each in current.sources}, path)
    return replace(current, sources=tuple(each for each in current.sources if each.source_id in chosen))


def selected_ids(names: Iterable[str], archived: Collection[str], path: Path) -> frozenset[str]:
    """Return the ids that ``names`` select, of sources.toml at ``path`` or of those that the archive has rows of.

    Raises:
        UsageError: a name or tag is unknown.
    """
    away = {name for name in names if name in archived and not name.startswith(TAG_MARK)}
    others = [name for name in names if name not in away]
    return frozenset({*away, *(select_sources(others, load(path), path, disabled=True).ids if others else ())})


def _count(connection: sqlite3.Connection, table: str) -> int:
    return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


def _warc_bytes(folder: ArchiveFolder, connection: sqlite3.Connection) -> int:
    """Return the size of the files in warc/, and of those that were imported where they are."""
    elsewhere = connection.execute("select name, path from warc_files where path is not null")
    total = 0
    for path in {*folder.warc.glob("*.warc*"), *(folder.warc_place(name, path) for name, path in elsewhere)}:
        try:
            total += path.stat().st_size
        except (FileNotFoundError, NotADirectoryError):
            continue  # a running crawl has just renamed it, or an imported file is away
    return total


def _running(connection: sqlite3.Connection) -> str | None:
    row = connection.execute(
        "select command, pid, started_at from runs where finished_at is null order by id desc limit 1"
    ).fetchone()
    return f"{row[0]} (pid {row[1]}) since {row[2]}" if row else None


def _sources(
    connection: sqlite3.Connection, articles: Mapping[str, ArticleFigures], now: datetime
) -> tuple[SourceStatus, ...]:
    urls = url_figures(connection, iso(now))
    last = _by_source(
        connection,
        "select source_id, found, fetched, new, revised, unchanged, failed, skipped, bytes from sources"
        f" cross join run_sources on source_id = sources.id and run_id = {latest_run()}",
    )
    verdicts = last_verdicts(connection)
    waiting = _by_source(
        connection,
        "select source_id, count(*) from urls where kind = 'article' and last_fetched_at is null"
        " and next_due is not null group by source_id",
    )
    capped = _capped(connection, now)
    backfills = {each.source_id: each for each in progress(connection)}
    found = []
    for row in connection.execute(
        "select id, name, homepage, last_crawled_at, settings, removed_at, hours, timezone from sources order by id"
    ):
        left_out, caps = capped.get(row["id"], (0, None))
        of_articles = articles.get(row["id"], NO_ARTICLES)
        due, next_due, failing = urls.get(row["id"], (0, None, 0))
        run, verdict = last.get(row["id"]), verdicts.get(row["id"])
        names = ("found", "fetched", "new", "revised", "unchanged", "failed", "skipped", "bytes")
        found.append(
            SourceStatus(
                source_id=row["id"],
                name=row["name"],
                articles=of_articles.full_texts,
                free_parts=of_articles.free_parts,
                gone=of_articles.gone,
                newest_article_at=of_articles.newest_at,
                last_crawled_at=row["last_crawled_at"],
                diagnosis=verdict.diagnosis if verdict else None,
                diagnosed_at=verdict.at if verdict else None,
                last_run=dict(zip(names, run, strict=True)) if run else {},
                due_now=due,
                next_due=next_due,
                failing=failing,
                paused_until=_paused(connection, row["homepage"], now),
                rotten_selectors=_rotten(connection, row["id"]),
                known_only=waiting.get(row["id"], (0,))[0],
                left_out=left_out,
                waiting_until=_opening(row, now),
                capped=caps,
                backfill=backfills.get(row["id"]),
                away=_away(row["settings"], row["removed_at"]),
            )
        )
    return tuple(found)


def _away(settings: str | None, removed_at: str | None) -> str | None:
    if settings in (REMOVED, DISABLED):
        return settings
    return "no longer in sources.toml" if removed_at else None


def _opening(row: sqlite3.Row, now: datetime) -> str | None:
    """Return when a source's window opens; None if it is open, or the source is no longer crawled."""
    if row["hours"] is None or row["removed_at"] or row["settings"] == DISABLED:
        return None
    opening = next_opening(row["hours"], row["timezone"], now)
    return iso(opening) if opening is not None else None


def _capped(connection: sqlite3.Connection, now: datetime) -> dict[str, tuple[int, str]]:
    """Return by source the number of addresses refused recently, and the caps."""
    found: dict[str, tuple[int, str]] = {}
    rows = connection.execute(
        "select source_id, capped from sources cross join run_sources on source_id = sources.id"
        f" and run_id = {latest_run(FETCHED)} where capped is not null"
    )
    for source_id, words in rows:
        found[source_id] = 0, words
    days = connection.execute(
        "select source_id, left_out + dropped, why from intake where why is not null and day >= ? order by day",
        [iso(now - timedelta(days=1))[:10]],
    )
    for source_id, count, why in days:
        words = ", ".join(why.split())
        others = [each for each in (found.get(source_id, (0, ""))[1]).split(", ") if each.partition(" ")[0] not in CAPS]
        found[source_id] = count, ", ".join([words, *filter(None, others)])
    return found


def _rotten(connection: sqlite3.Connection, source_id: str) -> str | None:
    """Return the fields whose selectors failed on at least half of the newest articles, of three or more."""
    newest = connection.execute(
        "select id, (select value from provenance where article_id = id and field = 'selectors') from articles"
        " where source_id = ? order by first_captured_at desc limit ?",
        (source_id, NEWEST),
    ).fetchall()
    failed = Counter(field for row in newest for field in (row[1] or "").split())
    rotten = [field for field, count in failed.items() if len(newest) >= _MIN_ARTICLES and 2 * count >= len(newest)]
    return " ".join(sorted(rotten)) or None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastVerdict:
    """The diagnosis of the last run that fetched a source."""

    diagnosis: str
    at: str


def last_verdicts(connection: sqlite3.Connection) -> dict[str, LastVerdict]:
    """Return these by source.

    A run in which nothing of a source was due doesn't count: an outage lasts until the source was fetched again. Nor
    does
    a run that a budget ended clear a bad diagnosis.
    """
    found: dict[str, LastVerdict] = {}
    condition = f"(? or ({FETCHED} and diagnosis not like 'waiting%')) and (? or diagnosis not like 'stopped%')"
    for idle, stopped in ((True, True), (False, True), (False, False)):
        rows = connection.execute(
            "select source_id, diagnosis, started_at from sources cross join run_sources on source_id = sources.id"
            f" and run_id = {latest_run(condition)} join runs on runs.id = run_id",
            [idle, stopped],
        )
        for source_id, diagnosis, at in rows:
            # the last that wasn't cut short, if it was bad; else the last with anything due; else that
            if stopped or diagnosis.partition(":")[0] in BAD:
                found[source_id] = LastVerdict(diagnosis=diagnosis, at=at)
    return found


def _paused(connection: sqlite3.Connection, homepage: str, now: datetime) -> str | None:
    from urllib.parse import urlsplit

    row = connection.execute(
        "select blocked_until from host_notes where host = ? and blocked_until > ?",
        [urlsplit(homepage).netloc, iso(now)],
    ).fetchone()
    return row[0] if row else None


def _runs(connection: sqlite3.Connection, limit: int) -> tuple[RunStatus, ...]:
    return tuple(
        RunStatus(
            id=row["id"],
            command=row["command"],
            started_at=row["started_at"],
            finished_at=row["finished_at"],
            exit_code=row["exit_code"],
            reason=row["reason"],
        )
        for row in connection.execute("select * from runs order by id desc limit ?", [limit])
    )


def _by_source(connection: sqlite3.Connection, query: str, *values: Any) -> dict[str, tuple[Any, ...]]:
    return {row[0]: tuple(row)[1:] for row in connection.execute(query, values)}


def last_summary(folder: ArchiveFolder) -> dict[str, Any] | None:
    """Return the summary of the last run that ended, as it was printed."""
    connection = open_reader(folder.database)
    try:
        row = connection.execute(
            "select summary from runs where summary is not null order by id desc limit 1"
        ).fetchone()
    finally:
        connection.close()
    return dict(json.loads(row[0])) if row else None


def age(moment: str | None, now: datetime) -> str:
    """Return how long ago, e.g. ``3 h``."""
    if moment is None:
        return "never"
    seconds = (now - from_iso(moment)).total_seconds()
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if abs(seconds) >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
