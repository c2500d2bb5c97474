"""Opening and closing of a run: lock, repair after a killed run, writers, the run's row.

Closing always finishes the WARC file, writes the run's figures and releases the lock, in this order, so that no row
ever points at bytes that aren't on disk.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.crawl import host_notes, run_result, run_rows
from talkscraper.crawl.budget import disk_floor, free_bytes, too_little_free
from talkscraper.crawl.by_hand import Owners, put_on_list
from talkscraper.crawl.clock_repair import repair_times
from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.session import Session
from talkscraper.crawl.shards.leftover import merge_leftover
from talkscraper.discovery.dated_patterns import dated_patterns
from talkscraper.errors import SourcesError, TalkscraperError
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.fetch.host_leases import HostLeases
from talkscraper.fetch.politeness import Pacer
from talkscraper.frontier import by_hand as by_hand_rows
from talkscraper.frontier import lease_queue, schedule
from talkscraper.frontier.seeds import note_absent
from talkscraper.monitor.archive_size import folder_bytes, note_index_sizes
from talkscraper.preserve.recovery import recover
from talkscraper.sources.access import SourceAccess, access_of
from talkscraper.sources.hours import is_open
from talkscraper.sources.inbox import inbox_source
from talkscraper.sources.load import load, parse_bytes
from talkscraper.sources.model import INBOX, Source, Sources
from talkscraper.sources.names import none_enabled
from talkscraper.sources.selection import select_sources
from talkscraper.store.source_rows import removed_ids, rename_source, write_named, write_source
from talkscraper.store.takedowns import hidden_keys
from talkscraper.store.writer import ArchiveWriter
from talkscraper.version import user_agent

if TYPE_CHECKING:
    from datetime import datetime

    from talkscraper.frontier.seeds import Removed
    from talkscraper.monitor.run_report import RunReport

logger = logging.getLogger(__name__)


def choose(
    folder: ArchiveFolder, everything: Sources, options: CrawlOptions
) -> tuple[Mapping[str, Source], CrawlOptions]:
    """Return the sources of a run, selected from the archive's sources.toml, and the options with their present ids.

    Raises:
        SourcesError: there are none, or the contact is missing and a source is public.
        UsageError: a requested source isn't in the file.
    """
    selection = select_sources(
        options.sources,
        everything,
        folder.sources_toml,
        removed=removed_ids(folder.database) if options.sources else (),
    )
    for line in selection.notes:
        logger.warning("%s", line)
    selected = selection.ids if options.sources or options.urls is None else ()
    chosen = {name: source for name, source in everything.sources.items() if name in selected}
    if options.urls is not None:
        chosen = {**Owners(everything).of_all(options.urls), **chosen}
    if options.only is not None:
        chosen = {name: source for name, source in chosen.items() if name in options.only}
    nothing = none_enabled(everything, folder.sources_toml)
    if nothing is not None and options.urls is None:
        if everything.disabled:
            _note_disabled(folder, everything, options)
        raise nothing
    public = [name for name, source in chosen.items() if not source.allow_private]
    if everything.contact is None and public:
        raise SourcesError(
            f"{folder.sources_toml} has no contact, and public newsrooms ({', '.join(public)}) aren't crawled without "
            'one: write contact = "https://…" (a page about you, or mailto:…) as its first line'
        )
    return chosen, replace(options, sources=selection.ids) if options.sources else options


def _sources(folder: ArchiveFolder, options: CrawlOptions) -> Sources:
    """Read the sources, those of the run as it began if this is a part of one."""
    if options.sources_as_begun is None:
        return load(folder.sources_toml)
    return parse_bytes(options.sources_as_begun.read_bytes(), folder.sources_toml)


def _access(folder: ArchiveFolder, everything: Sources, chosen: Mapping[str, Source]) -> dict[str, SourceAccess]:
    """Return how the chosen sources are reached, and the inbox, which a run may add."""
    return access_of({INBOX: inbox_source(everything.proxy), **chosen}, folder.sources_toml.parent)


def _note_disabled(folder: ArchiveFolder, everything: Sources, options: CrawlOptions) -> None:
    """Note that a source is disabled, so that it is fetched again when it is enabled again."""
    if folder.database.is_file():
        with folder.lock(what="crawl"), closing(ArchiveWriter(folder.database)) as writer:
            writer.run(partial(note_absent, enabled={}, disabled=everything.disabled, now=options.clock()))


@contextmanager
def open_session(
    folder: ArchiveFolder, options: CrawlOptions, *, command: str = "crawl", foreign: str | None = None
) -> Iterator[Session]:
    """Open the session of a run; ``foreign`` is the name of another project's spider, which has no sources here.

    Raises:
        ArchiveLocked: another run holds the archive.
        Interrupted: a signal came before the run had begun.
        StorageError: the disk failed or is too full.
        UsageError: the sources are invalid.
    """
    if foreign is None:
        folder.require()
        everything = _sources(folder, options)
        chosen, options = choose(folder, everything, options)
    else:
        everything, chosen = Sources(), {}
    access = _access(folder, everything, chosen)
    folder.make()
    with ExitStack() as stack:
        stack.enter_context(folder.lock(what=command))
        may_change = foreign is None and options.sources_as_begun is None
        if may_change and (current := load(folder.sources_toml)) != everything:
            # a source was renamed or removed between reading and locking
            everything = current
            chosen, options = choose(folder, everything, options)
            access = _access(folder, everything, chosen)
        free = free_bytes(folder)
        floor = disk_floor(folder, options.min_free)
        if free < floor:
            raise too_little_free(folder, free, floor)
        writer = _journal_writer(folder) if options.journal else ArchiveWriter(folder.database)
        stack.callback(writer.close)
        if options.signals is not None:
            options.signals.begin()
        session = _begin(folder, options, writer, everything, chosen, access, command, foreign)
        stack.callback(session.budget.close)
        if foreign is not None:
            writer.run(write_named, foreign)
        if options.pool is None:
            # cancelled futures belong to pages that were given up
            stack.callback(session.pool.close, at_once=True)
        try:
            yield session
        finally:
            session.shutdown.detach()
            _end(session)


def warn_of_dated_patterns(session: Session) -> None:
    """Log the article patterns that hold a date. For a run that fetches: it takes the words of every language."""
    for source in session.sources.values():
        for line in dated_patterns(source):
            logger.warning("%s: %s", source.id, line)


def _log_absent(absent: list[Removed]) -> None:
    for each in absent:
        kept = f"its articles ({each.articles}) stay under {each.source_id}"
        if each.successor is None:
            logger.warning(
                "source %s is no longer in sources.toml: it isn't crawled any more; %s", each.source_id, kept
            )
        else:
            logger.warning(
                "source %s is no longer in sources.toml; %s has its homepage and goes on with its addresses; %s;"
                ' if it was renamed, write renamed_from = "%s" under [sources.%s], and they go over too',
                *(each.source_id, each.successor, kept, each.source_id, each.successor),
            )


def _rename(writer: ArchiveWriter, everything: Sources) -> list[str]:
    """Transfer the rows of renamed sources, each in one transaction; return a line for each."""
    notes = []
    for source in (*everything.sources.values(), *everything.disabled.values()):
        for former in source.renamed_from:
            renamed = writer.run(partial(rename_source, former_id=former, source=source))
            if renamed is not None:
                notes.append(renamed.note())
                logger.warning("%s", notes[-1])
    return notes


def _journal_writer(folder: ArchiveFolder) -> ArchiveWriter:
    from talkscraper.crawl.shards.journal import JournalWriter  # for workers of a cluster only

    return JournalWriter(folder.database)


def _begin(
    folder: ArchiveFolder,
    options: CrawlOptions,
    writer: ArchiveWriter,
    everything: Sources,
    chosen: Mapping[str, Source],
    access: Mapping[str, SourceAccess],
    command: str,
    foreign: str | None,
) -> Session:
    now, contact = options.clock(), everything.contact
    if foreign is None and not options.journal:
        merge_leftover(folder, writer, everything, now=now)
    recovered = writer.run(lambda db: recover(folder, db, now))
    longest = max((age for source in chosen.values() for age in source.recrawl.ages), default=schedule.MAX_INTERVAL)
    repaired = writer.run(partial(repair_times, now=now, longest=max(schedule.MAX_INTERVAL, longest)))
    run_id = writer.run(partial(run_rows.begin_run, command=command, now=now))
    notes = _rename(writer, everything)
    if chosen:
        _log_absent(writer.run(partial(note_absent, enabled=everything.sources, disabled=everything.disabled, now=now)))
    chosen, by_hand = _given_by_hand(writer, everything, chosen, options, now=now)
    for source in chosen.values():
        if source.id in by_hand:
            writer.run(write_source, source)
        elif options.backfill is not None:
            writer.run(partial(run_rows.begin_backfill, source=source, order=options.backfill, now=now))
        else:
            named = source.id in options.sources
            writer.run(partial(run_rows.begin_source, source=source, named=named, now=now))
    notes += _looked_at_again(writer, [name for name in chosen if name not in by_hand], options, now=now)
    notes += [
        f"{source.id}: its hours ({source.hours}) don't hold for {'--full' if options.full else 'pages given by hand'}"
        for source in chosen.values()
        if (source.id in by_hand or options.full) and not is_open(source, now)
    ]
    logger.debug("Recovered: %s", recovered)
    note = repaired.note()
    if note is not None:
        logger.warning("%s", note)
    pacer = options.pacer or Pacer(HostLeases())
    _begin_pacing(pacer, writer, options, now=now)
    warc = archive_writer(
        folder,
        writer,
        run_id=run_id,
        user_agent=user_agent(contact),
        operator=contact,
        access=access,
        clock=options.clock,
    )
    session = Session(
        folder=folder,
        options=options,
        sources=chosen,
        contact=contact,
        access=access,
        run_id=run_id,
        writer=writer,
        warc=warc,
        pool=options.pool or ExtractorPool(options.workers),
        pacer=pacer,
        started_at=now,
        foreign=foreign,
        taken_down=writer.run(hidden_keys),
        by_hand=by_hand,
        notes=(*notes, *((note,) if note is not None else ())),
    )
    if options.urls is not None:
        put_on_list(session, Owners(everything), options.urls)
    session.daily_requests.recall()
    if everything.max_archive is not None and not options.journal:
        writer.run(partial(note_index_sizes, folder))
        size = writer.run(partial(folder_bytes, folder))
        session.budget.limit_archive(size, everything.max_archive, lambda: warc.grown() + session.in_shards)
    return session


def _begin_pacing(pacer: Pacer, writer: ArchiveWriter, options: CrawlOptions, *, now: datetime) -> None:
    """Let the pacer know of stored pauses and of the last run's end, and store its pauses at once.

    The process may be killed, and the next one obeys them.
    """
    for host, seconds in writer.run(host_notes.pauses, now).items():
        pacer.pause(host, seconds)
    if options.journal:
        pacer.others_sent(0.0)  # the shard may be that of a worker which has died just now
    elif (last := writer.run(run_rows.last_end)) is not None:
        pacer.others_sent((options.clock() - last).total_seconds())

    def note(host: str, seconds: float) -> None:
        writer.submit(host_notes.note_pause, host, options.clock() + timedelta(seconds=seconds))

    pacer.when_paused = note


def _given_by_hand(
    writer: ArchiveWriter,
    everything: Sources,
    chosen: Mapping[str, Source],
    options: CrawlOptions,
    *,
    now: datetime,
) -> tuple[Mapping[str, Source], frozenset[str]]:
    """Return the run's sources, and the ids of those of which only what was given by hand is fetched.

    A run of everything also fetches what an earlier one left in the inbox.
    """
    if options.urls is not None:
        owners = Owners(everything).of_all(options.urls)
        # of a named source whose window is closed, too
        return chosen, frozenset(
            name
            for name, source in owners.items()
            if name not in options.sources or not (options.full or is_open(source, now))
        )
    if options.only == (INBOX,) and not chosen:
        return {INBOX: inbox_source(everything.proxy)}, frozenset()
    everything_due = chosen and not options.sources and INBOX not in chosen and options.only is None
    if everything_due and writer.run(lease_queue.due_count, source_id=INBOX, now=now):
        return {**chosen, INBOX: inbox_source(everything.proxy)}, frozenset()
    return chosen, frozenset()


def _looked_at_again(writer: ArchiveWriter, names: list[str], options: CrawlOptions, *, now: datetime) -> list[str]:
    """Make due what ``--retry-failed`` and ``--full`` ask for; return a line for each."""
    notes = []
    if options.retry_failed:
        count = writer.run(partial(by_hand_rows.retry_failed, source_ids=names, now=now))
        notes.append(f"{count} failed {'address is' if count == 1 else 'addresses are'} due now")
    if options.full:
        count = sum(writer.run(partial(by_hand_rows.look_at_everything, source_id=name, now=now)) for name in names)
        notes.append(
            f"everything is looked at again: {count} {'address is' if count == 1 else 'addresses are'} due now"
        )
    return notes


def _end(session: Session) -> None:
    """Finish the WARC file, diagnose the sources and write the report, also after an error."""
    try:
        session.warc.close()
    except TalkscraperError as e:
        session.shutdown.fail(e)
    session.backfills.close()
    report: RunReport = run_result.report_of(session)
    session.report = report
    crawled = session.options.backfill is None
    session.writer.run(partial(run_rows.end_run, report=report, now=report.finished_at, crawled=crawled))
