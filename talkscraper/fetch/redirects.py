"""Redirects, limited to a source's own hosts.

A page may not lead the crawl to another site: a redirect off the source's own hosts isn't followed and is reported (a
homepage that redirects has moved). Style sheets, pictures and fonts may come from any public host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from scrapy.downloadermiddlewares.redirect import RedirectMiddleware
from scrapy.exceptions import IgnoreRequest

from talkscraper.sources.hosts import belongs
from talkscraper.urls.validity import fault_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

_FOLLOWED = frozenset({301, 302, 303, 307, 308})
OWN_HOSTS_META_KEY = "talkscraper_own_hosts"
"""``request.meta`` key of the frozenset of host names (without ``www.``) that it may be redirected to; absent: any."""


class RedirectRefused(IgnoreRequest):
    """A redirect that isn't followed: off the source's hosts, or to an invalid URL."""

    def __init__(self, url: str, target: str, why: str) -> None:
        super().__init__(f"{url} redirects to {target[:200]}: {why}")
        self.target = target


class PoliteRedirectMiddleware(RedirectMiddleware):
    """Scrapy's redirect middleware, limited to the source's hosts."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; Scrapy's own method also searches for a Referer middleware and logs its absence."""
        middleware = cls(crawler.settings)
        middleware.crawler = crawler
        return middleware

    def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Follow a redirect, pass another response, or refuse the redirect.

        Raises:
            RedirectRefused: the target isn't permitted for this request.
        """
        location = (response.headers.get(b"Location") or b"").decode("latin-1")
        try:
            result: Request | Response = super().process_response(request, response)
            target = urljoin(request.url, location) if result is response else result.url
        except ValueError as e:
            raise RedirectRefused(request.url, location, "not an address") from e
        if location and response.status in _FOLLOWED and (fault := fault_of(target)) is not None:
            raise RedirectRefused(request.url, target, fault)
        if result is response:
            return response
        own: frozenset[str] | None = request.meta.get(OWN_HOSTS_META_KEY)
        if own is not None and not belongs(result.url, own):
            raise RedirectRefused(request.url, result.url, "another site")
        return result
