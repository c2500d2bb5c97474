"""Classification of the exceptions that Scrapy passes on: the failure that each one is."""

from __future__ import annotations

from datetime import datetime, timedelta

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)

from talkscraper.capture.proxy_endpoint import ProxyUnusable
from talkscraper.crawl.failures import Failure
from talkscraper.errors import CaptureError, NotAnAddress, StorageError
from talkscraper.fetch.address_guard import AddressRefused
from talkscraper.fetch.policy import TakenDown
from talkscraper.fetch.redirects import RedirectRefused, RedirectsEnded
from talkscraper.fetch.robots import RightsReserved, RobotsForbidden, RobotsUnreachable
from talkscraper.fetch.unsent import HostPaused, Stopping
from talkscraper.frontier.model import Fate
from talkscraper.warc.content_coding import UndecodableContent

ROBOTS_RETRY = timedelta(hours=1)
ROBOTS_FORBIDDEN_RETRY = timedelta(days=7)


def of_error(error: BaseException, url: str, now: datetime) -> Failure:
    """Classify an exception passed to Scrapy's errback."""
    detail = f"{url}: {_line(error)}"
    if isinstance(error, StorageError | CaptureError):
        return Failure(fate=Fate.DEFERRED, error="capture", detail=detail, stops_run=error)
    if isinstance(error, Stopping):
        return Failure(fate=Fate.DEFERRED, error="stopping", detail=detail)
    if isinstance(error, HostPaused):
        return Failure(
            fate=Fate.DEFERRED,
            error="paused",
            detail=str(error),
            retry_at=now + timedelta(seconds=error.seconds),
            blocked=True,
        )
    if isinstance(error, RobotsForbidden):
        return Failure(fate=Fate.REFUSED, error="robots", detail=str(error), retry_at=now + ROBOTS_FORBIDDEN_RETRY)
    if isinstance(error, RightsReserved):
        return Failure(fate=Fate.REFUSED, error="tdm", detail=str(error), retry_at=now + ROBOTS_FORBIDDEN_RETRY)
    if isinstance(error, RobotsUnreachable):
        return Failure(
            fate=Fate.DEFERRED,
            error="robots-unreachable",
            detail=str(error),
            retry_at=now + ROBOTS_RETRY,
            connection=True,
        )
    if isinstance(error, RedirectRefused):
        return Failure(fate=Fate.REFUSED, error="redirect", detail=str(error))
    if isinstance(error, TakenDown):
        return Failure(fate=Fate.REFUSED, error="takedown", detail=str(error))
    if isinstance(error, NotAnAddress):
        return Failure(fate=Fate.REFUSED, error="not-an-address", detail=f"{url[:300]} can't be requested: {error}")
    if isinstance(error, AddressRefused):
        return Failure(fate=Fate.REFUSED, error="address", detail=f"{url}: {error}")
    if isinstance(error, IgnoreRequest):
        return Failure(fate=Fate.FAILED, error=_ignored(error), detail=detail)
    word, connection = _network(error)
    return Failure(fate=Fate.FAILED, error=word, detail=detail, connection=connection)


def _network(error: BaseException) -> tuple[str, bool]:
    if isinstance(error, CannotResolveHostError):
        return "dns", True
    if isinstance(error, DownloadConnectionRefusedError):
        return "refused", True
    if isinstance(error, DownloadTimeoutError):
        return "timeout", True
    if isinstance(error, DownloadCancelledError):
        return "too-large", False
    if isinstance(error, ResponseDataLossError):
        return "cut-off", False
    if isinstance(error, ProxyUnusable):
        return "proxy", True
    if isinstance(error, DownloadFailedError):
        text = str(error)
        return ("certificate", True) if "certificate" in text.lower() else ("connection", True)
    return type(error).__name__, False


def _ignored(error: IgnoreRequest) -> str:
    if isinstance(error, RedirectsEnded):
        return "redirects"
    if isinstance(error.__cause__, UndecodableContent):
        return "too-large"
    return "ignored"


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text[:300] if text else type(error).__name__
