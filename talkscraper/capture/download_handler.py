"""The download handler for http and https: Scrapy's own handler over recording connections."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlsplit

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    NotConfigured,
    ResponseDataLossError,
    StopDownload,
)
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.asyncio import is_asyncio_available
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.error import ConnectionAborted, ConnectionDone, ConnectionLost
from twisted.web.http import _DataLoss

from talkscraper.capture import CAPTURE_META_KEY, KIND_META_KEY, PAGE_META_KEY, SOURCE_META_KEY, writer_of
from talkscraper.capture.completion import BatchedCompletion
from talkscraper.capture.exchange import Exchange
from talkscraper.capture.passage_agent import PassageAgent
from talkscraper.capture.protocol import Call, TeePool, current
from talkscraper.capture.proxy_endpoint import ProxyUnusable
from talkscraper.connection_faults import in_words
from talkscraper.errors import CaptureError, TalkscraperError
from talkscraper.sources.proxy_handshake import refusal_of
from talkscraper.warc.content_coding import is_whole
from talkscraper.warc.response_reader import HeadTooLarge, UnreadableResponse

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from talkscraper.model import Capture
    from talkscraper.sources.access import Passage

logger = logging.getLogger(__name__)

SPARE_BYTES = 1024 * 1024
"""Allowance in bytes for heads, chunk framing and the last read, added to twice ``DOWNLOAD_MAXSIZE``."""
MAX_ODD_HOSTS = 1000
"""Maximum number of hosts whose oddities are logged."""
MAX_UNPACKED_BYTES = 64 * 1024 * 1024
"""Maximum size to which a body is decompressed to see whether it is complete, if ``DOWNLOAD_MAXSIZE`` is 0."""
PROXY_AUTHENTICATION_REQUIRED = 407
LOSS_FLAG = "dataloss"
"""Scrapy's flag of a response that is shorter than declared."""
CUT_META_KEY = "talkscraper_cut"
"""``request.meta`` key of the URL and payload digest of a response that was incomplete."""
_CONNECTION_ENDED = (ConnectionDone, ConnectionLost, ConnectionAborted, _DataLoss)


