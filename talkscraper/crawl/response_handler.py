"""Response handling: what kind of page a response is, which links it names, and the rows to be written.

The spider passes every response to ``PageDesk`` and sends the requests that it returns. Nothing here blocks the
reactor: pages, feeds and style sheets are parsed in worker processes, and rows are written on the archive writer's
thread.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.capture import CAPTURE_META_KEY
from talkscraper.crawl import failures, host_notes, response_status, run_rows, seed_reader
from talkscraper.crawl.failures import Failure
from talkscraper.crawl.page_requisites import PageRequisites
from talkscraper.crawl.session import Session
from talkscraper.crawl.shared_requisites import Sharing
from talkscraper.errors import CaptureError, ExtractionFailed, StorageError
from talkscraper.extraction.pool import EXTRACT
from talkscraper.fetch import requisites
from talkscraper.fetch.politeness import HostPaused, Stopping
from talkscraper.fetch.redirects import RedirectRefused
from talkscraper.frontier import lease_queue, outcomes
from talkscraper.frontier.model import Fate, Lease, Settlement
from talkscraper.frontier.schedule import FULL_FETCH_EVERY, FULL_SEED_EVERY
from talkscraper.ingest.page import UNREADABLE, Page, is_reserved, store_fetched
from talkscraper.ingest.seed import store_links
from talkscraper.model import Capture, Extraction, PageKind, Payload
from talkscraper.sources.seed_kinds import ARTICLE, HOMEPAGE

if TYPE_CHECKING:
    from scrapy.http import Response

    from talkscraper.monitor.run_report import Tally
    from talkscraper.pool import Task
    from talkscraper.sources.model import Source

logger = logging.getLogger(__name__)

SHUT = frozenset({PageKind.BLOCKED, PageKind.CONSENT})
"""Page kinds by which a site refuses access."""
SILENT_HOST = 5
"""Number of consecutive addresses without any response after which the source is skipped for this run."""
SHUT_DOORS = 10
"""Number of consecutive refusals (401, 403, challenge pages) after which the source is skipped for this run."""


class PageDesk:
    """Handles the responses of one run."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.sharing = Sharing(session)
        """Requisites that several pages share: pictures, style sheets, fonts."""
        self._silent: dict[str, int] = {}
        self._shut: dict[str, int] = {}

    def conditions(self, lease: Lease) -> dict[str, str]:
        """Return the request headers of a conditional request (RFC 9110 §13.1)."""
        if lease.payload_digest is None or lease.lying_validators or lease.requisites_pending:
            return {}
        if self._wants_full(lease):
            return {}
        headers = {}
        if lease.etag:
            headers["If-None-Match"] = lease.etag
        if lease.last_modified:
            headers["If-Modified-Since"] = lease.last_modified
        return headers

    async def answered(self, response: Response, lease: Lease) -> PageRequisites | None:
        """Handle a response; return the requests for the page's requisites, if there are any.

        The lease is settled in every case, and finished here or, with requisites, when the last of them is done.
        """
        try:
            wanted = await self._answered(response, lease)
        except (StorageError, CaptureError) as e:
            self._session.fail(e)
            wanted = None
        except Stopping as e:
            tally = self._session.tally(lease.source_id)
            # the links of the page weren't read: that it named none is no fault of the source
            tally.stopped_by = tally.stopped_by or self._session.stop_reason
            await self._fail(lease, failures.of_error(e, lease.url, self._session.now()))
            wanted = None
        except Exception:
            logger.exception("%s: a fault of ours; the page is tried again later", lease.url)
            await self._fail(lease, Failure(fate=Fate.FAILED, error="fault", detail=f"{lease.url}: a fault of ours"))
            wanted = None
        if wanted is None:
            self._session.finished(lease)
        return wanted

    async def unanswered(self, error: BaseException, lease: Lease) -> None:
        """Handle a failed fetch; the lease is settled and finished."""
        failure = failures.of_error(error, lease.url, self._session.now())
        if isinstance(error, RedirectRefused) and lease.kind == HOMEPAGE:
            self._session.tally(lease.source_id).moved_to = error.target
            failure = replace(failure, fate=Fate.FAILED, error="moved")
        try:
            if isinstance(error, HostPaused) and failure.retry_at is not None:
                await self._session.in_db(host_notes.note_pause, error.host, failure.retry_at)
            await self._fail(lease, failure)
        except StorageError as e:
            self._session.fail(e)
        finally:
            self._session.finished(lease)

    async def requisite(self, response: Response, work: PageRequisites) -> list[str]:
        """Handle a fetched requisite; return the requests that the page needs because of it.

        Raises:
            Stopping: the run is ending before the style sheet was parsed.
        """
        tally = self._session.tally(work.lease.source_id)
        tally.requisites += 1
        content_type = (response.headers.get(b"Content-Type") or b"").lower()
        if response.status != 200 or (b"css" not in content_type and not response.url.endswith(".css")):
            return []
        named = await self._named(response, work.lease, requisites.OF_CSS)
        self.sharing.remember_style(response.meta[CAPTURE_META_KEY], named)
        return await self.sharing.ask(named, work)

    # --- kinds of responses -----------------------------------------------------------------------------------------

    async def _answered(self, response: Response, lease: Lease) -> PageRequisites | None:
        capture: Capture = response.meta[CAPTURE_META_KEY]
        source = self._session.sources[lease.source_id]
        self._silent[lease.source_id] = 0
        refusal = None if response.status in (404, 410) else failures.of_status(response.status, lease.url)
        if refusal is not None:
            await self._fail(lease, refusal, status=response.status)
            return None
        if lease.is_article:
            return await self._article(response, lease, capture, source)
        return await self._seed(response, lease, capture, source)

    async def _seed(self, response: Response, lease: Lease, capture: Capture, source: Source) -> PageRequisites | None:
        tally = self._session.tally(source.id)
        if response.status in (404, 410):
            detail = f"{lease.url}: answered {response.status}"
            await self._fail(
                lease, Failure(fate=Fate.GONE, error=f"status-{response.status}", detail=detail), status=response.status
            )
            return None
        tally.seeds_answered += 1
        settlement = response_status.settlement(response, capture, Fate.UNCHANGED)
        if response_status.is_same(response, lease, capture):
            tally.seeds_unchanged += 1
            await self._settle(lease, settlement)
            return None
        read = await self._read_seed(response, lease, source)
        seed_reader.count(tally, lease.kind, read)
        tally.seeds_dried_up += bool(lease.named and not read.articles)
        if read.fault is not None:
            await self._fail(
                lease,
                Failure(fate=Fate.FAILED, error="unreadable", detail=read.fault),
                status=response.status,
            )
            return None
        discovered = await self._session.stored(
            source.id,
            store_links,
            lease,
            read.links,
            settlement,
            self._ladder(lease),
            self._session.now(),
            max_new=source.max_new,
            validators_same=response_status.same_validators(lease, settlement),
        )
        self._session.count_left_out(source.id, discovered)
        tally.found.update(hash(link.url) for link in read.links if link.kind == ARTICLE)
        if lease.seed_kind.is_page:
            return await self._requisites(response, lease, capture, source)
        return None

    async def _read_seed(self, response: Response, lease: Lease, source: Source) -> seed_reader.SeedReading:
        own = self._session.own_hosts(source.id)
        try:
            read = await self._session.in_pool(
                lease.url,
                seed_reader.READ_SEED,
                lease.kind,
                response.body,
                response.url,
                source,
                own,
                response_status.header(response, b"Content-Type"),
            )
        except ExtractionFailed as e:
            return seed_reader.SeedReading(fault=str(e))
        return read if read.fault is None else replace(read, fault=f"{lease.url}: {read.fault}")

    async def _article(
        self, response: Response, lease: Lease, capture: Capture, source: Source
    ) -> PageRequisites | None:
        tally = self._session.tally(source.id)
        tally.fetched += 1
        page = Page(capture=capture, source=source, hops=tuple(response.meta.get("redirect_urls", ())))
        if page.gone_reason is not None:
            tally.gone += 1
            settlement = Settlement(fate=Fate.GONE, status=response.status, reason=page.gone_reason)
            await self._session.in_db(store_fetched, lease, page, settlement, self._ladder(lease), self._session.now())
            return None
        if response_status.is_same(response, lease, capture):
            tally.unchanged += 1
            settlement = response_status.settlement(response, capture, Fate.UNCHANGED)
            settlement = replace(settlement, requisites_pending=lease.requisites_pending)
            await self._session.in_db(
                store_fetched,
                lease,
                replace(page, unchanged=True),
                settlement,
                self._ladder(lease),
                self._session.now(),
            )
            return await self._requisites(response, lease, capture, source) if lease.requisites_pending else None
        extraction = await self._extract(response, lease, capture, source)
        if extraction is None:
            return None
        return await self._store(response, lease, replace(page, extraction=extraction), source, extraction)

    async def _extract(self, response: Response, lease: Lease, capture: Capture, source: Source) -> Extraction | None:
        payload = Payload(capture=capture, body=response.body, headers=response_status.headers_of(response))
        try:
            return await self._session.in_pool(capture.url, EXTRACT, payload, source.reading)
        except ExtractionFailed as e:
            await self._fail(
                lease, Failure(fate=Fate.FAILED, error="extraction", detail=str(e)), status=response.status
            )
            return None

    async def _store(
        self, response: Response, lease: Lease, page: Page, source: Source, extraction: Extraction
    ) -> PageRequisites | None:
        tally, capture = self._session.tally(source.id), page.capture
        tally.page_kinds[str(extraction.page_kind)] += 1
        why = f"{lease.url}: {extraction.page_kind}" + (f" ({extraction.reason})" if extraction.reason else "")
        settlement = replace(response_status.settlement(response, capture, Fate.CHANGED), reason=extraction.reason)
        settlement = replace(settlement, published_at=response_status.born_at(extraction))
        if extraction.page_kind in UNREADABLE or extraction.page_kind in SHUT:
            settlement = replace(settlement, fate=Fate.FAILED)
        elif source.requisites:
            settlement = replace(settlement, requisites_pending=True)
        if self._no_text(source, extraction, lease):
            tally.skipped += 1
            settlement = replace(settlement, reason=f"tdm: {source.tdm}", requisites_pending=False)
            if source.tdm == "skip":
                settlement = replace(settlement, fate=Fate.REFUSED)
            await self._session.in_db(
                store_fetched,
                lease,
                replace(page, reserved=True),
                settlement,
                self._ladder(lease),
                self._session.now(),
            )
            return None
        stored = await self._session.stored(
            source.id,
            store_fetched,
            lease,
            page,
            settlement,
            self._ladder(lease),
            self._session.now(),
            validators_same=response_status.same_validators(lease, settlement),
        )
        if stored.outcome == "new":
            tally.new += 1
        elif stored.outcome == "revised":
            tally.revised += 1
        elif stored.outcome in ("unchanged", "older"):
            tally.unchanged += 1
        elif stored.outcome == "taken-down":
            tally.skipped += 1
        if settlement.fate is Fate.FAILED:
            shut = extraction.page_kind in SHUT
            await self._tell(
                lease, Failure(fate=Fate.FAILED, error=str(extraction.page_kind), detail=why, blocked=shut)
            )
            return None
        self._shut[source.id] = 0
        return await self._requisites(response, lease, capture, source)

    # --- requisites -------------------------------------------------------------------------------------------------

    async def _requisites(
        self, response: Response, lease: Lease, capture: Capture, source: Source
    ) -> PageRequisites | None:
        work = PageRequisites(self._session, self.sharing, lease, capture)
        if self._session.stop_reason is not None or self._session.is_spent(source.id):
            # the row keeps its mark, and the next run fetches them
            return None
        if source.requisites and response.body:
            try:
                await self.sharing.ask(await self._named(response, lease, requisites.OF_PAGE), work)
            except Stopping:
                return None
        await work.one_done()
        return work

    async def _named(
        self, response: Response, lease: Lease, task: Task[[bytes, str, str | None], list[str]]
    ) -> list[str]:
        """Return the URLs that a page or style sheet names; none where it can't be parsed."""
        try:
            content_type = response_status.header(response, b"Content-Type")
            return await self._session.in_pool(response.url, task, response.body, response.url, content_type)
        except ExtractionFailed as e:
            logger.warning("%s: %s; it is kept without its pictures and styles", lease.source_id, e)
            return []

    # --- writing ----------------------------------------------------------------------------------------------------

    async def _settle(self, lease: Lease, settlement: Settlement) -> None:
        await self._session.in_db(
            outcomes.settle, lease, settlement, ladder=self._ladder(lease), now=self._session.now()
        )

    async def _fail(self, lease: Lease, failure: Failure, *, status: int | None = None) -> None:
        if failure.stops_run is not None:
            self._session.fail(failure.stops_run)
            return
        await self._settle(
            lease,
            Settlement(fate=failure.fate, status=status, reason=failure.error, retry_at=failure.retry_at),
        )
        await self._tell(lease, failure)

    async def _tell(self, lease: Lease, failure: Failure) -> None:
        tally = self._session.tally(lease.source_id)
        if failure.error == "stopping":
            return
        tally.refuse(failure.error, failure.detail)
        if failure.fate in (Fate.REFUSED, Fate.DEFERRED):
            tally.skipped += 1
        else:
            tally.failed += 1
        if not lease.is_article:
            tally.seeds_failed += 1
            tally.seed_refusals[failure.error] += 1
        # a robots.txt rule or a pause concerns its whole host: log it once, count it for each address
        if tally.last_warning != failure.detail:
            tally.last_warning = failure.detail
            logger.warning("%s: %s", lease.source_id, failure.detail)
        now = self._session.now()
        await self._session.in_db(
            run_rows.note_failure,
            run_id=self._session.run_id,
            source_id=lease.source_id,
            url=lease.url,
            error=failure.error,
            detail=failure.detail,
            now=now,
        )
        self._count_silence(tally, lease.source_id, failure)
        await self._doubt(tally, lease, failure)

    async def _doubt(self, tally: Tally, lease: Lease, failure: Failure) -> None:
        """Have the homepage fetched once after a failed page: it shows whether one page failed or the whole site."""
        doubtful = failure.connection or failure.blocked or failure.error.startswith("status-5")
        looked = tally.seeds_answered or tally.seeds_failed or tally.asked_front_page
        if doubtful and not looked and lease.is_article:
            tally.asked_front_page = True
            await self._session.in_db(lease_queue.make_homepage_due, lease.source_id, now=self._session.now())

    def _count_silence(self, tally: Tally, source_id: str, failure: Failure) -> None:
        if failure.connection:
            self._silent[source_id] = self._silent.get(source_id, 0) + 1
            if self._silent[source_id] >= SILENT_HOST and tally.stopped_by is None:
                tally.stopped_by = "unreachable"
        if failure.blocked:
            self._shut[source_id] = self._shut.get(source_id, 0) + 1
            if (failure.error == "paused" or self._shut[source_id] >= SHUT_DOORS) and tally.stopped_by is None:
                tally.stopped_by = "blocked"

    def _no_text(self, source: Source, extraction: Extraction, lease: Lease) -> bool:
        """Whether the page's or the site's signals, by the source's policy, forbid keeping its text."""
        return is_reserved(source, extraction, lambda: self._session.reservation(source.id, lease.url))

    def _ladder(self, lease: Lease) -> Sequence[timedelta]:
        return self._session.sources[lease.source_id].recrawl.ages

    def _wants_full(self, lease: Lease) -> bool:
        last: datetime | None = lease.unconditional_since
        often = FULL_FETCH_EVERY if lease.is_article else FULL_SEED_EVERY
        return last is None or self._session.now() - last >= often
