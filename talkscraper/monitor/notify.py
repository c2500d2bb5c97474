"""Telling the operator what became bad or well, once: ``[notify]`` of sources.toml, after each crawl.

What was told is a row for each channel and source, so a restart repeats nothing, and a message that couldn't be sent
is sent after the next run, if it is still true then. No failure here fails a run.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from talkscraper.errors import ArchiveLocked, ExitCode, TalkscraperError
from talkscraper.monitor import alarms, changes
from talkscraper.monitor.alarms import Alarm
from talkscraper.monitor.changes import RUNS, ToldState
from talkscraper.monitor.channels import NotSent, Send, channels
from talkscraper.monitor.run_report import CAPPED, MAX_ARCHIVE
from talkscraper.sources.load import load
from talkscraper.store.database import iso, open_writer

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.sources.notify_settings import NotifySettings

logger = logging.getLogger(__name__)

_COLUMNS = "source_id, told, told_at, state, state_since, changes"


def after_run(folder: ArchiveFolder, *, error: TalkscraperError | None = None) -> None:
    """Tell what changed in the run that just ended; ``error`` is that of a run that couldn't begin."""
    if error is not None and error.exit_code not in (ExitCode.IO, ExitCode.ERROR):
        return
    try:
        settings = settings_of(folder)
        if settings is not None:
            for line in tell(folder, settings, error=error):
                logger.warning("%s", line)
    except ArchiveLocked:
        return  # the run that goes on tells it
    except (TalkscraperError, OSError, sqlite3.Error) as e:
        logger.warning("[notify]: nothing could be told: %s", e)


def settings_of(folder: ArchiveFolder) -> NotifySettings | None:
    """Return ``[notify]`` of sources.toml, or None.

    Raises:
        SourcesError: the file is wrong.
    """
    return load(folder.sources_toml).notify if folder.sources_toml.exists() else None


def send_test(folder: ArchiveFolder, settings: NotifySettings) -> dict[str, str | None]:
    """Send a test message by each channel; return what went wrong, by channel (None: sent)."""
    at = iso(datetime.now(UTC))
    name = folder.root.absolute().name
    text = f"A test of [notify] in {folder.sources_toml.absolute()}: messages arrive.\n"
    document = {"text": text, "archive": name, "at": at, "became_bad": [], "became_well": [], "test": True}
    found: dict[str, str | None] = {}
    for channel, send in channels(settings, folder.root).items():
        try:
            send(f"talkscraper: a test ({name})", text, document)
            found[channel] = None
        except NotSent as e:
            found[channel] = str(e)
    return found


def tell(
    folder: ArchiveFolder,
    settings: NotifySettings,
    *,
    error: TalkscraperError | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Tell by each channel what changed since its last message; return one line for each that couldn't be sent.

    Raises:
        ArchiveLocked: another run is at work.
        StorageError: the database can't be written.
    """
    moment = now or datetime.now(UTC)
    enabled = alarms.readable_sources(folder)
    with folder.lock(what="notify"), closing(open_writer(folder.database)) as db:
        state = alarms.of_rows(db.conn, enabled)
        found = alarms.by_source(state.alarms) | _runs(db, error)
        failures = []
        for channel, send in channels(settings, folder.root).items():
            rows = changes.observe(_rows(db, channel), found, {*state.looked_at, RUNS}, moment)
            telling = changes.to_tell(rows, moment)
            if telling:
                failure = _send(send, telling, found, folder, state, moment)
                if failure is None:
                    rows |= {row.source_id: changes.told(row, moment) for row in telling}
                else:
                    failures.append(f"[notify.{channel}]: not sent, but kept for the next run: {failure}")
            _write(db, channel, rows)
    return failures


def _send(
    send: Send,
    telling: list[ToldState],
    found: Mapping[str, Alarm],
    folder: ArchiveFolder,
    state: alarms.AlarmStates,
    now: datetime,
) -> str | None:
    message = changes.message_of(
        telling, found, archive=folder.root.absolute().name, looked_at=len(state.looked_at), now=now
    )
    try:
        send(message.subject, message.text, message.as_json())
    except NotSent as e:
        return str(e)
    return None


def _runs(db: Database, error: TalkscraperError | None) -> dict[str, Alarm]:
    """Return the alarm of the runs themselves: the last one ended with an error, or couldn't begin."""
    if error is not None:
        return {RUNS: Alarm(source_id=RUNS, diagnosis="error", detail=f"the run couldn't begin: {error}")}
    row = db.execute(
        "select exit_code, reason, summary from runs where finished_at is not null order by id desc limit 1"
    ).fetchone()
    if row is not None and row[1] == MAX_ARCHIVE:
        return {RUNS: Alarm(source_id=RUNS, diagnosis="full", detail=CAPPED[MAX_ARCHIVE])}
    if row is None or row[0] not in (ExitCode.IO, ExitCode.ERROR):
        return {}
    detail = (json.loads(row[2]).get("error") if row[2] else None) or row[1]
    return {RUNS: Alarm(source_id=RUNS, diagnosis="error", detail=f"the run ended: {detail}")}


def _rows(db: Database, channel: str) -> dict[str, ToldState]:
    found = db.execute(f"select {_COLUMNS} from notifications where channel = ?", [channel]).fetchall()
    names = _COLUMNS.split(", ")
    return {row[0]: ToldState(**dict(zip(names, row, strict=True))) for row in found}


def _write(db: Database, channel: str, rows: Mapping[str, ToldState]) -> None:
    with db.conn:
        db.execute("delete from notifications where channel = ?", [channel])
        db.conn.executemany(
            f"insert into notifications (channel, {_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?)",
            [(channel, *astuple(row)) for row in rows.values()],
        )
