"""*Minato Shimbun* (港新聞): a Japanese newspaper in Shift_JIS, with an RSS feed and a news sitemap."""

from __future__ import annotations

import gzip
import json
from datetime import datetime
from email.utils import format_datetime
from html import escape
from urllib.parse import urlsplit

from talkscraper.fixture_site.pictures import paper, seascape
from talkscraper.fixture_site.reply import Reply, html_page, not_found
from talkscraper.fixture_site.stories import Edition, Story, edition

NAME = "港新聞"
CHARSET = "shift_jis"
FEED_LENGTH = 5
"""Number of items in the feed. Older stories are only in the sitemap, as on real sites."""

_STYLE = """\
@charset "utf-8";
body { margin: 0 auto; max-width: 44rem; padding: 1rem; font: 1.05rem/1.9 "Hiragino Mincho ProN", serif }
header { border-bottom: 4px double #333 } figure { margin: 1rem 0; background: url("/img/paper.png") }
img { max-width: 100% } .meta { color: #666 } .kanren { background: #f1efe9; padding: 1rem }
"""


class MinatoShimbun:
    """Replies of the Japanese newspaper. ``day`` (0 is the first) is set by ``FixtureSite``."""

    name = NAME

    def __init__(self) -> None:
        self.day = 0

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target``. ``base`` is the newspaper's origin, without a slash at its end."""
        path = urlsplit(target).path
        today = edition("minato_shimbun", self.day)
        if path == "/":
            return html_page(_front(today), charset=CHARSET)
        if path.startswith("/news/") and path.endswith(".html"):
            story = today.find(path.removeprefix("/news/").removesuffix(".html"))
            return html_page(_page(story, today, base), charset=CHARSET) if story else not_found()
        if path == "/robots.txt":
            return Reply(200, "text/plain", f"User-agent: *\nAllow: /\nSitemap: {base}/sitemap-index.xml\n".encode())
        if path == "/feed.rdf":
            return Reply(200, "application/rss+xml", _feed(today, base).encode("utf-8"))
        if path == "/sitemap-index.xml":
            return Reply(200, "application/xml", _index(base).encode())
        if path == "/sitemap-news.xml.gz":
            return Reply(200, "application/gzip", gzip.compress(_news_sitemap(today, base).encode(), mtime=0))
        if path == "/style.css":
            return Reply(200, "text/css", _STYLE.encode())
        if path.startswith("/img/") and path.endswith(".png"):
            return Reply(200, "image/png", paper(path) if path == "/img/paper.png" else seascape(path))
        return not_found()


def _front(today: Edition) -> str:
    items = "".join(
        f'<li><a href="/news/{each.slug}.html">{escape(each.title)}</a></li>' for each in today.stories[:FEED_LENGTH]
    )
    return _shell(NAME, f"<h1>{NAME}</h1><ul>{items}</ul>", head=_FEED_LINK)


_FEED_LINK = '<link rel="alternate" type="application/rss+xml" title="RSS" href="/feed.rdf">'


def _page(story: Story, today: Edition, base: str) -> str:
    published = datetime.fromisoformat(story.published)
    url = f"{base}/news/{story.slug}.html"
    described = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": url,
        "headline": story.title,
        "datePublished": story.published,
        **({"author": {"@type": "Person", "name": story.author}} if story.author else {}),
        "publisher": {"@type": "Organization", "name": NAME},
        "articleSection": story.section,
        "keywords": list(story.tags),
        "inLanguage": "ja",
    }
    paragraphs = "".join(f"<p>{escape(each)}</p>" for each in story.paragraphs)
    related = "".join(
        f'<li><a href="/news/{each.slug}.html">{escape(each.title)}</a></li>'
        for each in today.stories
        if each.section == story.section and each.slug != story.slug
    )
    byline = f"<span>{escape(story.author)}</span> " if story.author else ""
    body = (
        f"<article><h1>{escape(story.title)}</h1>"
        f'<p class="meta">{byline}{published.year}年{published.month}月{published.day}日 {published:%H:%M}</p>'
        f'<figure><img src="/img/{story.slug}.png" alt=""><figcaption>{escape(story.caption)}</figcaption></figure>'
        f'{paragraphs}</article><div class="kanren"><h2>関連記事</h2><ul>{related}</ul></div>'
    )
    head = (
        f'<script type="application/ld+json">{json.dumps(described, ensure_ascii=True)}</script>'
        f'<link rel="canonical" href="{url}"><meta property="og:site_name" content="{NAME}">'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{escape(story.title)}">'
    )
    return _shell(f"{story.title}｜{NAME}", body, head=head)


def _shell(title: str, body: str, *, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html lang="ja"><head><meta charset="{CHARSET}"><title>{escape(title)}</title>'
        f'<link rel="stylesheet" href="/style.css">{head}</head>'
        f'<body><header><a href="/">{NAME}</a></header>{body}<footer>© {NAME}</footer></body></html>'
    )


def _feed(today: Edition, base: str) -> str:
    items = "".join(
        f"<item><title>{escape(each.title)}</title><link>{base}/news/{each.slug}.html</link>"
        f"<guid>{base}/news/{each.slug}.html</guid>"
        f"<pubDate>{format_datetime(datetime.fromisoformat(each.published))}</pubDate></item>"
        for each in today.stories[:FEED_LENGTH]
    )
    return (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{NAME}</title>'
        f"<link>{base}/</link><description>潮見町の新聞</description>{items}</channel></rss>"
    )


def _index(base: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        f"<sitemap><loc>{base}/sitemap-news.xml.gz</loc></sitemap></sitemapindex>"
    )


def _news_sitemap(today: Edition, base: str) -> str:
    urls = "".join(
        f"<url><loc>{base}/news/{each.slug}.html</loc><news:news><news:publication><news:name>{NAME}</news:name>"
        f"<news:language>ja</news:language></news:publication>"
        f"<news:publication_date>{each.published}</news:publication_date>"
        f"<news:title>{escape(each.title)}</news:title></news:news></url>"
        for each in today.stories
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        f'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">{urls}</urlset>'
    )
