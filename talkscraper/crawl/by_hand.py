"""Pages captured by hand: whose they are, their place in the frontier, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from talkscraper.crawl.decision import Outcome
from talkscraper.frontier import by_hand
from talkscraper.frontier.by_hand import CAPTURED, FAILED, ListNote
from talkscraper.frontier.model import Fate
from talkscraper.ingest.attribution import Newsrooms
from talkscraper.sources.inbox import inbox_source
from talkscraper.sources.model import INBOX
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.urls.canonical import cleaned

if TYPE_CHECKING:
    from talkscraper.crawl.decision import Decision
    from talkscraper.crawl.failures import Failure
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.targets import UrlList
    from talkscraper.frontier.model import Lease
    from talkscraper.sources.model import Source, Sources

BATCH = 500
"""Number of addresses that are put on the list in one transaction."""


class Owners:
    """Which source a page belongs to: by the hosts of the sources of sources.toml, else the inbox."""

    def __init__(self, everything: Sources) -> None:
        self._newsrooms = Newsrooms(everything)
        self._seeds = {
            cleaned(url): (source, kind) for source in self._newsrooms.all() for url, kind in source.seed_urls.items()
        }
        named = next((each for each in self._newsrooms.all() if each.id == INBOX), None)
        self._inbox = named or inbox_source(everything.proxy)

    def of(self, url: str) -> tuple[Source, str]:
        """Return the source of a URL, and the kind of address that it is there."""
        seed = self._seeds.get(cleaned(url))
        if seed is not None:
            return seed
        return self._newsrooms.of_capture(None, url) or self._inbox, ARTICLE

    def of_all(self, urls: UrlList) -> dict[str, Source]:
        """Return the sources of URLs, by id."""
        found: dict[str, Source] = {}
        for url in urls:
            source, _ = self.of(url)
            found.setdefault(source.id, source)
        return found


def put_on_list(session: Session, owners: Owners, urls: UrlList) -> None:
    """Make URLs due and put them on the run's list."""
    requests = _requests(session, owners, urls)
    while batch := list(islice(requests, BATCH)):
        session.writer.run(
            partial(
                by_hand.add, requests=batch, run_id=session.run_id, now=session.started_at, full=session.options.full
            )
        )


def _requests(session: Session, owners: Owners, urls: UrlList) -> Iterator[by_hand.Request]:
    for url in urls:
        source, kind = owners.of(url)
        refusal = "it was taken down, and isn't fetched" if session.is_taken_down(url) else None
        yield by_hand.Request(url=url, address=cleaned(url), source_id=source.id, kind=kind, refusal=refusal)


def note_of(session: Session, lease: Lease, decided: Decision) -> ListNote | None:
    """Return what the run's list says of an address that was answered; None in a run without a list."""
    if not session.has_list:
        return None
    if decided.failure is not None:
        return note_of_failure(session, lease, decided.failure)
    outcome, detail = _outcome(lease, decided)
    return ListNote(run_id=session.run_id, outcome=outcome, detail=detail)


def note_of_failure(session: Session, lease: Lease, failure: Failure) -> ListNote | None:
    """Return why an address failed, for the run's list; one that was put off stays due."""
    if not session.has_list:
        return None
    put_off = failure.fate is Fate.DEFERRED
    detail = None if failure.error == "stopping" else failure.detail.removeprefix(f"{lease.url}: ")
    return ListNote(run_id=session.run_id, outcome=None if put_off else FAILED, detail=detail)


def _outcome(lease: Lease, decided: Decision) -> tuple[str, str | None]:
    match decided.outcome:
        case Outcome.UNCHANGED:
            return "unchanged", None
        case Outcome.SEED_UNCHANGED:
            return "unchanged", f"a {lease.kind}"
        case Outcome.LINKS:
            named = len(decided.reading.links) if decided.reading is not None else 0
            return "read", f"a {lease.kind} that names {named} addresses"
        case Outcome.GONE | Outcome.RESERVED:
            return FAILED, decided.settlement.reason
    # unless storing it says more (``ListNote.stored_as``)
    extraction = decided.extraction
    kind = f"{extraction.page_kind}" if extraction is not None else "no article"
    why = f": {extraction.reason}" if extraction is not None and extraction.reason else ""
    return CAPTURED, f"{kind}{why}"
