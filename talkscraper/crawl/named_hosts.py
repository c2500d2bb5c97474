"""Which hosts another Scrapy project named itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from talkscraper.fetch.address_guard import Permission
from talkscraper.fetch.policy import Terms, netloc_of


class NamedHosts:
    """Which hosts a project named itself: those may be private, what pages lead to may not.

    A project names a host by ``start_urls``, ``allowed_domains`` or a request of its ``start()``.
    """

    def __init__(self, spider: Any) -> None:
        self._spider_name = str(getattr(spider, "name", "?"))
        self._netlocs = {netloc_of(url) for url in getattr(spider, "start_urls", ()) or ()}
        self._domains = {str(domain).lower() for domain in getattr(spider, "allowed_domains", ()) or ()}

    def name(self, url: str) -> None:
        """The project itself asks for this URL."""
        self._netlocs.add(netloc_of(url))

    def terms(self, _source_id: str, url: str) -> Terms:
        """The project's own settings pace its requests; only the address is guarded."""
        host = (urlsplit(url).hostname or "").lower()
        named = netloc_of(url) in self._netlocs or host in self._domains
        return Terms(permission=Permission(source_id=self._spider_name, private=named), delay=0.0)
