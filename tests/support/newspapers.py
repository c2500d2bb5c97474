"""Newspapers that live by a clock: they publish, correct and delete, and have their troubles, for as long as one likes.

For simulations and benchmarks: weeks of hourly runs, in which what each newspaper did at which hour is known exactly.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from talkscraper.fixture_site.reply import Reply, html_page, not_found

EPOCH = datetime(2025, 9, 1, tzinfo=UTC)
"""Hour 0, a Monday."""
SHOWN = 20
"""Pieces on a front page, in a feed and in a news sitemap."""
TROUBLES = ("die", "block", "throttle", "redesign", "empty", "move")
"""No answer · 403 · 429 for two hours · pages without text · nothing is named any more · another site's front page."""

_TEXT = (
    "harbour wall quay boat tide storm ferry council market engineer library winter fishing basin barge stone flood "
    "spring money lower town office plan divers foot comment table weather captain crew island school teacher bridge "
    "railway lantern ledger anchor widow baker orchard meadow parish clock tower cellar kitchen ribbon letter"
)
_WORDS = _TEXT.split()


@dataclass(frozen=True, slots=True)
class Piece:
    """An article and its life, in hours since the epoch."""

    number: int
    born: float
    corrected: float | None = None
    gone: float | None = None

    def paragraphs(self, hour: float) -> list[str]:
        """Its text at an hour."""
        maker = random.Random(self.number)
        found = [" ".join(maker.choices(_WORDS, k=60)).capitalize() + "." for _ in range(4)]
        if self.corrected is not None and hour >= self.corrected:
            found[1] = "Correction: " + found[1].replace("wall", "pier").replace("storm", "gale")
        return found

    def stands(self, hour: float) -> bool:
        """Whether its page is there."""
        return self.born <= hour and (self.gone is None or hour < self.gone)


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong with a newspaper from one hour to another; one of ``TROUBLES``."""

    start: float
    end: float
    what: str


class Paper:
    """A newspaper: what it shows at ``hour``, a function of time that the simulation gives."""

    def __init__(
        self,
        name: str,
        pieces: list[Piece],
        hour: Callable[[], float],
        *,
        troubles: tuple[Trouble, ...] = (),
        feed: bool = True,
        sitemap: bool = False,
    ) -> None:
        self.name = name
        self.day = 0
        self.pieces = sorted(pieces, key=lambda piece: piece.born, reverse=True)
        self.troubles = troubles
        self._hour = hour
        self._feed = feed
        self._sitemap = sitemap
        self._by_number = {piece.number: piece for piece in pieces}

    def trouble(self, hour: float) -> str | None:
        """What is wrong at an hour."""
        return next((each.what for each in self.troubles if each.start <= hour < each.end), None)

    def shown(self, hour: float) -> list[Piece]:
        """What front page, feed and sitemap name at an hour, newest first."""
        return [piece for piece in self.pieces if piece.stands(hour)][:SHOWN]

    def answer(self, target: str, base: str) -> Reply:
        """The reply to ``GET target`` now."""
        hour = self._hour()
        trouble = self.trouble(hour)
        if trouble == "die":
            return Reply(0, "", b"")
        if trouble == "block":
            return Reply(403, "text/plain", b"forbidden")
        if trouble == "throttle":
            return Reply(429, "text/plain", b"slow down", (("Retry-After", "7200"),))
        if target == "/robots.txt":
            sitemap = f"Sitemap: {base}/news.xml\n" if self._sitemap else ""
            return Reply(200, "text/plain", f"User-agent: *\nDisallow: /private/\n{sitemap}".encode())
        if target in ("/", "/feed.xml", "/news.xml"):
            if trouble == "move":
                return Reply(302, "text/plain", b"", (("Location", "https://elsewhere.invalid/"),))
            return self._listed(target, base, [] if trouble == "empty" else self.shown(hour))
        return self._piece(target, hour, redesigned=trouble == "redesign")

    def _listed(self, target: str, base: str, shown: list[Piece]) -> Reply:
        if target == "/feed.xml" and self._feed:
            return _rss(self.name, base, shown)
        if target == "/news.xml" and self._sitemap:
            return _news_sitemap(self.name, base, shown)
        if target != "/":
            return not_found()
        head = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">' if self._feed else ""
        links = "".join(f'<li><a href="/posts/{piece.number}">{_headline(piece)}</a></li>' for piece in shown)
        return html_page(
            f"<!doctype html><html><head><title>{self.name}</title>{head}</head><body><ul>{links}</ul></body></html>"
        )

    def _piece(self, target: str, hour: float, *, redesigned: bool) -> Reply:
        number = target.rpartition("/")[2]
        piece = self._by_number.get(int(number)) if number.isdigit() else None
        if piece is None or not piece.stands(hour):
            return not_found()
        if redesigned:
            return html_page(
                "<!doctype html><html><head><title>t</title></head><body><div id=root></div><script>app()</script></body></html>"
            )
        text = "".join(f"<p>{paragraph}</p>" for paragraph in piece.paragraphs(hour))
        day = (EPOCH + timedelta(hours=piece.born)).isoformat()
        return html_page(
            f'<!doctype html><html lang="en"><head><title>{_headline(piece)}</title>'
            '<meta property="og:type" content="article">'
            f'<meta property="article:published_time" content="{day}"></head>'
            f"<body><article><h1>{_headline(piece)}</h1>{text}</article></body></html>"
        )


def pieces(days: int, *, per_day: int, first: int, weekdays: range = range(7), hush: range = range(0)) -> list[Piece]:
    """What a newspaper writes in ``days`` days: a fifth is corrected, a twentieth taken down.

    Args:
        days: from the epoch on; three pieces are older.
        per_day: pieces on a day of work, from seven in the morning on.
        first: the number of the first; the same numbers are the same pieces.
        weekdays: days of work; 0 is Monday.
        hush: days (from the epoch) on which nothing is written although it should be.
    """
    maker = random.Random(first)
    found = [Piece(first - n, -5.0 - n) for n in (1, 2, 3)]
    for day in range(days):
        for n in range(per_day):
            born = day * 24 + 7 + n * 12 / per_day
            corrected = born + maker.choice((0.5, 5, 40, 120)) if maker.random() < 0.2 else None
            gone = born + maker.choice((10, 100)) if maker.random() < 0.05 else None
            if day % 7 in weekdays and day not in hush:
                found.append(Piece(first + len(found), born, corrected, gone))
    return found


def _headline(piece: Piece) -> str:
    return f"Story number {piece.number} of the day"


def _rss(name: str, base: str, shown: list[Piece]) -> Reply:
    items = "".join(
        f"<item><title>{_headline(piece)}</title><link>{base}/posts/{piece.number}</link>"
        f"<pubDate>{format_datetime(EPOCH + timedelta(hours=piece.born))}</pubDate></item>"
        for piece in shown
    )
    xml = f'<?xml version="1.0"?><rss version="2.0"><channel><title>{name}</title>{items}</channel></rss>'
    return Reply(200, "application/rss+xml", xml.encode())


def _news_sitemap(name: str, base: str, shown: list[Piece]) -> Reply:
    urls = "".join(
        f"<url><loc>{base}/posts/{piece.number}</loc><news:news><news:publication><news:name>{name}</news:name>"
        "<news:language>en</news:language></news:publication>"
        f"<news:publication_date>{(EPOCH + timedelta(hours=piece.born)).isoformat()}</news:publication_date>"
        f"<news:title>{_headline(piece)}</news:title></news:news></url>"
        for piece in shown
    )
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    news = 'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
    return Reply(200, "application/xml", f'<?xml version="1.0"?><urlset {space} {news}>{urls}</urlset>'.encode())
