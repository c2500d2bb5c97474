"""Metrics for the textfile collector of Prometheus, written to a temporary file and renamed."""

from __future__ import annotations

import json
import logging
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.atomic_file import write_whole
from talkscraper.monitor.archive_size import forecast
from talkscraper.monitor.run_report import BAD, RunReport
from talkscraper.monitor.source_figures import FETCHED, latest_run, newest_articles
from talkscraper.monitor.status import LastVerdict, last_verdicts, max_archive_of
from talkscraper.store.database import from_iso, open_reader

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder

logger = logging.getLogger(__name__)


def write(path: Path, folder: ArchiveFolder, report: RunReport) -> None:
    """Write the metrics; a failure is logged and doesn't fail the run."""
    try:
        write_whole(path, [render(folder, report).encode()], mode=0o644)
    except (OSError, sqlite3.Error) as e:
        logger.warning("--metrics %s: %s", path, e)


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """What the metrics say of the last run."""

    started_at: datetime
    finished_at: datetime
    exit_code: int
    sources: Mapping[str, Mapping[str, Any]]
    """Its figures by source, as in its summary."""


def render(folder: ArchiveFolder, report: RunReport) -> str:
    """Return the metrics after a run, in Prometheus' text format."""
    return _render(
        folder,
        LastRun(
            started_at=report.started_at,
            finished_at=report.finished_at,
            exit_code=int(report.exit_code),
            sources=report.summary()["sources"],
        ),
    )


def of_archive(folder: ArchiveFolder) -> str:
    """Return the same from the rows of the last run that ended.

    Raises:
        NotAnArchive: there is no database yet.
    """
    with closing(open_reader(folder.database)) as connection:
        row = connection.execute(
            "select id, started_at, finished_at, exit_code from runs where finished_at is not null"
            " order by id desc limit 1"
        ).fetchone()
        if row is None:
            return _render(folder, None)
        last = LastRun(
            started_at=from_iso(row["started_at"]),
            finished_at=from_iso(row["finished_at"]),
            exit_code=row["exit_code"] or 0,
            sources=_summary(connection, row["id"]),
        )
    return _render(folder, last)


def _render(folder: ArchiveFolder, last: LastRun | None) -> str:
    lines: list[str] = []

    def metric(name: str, kind: str, text: str, values: list[tuple[dict[str, str], float]]) -> None:
        lines.append(f"# HELP talkscraper_{name} {text}")
        lines.append(f"# TYPE talkscraper_{name} {kind}")
        for labels, value in values:
            inside = ",".join(f'{key}="{_escape(label)}"' for key, label in labels.items())
            lines.append(
                f"talkscraper_{name}{{{inside}}} {_number(value)}" if inside else f"talkscraper_{name} {_number(value)}"
            )

    if last is not None:
        finished = last.finished_at.timestamp()
        metric("last_run_timestamp_seconds", "gauge", "When the last run ended.", [({}, finished)])
        metric("last_run_exit_code", "gauge", "Its exit code.", [({}, last.exit_code)])
        metric(
            "last_run_duration_seconds", "gauge", "How long it took.",
            [({}, (last.finished_at - last.started_at).total_seconds())],
        )  # fmt: skip
    successes, newest, verdicts, others = _history(folder)
    figures: dict[str, Mapping[str, Any]] = dict(others)
    for name, values in (last.sources if last is not None else {}).items():
        if name not in figures or values.get("diagnosis") != "idle":
            figures[name] = values
    if successes is not None:
        metric("last_success_timestamp_seconds", "gauge", "When a run last ended with 0.", [({}, successes)])
    for name, text in (
        ("found", "Articles that feeds, sitemaps and listings named."),
        ("fetched", "Articles that were answered."),
        ("new", "New articles."),
        ("revised", "Articles with a new revision."),
        ("unchanged", "Articles that were as before."),
        ("failed", "Addresses that failed."),
        ("skipped", "Addresses that were not fetched on purpose."),
        ("gone", "Articles that are gone."),
        ("bytes", "Bytes received."),
        ("requests", "Requests answered."),
    ):
        metric(
            f"run_{name}", "gauge", f"{text} In the last run that fetched the source.",
            [({"source": source}, values[name]) for source, values in figures.items() if name in values],
        )  # fmt: skip
    words = {
        source: verdict.diagnosis.partition(":")[0]
        for source in figures
        if (verdict := verdicts.get(source)) is not None
    }
    metric(
        "source_up", "gauge", "1 when the last run that looked at it found it well.",
        [({"source": source, "diagnosis": word}, 0 if word in BAD else 1) for source, word in sorted(words.items())],
    )  # fmt: skip
    metric(
        "last_new_article_timestamp_seconds", "gauge", "When a source last had a new article.",
        [({"source": source}, moment) for source, moment in newest],
    )  # fmt: skip
    _size_metrics(folder, metric)
    metric("disk_free_bytes", "gauge", "Free on the archive's disk.", [({}, shutil.disk_usage(folder.root).free)])
    return "\n".join(lines) + "\n"


