"""Terms of a run's requests: which addresses they may connect to, how far apart, and how many at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from talkscraper.fetch.policy import Terms
from talkscraper.sources.permission import Permission
from talkscraper.urls.resolution import netloc_of

if TYPE_CHECKING:
    from talkscraper.sources.access import SourceAccess
    from talkscraper.sources.model import Source

MAX_CACHED = 4096
"""Maximum number of cached terms. They are cached by source and host; pictures may come from any host."""
_DEFAULT_DELAY_S = 2.0


class SourceTerms:
    """Terms by the settings of the source for which a request is made."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        *,
        has_contact: bool,
        access: Mapping[str, SourceAccess] | None = None,
        min_delay: float = 0.0,
    ) -> None:
        self._sources = sources
        self._access = access or {}
        self._min_delay = min_delay
        self._has_contact = has_contact
        self._cache: dict[tuple[str, str, str], Terms] = {}

    def __call__(self, source_id: str, url: str) -> Terms:
        """Return the terms of a request for a source; its own hosts may be private if its settings allow it."""
        key = source_id, url[:5], netloc_of(url)
        terms = self._cache.get(key)
        if terms is None:
            if len(self._cache) >= MAX_CACHED:
                self._cache.clear()
            terms = self._cache[key] = self._terms(source_id, url)
        return terms

    def _terms(self, source_id: str, url: str) -> Terms:
        source = self._sources.get(source_id)
        if source is None:
            permission = Permission(source_id=source_id or "?", public=self._has_contact)
            return Terms(permission=permission, delay=max(_DEFAULT_DELAY_S, self._min_delay))
        permission = Permission.of(source, url, has_contact=self._has_contact)
        access = self._access.get(source_id)
        return Terms(
            permission=permission,
            delay=max(source.delay, self._min_delay),
            concurrency=source.concurrency,
            passage=access.passage(url) if access is not None else None,
        )


class ProjectTerms:
    """Terms of another Scrapy project: its own settings pace its requests, only their addresses are checked.

    Hosts that the project names (by ``start_urls``, ``allowed_domains`` or a request of its ``start()``) may have
    private addresses, hosts found in pages may not.
    """

    def __init__(self, spider: Any) -> None:
        self._spider_name = str(getattr(spider, "name", "?"))
        self._netlocs = {netloc_of(url) for url in getattr(spider, "start_urls", ()) or ()}
        self._domains = {str(domain).lower() for domain in getattr(spider, "allowed_domains", ()) or ()}

    def add_host(self, url: str) -> None:
        """Add the host of a URL that the project itself requests."""
        self._netlocs.add(netloc_of(url))

    def __call__(self, _source_id: str, url: str) -> Terms:
        """Return the terms of a request."""
        host = (urlsplit(url).hostname or "").lower()
        named = netloc_of(url) in self._netlocs or host in self._domains
        return Terms(permission=Permission(source_id=self._spider_name, private=named), delay=0.0)
