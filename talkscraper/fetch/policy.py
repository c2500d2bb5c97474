"""What a crawler may do to whom: the terms of every request, found by the source on whose behalf it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from scrapy.exceptions import IgnoreRequest

from talkscraper.fetch.address_guard import Permission

if TYPE_CHECKING:
    from collections.abc import Callable

    from scrapy.crawler import Crawler

    from talkscraper.fetch.politeness import Pacer


class TakenDown(IgnoreRequest):
    """The address was taken down: it is never fetched again, whoever leads to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How one source's requests to one host are made."""

    permission: Permission
    delay: float
    concurrency: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """The turns of a run, and the terms of its sources."""

    terms: Callable[[str, str], Terms]
    """Given a source's id and a URL."""
    pacer: Pacer | None
    """None where the project's own Scrapy settings pace its requests."""
    received: Callable[[str, str, int], None] | None = None
    """Told of every answer: the source's id, the URL, and the body's bytes as received."""
    barred: Callable[[str], bool] | None = None
    """Whether a URL was taken down."""
    spent: Callable[[str], bool] | None = None
    """Whether a source has had its bytes, so that nothing more is asked for it."""
    aborts: list[Callable[[], None]] = field(default_factory=list)
    """What cuts the transfers that are under way; each handler adds its own."""

    def abort_transfers(self) -> None:
        """Cut every transfer that is under way (a drain that takes too long)."""
        for abort in self.aborts:
            abort()


_policies: WeakKeyDictionary[Crawler, FetchPolicy] = WeakKeyDictionary()


def attach_policy(crawler: Crawler, policy: FetchPolicy) -> None:
    """Say how the crawler's requests are to be made; before its engine opens."""
    _policies[crawler] = policy


def detach_policy(crawler: Crawler) -> None:
    """The crawler's spider is closed: nothing is requested any more."""
    _policies.pop(crawler, None)


def policy_of(crawler: Crawler) -> FetchPolicy:
    """The crawler's policy.

    Raises:
        KeyError: none was attached.
    """
    return _policies[crawler]


@lru_cache(maxsize=1024)
def netloc_of(url: str) -> str:
    """Host and port, by which requests are paced; the scheme's own port is left out."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if ":" in host:
        host = f"[{host}]"
    return host if port is None or port == {"http": 80, "https": 443}.get(parts.scheme) else f"{host}:{port}"