def _size_metrics(
    folder: ArchiveFolder, metric: Callable[[str, str, str, list[tuple[dict[str, str], float]]], None]
) -> None:
    with closing(open_reader(folder.database)) as connection:
        size = forecast(folder, connection, max_archive=max_archive_of(folder), now=datetime.now(UTC))
    metric("archive_bytes", "gauge", "Size of the archive's folder.", [({}, size.bytes)])
    if size.max_archive is not None:
        metric("archive_max_bytes", "gauge", "max_archive of sources.toml.", [({}, size.max_archive)])
    metric(
        "archive_month_bytes", "gauge", "Growth in a month, by that of the last 30 days.",
        [({"source": source}, value) for source, value in size.month_by_source.items()],
    )  # fmt: skip
    if size.days_left is not None:
        metric("archive_full_in_days", "gauge", "Days until the disk or max_archive is full.", [({}, size.days_left)])


def _history(
    folder: ArchiveFolder,
) -> tuple[float | None, list[tuple[str, float]], dict[str, LastVerdict], dict[str, Mapping[str, Any]]]:
    connection = open_reader(folder.database)
    try:
        (success,) = connection.execute("select max(finished_at) from runs where exit_code = 0").fetchone()
        away = {
            row[0]
            for row in connection.execute(
                "select id from sources where removed_at is not null or settings = 'disabled'"
            )
        }
        newest = [each for each in newest_articles(connection).items() if each[0] not in away]
        verdicts = last_verdicts(connection)
        others = _last_figures(connection)
    finally:
        connection.close()
    return (
        from_iso(success).timestamp() if success else None,
        [(source, from_iso(moment).timestamp()) for source, moment in newest],
        verdicts,
        others,
    )


def _last_figures(connection: sqlite3.Connection) -> dict[str, Mapping[str, Any]]:
    """Return the figures of each source that runs fetch, from the last run that had any of it to fetch."""
    columns = ("found", "fetched", "new", "revised", "unchanged", "failed", "skipped", "bytes")
    rows = connection.execute(
        "select run_sources.* from sources cross join run_sources on source_id = sources.id and run_id ="
        f" {latest_run(FETCHED)} join runs on runs.id = run_id"
        " where removed_at is null and coalesce(settings, '') <> 'disabled' order by source_id"
    ).fetchall()
    # a run's summary has the figures of all its sources, and is parsed once
    summaries = {run_id: _summary(connection, run_id) for run_id in {row["run_id"] for row in rows}}
    return {
        row["source_id"]: {
            **summaries[row["run_id"]].get(row["source_id"], {}),
            **{name: row[name] for name in columns},
        }
        for row in rows
    }


def _summary(connection: sqlite3.Connection, run_id: int) -> Mapping[str, Mapping[str, Any]]:
    """Return what a run's summary says of its sources, by id; nothing where it has none."""
    row = connection.execute("select summary from runs where id = ?", [run_id]).fetchone()
    if row is None or not row["summary"]:
        return {}
    sources: Mapping[str, Mapping[str, Any]] = json.loads(row["summary"])["sources"]
    return sources


def _number(value: float) -> str:
    """Format a number with all digits: the six of ``:g`` would make a current time wrong by an hour."""
    return str(int(value)) if value == int(value) else repr(float(value))


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
