"""One chain of redirects: where it has been, and the cookies that it carries. Used by the crawl and ``SiteClient``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from talkscraper.sources.chain_cookies import ChainCookies

REDIRECT_STATUSES = frozenset({301, 302, 303, 307, 308})
"""Statuses of responses whose ``Location`` is followed."""


class RedirectLoop(Exception):
    """The same response came for the second time."""


@dataclass(frozen=True, slots=True)
class RedirectChain:
    """The state of a chain before its next request."""

    cookies: ChainCookies = field(default_factory=ChainCookies)
    seen: frozenset[tuple[str, str, str]] = frozenset()
    """Responses so far: the URL, the cookies sent with its request, and the URL to which it leads."""

    def followed(self, url: str, target: str, set_cookies: Iterable[str], hosts: frozenset[str]) -> RedirectChain:
        """Return the chain after a response of ``url`` that leads to ``target``.

        Args:
            url: the URL of the response.
            target: the URL to which it leads.
            set_cookies: its ``Set-Cookie`` headers.
            hosts: the source's hosts, to which cookies are sent back.

        Raises:
            RedirectLoop: the chain has been there, with the same cookies.
        """
        response = url, self.cookies.header_for(url, hosts), target
        if response in self.seen:
            where = "itself" if url == target else f"{target}, where it has been"
            raise RedirectLoop(f"a redirect loop: {url} leads to {where}, again and again")
        return replace(self, cookies=self.cookies.after(url, set_cookies), seen=self.seen | {response})
