"""Scores of printed dates: how likely each is the article's own.

The weights were set on one half of a corpus of real pages and confirmed on the other (benchmarks/dates.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from talkscraper.extraction.dates.labels import FIRST_PUBLISHED, UPDATED
from talkscraper.extraction.dates.lines import Line
from talkscraper.extraction.dates.parser import Reading
from talkscraper.model import PublishedDate

FAR_LINE = 80
"""Maximum length of a line with a label whose date counts far from the headline."""
MASTHEAD = 2.0
"""Penalty of the day of capture before the headline: newspapers print today's date on every page."""
_SHAPE = {"full": 0.0, "numeric": 0.0, "short": -0.7, "yearless": -2.0, "relative": -1.0, "word": -4.0, "month": -2.5}
_MARKS = re.compile(r"\s?[|·•∙●/]\s?|\s[-~]\s")
_MIN_LINE_SHARE = 0.6
"""Minimum share of its line of a date that is alone there."""


@dataclass(frozen=True, slots=True)
class DatePlace:
    """The position of a date."""

    line: Line
    folded: str
    distance: int
    """Characters from the headline to the line, negative before it."""
    has_headline: bool
    url_day: date | None
    today: date
    """The day of the capture."""


def score(place: DatePlace, role: str | None, found: PublishedDate, reading: Reading | None = None) -> float:
    """Points of a date.

    Args:
        place: Its position.
        role: What it is called: ``published``, ``modified``, ``other`` or None.
        found: The day as it is understood.
        reading: How it was read; None where an attribute or the whole line was.
    """
    line, length = place.line, len(place.folded)
    points = 2.0 - _away(place, role) - (0.0 if place.has_headline else 0.5)
    points += {"published": 3.0, "modified": 3.0, "other": -6.0}.get(role or "", 0.0)
    if role == "published" and FIRST_PUBLISHED.search(place.folded):
        points += 3.0
    points += 2.0 * line.hinted
    covered = (reading.end - reading.start) if reading else min(length, 20)
    length = _segment(place.folded, reading) if reading else length
    alone = covered > _MIN_LINE_SHARE * length
    points += 1.0 * alone
    if length > 120:  # prose
        points -= 1.0 + min(length, 400) / 100
        if role not in ("published", "modified") and not (reading and reading.start < 40):
            points -= 2.0
    if line.linked:  # a lone date links to its day's archive; a card's date stands with its headline
        points -= 1.5 if line.dated and alone and -100 <= place.distance <= 400 else 4.0
    if line.beside:
        points -= 1.0 if role == "published" and line.dated else 3.0
        points -= 3.0 * (line.listed or not alone)
    points -= 3.0 * line.caption
    points -= 0.5 * line.listed
    points -= 5.0 * (line.heading and not alone)
    if reading:
        points += _SHAPE[reading.shape]
        if role is None and not line.hinted and length - covered > 35:
            points -= 1.5
    points += 0.5 * (found.precision in ("second", "minute"))
    if place.url_day and abs((found.day - place.url_day).days) <= 1:
        points += 2.0
    return points


def stands_alone(place: DatePlace, reading: Reading) -> bool:
    """Whether a date fills its line, or its part of it between marks."""
    return reading.end - reading.start > _MIN_LINE_SHARE * _segment(place.folded, reading)


def changed_since(place: DatePlace, role: str | None) -> bool:
    """Whether its line is of the kind "originally published on 26 September 2019, but regularly updated"."""
    first = FIRST_PUBLISHED.search(place.folded) if role == "published" else None
    return first is not None and UPDATED.search(place.folded, first.end()) is not None


def masthead(place: DatePlace, role: str | None, found: PublishedDate) -> float:
    """What a date loses that is probably printed on every page of the day."""
    today = abs((found.day - place.today).days) <= 1
    return MASTHEAD if role is None and place.distance < 0 and today else 0.0


def _away(place: DatePlace, role: str | None) -> float:
    distance = place.distance
    if distance < 0:
        return 0.7 + -distance / 120 + (0.0 if place.line.hinted else 1.0)
    away = min(distance, 1500) / 350 + max(0, distance - 1500) / 900
    if role in ("published", "modified") and len(place.folded) <= FAR_LINE:
        return min(away, 3.0 if role == "published" else 4.5)
    return away


def _segment(folded: str, reading: Reading) -> int:
    """Characters between the marks that part a byline: "On behalf of X | Apr 21, 2017 | Liability"."""
    before = max((m.end() for m in _MARKS.finditer(folded, 0, reading.start)), default=0)
    after = _MARKS.search(folded, reading.end)
    return (after.start() if after else len(folded)) - before
