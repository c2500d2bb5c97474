"""Parser of the ``Sitemap:`` lines of robots.txt, which are outside any group of rules."""

from __future__ import annotations

from talkscraper.discovery.model import Link, LinkKind, LinkSet, joined
from talkscraper.discovery.seed_text import decoded

MAX_SITEMAPS = 500
_MAX_BYTES = 500 * 1024
"""Maximum number of bytes read (RFC 9309 §2.5)."""


def robots_text(body: bytes) -> str:
    """Return the rules of a robots.txt as text: UTF-8 (RFC 9309 §2.2), without a byte order mark."""
    return body[:_MAX_BYTES].decode("utf-8", "replace").removeprefix("\ufeff")


def sitemaps_of(body: bytes, url: str) -> tuple[Link, ...]:
    """Return the sitemaps that a robots.txt names, in order.

    Args:
        body: The robots.txt.
        url: Its URL; relative addresses, although the protocol forbids them, are resolved.
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
