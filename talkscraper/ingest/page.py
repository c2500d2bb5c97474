"""One page: its capture and its extraction become rows, in one transaction.

Crawl, other projects' spiders, import, ``extract`` and ``repair`` all end in ``store_page``, so that the same exchange
gives the same rows however it came into the archive. A crawl also settles the page's row in the frontier in the same
transaction (``store_fetched``): the two change together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from talkscraper.extraction.signals import reserve_text
from talkscraper.frontier import outcomes
from talkscraper.frontier.model import Lease, Settlement
from talkscraper.ingest.attribution import write_source_of
from talkscraper.model import Capture, Extraction, PageKind, RecordType
from talkscraper.sources.hosts import belongs, hosts_of
from talkscraper.store import articles, page_captures, requisites, revisits
from talkscraper.store.database import MAX_AHEAD, first
from talkscraper.store.signals import note_page_signals
from talkscraper.urls.canonical import canonical, site_of

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.discovery.rights import Signal
    from talkscraper.frontier.by_hand import ListNote
    from talkscraper.sources.model import Source

UNREADABLE = frozenset({PageKind.NOT_HTML, PageKind.EMPTY})
"""Page kinds of a payload that can't be read as a page."""

Outcome = Literal[
    "new", "revised", "changed", "unchanged", "older", "not-article", "taken-down", "reserved", "gone", "nothing",
    "unread",
]  # fmt: skip

_NOT_CONTENT = frozenset({"seq", "indexed_at", "extractor", "cluster_id", "cluster_why", "simhash"})


@dataclass(frozen=True, slots=True, kw_only=True)
class CapturedPage:
    """A capture at an address where an article was expected, and what was extracted from it."""

    capture: Capture
    extraction: Extraction | None = None
    """None where there is nothing to store: the page is gone, is unchanged, or couldn't be extracted."""
    source: Source | None = None
    """The page's source in sources.toml."""
    source_id: str | None = None
    """The source to which a page belongs that sources.toml doesn't have; by default that of the capture."""
    hops: Sequence[str] = ()
    """The addresses whose redirects led to the capture, the first one first."""
    unchanged: bool = False
    """Whether the server said so (304), or the payload is that of the last fetch."""
    reserved: bool = False
    """Whether the source's policy forbids keeping the text (``is_reserved``)."""

    @property
    def requested(self) -> str:
        """The address that was requested first."""
        return self.hops[0] if self.hops else self.capture.url

    @property
    def onward(self) -> str | None:
        """Where the page leads by a refresh or its only frame, if that is on the same site or its source's hosts."""
        to = self.extraction.leads_to if self.extraction is not None else None
        if to is None:
            return None
        own = self.source is not None and belongs(to, hosts_of(self.source))
        return to if own or site_of(to) == site_of(self.capture.url) else None

    @property
    def gone_reason(self) -> str | None:
        """Why the article counts as gone: 404, 410 or a redirect to the homepage. None if it doesn't."""
        if self.capture.status in (404, 410):
            return f"answered {self.capture.status}"
        if self.source is None or self.capture.asked_as != "article":
            return None
        front = canonical(self.source.homepage)
        if canonical(self.capture.url) == front and canonical(self.requested) != front:
            return "redirects to the front page"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPage:
    """The result of storing a page.

    ``changed``: the capture was extracted before, with another result. ``older``: it is older than the newest capture
    of its article. ``nothing``: it says that a page is gone of which there is no article. ``unread``: it couldn't be
    extracted; what an earlier extraction found stays.
    """

    outcome: Outcome
    article_id: str | None = None


def is_reserved(source: Source | None, extraction: Extraction, site: Callable[[], Signal | None]) -> bool:
    """Whether a source's policy obeys reservations, and the page or its site reserves the rights.

    ``site`` returns the site's reservation that covers the page; it is called only if needed.
    """
    if source is None or not source.obeys_reservations:
        return False
    return reserve_text(extraction.signals) or site() is not None


