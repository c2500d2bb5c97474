"""News pages that nobody wrote, for a machine without a corpus: as large as real ones, and built like them.

A page has what programs look for (metadata, JSON-LD, headline, byline, date, sentences with the words that English is
recognised by, pictures with captions) and what they have to leave out (navigation, an advertisement, related articles,
comments, style sheets, scripts that repeat the text). Half of the pages have 50 to 110 KB, the median is about 75 KB;
packed by gzip they are a fifth to a quarter. Texts have about 5 KB.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from vocabulary import Vocabulary

MEDIAN_BYTES = 75_000
MIN_BYTES, MAX_BYTES = 25_000, 400_000
SPREAD = 0.55
"""Standard deviation of the logarithm of a page's size."""
_COMMON = (
    "the of and to in a is that for it was on are with as be at by this have from or had not but what were when we"
    " there can an their which said if will about up out them then she many some these would into has more her two him"
    " time no most over such before after where much through new because during while against between under again"
)
_FIRST = "Ann Ben Cleo Dov Eva Finn Gita Hugo Iris Jonas Kira Liam Mona Nils Olga Petra"
_LAST = "Ashdown Brackley Corvin Dunmore Ellery Farrow Gantry Hollis Ingram Jessop Lomax Merrow Norcott"
_SYLLABLES = "ba cor den fel gar hol in jas ker lan mur nes ol par quin ras sel tor ul ver wen yar zel"
_SECTIONS = ("Harbour", "Council", "Markets", "Weather", "Science", "Football", "Theatre", "Opinion")


class _Writer:
    """Writes the texts of pages."""

    def __init__(self, seed: int) -> None:
        """Take the number that decides on all pages."""
        self.random = random.Random(seed)
        tail, syllables = random.Random(1), _SYLLABLES.split()
        rare = ("".join(tail.choices(syllables, k=tail.randint(2, 4))) for _ in range(8000))
        self._vocabulary = Vocabulary([*_COMMON.split(), *rare])

    def words(self, count: int) -> str:
        """Return so many words."""
        return self._vocabulary.text(self.random, count)

    def sentence(self) -> str:
        """Return a sentence."""
        return self._vocabulary.sentence(self.random)

    def paragraph(self) -> str:
        """Return a few sentences."""
        return " ".join(self.sentence() for _ in range(self.random.randint(2, 5)))

    def headline(self) -> str:
        """Return a headline."""
        return self.words(self.random.randint(5, 9)).title()


def invented_pages(count: int) -> list[bytes]:
    """Return unique pages; always the same ones."""
    writer = _Writer(11)
    return [_page(writer, number) for number in range(count)]


def _page(writer: _Writer, number: int) -> bytes:
    chance = writer.random
    size = min(MAX_BYTES, max(MIN_BYTES, int(MEDIAN_BYTES * chance.lognormvariate(0, SPREAD))))
    title, section = writer.headline(), chance.choice(_SECTIONS)
    author = f"{chance.choice(_FIRST.split())} {chance.choice(_LAST.split())}"
    date = datetime(2026, 1, 1, 6, tzinfo=UTC) + timedelta(minutes=chance.randrange(440_000))
    story = [writer.paragraph() for _ in range(chance.randint(6, 18))]
    lead = writer.sentence()
    metadata = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": title,
        "datePublished": date.isoformat(),
        "author": {"@type": "Person", "name": author},
        "articleSection": section,
    }
    sections = "".join(f'<li class="nav__item"><a href="/{each.lower()}">{each}</a></li>' for each in _SECTIONS)
    pieces = [
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title} | The Far Post</title>',
        f'<meta name="description" content="{lead}"><meta property="og:title" content="{title}">',
        '<meta property="og:type" content="article"><meta property="og:site_name" content="The Far Post">',
        f'<meta property="article:published_time" content="{date.isoformat()}">',
        f'<script type="application/ld+json">{json.dumps(metadata)}</script><style>',
        *_rules(writer, size // 400),
        f"</style></head>\n<body><header><nav><ul>{sections}</ul></nav></header>\n",
        f'<main><article class="story"><p class="story__section">{section}</p><h1>{title}</h1>',
        f'<p class="story__lead">{lead}</p><p class="story__byline">By <a rel="author" href="/authors/{number % 97}">',
        f'{author}</a></p><time datetime="{date.isoformat()}">{date:%B %d, %Y}</time>\n<div class="story__body">',
        *_body(writer, story),
        '</div></article>\n<aside><h2>Related articles</h2><ul class="cards">',
        *_cards(writer, size // 2000),
        '</ul></aside>\n<section class="comments"><h2>Comments</h2>',
        *_comments(writer, size // 9000),
        "</section></main><footer><p>The Far Post. All rights reserved.</p></footer>\n",
        f"<script>window.__state__={json.dumps({'story': story, 'id': number})}</script>\n<script>",
    ]
    end = "</script></body></html>\n"
    room = size - sum(map(len, pieces)) - len(end)
    while room > 0:  # what scripts take on a real page
        call = f'track({{"{writer.words(1)}":{chance.randrange(10**6)},"slot":"{writer.words(2)}","lazy":true}});\n'
        pieces.append(call)
        room -= len(call)
    return "".join((*pieces, end)).encode()


def _body(writer: _Writer, story: list[str]) -> Iterator[str]:
    for at, text in enumerate(story):
        yield f"<p>{text}</p>\n"
        if at == 1:
            link = f"/ads/{writer.random.randrange(999)}"
            yield f'<div class="ad"><p>Advertisement</p><a href="{link}">Learn more</a></div>'
        if at % 6 == 3:
            caption = writer.sentence()
            yield f'<figure><img src="/images/{at}.jpg" alt="{caption}"><figcaption>{caption}</figcaption></figure>\n'


def _cards(writer: _Writer, count: int) -> Iterator[str]:
    for _ in range(count):
        yield (
            f'<li class="card card--related"><a class="card__link" href="/posts/{writer.words(4).replace(" ", "-")}">'
            f'<img class="card__image" loading="lazy" src="/_next/image?url=%2F{writer.words(1)}.jpg&amp;w=640"'
            f' width="640" height="360" alt=""><span class="card__title">{writer.headline()}</span></a></li>\n'
        )


def _comments(writer: _Writer, count: int) -> Iterator[str]:
    for _ in range(count):
        name = writer.random.choice(_FIRST.split())
        yield f'<div class="comment"><b class="comment__name">{name}</b><p>{writer.sentence()}</p></div>\n'


def _rules(writer: _Writer, count: int) -> Iterator[str]:
    for _ in range(count):
        yield f".{writer.words(1)}__{writer.words(1)}{{margin:{writer.random.randrange(40)}px auto;display:flex}}"
