"""Why a source brought nothing: judged from what happened in this run, and from the source's own history.

The first rule that fits wins; the order is that of causes: who doesn't answer can't be empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.crawl.report import Tally

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

TOLERATED_FAILURES = 0.02
"""A run in which no more of the answered pages than this failed is called ok."""
_CONNECTION = ("dns", "refused", "timeout", "connection", "certificate", "robots-unreachable", "paused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A diagnosis (a key of ``report.DIAGNOSES``), and what makes it so."""

    word: str
    detail: str | None = None


def diagnose(db: Database, *, source: Source, tally: Tally, now: datetime) -> Verdict:
    """The diagnosis of one source after a run."""
    error = tally.first_error
    if tally.moved_to is not None:
        return Verdict(word="moved", detail=f"the front page leads to {tally.moved_to}")
    if tally.stopped_by == "blocked" or (_blocked(tally) and not tally.new and not tally.unchanged):
        return Verdict(word="blocked", detail=error)
    if tally.stopped_by == "unreachable" or (not tally.seeds_answered and _silent(tally)):
        return Verdict(word="unreachable", detail=error)
    if tally.stopped_by is not None:
        return Verdict(word="stopped", detail=tally.stopped_by)
    if tally.page_kinds and not _readable(tally) and not tally.unchanged:
        return Verdict(word="parser-broke", detail=f"no text on {sum(tally.page_kinds.values())} pages: {error}")
    known = _articles_known(db, source.id)
    if not known:
        return Verdict(word="no-articles", detail=error or "nothing that its pages name looks like an article")
    tried = tally.fetched + tally.failed
    if tally.failed and tally.failed > TOLERATED_FAILURES * tried:
        more = f" (and {tally.failed - 1} more)" if tally.failed > 1 else ""
        return Verdict(word="failing", detail=f"{error}{more}")
    if known == tally.new:
        return Verdict(word="first")
    return _of_history(db, source, tally, now)


def _of_history(db: Database, source: Source, tally: Tally, now: datetime) -> Verdict:
    del db, source, tally, now
    return Verdict(word="ok")


def _silent(tally: Tally) -> bool:
    return any(tally.refusals[word] for word in _CONNECTION) or any(
        word.startswith("status-5") for word in tally.refusals
    )


def _blocked(tally: Tally) -> bool:
    words = ("status-401", "status-403", "status-429", "status-451", "blocked", "consent", "robots")
    return any(tally.refusals[word] for word in words)


def _readable(tally: Tally) -> bool:
    return any(tally.page_kinds[kind] for kind in ("article", "live", "gallery", "paywall-stub", "listing"))


def _articles_known(db: Database, source_id: str) -> int:
    (count,) = db.execute("select count(*) from articles where source_id = ?", [source_id]).fetchone()
    return int(count)
