"""The download handler of a crawl: waits for the host's turn, and connects only to permitted addresses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from scrapy.exceptions import CannotResolveHostError, IgnoreRequest

from talkscraper.capture import SOURCE_META_KEY
from talkscraper.capture.download_handler import WarcDownloadHandler
from talkscraper.fetch.address_guard import AddressRefused, Lookup, current_lookup
from talkscraper.fetch.backoff import note_busy
from talkscraper.fetch.byte_allowance import count_size, limit_size
from talkscraper.fetch.decompression import KNOWN_META_KEY
from talkscraper.fetch.policy import FetchPolicy, TakenDown, Terms, policy_of
from talkscraper.fetch.unsent import Stopping
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from talkscraper.sources.access import Passage
    from talkscraper.sources.proxy import Proxy


class GuardedDownloadHandler(WarcDownloadHandler):
    """Captures like its base class; each request has its source's permission, delay and concurrency."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._talkscraper_crawler = crawler
        # Twisted would send a request again at once if a kept connection breaks; Scrapy does so in the host's next turn
        self._pool.retryAutomatically = False
        self._transfers: set[asyncio.Task[Response]] = set()
        policy_of(crawler).aborts.append(self._abort)

    async def download_request(self, request: Request) -> Response:
        """Wait for the host's turn, then download; see the base class."""
        policy = policy_of(self._talkscraper_crawler)
        if policy.is_taken_down is not None and policy.is_taken_down(request.url):
            raise TakenDown(f"{request.url} was taken down, and isn't fetched")
        terms = self._terms(policy, request)
        source_id = str(request.meta.get(SOURCE_META_KEY, ""))
        _require_budget(policy, source_id, request)
        if policy.reserve is not None:
            await policy.reserve(source_id, request.url)
        if policy.pacer is None:
            response = await self._send(request, terms)
        else:
            async with policy.pacer.turn(netloc_of(request.url), delay=terms.delay, concurrency=terms.concurrency):
                _require_budget(policy, source_id, request)
                response = await self._send(request, terms)
                # before the host's turn is released, so that the next request waits for the pause to end
                note_busy(policy.pacer, request, response, self._writer.now())
        self._count(request, len(response.body))
        return response

    def count_cut(self, request: Request, size: int) -> None:
        """Count the bytes received of a response that wasn't received in whole."""
        if size:
            self._count(request, size)

    def _count(self, request: Request, size: int) -> None:
        policy = policy_of(self._talkscraper_crawler)
        if policy.received is not None:
            policy.received(str(request.meta.get(SOURCE_META_KEY, "")), size)
        count_size(request, size)

    def check_peer(self, request: Request, ip: str) -> None:
        """Refuse a connected peer that the request may not connect to, or count its host's delay from now.

        The request is sent right after.

        Raises:
            AddressRefused: the address isn't permitted.
        """
        policy, host = policy_of(self._talkscraper_crawler), netloc_of(request.url)
        terms = self._terms(policy, request)
        # the peer may be the proxy: the host was checked by its name, before the proxy was asked for it
        refusal = terms.permission.refusal(host, ip) if _proxy_of(terms) is None else None
        if refusal is not None:
            raise AddressRefused(refusal)
        if policy.pacer is not None:
            policy.pacer.sent(host)

    def passage_of(self, request: Request) -> Passage | None:
        """Return what the request's source adds to it."""
        return self._terms(policy_of(self._talkscraper_crawler), request).passage

    def known_digest(self, request: Request) -> str | None:
        """Return the payload digest of the address's last page, if a same one won't be parsed again."""
        known = request.meta.get(KNOWN_META_KEY)
        return str(known) if known else None

    async def _send(self, request: Request, terms: Terms) -> Response:
        limit_size(request)
        lookup = Lookup(terms.permission)
        if _proxy_of(terms) is not None:
            refusal = terms.permission.refusal_by_name(urlsplit(request.url).hostname or "")
            if refusal is not None:
                raise AddressRefused(f"{refusal}; it isn't asked for through the proxy")
        # a proxy's address is the operator's choice: its look-up isn't restricted
        token = current_lookup.set(lookup if _proxy_of(terms) is None else None)
        try:
            # a separate task copies the context, and can be cancelled without cancelling Scrapy's
            task = asyncio.ensure_future(super().download_request(request))
        finally:
            current_lookup.reset(token)
        self._transfers.add(task)
        try:
            return await task
        except asyncio.CancelledError as e:
            raise Stopping(f"cut off while the run was ending: {request.url}") from e
        except CannotResolveHostError as e:
            if lookup.refusal is not None:
                # the name has addresses, but none that is permitted
                raise AddressRefused(lookup.refusal) from e
            raise
        finally:
            self._transfers.discard(task)

    def _abort(self) -> None:
        for task in list(self._transfers):
            task.cancel()

    @staticmethod
    def _terms(policy: FetchPolicy, request: Request) -> Terms:
        if not request.url.startswith(("http://", "https://")):
            raise IgnoreRequest(f"not an http address: {request.url}")
        return policy.terms(str(request.meta.get(SOURCE_META_KEY, "")), request.url)


def _proxy_of(terms: Terms) -> Proxy | None:
    return terms.passage.proxy if terms.passage is not None else None


def _require_budget(policy: FetchPolicy, source_id: str, request: Request) -> None:
    if policy.is_spent is not None and policy.is_spent(source_id):
        raise Stopping(f"{source_id} may fetch nothing more in this run: {request.url}")
