"""The way of a response: received, classified, parsed, decided, stored, followed up.

The spider passes every response to ``ResponseHandler`` and sends the requests that it returns. ``crawl.decision``
decides, this module carries out. Nothing here blocks the reactor: pages, feeds and style sheets are parsed in worker
processes, and rows are written on the archive writer's thread.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from scrapy.exceptions import DownloadCancelledError

from talkscraper.crawl import by_hand, decision, fetch_errors, run_rows
from talkscraper.crawl.decision import Decision, FetchedPage, Outcome
from talkscraper.crawl.failures import Failure
from talkscraper.crawl.page_requisites import PageRequisites, SharedRequisites
from talkscraper.crawl.seed_reader import READ_SEED, SeedReading
from talkscraper.errors import CaptureError, ExtractionFailed, StorageError
from talkscraper.extraction.pool import EXTRACT
from talkscraper.fetch.byte_allowance import AllowanceSpent
from talkscraper.fetch.redirects import RedirectRefused, RedirectsEnded, followed
from talkscraper.fetch.unsent import Stopping
from talkscraper.frontier import lease_queue, outcomes
from talkscraper.frontier.model import Fate, Lease
from talkscraper.ingest.page import store_fetched, store_page
from talkscraper.ingest.seed import store_links
from talkscraper.settings import REDIRECT_MAX_TIMES
from talkscraper.sources.seed_kinds import HOMEPAGE

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.http import Response

    from talkscraper.crawl.robots_cache import RobotsCache
    from talkscraper.crawl.session import Session
    from talkscraper.fetch.requisites import Requisite

logger = logging.getLogger(__name__)


class ResponseHandler:
    """Handles the responses of one run."""

    def __init__(self, session: Session, robots: RobotsCache) -> None:
        self._session = session
        self._robots = robots
        self.requisites = SharedRequisites(session)

    async def page_received(self, response: Response, lease: Lease) -> PageRequisites | Request | None:
        """Handle a response; return the page's requisites to be requested, the request that follows it, or None.

        The lease is settled and finished here; with requisites, finished when the last of them is done; and with a page
        that leads on by a refresh or its only frame, when that request is handled.
        """
        requisites = None
        try:
            page = FetchedPage.of(response, lease, self._session.sources[lease.source_id])
            if lease.backfill_id is not None:
                await self._older_page(page)
                return None
            self._session.states[lease.source_id].count_page(page)
            decided = decision.by_status(page) or await self._parse(page)
            onward = await self._onward(page, decided)
            if onward is not None:
                return onward
            self._session.states[lease.source_id].count_decision(page, decided)
            await self._store(page, decided)
            requisites = await self._follow_up(page, decided)
        except (StorageError, CaptureError) as e:
            self._session.shutdown.fail(e)
        except (RedirectRefused, RedirectsEnded) as e:
            await self.page_failed(e, lease)
            return None
        except Stopping as e:
            # the links of the page weren't read: the source isn't diagnosed by their absence
            self._session.states[lease.source_id].stop(self._session.shutdown.reason)
            await self._fail(lease, fetch_errors.of_error(e, lease.url, self._session.now()))
        except Exception:
            logger.exception("%s: a fault of ours; the page is tried again later", lease.url)
            await self._fail(lease, Failure(fate=Fate.FAILED, error="fault", detail=f"{lease.url}: a fault of ours"))
        if requisites is None:
            self._session.leases.finished(lease)
        return requisites

    async def page_failed(self, error: BaseException, lease: Lease) -> None:
        """Handle a fetch without a response; the lease is settled and finished."""
        failure = fetch_errors.of_error(error, lease.url, self._session.now())
        if isinstance(error, RedirectRefused) and lease.kind == HOMEPAGE:
            self._session.states[lease.source_id].tally.moved_to = error.target
            failure = replace(failure, fate=Fate.FAILED, error="moved")
        try:
            await self._fail(lease, failure)
        except StorageError as e:
            self._session.shutdown.fail(e)
        finally:
            self._session.leases.finished(lease)

    async def requisite_received(
        self, response: Response, work: PageRequisites, requisite: Requisite
    ) -> list[Requisite]:
        """Handle a fetched requisite; return what the page needs because of it.

        Raises:
            Stopping: the run was cut before it was parsed.
        """
        return await self.requisites.of_requisite(response, work, requisite)

    def requisite_failed(self, error: BaseException, work: PageRequisites) -> None:
        """Handle a requisite that wasn't received, or not in whole: the page is complete without it."""
        if isinstance(error, CaptureError | StorageError):
            self._session.shutdown.fail(error)
        elif isinstance(error, AllowanceSpent | DownloadCancelledError):
            work.left_out("requisite-bytes")

    async def _older_page(self, page: FetchedPage) -> None:
        """Handle a page of a backfill's door."""
        if page.refusal is not None:
            await self._fail(page.lease, page.refusal)
        else:
            await self._session.backfills.page_received(page)
        self._session.leases.finished(page.lease)

    # --- the steps of a page, in their order ------------------------------------------------------------------------

    async def _parse(self, page: FetchedPage) -> Decision:
        """Parse a page in a worker process, and decide by what it holds."""
        in_pool, source = self._session.executors.in_pool, page.source
        if page.is_article:
            try:
                extraction = await in_pool(page.capture.url, EXTRACT, page.payload, source.reading)
            except ExtractionFailed as e:
                return decision.not_extracted(page, e)
            reservation = self._robots.site_reservation(source.id, page.lease.url)
            return decision.by_extraction(page, extraction, reservation=reservation)
        url, body, own_hosts = page.response.url, page.response.body, self._session.states[source.id].own_hosts
        content_type = decision.header(page.response, b"Content-Type")
        try:
            reading = await in_pool(
                page.lease.url, READ_SEED, page.lease.kind, body, url, source, own_hosts, content_type
            )
        except ExtractionFailed as e:
            reading = SeedReading(fault=str(e))
        else:
            if reading.fault is not None:
                reading = replace(reading, fault=f"{page.lease.url}: {reading.fault}")
        return decision.by_links(page, reading)

    async def _onward(self, page: FetchedPage, decided: Decision) -> Request | None:
        """Return the request that follows a page which leads on; None if it doesn't, or has content and may not.

        Raises:
            RedirectRefused: a page without content leads to another site.
            RedirectsEnded: pages without content lead nowhere.
        """
        written, request = decision.leads_to(page, decided), page.response.request
        if written is None or request is None:
            return None
        try:
            following = followed(request, page.response, written, why="refresh", most=REDIRECT_MAX_TIMES)
        except (RedirectRefused, RedirectsEnded):
            if decided.has_content:
                return None
            raise
        if page.is_article:
            await self._session.executors.in_db(
                store_page, replace(page.rows, extraction=decided.extraction), now=self._session.now()
            )
        return following

    async def _store(self, page: FetchedPage, decided: Decision) -> None:
        """Write the rows of a page, the next state of its address and its line of the run's list in one transaction.

        Then its failure.
        """
        session, lease, settlement = self._session, page.lease, decided.settlement
        state, ladder, now = session.states[lease.source_id], page.source.recrawl.ages, session.now()
        note = by_hand.note_of(session, lease, decided)
        match decided:
            case Decision(outcome=Outcome.FAILED | Outcome.SEED_UNCHANGED):
                await session.executors.in_db(outcomes.settle, lease, settlement, ladder=ladder, now=now, note=note)
            case Decision(outcome=Outcome.LINKS, reading=SeedReading() as reading):
                discovered, grown = await session.executors.in_db_measured(
                    store_links,
                    lease,
                    reading.links,
                    settlement,
                    ladder,
                    now,
                    max_new=page.source.max_new,
                    validators_same=page.has_same_validators,
                    read_as=reading.kind,
                    note=note,
                )
                state.warn_of_seed(lease, reading)
                state.count_links(reading, discovered, grown)
            case Decision(outcome=Outcome.GONE | Outcome.UNCHANGED | Outcome.RESERVED | Outcome.EXTRACTED):
                rows = replace(
                    page.rows,
                    extraction=decided.extraction,
                    unchanged=decided.outcome is Outcome.UNCHANGED,
                    reserved=decided.outcome is Outcome.RESERVED,
                )
                stored, grown = await session.executors.in_db_measured(
                    store_fetched,
                    lease,
                    rows,
                    settlement,
                    ladder,
                    now,
                    validators_same=page.has_same_validators,
                    note=note,
                )
                if decided.outcome is Outcome.EXTRACTED:
                    state.count_article(stored.outcome, grown)
        if decided.failure is not None:
            await self._record_failure(lease, decided.failure)

    async def _follow_up(self, page: FetchedPage, decided: Decision) -> PageRequisites | None:
        """Return the page's requisites that must be requested; None where there are none to wait for."""
        session, source = self._session, page.source
        if not decided.requisites or session.shutdown.is_ending() or session.budget.is_spent(source.id):
            # a row that waits for requisites keeps its mark, and the next run fetches them
            return None
        if not source.requisites and not decided.settlement.requisites_pending:
            # its row says already that the page is complete
            return None
        work = PageRequisites(session, self.requisites, page.lease, page.capture)
        if source.requisites and page.response.body:
            try:
                await self.requisites.of_page(page.response, work)
            except Stopping:
                return None
        await work.one_done()
        return work

    # --- failures ---------------------------------------------------------------------------------------------------

    async def _fail(self, lease: Lease, failure: Failure) -> None:
        """Settle an address without a response that could be handled."""
        if failure.stops_run is not None:
            self._session.shutdown.fail(failure.stops_run)
            return
        if lease.backfill_id is not None:
            await self._session.backfills.page_failed(lease, failure)
            await self._record_failure(lease, failure)
            return
        ladder = self._session.sources[lease.source_id].recrawl.ages
        settlement = decision.failed(failure).settlement
        await self._session.executors.in_db(
            outcomes.settle,
            lease,
            settlement,
            ladder=ladder,
            now=self._session.now(),
            note=by_hand.note_of_failure(self._session, lease, failure),
        )
        await self._record_failure(lease, failure)

    async def _record_failure(self, lease: Lease, failure: Failure) -> None:
        """Count, log and store a failure; make the homepage due if it may concern the whole site."""
        if failure.error == "stopping":
            return
        session, state = self._session, self._session.states[lease.source_id]
        state.count_failure(failure, lease.kind)
        if state.is_news(failure):
            logger.warning("%s: %s", lease.source_id, failure.detail)
        await session.executors.in_db(
            run_rows.note_failure,
            run_id=session.run_id,
            source_id=lease.source_id,
            url=lease.url,
            error=failure.error,
            detail=failure.detail,
            now=session.now(),
        )
        if lease.source_id not in session.by_hand and state.needs_homepage(failure, lease.kind):
            await session.executors.in_db(lease_queue.make_homepage_due, lease.source_id, now=session.now())