class WarcDownloadHandler(HTTP11DownloadHandler):
    """Records every exchange before handing on its response; subclasses may refuse peers."""

    def __init__(self, crawler: Crawler) -> None:
        if not is_asyncio_available():
            raise NotConfigured("capture needs Scrapy's asyncio reactor (its default)")
        super().__init__(crawler)
        self._writer = writer_of(crawler)
        from twisted.internet import reactor

        recording = TeePool(reactor, persistent=True)  # type: ignore[no-untyped-call]
        recording.maxPersistentPerHost = self._pool.maxPersistentPerHost
        self._pool = recording
        self._completion: BatchedCompletion[Capture | None] | None = None
        self._closing: asyncio.Future[Any] | None = None
        self._odd_hosts: set[str] = set()
        self._refuses_loss = self._fail_on_dataloss
        # Scrapy hands on incomplete responses too: whether bytes are missing is decided here
        self._fail_on_dataloss = False

    def check_peer(self, request: Request, ip: str) -> None:
        """Check the connected peer's address before the first byte is sent; raise an exception to refuse it."""

    def passage_of(self, request: Request) -> Passage | None:  # noqa: ARG002  for subclasses
        """Return what a request carries and through what it goes, beside what Scrapy knows; None if it is nothing."""
        return None

    def count_cut(self, request: Request, size: int) -> None:
        """Count the bytes received of a response that wasn't received in whole."""

    async def download_request(self, request: Request) -> Response:
        """Download a request; the ``meta`` of the returned response holds its ``Capture``.

        Raises:
            CaptureError: a response arrived but wasn't recorded, because the writer failed; the spider is being closed.
            StorageError: the record can't be written.
        """
        request.meta.pop(CAPTURE_META_KEY, None)  # inherited from the previous hop of a redirect
        passage = self.passage_of(request)
        exchange = Exchange(
            url=urldefrag(request.url)[0],
            method=request.method,
            started_at=self._writer.now(),
            source_id=_text(request.meta.get(SOURCE_META_KEY)),
            page_capture_id=_text(request.meta.get(PAGE_META_KEY)),
            asked_as=_text(request.meta.get(KIND_META_KEY)),
            proxied=bool(request.meta.get("proxy")) or (passage is not None and passage.proxy is not None),
            redacted=passage.redacted if passage is not None else (),
        )
        try:
            response = await self._download(request, exchange, passage)
        except asyncio.CancelledError:
            # the run is ending: store what was received without waiting for the write to finish
            exchange.seal("unspecified")
            self._submit_unawaited(exchange)
            raise
        except Exception as e:
            exchange.seal(_reason(e, exchange))
            self.count_cut(request, exchange.received)
            await self._keep(request, exchange)
            said = _said(e, exchange)
            if said is None:
                raise
            raise said from e.__cause__ or e
        self._note_oddities(exchange)
        if LOSS_FLAG in response.flags and self._is_whole(response):
            response.flags.remove(LOSS_FLAG)
        exchange.seal(_flagged(response, exchange))
        capture = await self._keep(request, exchange)
        if capture is None:
            raise self._unrecorded(request)
        if LOSS_FLAG in response.flags and request.meta.get("download_fail_on_dataloss", self._refuses_loss):
            self._require_repetition(request, response, capture)
        return response

    def known_digest(self, request: Request) -> str | None:  # noqa: ARG002  for subclasses
        """Return the payload digest of the address's last page, if it is known."""
        return None

    def _is_whole(self, response: Response) -> bool:
        """Whether a body that is shorter than declared is a complete compressed stream: the declaration is wrong."""
        fields = [("Content-Encoding", each.decode("latin-1")) for each in response.headers.getlist("Content-Encoding")]
        return is_whole(response.body, fields, self._default_maxsize or MAX_UNPACKED_BYTES)

    def _require_repetition(self, request: Request, response: Response, capture: Capture) -> None:
        """Refuse an incomplete response, unless the same bytes came before: then the server has no others.

        Raises:
            ResponseDataLossError: they came for the first time; Scrapy repeats the request.
        """
        arrived = (capture.url, capture.payload_digest)
        again = request.meta.get(CUT_META_KEY) == arrived or self.known_digest(request) == capture.payload_digest
        if response.body and capture.payload_digest is not None and again:
            logger.info("%s is shorter than declared, and came so before: kept as it is, as truncated", request.url)
            return
        request.meta[CUT_META_KEY] = arrived
        raise ResponseDataLossError(
            f"the response is incomplete: the connection ended after {len(response.body)} bytes"
        )

    def _note_oddities(self, exchange: Exchange) -> None:
        """Log how a host's responses deviate from HTTP, once."""
        last = exchange.last
        if last is None or not last.oddities:
            return
        host = urlsplit(exchange.url).netloc
        if host not in self._odd_hosts and len(self._odd_hosts) < MAX_ODD_HOSTS:
            self._odd_hosts.add(host)
            logger.info("%s deviates from HTTP, and is read nevertheless: %s", exchange.url, "; ".join(last.oddities))

    async def _download(self, request: Request, exchange: Exchange, passage: Passage | None) -> Response:
        limit = int(request.meta.get("download_maxsize", self._default_maxsize) or 0)
        call = Call(exchange, lambda ip: self.check_peer(request, ip), 2 * limit + SPARE_BYTES if limit else 0)
        token = current.set(call)
        try:
            if passage is None:
                return await super().download_request(request)
            return await self._download_by(passage, request, exchange)
        finally:
            current.reset(token)

    async def _download_by(self, passage: Passage, request: Request, exchange: Exchange) -> Response:
        """Download with what a source's passage adds; as Scrapy's own ``download_request`` does.

        Raises:
            ProxyUnusable: the proxy refuses; what it answered isn't the origin's, and isn't kept.
        """
        agent = PassageAgent(
            passage=passage,
            contextFactory=self._contextFactory,
            bindAddress=self._bind_address,
            pool=self._pool,
            maxsize=self._default_maxsize,
            warnsize=self._default_warnsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
            tls_verbose_logging=self._tls_verbose_logging,
        )
        with wrap_twisted_exceptions():
            response: Response = await maybe_deferred_to_future(agent.download_request(request))
        proxy = passage.proxy
        if proxy is not None and proxy.forwards(request.url) and response.status == PROXY_AUTHENTICATION_REQUIRED:
            exchange.discard()
            raise ProxyUnusable(str(refusal_of(proxy, response.status, urlsplit(request.url).netloc)))
        return response

    async def _keep(self, request: Request, exchange: Exchange) -> Capture | None:
        if self._completion is None:
            self._completion = BatchedCompletion()
        capture = await self._completion.wait(self._writer.submit(exchange))
        if capture is not None:
            request.meta[CAPTURE_META_KEY] = capture
        return capture

    def _submit_unawaited(self, exchange: Exchange) -> None:
        try:
            self._writer.submit(exchange)
        except TalkscraperError as e:
            logger.warning("%s: what was received of it isn't kept: %s", exchange.url, e)

    def _unrecorded(self, request: Request) -> CaptureError:
        """Log that a response bypassed the recording protocol, and close the spider."""
        error = CaptureError(
            f"{request.url} was answered, but nothing of it was recorded: this version of Scrapy or Twisted doesn't go "
            "through the recording connections; install the versions that pyproject.toml names"
        )
        logger.error("%s", error)
        engine = self._crawler.engine
        if self._closing is None and engine is not None:
            self._closing = asyncio.ensure_future(engine.close_spider_async(reason="no-capture"))
        return error


