"""Alerts: what saved searches newly find, told once to each target.

Of each alert and target there is a row that says from which time on articles of the archive are looked at, and one for
each article that was told. A target that can't be reached keeps its rows, and is told the next time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from talkscraper.errors import UsageError
from talkscraper.monitor.channels import NotSent, Send, channels
from talkscraper.monitor.notify import settings_of
from talkscraper.printable import one_line
from talkscraper.sources.alerts_file import Alert, read_alerts
from talkscraper.sources.notify_settings import NotifySettings
from talkscraper.store.database import iso, open_reader, open_writer
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.new_matches import MAX_MATCHES, NewMatch, new_matches

if TYPE_CHECKING:
    import sqlite3

    from talkscraper.archive_folder import ArchiveFolder

FILE_NAME = "alerts.toml"
FOLDER_NAME = "alerts"
"""The folder of the archive into which the target ``file`` writes."""
MAX_ARTICLES = 20_000
"""Maximum number of new articles of one alert in one pass; the newest."""
MAX_LISTED = 100
"""Maximum number of articles listed in a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStory:
    """An article to be told, with its copies."""

    match: NewMatch
    copies: tuple[NewMatch, ...] = ()

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        match = self.match
        return {
            "article_id": match.article_id,
            "title": match.title,
            "url": match.url,
            "source_id": match.source_id,
            "source_name": match.source_name,
            "day": match.day,
            "authors": list(match.authors),
            "language": match.language,
            "section": match.section,
            "wire_agency": match.wire_agency,
            "revision_count": match.revision_count,
            "indexed_at": match.indexed_at,
            "copies": [
                {"article_id": each.article_id, "url": each.url, "source_name": each.source_name}
                for each in self.copies
            ],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertOutcome:
    """What became of an alert at one target."""

    alert: str
    to: str
    state: str
    """``begun`` (the first time: from now on), ``nothing`` (new), ``sent``, ``would be sent`` or ``failed``."""
    since: str
    """Articles indexed at this time or later were looked at."""
    stories: tuple[ToldStory, ...] = ()
    copies_of_told: int = 0
    """Number of new articles that are copies of ones told before."""
    failure: str | None = None


def run(
    folder: ArchiveFolder, names: Sequence[str] = (), *, dry_run: bool = False, now: datetime | None = None
) -> list[AlertOutcome]:
    """Tell what the alerts of alerts.toml newly find; ``names`` restricts to some of them.

    Raises:
        UsageError: alerts.toml is wrong, a query is, or a target has no settings under [notify].
        ArchiveLocked: another run is at work.
        StorageError: the database can't be written.
    """
    alerts = _chosen(read_alerts(folder.root / FILE_NAME), names)
    requests = {each.name: _request(each, folder) for each in alerts}
    settings = settings_of(folder) or NotifySettings()
    sends = {(alert.name, to): _send_to(alert, to, settings, folder) for alert in alerts for to in alert.to}
    moment = now or datetime.now(UTC)
    if dry_run:
        with closing(open_reader(folder.database)) as connection:
            return [_look(connection, alert, to, requests[alert.name], moment) for alert in alerts for to in alert.to]
    outcomes = []
    with folder.lock(what="alerts"), closing(open_writer(folder.database)) as db:
        with closing(open_reader(folder.database)) as connection:
            for alert in alerts:
                for to in alert.to:
                    outcome = _look(connection, alert, to, requests[alert.name], moment)
                    if outcome.stories:
                        outcome = _tell(sends[alert.name, to], alert, outcome, folder, moment)
                    if outcome.state != "failed":
                        _remember(db.conn, outcome, moment)
                    outcomes.append(outcome)
    return outcomes


def _chosen(alerts: Sequence[Alert], names: Sequence[str]) -> list[Alert]:
    known = [each.name for each in alerts]
    for name in names:
        if name not in known:
            raise UsageError(f"{FILE_NAME} has no alert {name[:60]!r}: there are {', '.join(known) or 'none'}")
    return [each for each in alerts if not names or each.name in names]


def _request(alert: Alert, folder: ArchiveFolder) -> SearchRequest:
    filters = {name: values if len(values) > 1 else values[0] for name, values in alert.filters.items()}
    request = SearchRequest(text=alert.query, **filters)  # type: ignore[arg-type]
    try:
        prepare(request)
    except UsageError as e:
        raise UsageError(f"{folder.root / FILE_NAME}: [alerts.{alert.name}]: {e}") from e
    return request


def _send_to(alert: Alert, to: str, settings: NotifySettings, folder: ArchiveFolder) -> Send:
    if to == "file":
        return lambda _subject, _text, document: _append(alert, document, folder)
    if to == "webhook":
        wanted = NotifySettings(webhook=settings.webhook)
    elif to == "mail" or settings.email is None:
        wanted = NotifySettings(email=settings.email)
    else:
        wanted = NotifySettings(email=replace(settings.email, recipients=(to,)))
    found = list(channels(wanted, folder.root).values())
    if not found:
        table = "[notify.webhook]" if to == "webhook" else "[notify.email]"
        raise UsageError(f"[alerts.{alert.name}]: to: {to!r} needs {table} in {folder.sources_toml}")
    return found[0]


def _append(alert: Alert, document: Mapping[str, object], folder: ArchiveFolder) -> None:
    path = folder.root / FOLDER_NAME / f"{alert.name}.jsonl"
    articles = document["articles"]
    assert isinstance(articles, list)
    lines = [json.dumps({"at": document["at"], **each}, ensure_ascii=False) + "\n" for each in articles]
    try:
        path.parent.mkdir(exist_ok=True)
        with path.open("ab") as handle:
            handle.write("".join(lines).encode("utf-8", "replace"))
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as e:
        raise NotSent(f"{path}: {e.strerror or e}") from e


def _look(connection: sqlite3.Connection, alert: Alert, to: str, request: SearchRequest, now: datetime) -> AlertOutcome:
    """Return what is new for a target, as if it were still to be sent."""
    state = "select since from alert_states where alert = ? and target = ?"
    row = connection.execute(state, [alert.name, to]).fetchone()
    if row is None:
        return AlertOutcome(alert=alert.name, to=to, state="begun", since=iso(now))
    since = str(row[0])
    told = {
        str(each[0])
        for each in connection.execute(
            "select article_id from alert_articles where alert = ? and target = ?", [alert.name, to]
        )
    }
    new = [each for each in _matches(connection, request, since) if each.article_id not in told]
    stories, repeated = _collapsed(connection, new, told) if alert.copies == "collapse" else (_each(new), 0)
    return AlertOutcome(
        alert=alert.name,
        to=to,
        state="would be sent" if stories else "nothing",
        since=since,
        stories=stories,
        copies_of_told=repeated,
    )


def _matches(connection: sqlite3.Connection, request: SearchRequest, since: str) -> list[NewMatch]:
    found: list[NewMatch] = []
    before: str | None = None
    while len(found) < MAX_ARTICLES:
        page = new_matches(connection, request, limit=MAX_MATCHES, before=before, since=since)
        found += page.matches
        before = page.next_cursor
        if before is None:
            break
    return found


def _each(new: Sequence[NewMatch]) -> tuple[ToldStory, ...]:
    return tuple(ToldStory(match=each) for each in new)


def _collapsed(
    connection: sqlite3.Connection, new: Sequence[NewMatch], told: set[str]
) -> tuple[tuple[ToldStory, ...], int]:
    """Return one story for each cluster, the earliest first; copies of what was told before are only counted."""
    groups: dict[str, list[NewMatch]] = {}
    for each in new:
        groups.setdefault(each.cluster_id or each.article_id, []).append(each)
    stories, repeated = [], 0
    for cluster, members in groups.items():
        if members[0].cluster_id is not None and told:
            rows = connection.execute("select id from articles where cluster_id = ?", [cluster])
            if any(str(row[0]) in told for row in rows):
                repeated += len(members)
                continue
        ordered = sorted(members, key=lambda each: (each.published_at or each.indexed_at, each.article_id))
        stories.append(ToldStory(match=ordered[0], copies=tuple(ordered[1:])))
    return tuple(stories), repeated


def _tell(send: Send, alert: Alert, outcome: AlertOutcome, folder: ArchiveFolder, now: datetime) -> AlertOutcome:
    name = folder.root.absolute().name
    count = len(outcome.stories)
    subject = f"talkscraper: {alert.name}: {count} new article{'' if count == 1 else 's'} ({name})"
    document = {
        "text": text_of(alert, outcome),
        "archive": name,
        "alert": alert.name,
        "query": alert.query,
        "filters": {name: values[0] if len(values) == 1 else list(values) for name, values in alert.filters.items()},
        "at": iso(now),
        "since": outcome.since,
        "new": count,
        "articles": [each.document() for each in outcome.stories[: None if outcome.to == "file" else MAX_LISTED]],
    }
    try:
        send(subject, str(document["text"]), document)
    except NotSent as e:
        return replace(outcome, state="failed", failure=str(e))
    return replace(outcome, state="sent")


def text_of(alert: Alert, outcome: AlertOutcome) -> str:
    """Return a message as text."""
    filters = [f"{name}:{value}" for name, values in alert.filters.items() for value in values]
    searched = " ".join([alert.query, *filters]).strip()
    lines = [f"New for {searched}, since {outcome.since}:", ""]
    for each in outcome.stories[:MAX_LISTED]:
        match = each.match
        lines.append(one_line(match.title or "Untitled"))
        facts = [match.source_name or "", match.day, f"revision {match.revision_count}"]
        lines.append("  " + one_line(" · ".join(fact for fact in facts if fact and fact != "revision 1")))
        lines.append(f"  {one_line(match.url)}")
        if each.copies:
            papers = dict.fromkeys(copy.source_name or copy.url for copy in each.copies)
            lines.append("  " + one_line(f"also in {', '.join(list(papers)[:10])}{' …' if len(papers) > 10 else ''}"))
        lines += [f"  talkscraper show {match.article_id}", ""]
    if len(outcome.stories) > MAX_LISTED:
        lines += [f"and {len(outcome.stories) - MAX_LISTED:,} more", ""]
    if outcome.copies_of_told:
        lines += [f"{outcome.copies_of_told:,} further copies of articles that were told before", ""]
    return "\n".join(lines)


def _remember(writing: sqlite3.Connection, outcome: AlertOutcome, now: datetime) -> None:
    """Store that a target was told; what was indexed in the same second is looked at again, and told once."""
    told = [each.article_id for story in outcome.stories for each in (story.match, *story.copies)]
    with writing:
        writing.execute(
            "insert into alert_states (alert, target, since, told_at) values (?, ?, ?, ?)"
            " on conflict (alert, target) do update set since = excluded.since, told_at = excluded.told_at",
            [outcome.alert, outcome.to, iso(now), iso(now) if outcome.state == "sent" else None],
        )
        writing.executemany(
            "insert into alert_articles (alert, target, article_id, told_at) values (?, ?, ?, ?)"
            " on conflict do nothing",
            [(outcome.alert, outcome.to, article_id, iso(now)) for article_id in told],
        )
