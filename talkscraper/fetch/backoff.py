"""Back-off after 429 and 503: all requests to the host wait for as long as it asks, or for a default time.

After a short pause the request is repeated; a long pause ends the host's part in this run, and its addresses are due
again when the pause is over.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from talkscraper.fetch.policy import policy_of
from talkscraper.fetch.unsent import HostPaused
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

    from talkscraper.fetch.politeness import Pacer

logger = logging.getLogger(__name__)

BUSY = (429, 503)
MAX_PAUSE_S = 24 * 3600.0
"""Maximum Retry-After that is honoured: one day."""
GIVEN_UP_S = 600.0
"""Pause in seconds of a host that stays busy after the last repetition."""
_TRIES_META_KEY = "talkscraper_busy"
_PAUSE_META_KEY = "talkscraper_pause"


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Return the seconds given by ``Retry-After`` as seconds or HTTP-date (RFC 9110 §10.2.3); None if it is invalid.

    Never negative, at most a day.
    """
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdigit():
        # int() of a very long number is slow, and every such number means the cap
        return min(MAX_PAUSE_S, float(text[:12]))
    try:
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return min(MAX_PAUSE_S, max(0.0, (moment - now).total_seconds()))
    except (TypeError, ValueError, OverflowError, IndexError):
        return None


def note_busy(pacer: Pacer, request: Request, response: Response, now: datetime) -> None:
    """Pause the host of a 429 or 503 response; called while the request still holds the host's turn.

    ``now`` is the run's time, from which a date in Retry-After is counted.
    """
    host = netloc_of(request.url)
    if response.status not in BUSY:
        pacer.reset_backoff(host)
        return
    requested = parse_retry_after(_header(response), now)
    why = busy_answer(response)
    seconds = pacer.back_off(host, requested, why)
    request.meta[_PAUSE_META_KEY] = seconds
    logger.warning("%s %s: nothing is sent to it for %.0f s", host, why, seconds)


def busy_answer(response: Response) -> str:
    """Return what a busy host answered: only with Retry-After did it ask for a pause."""
    asked = _header(response) is not None
    return f"answered {response.status} {'and asked for a pause' if asked else 'without Retry-After'}"


class BackOffMiddleware:
    """Downloader middleware: repeats a request whose host was busy, or gives up the host for this run.

    ``TALKSCRAPER_BACKOFF_TRIES`` is the number of times that one request is repeated.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._tries = crawler.settings.getint("TALKSCRAPER_BACKOFF_TRIES", 2)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; called by Scrapy."""
        return cls(crawler)

    def process_response(self, request: Request, response: Response) -> Response | Request:
        """Pass every response but 429 and 503; repeat the request after a short pause.

        Raises:
            HostPaused: the pause exceeds the maximum for waiting, or the host stays busy.
        """
        pacer = policy_of(self._crawler).pacer
        if response.status not in BUSY or pacer is None:
            return response
        host = netloc_of(request.url)
        tries = int(request.meta.get(_TRIES_META_KEY, 0))
        seconds = float(request.meta.get(_PAUSE_META_KEY, 0.0))
        if tries >= self._tries:
            # busy in spite of the pauses: send it nothing for a longer time
            seconds = max(seconds, GIVEN_UP_S)
            why = f"{busy_answer(response)}, {tries + 1} times"
            pacer.pause(host, seconds, why)
            raise HostPaused(host, seconds, why)
        if seconds > pacer.patience_s:
            raise HostPaused(host, seconds, busy_answer(response))
        again = request.replace(dont_filter=True)
        again.meta[_TRIES_META_KEY] = tries + 1
        return again


def _header(response: Response) -> str | None:
    value = response.headers.get(b"Retry-After")
    return value.decode("latin-1") if value is not None else None
