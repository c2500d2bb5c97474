"""The hosts that another Scrapy project names itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from talkscraper.fetch.address_guard import Permission
from talkscraper.fetch.policy import Terms, netloc_of


class NamedHosts:
    """Hosts named by a project: these may have private addresses, hosts found in pages may not.

    A project names a host by ``start_urls``, ``allowed_domains`` or a request of its ``start()``.
    """

    def __init__(self, spider: Any) -> None:
        self._spider_name = str(getattr(spider, "name", "?"))
        self._netlocs = {netloc_of(url) for url in getattr(spider, "start_urls", ()) or ()}
        self._domains = {str(domain).lower() for domain in getattr(spider, "allowed_domains", ()) or ()}

    def name(self, url: str) -> None:
        """Add the host of a URL that the project itself requests."""
        self._netlocs.add(netloc_of(url))

    def terms(self, _source_id: str, url: str) -> Terms:
        """Return the terms of a request: the project's own settings pace it, only its address is checked."""
        host = (urlsplit(url).hostname or "").lower()
        named = netloc_of(url) in self._netlocs or host in self._domains
        return Terms(permission=Permission(source_id=self._spider_name, private=named), delay=0.0)
