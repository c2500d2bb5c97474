"""robots.txt's ``Sitemap:`` lines (they stand outside any group of rules)."""

from __future__ import annotations

from talkscraper.discovery.model import Link, LinkKind, LinkSet, joined
from talkscraper.discovery.seed_text import decoded

MAX_SITEMAPS = 500
_MAX_BYTES = 500 * 1024
"""Bytes that are read (RFC 9309 §2.5)."""


def sitemaps_of(body: bytes, url: str) -> tuple[Link, ...]:
    """The sitemaps that a robots.txt names, in its order.

    Args:
        body: robots.txt.
        url: Where it came from; relative addresses, which the protocol doesn't allow, are resolved all the same.
    """
    found = LinkSet(via=url, most=MAX_SITEMAPS)
    for line in decoded(body[:_MAX_BYTES]).splitlines():
        name, colon, value = line.partition(":")
        if not colon or name.strip().lower() != "sitemap":
            continue
        address = joined(url, value.partition(" #")[0].partition("\t#")[0])
        if address is not None:
            found.add(address, lambda cleaned: Link(url=cleaned, kind=LinkKind.SITEMAP, via=url))
    return tuple(found.links.values())