def _text(value: object) -> str | None:
    return str(value) if value else None


def _said(error: Exception, exchange: Exchange) -> Exception | None:
    """Return a fetch error that says in words what happened, of the same kind; None if it does so itself."""
    if isinstance(error, ProxyUnusable):
        return None
    last = exchange.last
    if isinstance(error, DownloadTimeoutError):
        return DownloadTimeoutError(_late(exchange))
    words = in_words(error, last.verification if last is not None else None)
    if isinstance(error, DownloadFailedError):
        found = [each.value for each in getattr(error.__cause__, "reasons", None) or []]
        unreadable = next((str(each) for each in found if isinstance(each, UnreadableResponse)), None)
        return DownloadFailedError(unreadable or words or str(error))
    if words is None:
        return None
    if isinstance(error, CannotResolveHostError | DownloadConnectionRefusedError):
        return type(error)(words)
    foreign = type(error).__module__.startswith(("twisted", "OpenSSL", "service_identity"))
    return DownloadFailedError(words) if foreign else None


def _late(exchange: Exchange) -> str:
    """Return what hadn't come in time."""
    last = exchange.last
    if last is None:
        return "no connection in time"
    if not last.response.size:
        return "no answer in time"
    if last.reader is None or last.reader.head is None:
        return "the answer's head wasn't complete in time"
    return f"the answer wasn't complete in time: {last.response.size} bytes came"


def _reason(error: Exception, exchange: Exchange) -> str | None:
    """Return the WARC-Truncated reason of a failed response. The parser can't tell: a body cut by us looks complete."""
    if isinstance(error, DownloadCancelledError):
        return "length"
    if isinstance(error, DownloadTimeoutError):
        return "time"
    if isinstance(error, DownloadFailedError | ResponseDataLossError):
        failures = getattr(error.__cause__, "reasons", None) or []
        if any(failure.check(HeadTooLarge) for failure in failures):
            return "length"
        ended = all(failure.check(*_CONNECTION_ENDED) for failure in failures)
        # otherwise the bytes weren't HTTP, and this side closed the connection
        return "disconnect" if ended else "unspecified"
    last = exchange.last
    if isinstance(error, StopDownload) and last is not None and last.complete:
        return None
    return "unspecified"


def _flagged(response: Response, exchange: Exchange) -> str | None:
    """Return the WARC-Truncated reason of a response that Scrapy handed on incomplete, or None."""
    if LOSS_FLAG in response.flags:
        return "disconnect"
    last = exchange.last
    if "download_stopped" in response.flags and last is not None and not last.complete:
        return "unspecified"
    return None
