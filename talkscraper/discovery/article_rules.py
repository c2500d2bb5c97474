"""Which of the links that something names are a source's articles: by its own patterns, else by their looks."""

from __future__ import annotations

from talkscraper.discovery.model import Link, LinkKind
from talkscraper.sources.model import Source
from talkscraper.urls.canonical import MAX_URL_LENGTH, host_of, is_within, site_of
from talkscraper.urls.shape import Shape, judge


def own(url: str, source: Source) -> bool:
    """Whether an address is on one of the source's hosts, or below one; ports count where the host is an address."""
    host = host_of(url)
    if host == host_of(source.homepage) and ":" in site_of(url):
        return site_of(url) == site_of(source.homepage)
    return is_within(host, source.own_hosts)


def refusal(link: Link, source: Source, *, form: str = "") -> str | None:
    """Why a link isn't one of the source's articles; None when it is, or is no article at all.

    A feed names articles, so its links are only doubted when they are plainly something else; a sitemap names every
    page of a site, so without patterns its links must look like articles, unless it is one for news.

    Args:
        link: What was named.
        source: Whose.
        form: The ``form`` of the feed or sitemap that names it.
    """
    if link.kind is not LinkKind.ARTICLE:
        return None
    if source.article_urls:
        if any(pattern.search(link.url[: MAX_URL_LENGTH + 1]) for pattern in source.article_urls):
            return None
        return "matches none of article_urls"
    verdict = judge(link.url)
    if verdict.shape is Shape.ARTICLE:
        return None
    if form in ("urlset", "text"):
        return f"doesn't look like an article ({verdict.why})"
    if verdict.why in ("a file", "the front page", "a search or an action"):
        return f"not an article ({verdict.why})"
    return None
