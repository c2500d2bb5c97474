"""Rules that decide which links are a source's articles: its own patterns, or else the form of the URL."""

from __future__ import annotations

from talkscraper.discovery.model import Link
from talkscraper.sources.model import Source
from talkscraper.sources.seed_kinds import ARTICLE
from talkscraper.urls.canonical import MAX_URL_LENGTH, host_of, is_within, site_of
from talkscraper.urls.shape import Shape, judge


def own(url: str, source: Source) -> bool:
    """Whether an address is on one of the source's hosts or a subdomain; ports count if the host is an IP address."""
    host = host_of(url)
    if host == host_of(source.homepage) and ":" in site_of(url):
        return site_of(url) == site_of(source.homepage)
    return is_within(host, source.own_hosts)


def refusal(link: Link, source: Source, *, names_all_pages: bool = False) -> str | None:
    """Return why a link isn't one of the source's articles; None if it is, or if it isn't a link to an article at all.

    A feed names articles, so its links are only rejected if they clearly have another form; a sitemap names every page
    of a
    site, so without patterns its links must have the form of articles, unless it is a news sitemap.

    Args:
        link: The link.
        source: The source.
        names_all_pages: Whether the document that names it names every page of the site.
    """
    if link.kind != ARTICLE:
        return None
    if source.article_urls:
        if any(pattern.search(link.url[: MAX_URL_LENGTH + 1]) for pattern in source.article_urls):
            return None
        return "matches none of article_urls"
    verdict = judge(link.url)
    if verdict.shape is Shape.ARTICLE:
        return None
    if names_all_pages:
        return f"doesn't look like an article ({verdict.why})"
    if verdict.why in ("a file", "the front page", "a search or an action"):
        return f"not an article ({verdict.why})"
    return None
