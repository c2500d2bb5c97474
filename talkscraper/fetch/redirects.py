"""Redirects that stay where a source's pages belong.

A page may not lead the crawl to another site: a redirect off the source's own hosts ends there and is reported as
such (a front page that does it has moved). Pictures, styles and fonts may come from anywhere public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from talkscraper.urls import MAX_URL_LENGTH, belongs

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

OWN_HOSTS_META_KEY = "talkscraper_own_hosts"
"""frozenset of host names (without ``www.``) that a redirect of this request may lead to; absent: any."""


class RedirectRefused(IgnoreRequest):
    """A redirect that isn't followed: off the source's hosts, not http, or too long."""

    def __init__(self, url: str, target: str, why: str) -> None:
        super().__init__(f"{url} redirects to {target[:200]}: {why}")
        self.target = target


class PoliteRedirectMiddleware(RedirectMiddleware):
    """Scrapy's, with the source's borders."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy; its own way also looks for a middleware that writes Referer, and misses it aloud."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow, pass or refuse.

        Raises:
            RedirectRefused: it leads where this request may not go.
        """
        result: Request | Response = super().process_response(request, response)
        if result is response:
            location = response.headers.get(b"Location")
            if location is not None and 300 <= response.status < 400:
                target = urljoin(request.url, location.decode("latin-1"))
                if urlsplit(target).scheme not in ("http", "https"):
                    raise RedirectRefused(request.url, target, "not an http address")
            return response
        if len(result.url) > MAX_URL_LENGTH:
            raise RedirectRefused(request.url, result.url, f"longer than {MAX_URL_LENGTH} characters")
        own: frozenset[str] | None = request.meta.get(OWN_HOSTS_META_KEY)
        if own is not None and not belongs(result.url, own):
            raise RedirectRefused(request.url, result.url, "another site")
        return result
