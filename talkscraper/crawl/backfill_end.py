"""How a run of a backfill ended: one answer for the command's exit code and for the run's row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.errors import ExitCode
from talkscraper.monitor.backfill_progress import progress
from talkscraper.monitor.run_report import BAD

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session
    from talkscraper.monitor.run_report import SourceReport

YIELDED = "yielded"
"""``runs.reason`` of a run that gave way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackfillEnd:
    """The end of one run."""

    exit_code: ExitCode
    reason: str
    """``done``, ``waiting`` for doors that failed, or the budget or signal that ended it early."""


def end_of(session: Session, sources: Sequence[SourceReport], stopped: str | None) -> BackfillEnd:
    """Return how a run of one source's backfill ended, from its rows.

    Args:
        session: The run, whose backfills are closed.
        sources: The reports of its sources.
        stopped: What ended it early.
    """
    if session.shutdown.error is not None:
        return BackfillEnd(exit_code=session.shutdown.error.exit_code, reason=stopped or "error")
    if stopped == YIELDED:
        return BackfillEnd(exit_code=ExitCode.BUDGET, reason=YIELDED)
    (source_id,) = session.sources
    tally = session.states[source_id].tally
    found = session.writer.run(lambda db: progress(db.conn, source_id))
    if found and found[0].state != "open":
        return BackfillEnd(exit_code=ExitCode.PARTIAL if found[0].state == "failed" else ExitCode.DONE, reason="done")
    if any(each.diagnosis in BAD for each in sources):
        return BackfillEnd(exit_code=ExitCode.PARTIAL, reason=tally.stopped_by or "failed")
    if source_id in session.backfills.capped:
        return BackfillEnd(exit_code=ExitCode.BUDGET, reason="new-addresses")
    early = session.shutdown.reason or tally.stopped_by
    if early is not None:
        return BackfillEnd(exit_code=ExitCode.BUDGET, reason=early)
    return BackfillEnd(exit_code=ExitCode.PARTIAL, reason="waiting")
