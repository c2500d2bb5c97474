"""Result of a run: the figures and diagnosis of every source, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from talkscraper.crawl.backfill_end import end_of
from talkscraper.errors import ExitCode
from talkscraper.frontier import by_hand, lease_queue
from talkscraper.monitor import diagnosis
from talkscraper.monitor.run_report import BAD, MAX_ARCHIVE, HostFigures, RunReport, SourceReport, Tally
from talkscraper.sources.model import INBOX
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session
    from talkscraper.sources.model import Source


def report_of(session: Session) -> RunReport:
    """Return the result of the run, source by source."""
    now = session.now()
    hosts = tuple(
        HostFigures(
            host=each.host,
            requests=each.requests,
            delay_s=each.delay_s,
            min_gap_s=each.min_gap_s,
            median_gap_s=each.median_gap_s,
        )
        for each in session.pacer.report()
    )
    sources = tuple(_source(session, source, hosts) for source in session.sources.values())
    if session.foreign is not None:
        sources = (_foreign(session, session.foreign),)
    stopped = _early_end(session)
    given = session.writer.run(by_hand.counts, session.run_id) if session.has_list else {}
    ended = None if session.options.backfill is None else end_of(session, sources, stopped)
    return RunReport(
        run_id=session.run_id,
        started_at=session.started_at,
        finished_at=now,
        exit_code=_exit_code(session, sources, stopped, given) if ended is None else ended.exit_code,
        reason=(stopped or "done") if ended is None else ended.reason,
        error=str(session.shutdown.error) if session.shutdown.error is not None else None,
        sources=sources,
        hosts=hosts,
        warc_files=tuple(session.warc.warc_files),
        notes=session.notes,
        by_hand=given,
    )


def _source(session: Session, source: Source, hosts: tuple[HostFigures, ...]) -> SourceReport:
    tally = session.states[source.id].tally
    home = next((each for each in hosts if each.host == netloc_of(source.homepage)), None)
    if session.options.backfill is not None and tally.stopped_by not in ("blocked", "unreachable"):
        # old articles say nothing of the source's state now
        return _report(tally, found=len(tally.found), home=home, verdict=diagnosis.Diagnosis(word="idle"))
    if source.id in session.by_hand or source.id == INBOX:
        # pages given by hand say nothing about their source
        if session.writer.run(by_hand.open_count, source.id, run_id=session.run_id):
            _say_what_stopped(session, source)
        verdict = diagnosis.Diagnosis(word="idle")
        return replace(_report(tally, found=len(tally.found), home=home, verdict=verdict), by_hand=True)
    if _articles_left(session, source):
        _say_what_stopped(session, source)
    verdict = session.writer.run(partial(diagnosis.diagnose, source=source, tally=tally, now=session.now()))
    return _report(tally, found=len(tally.found), home=home, verdict=verdict)


def _say_what_stopped(session: Session, source: Source) -> None:
    """Note which budget, or what that ended the run, left addresses of a source unfetched."""
    tally = session.states[source.id].tally
    limited = source.max_pages is not None or session.options.max_pages is not None
    if tally.stopped_by is None:
        tally.stopped_by = session.shutdown.reason or ("max-pages" if limited else None)


def _foreign(session: Session, name: str) -> SourceReport:
    """Return the figures of another project's spider, which has no diagnosis."""
    tally = session.states[name].tally
    return _report(tally, found=tally.fetched)


def _report(
    tally: Tally,
    *,
    found: int,
    home: HostFigures | None = None,
    verdict: diagnosis.Diagnosis | None = None,
) -> SourceReport:
    return SourceReport(
        source_id=tally.source_id,
        found=found,
        fetched=tally.fetched,
        new=tally.new,
        revised=tally.revised,
        unchanged=tally.unchanged,
        failed=tally.failed,
        skipped=tally.skipped,
        gone=tally.gone,
        bytes=tally.bytes,
        requests=tally.requests,
        page_kinds=dict(tally.page_kinds),
        min_gap_s=home.min_gap_s if home else None,
        median_gap_s=home.median_gap_s if home else None,
        delay_s=home.delay_s if home else None,
        diagnosis=verdict.word if verdict else "ok",
        detail=verdict.detail if verdict else None,
        left_out=tally.left_out.total(),
        capped=tally.capped,
    )


def _articles_left(session: Session, source: Source) -> bool:
    return session.writer.run(lease_queue.due_count, source.id, now=session.now(), kinds=(ARTICLE,)) > 0


def _early_end(session: Session) -> str | None:
    if session.shutdown.reason is not None:
        return session.shutdown.reason
    for tally in session.states.tallies.values():
        if tally.stopped_by in ("max-pages", "max-bytes", "max-time", "disk"):
            return tally.stopped_by
    return None


def _exit_code(
    session: Session, sources: tuple[SourceReport, ...], stopped: str | None, given: Mapping[str | None, int]
) -> ExitCode:
    if session.shutdown.error is not None:
        return session.shutdown.error.exit_code
    if stopped == MAX_ARCHIVE:
        return ExitCode.BUDGET  # until somebody makes room, nothing is captured of any source
    # a source that needs attention takes precedence over an exhausted budget, which doesn't
    if any(source.diagnosis in BAD for source in sources) or _pages_failed(session, given):
        return ExitCode.PARTIAL
    return ExitCode.DONE if stopped is None else ExitCode.BUDGET


def _pages_failed(session: Session, given: Mapping[str | None, int]) -> bool:
    """Whether a page given by hand failed, or was put off for a reason of its own."""
    if given.get(by_hand.FAILED):
        return True
    return bool(given.get(None) and session.writer.run(by_hand.still_due_for_a_reason, session.run_id))
