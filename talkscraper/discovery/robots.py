"""Parser of the ``Sitemap:`` lines of robots.txt, which are outside any group of rules."""

from __future__ import annotations

from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.discovery.model import Link, LinkSet, joined

MAX_SITEMAPS = 500


def sitemaps_of(text: str, url: str) -> tuple[Link, ...]:
    """Return the sitemaps that a robots.txt names, in order.

    Args:
        text: The robots.txt.
        url: Its URL; relative addresses, although the protocol forbids them, are resolved.
    """
    found = LinkSet(via=url, most=MAX_SITEMAPS)
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if not colon or name.strip().lower() != "sitemap":
            continue
        address = joined(url, value.partition(" #")[0].partition("\t#")[0])
        if address is not None:
            found.add(address, SITEMAP.name)
    return tuple(found.links.values())