def store_page(db: Database, page: CapturedPage, *, now: datetime) -> StoredPage:
    """Store what a capture, whose row is in ``captures``, shows.

    The capture counts as another look at its article, as the notice that the article is gone, or as no article; of a
    page with reserved rights only the rights signals are stored.
    """
    capture, extraction = page.capture, page.extraction
    gone = page.gone_reason
    if gone is not None:
        # a notice from the future would hide every later capture
        known = capture.captured_at <= now + MAX_AHEAD and articles.mark_gone(
            db, page.requested, reason=gone, now=capture.captured_at, capture_id=capture.id
        )
        return StoredPage(outcome="gone" if known else "nothing")
    if page.unchanged:
        if capture.record_type is not RecordType.REVISIT:
            # a revisit was counted when its row was written; here the payload was stored again
            revisits.inherit(db, capture.id)
        return StoredPage(outcome="unchanged")
    if extraction is None:
        return StoredPage(outcome="unread")
    onward = page.onward
    page_captures.note_onward(db, capture, onward)
    if onward is not None:
        kind = PageKind.EMPTY if extraction.article is not None else extraction.page_kind
        extraction = replace(extraction, article=None, page_kind=kind, reason=f"leads on to {onward}")
    before = _stored(db, capture.id)
    look_at = before["article_id"] if before is not None else None
    if look_at is not None and capture.record_type is RecordType.REVISIT:
        return StoredPage(outcome="unchanged", article_id=look_at)
    if look_at is not None and extraction.page_kind in UNREADABLE:
        # it was extracted before, and the page is unchanged: the article stays in spite of the error
        return StoredPage(outcome="unread", article_id=look_at)
    if capture.asked_as == "article" and page_captures.came_as_it_was(db, capture, page.hops):
        return StoredPage(outcome="unchanged")
    return _store(db, page, capture, extraction, before, now)


def _store(
    db: Database,
    page: CapturedPage,
    capture: Capture,
    extraction: Extraction,
    before: dict[str, Any] | None,
    now: datetime,
) -> StoredPage:
    source_id = page.source_id or capture.source_id
    if extraction.article is not None:
        source_id = write_source_of(db, page.source, source_id, capture.url)
        if capture.source_id is None:
            db.execute("update captures set source_id = ? where id = ?", [source_id, capture.id])
            capture = replace(capture, source_id=source_id)
    note_page_signals(db, source_id, capture, extraction)
    if page.reserved:
        return StoredPage(outcome="reserved")
    stored = articles.store_extraction(db, capture, extraction, source_id=source_id, now=now, until=now)
    if stored.article_id is not None:
        page_captures.note_hops(db, page.hops, stored.article_id, capture)
    read_before = before is not None and before.get("page_kind") is not None
    changed = read_before and before != _stored(db, capture.id)
    return StoredPage(outcome="changed" if changed else stored.outcome, article_id=stored.article_id)


def store_fetched(
    db: Database,
    lease: Lease,
    page: CapturedPage,
    settlement: Settlement,
    ladder: Sequence[timedelta],
    now: datetime,
    *,
    validators_same: bool = False,
    note: ListNote | None = None,
) -> StoredPage:
    """Store a page that a crawl fetched, and settle its row in the frontier.

    ``ladder`` holds the ages at which the source's articles are fetched again. ``validators_same``: the page came in
    full, with the validators of its last version. ``note``: what the run's list says of it unless storing it says more.
    """
    stored = store_page(db, page, now=now)
    # the text has changed although the validators haven't: a conditional request would have hidden the change
    lying = True if validators_same and stored.outcome == "revised" else settlement.lying_validators
    settlement = replace(settlement, article_id=stored.article_id, lying_validators=lying)
    noted = note.stored_as(stored.outcome) if note is not None else None
    outcomes.settle(db, lease, settlement, ladder=ladder, now=now, note=noted)
    return stored


def complete_page(db: Database, lease: Lease, needs: Sequence[requisites.Pair]) -> None:
    """Store that a page has all its requisites; ``needs``: its record id, and those captured for other pages."""
    requisites.add(db, needs)
    outcomes.requisites_done(db, lease.id)


def _stored(db: Database, capture_id: str) -> dict[str, Any] | None:
    """Return what was extracted from a capture, and the state of its article, without times and version.

    Of a capture without an article, nothing else: most are new, and the articles' many columns would all be null;
    so ``page_kind``, the article's, is there with an article alone.
    """
    row = first(db, "select article_id from captures where id = ?", [capture_id])
    if row is None or row["article_id"] is None:
        return row
    row = first(
        db,
        "select c.article_id, c.content_digest, c.content_modified_at, a.* from captures c"
        " left join articles a on a.id = c.article_id where c.id = ?",
        [capture_id],
    )
    return row and {name: value for name, value in row.items() if name not in _NOT_CONTENT}
