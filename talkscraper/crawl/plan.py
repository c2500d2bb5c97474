"""Plan of a run: what it would fetch now and when each source is due; needs neither lock nor network."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.by_hand import Owners
from talkscraper.crawl.options import CrawlOptions
from talkscraper.sources.hours import in_words, is_open
from talkscraper.sources.load import load
from talkscraper.sources.names import none_enabled
from talkscraper.sources.seed_kinds import ARTICLE, seed_kinds
from talkscraper.sources.selection import select_sources
from talkscraper.store.database import iso, open_reader
from talkscraper.store.source_rows import removed_ids

if TYPE_CHECKING:
    from talkscraper.crawl.targets import UrlList
    from talkscraper.sources.model import Source

LISTED = 20
"""Maximum number of addresses shown per source."""
_DUE_NOW = {
    (False, False): "0",
    (False, True): "state = 'failed'",
    (True, False): "state <> 'leased'",
    (True, True): "state <> 'leased'",
}
"""Conditions of what ``--full`` and ``--retry-failed`` make due."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePlan:
    """The plan of one source."""

    source_id: str
    due_now: dict[str, int]
    """Number of due addresses, by kind."""
    next_due: str | None
    """When the next address is due, if none is due now."""
    urls: tuple[str, ...]
    """The first due addresses, in the order of fetching."""
    more: int
    waiting: str | None = None
    """Until when nothing is fetched because its hours are over, or None."""
    refused: str | None = None
    """Why the source wouldn't be crawled at all, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What ``crawl`` would do now."""

    at: str
    sources: tuple[SourcePlan, ...]


def plan(folder: ArchiveFolder, options: CrawlOptions) -> Plan:
    """Return what ``crawl`` with these options would fetch.

    Raises:
        UsageError: a source isn't in sources.toml.
    """
    folder.require()
    everything = load(folder.sources_toml)
    removed = removed_ids(folder.database) if options.sources else ()
    selection = select_sources(options.sources, everything, folder.sources_toml, removed=removed)
    options = replace(options, sources=selection.ids) if options.sources else options
    selected = selection.ids if options.sources or options.urls is None else ()
    nothing = none_enabled(everything, folder.sources_toml)
    if nothing is not None and options.urls is None:
        raise nothing
    owners = Owners(everything) if options.urls is not None else None
    # named beside its source, an address isn't due twice
    given = frozenset(options.urls or ()) if options.sources else frozenset[str]()
    connection = open_reader(folder.database) if folder.database.is_file() else None
    try:
        plans = tuple(
            _of_source(connection, source, options, contact=everything.contact, given=given)
            for name, source in everything.sources.items()
            if name in selected
        )
        if owners is not None and options.urls is not None:
            plans = _joined(plans, _of_urls(owners, options.urls, contact=everything.contact))
    finally:
        if connection is not None:
            connection.close()
    return Plan(at=iso(options.clock()), sources=plans)


def _of_urls(owners: Owners, urls: UrlList, *, contact: str | None) -> tuple[SourcePlan, ...]:
    """Return the plans for URLs given by hand, by source."""
    sources: dict[str, Source] = {}
    due: dict[str, dict[str, int]] = {}
    shown: dict[str, list[str]] = {}
    for url in urls:
        source, kind = owners.of(url)
        sources.setdefault(source.id, source)
        counts = due.setdefault(source.id, {})
        counts[kind] = counts.get(kind, 0) + 1
        if len(first := shown.setdefault(source.id, [])) < LISTED:
            first.append(url)
    return tuple(
        SourcePlan(
            source_id=source_id,
            due_now=due[source_id],
            next_due=None,
            urls=tuple(shown[source_id]),
            more=sum(due[source_id].values()) - len(shown[source_id]),
            refused=_refused(source, contact),
        )
        for source_id, source in sources.items()
    )


def _joined(due: tuple[SourcePlan, ...], given: tuple[SourcePlan, ...]) -> tuple[SourcePlan, ...]:
    """Return one plan for each source; what was given by hand comes first."""
    by_hand = {each.source_id: each for each in given}
    found = []
    for each in due:
        first = by_hand.pop(each.source_id, None)
        if first is None or each.waiting is not None:  # outside its hours, only what was given is fetched
            found.append(first or each)
            continue
        kinds = dict.fromkeys([*first.due_now, *each.due_now])
        counts = {kind: first.due_now.get(kind, 0) + each.due_now.get(kind, 0) for kind in kinds}
        urls = (*first.urls, *each.urls)[:LISTED]
        found.append(replace(each, due_now=counts, urls=urls, more=sum(counts.values()) - len(urls), next_due=None))
    return (*found, *by_hand.values())


def _refused(source: Source, contact: str | None) -> str | None:
    if contact is None and not source.allow_private:
        return "sources.toml has no contact, and public newsrooms aren't crawled without one"
    return None


def _of_source(
    connection: sqlite3.Connection | None,
    source: Source,
    options: CrawlOptions,
    *,
    contact: str | None,
    given: frozenset[str],
) -> SourcePlan:
    now = iso(options.clock())
    everything = source.id in options.sources or source.recrawl.always or options.full
    rows: list[tuple[str, str, str | None]] = []
    also = _DUE_NOW[options.full, options.retry_failed]
    if connection is not None:
        rows = [
            (row[0], row[1], now if row[3] else row[2])
            for row in connection.execute(
                f"select url, kind, next_due, {also} from urls where source_id = ? and state != 'refused'"
                f" and (next_due is not null or kind != 'article' or state = 'done' or {also})"
                " order by priority desc, coalesce(declared_at, discovered_at) desc, id",
                [source.id],
            )
        ]
    known = {url for url, _, _ in rows}
    rows = [(url, kind, now) for url, kind in source.seed_urls.items() if url not in known] + rows
    due = [
        (url, kind)
        for url, kind, when in rows
        if url not in given and _is_due(kind, when, now, source, everything=everything)
    ]
    later = sorted(when for _, _, when in rows if when is not None and when > now)
    counts: dict[str, int] = {}
    for _, kind in due:
        counts[kind] = counts.get(kind, 0) + 1
    return SourcePlan(
        source_id=source.id,
        due_now=counts,
        next_due=None if due or not later else later[0],
        urls=tuple(url for url, _ in due[:LISTED]),
        more=max(0, len(due) - LISTED),
        waiting=None if options.full or is_open(source, options.clock()) else in_words(source, options.clock()),
        refused=_refused(source, contact),
    )


def _is_due(kind: str, when: str | None, now: str, source: Source, *, everything: bool) -> bool:
    if when is not None and when <= now:
        return True
    if kind == ARTICLE:
        return source.recrawl.always
    return everything and kind in seed_kinds()
