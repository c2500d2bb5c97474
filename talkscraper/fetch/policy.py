"""Fetch policy of a crawler: the terms of every request, by the source for which it is made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from scrapy.exceptions import IgnoreRequest

from talkscraper.sources.permission import Permission

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from scrapy.crawler import Crawler

    from talkscraper.fetch.politeness import Pacer
    from talkscraper.sources.access import Passage


class TakenDown(IgnoreRequest):
    """The address was taken down and is never fetched again, whatever links to it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How one source's requests to one host are made."""

    permission: Permission
    delay: float
    concurrency: int = 1
    passage: Passage | None = None
    """What they carry and through what they go; None if it is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPolicy:
    """The pacer of a run, and the terms of its sources."""

    terms: Callable[[str, str], Terms]
    """Returns the terms for a source's id and a URL."""
    pacer: Pacer | None
    """Paces the requests; None where another project's own Scrapy settings do."""
    received: Callable[[str, int], None] | None = None
    """Called for every response with the source's id and the number of body bytes received."""
    is_taken_down: Callable[[str], bool] | None = None
    """Returns whether a URL was taken down."""
    is_spent: Callable[[str], bool] | None = None
    """Returns whether a source has used up its bytes, so that nothing more is fetched for it."""
    reserve: Callable[[str, str], Awaitable[None]] | None = None
    """Counts a request that is about to be sent, for a source's id to a URL; raises ``Stopping`` if it may not be."""
    aborts: list[Callable[[], None]] = field(default_factory=list)
    """Functions that abort transfers in progress; each handler adds its own."""

    def abort_transfers(self) -> None:
        """Abort every transfer in progress (when the end of a run takes too long)."""
        for abort in self.aborts:
            abort()


_policies: WeakKeyDictionary[Crawler, FetchPolicy] = WeakKeyDictionary()


def attach_policy(crawler: Crawler, policy: FetchPolicy) -> None:
    """Set the policy of a crawler; call it before the crawler's engine opens."""
    _policies[crawler] = policy


def detach_policy(crawler: Crawler) -> None:
    """Remove the policy; the crawler's spider is closed and requests nothing more."""
    _policies.pop(crawler, None)


def policy_of(crawler: Crawler) -> FetchPolicy:
    """Return the crawler's policy.

    Raises:
        KeyError: no policy was attached.
    """
    return _policies[crawler]
