"""*Talk of Harbours*: a newspaper built like Talk of Nations: rendered on the server, no feed, no og:site_name."""

from __future__ import annotations

import json
from datetime import datetime
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from talkscraper.fixture_site.pictures import paper, seascape
from talkscraper.fixture_site.reply import Reply, html_page, not_found
from talkscraper.fixture_site.stories import Edition, Story, edition

NAME = "Talk of Harbours"
SECTIONS = ("fashion", "gadgets", "lifestyle")

_STYLE = """\
:root { --ink: #1d2430; --paper: #fbfaf7; --accent: #a3472f }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; font: 1.05rem/1.6 Georgia, serif; color: var(--ink);
  background: var(--paper) url("/paper.png") }
nav a { margin-right: 1rem; color: var(--accent) } h1 { line-height: 1.2 } img { max-width: 100% }
figcaption, .date { color: #667; font-size: .9rem } .ad { border: 1px dashed #bbb; padding: 1rem; text-align: center }
aside { border-top: 3px double #999; margin-top: 2rem } .badge { background: #eee; padding: .1rem .6rem }
"""


class TalkOfHarbours:
    """Replies of the English newspaper. ``day`` (0 is the first) is set by ``FixtureSite``."""

    name = NAME

    def __init__(self) -> None:
        self.day = 0

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target``. ``base`` is the newspaper's origin, without a slash at its end."""
        path = urlsplit(target).path
        today = edition("talk_of_harbours", self.day)
        if path == "/":
            return _front(today)
        if path.lstrip("/") in SECTIONS:
            return _section(today, path.lstrip("/"))
        if path.startswith("/posts/"):
            slug = path.removeprefix("/posts/")
            if slug in today.gone:
                return html_page(_shell("Gone | " + NAME, "<h1>This post has been removed</h1>"), status=410)
            story = today.find(slug)
            return _post(story, today, base) if story else not_found()
        if path == "/robots.txt":
            return Reply(200, "text/plain; charset=utf-8", b"User-agent: *\nDisallow: /search\nDisallow: /api/\n")
        if path == "/_next/static/css/site.css":
            return Reply(200, "text/css; charset=utf-8", _STYLE.encode())
        if path == "/_next/image":
            original = parse_qs(urlsplit(target).query).get("url", [""])[0]
            return Reply(200, "image/png", seascape(original)) if original.startswith("/images/") else not_found()
        if path.endswith(".png"):
            return Reply(200, "image/png", paper(path) if path == "/paper.png" else seascape(path))
        return not_found()


def _front(today: Edition) -> Reply:
    posts = "".join(_card(story) for story in today.stories)
    return html_page(_shell(f"{NAME} | Stories from the water's edge", f"<h1>{NAME}</h1>{posts}"))


def _section(today: Edition, section: str) -> Reply:
    posts = "".join(_card(story) for story in today.of_section(section))
    return html_page(_shell(f"{section.title()} | {NAME}", f"<h1>{section.title()}</h1>{posts}"))


def _card(story: Story) -> str:
    return (
        f'<article><a href="/posts/{story.slug}"><h2>{escape(story.title)}</h2></a>'
        f"<p>{escape(story.paragraphs[0][:110])}…</p></article>"
    )


def _post(story: Story, today: Edition, base: str) -> Reply:
    image = f"/images/{story.slug}.png"
    optimised = f"/_next/image?url={quote(image, safe='')}&amp;w=1200&amp;q=75"
    paragraphs = [f"<p>{escape(each)}</p>" for each in story.paragraphs]
    middle = f"/images/{story.slug}-detail.png"
    figure = (
        f'<figure><img src="/_next/image?url={quote(middle, safe="")}&amp;w=828&amp;q=75" '
        f'alt="{escape(story.caption)}"><figcaption>{escape(story.caption)}</figcaption></figure>'
    )
    advertisement = (
        '<div class="ad"><p>Advertisement</p><p>Chandler &amp; Daughters: rope by the metre, advice by the yard.</p>'
        '<a href="https://ads.invalid/click?c=9">Learn more</a></div>'
    )
    # the site's client script injects the card after the second paragraph; the server does the same
    body = [*paragraphs[:2], advertisement, *paragraphs[2:3], figure, *paragraphs[3:]]
    related = "".join(
        f'<li><a href="/posts/{each.slug}">{escape(each.title)}</a> <span>{_printed(each.published)}</span></li>'
        for each in today.stories
        if each.slug != story.slug and each.section == story.section
    )
    tags = "".join(f'<a class="badge" href="/search?q={quote(tag)}">{escape(tag)}</a> ' for tag in story.tags)
    byline = f'<p class="byline">By {escape(story.author)}</p>' if story.author else ""
    article = (
        f'<main><article><h1>{escape(story.title)}</h1><p class="date">Published on {_printed(story.published)}</p>'
        f'{byline}<img src="{optimised}" alt="{escape(story.title)}">'
        f'<div class="prose">{"".join(body)}</div><div class="tags">{tags}</div></article>'
        f"<aside><h3>Share this article</h3><button>Facebook</button><button>Copy link</button>"
        f"<h3>Related articles</h3><ul>{related}</ul></aside></main>"
    )
    head = [
        ("og:type", "article"),
        ("og:title", f"{story.title} | {NAME}"),
        ("og:description", story.paragraphs[0]),
        ("og:image", f"{base}{image}"),
        ("og:url", f"{base}/posts/{story.slug}"),
        ("article:published_time", story.published),
        *([("article:modified_time", story.modified)] if story.modified else []),
        *(("article:tag", tag) for tag in story.tags),
    ]
    meta = "".join(f'<meta property="{name}" content="{escape(value)}">' for name, value in head)
    meta += f'<link rel="canonical" href="{base}/posts/{story.slug}">'
    meta += f'<meta name="description" content="{escape(story.paragraphs[0])}">'
    # Next.js sends the text a second time, for hydration in the browser: an extractor must not read it twice
    flight = json.dumps([1, f'a:["$","article",null,{json.dumps(story.paragraphs)}]\n']).replace("</", "<\\u002f")
    script = f"<script>self.__next_f.push({flight})</script>"
    return html_page(_shell(f"{story.title} | {NAME}", article, head=meta, tail=script))


def _shell(title: str, body: str, *, head: str = "", tail: str = "") -> str:
    links = "".join(f'<a href="/{section}">{section.title()}</a>' for section in SECTIONS)
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/_next/static/css/site.css">{head}</head>'
        f'<body><nav><a href="/">{NAME}</a>{links}</nav>{body}'
        f"<footer>© 2019-2025 {NAME}. All rights reserved.</footer>"
        f"<script>(self.__next_f=self.__next_f||[]).push([0])</script>{tail}</body></html>"
    )


def _printed(stamp: str) -> str:
    moment = datetime.fromisoformat(stamp)
    return f"{moment:%B} {moment.day}, {moment.year}"
