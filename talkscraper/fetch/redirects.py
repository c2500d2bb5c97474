"""Redirects, limited to a source's own hosts.

A page may not lead the crawl to another site: a redirect off the source's own hosts isn't followed and is reported (a
homepage that redirects has moved). Style sheets, pictures and fonts may come from any public host. A page that leads on
by a refresh or its only frame (``html.refresh``) is followed by the same rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

from talkscraper.sources.hosts import belongs
from talkscraper.sources.redirect_chain import REDIRECT_STATUSES, RedirectChain, RedirectLoop
from talkscraper.urls.resolution import of_bytes, target
from talkscraper.urls.validity import fault_of

if TYPE_CHECKING:
    from typing import Self

    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

OWN_HOSTS_META_KEY = "talkscraper_own_hosts"
"""``request.meta`` key of the frozenset of host names (without ``www.``) that it may be redirected to; absent: any."""
COOKIE_HOSTS_META_KEY = "talkscraper_cookie_hosts"
"""``request.meta`` key of the frozenset of host names to which cookies of the chain are sent back; absent: none."""
_CHAIN_META_KEY = "talkscraper_redirect_chain"


class RedirectRefused(IgnoreRequest):
    """A redirect that isn't followed: off the source's hosts, or to an invalid URL."""

    def __init__(self, url: str, target: str, why: str) -> None:
        super().__init__(f"{url} redirects to {target[:200]}: {why}")
        self.target = target


class RedirectsEnded(IgnoreRequest):
    """Redirects that lead nowhere: a loop, or too many."""


class PoliteRedirectMiddleware:
    """Follows redirects in Scrapy's stead: within the source's hosts, with the cookies of the chain."""

    def __init__(self, most: int) -> None:
        self._most = most

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware; called by Scrapy."""
        return cls(crawler.settings.getint("REDIRECT_MAX_TIMES"))

    def process_response(self, request: Request, response: Response) -> Request | Response:
        """Follow a redirect, pass another response, or refuse the redirect.

        Raises:
            RedirectRefused: the target isn't permitted for this request.
            RedirectsEnded: the redirects lead nowhere.
        """
        location = response.headers.get(b"Location")
        if response.status not in REDIRECT_STATUSES or not location:
            return response
        return followed(request, response, of_bytes(location), why=response.status, most=self._most)


def followed(request: Request, response: Response, written: str, *, why: int | str, most: int) -> Request:
    """Return the request that follows a response to an address.

    Args:
        request: the request of the response.
        response: the response.
        written: the address to which it leads, as written there.
        why: its status, or what leads on.
        most: maximum number of redirects in a chain.

    Raises:
        RedirectRefused: the address isn't permitted for this request.
        RedirectsEnded: the chain is a loop or too long.
    """
    url = target(request.url, written)
    fault = fault_of(url if url is not None else written)
    if url is None or fault is not None:
        raise RedirectRefused(request.url, url or written, fault or "not an address")
    own: frozenset[str] | None = request.meta.get(OWN_HOSTS_META_KEY)
    if own is not None and not belongs(url, own):
        raise RedirectRefused(request.url, url, "another site")
    hosts: frozenset[str] = request.meta.get(COOKIE_HOSTS_META_KEY, frozenset())
    chain: RedirectChain = request.meta.get(_CHAIN_META_KEY) or RedirectChain()
    try:
        chain = chain.followed(request.url, url, _set_cookies(response), hosts)
    except RedirectLoop as e:
        raise RedirectsEnded(str(e)) from e
    times = int(request.meta.get("redirect_times", 0)) + 1
    limit = int(request.meta.get("redirect_ttl", most))
    if times > limit:
        raise RedirectsEnded(f"redirects more than {limit} times, at last to {url}")
    meta = {
        **request.meta,
        "redirect_times": times,
        "redirect_urls": [*request.meta.get("redirect_urls", ()), request.url],
        "redirect_reasons": [*request.meta.get("redirect_reasons", ()), why],
        _CHAIN_META_KEY: chain,
    }
    result = request.replace(url=url, meta=meta)
    result.headers.pop(b"Cookie", None)
    cookies = chain.cookies.header_for(url, hosts)
    if cookies:
        result.headers[b"Cookie"] = cookies.encode("latin-1", "replace")
    return result


def _set_cookies(response: Response) -> list[str]:
    return [value.decode("latin-1") for value in response.headers.getlist(b"Set-Cookie")]
