"""Dates printed near the headline: the day of publication and the day of the last change.

Every date in every line is a candidate: what ``<time>`` declares, what the words say, a lone time of day in a date's
place, and at last what dateparser makes of a line that the markup calls a date. ``score`` ranks them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

from lxml.html import HtmlElement

from talkscraper.extraction.dates import machine_formats
from talkscraper.extraction.dates.builder import build, possible
from talkscraper.extraction.dates.fallbacks import read_whole
from talkscraper.extraction.dates.labels import PUBLISHED, label, role_of
from talkscraper.extraction.dates.lines import Line, Reader, read_lines
from talkscraper.extraction.dates.normalization import fold
from talkscraper.extraction.dates.parser import Reading, read_clock, readings
from talkscraper.extraction.dates.region import Locale
from talkscraper.extraction.dates.score import FAR_LINE, DatePlace, changed_since, masthead, score, stands_alone
from talkscraper.model import Precision, PublishedDate

EARLIEST_YEAR = 1990
"""The web began; an older date in a byline is a mistake or the story's subject."""
BEFORE = 700
"""Characters before the headline in which dates are considered."""
AFTER = 6_000
"""Characters after it; beyond, only short lines with a label."""
READ = 600
"""Characters of a line that are read."""
THRESHOLD = -1.0
MIN_ONLY_DAY_SCORE = -6.0
"""Minimum score of the only day on a page."""
_TIME_ELEMENT = 2.5
"""Points of a ``datetime`` attribute."""
_CONCLUDED = -3.0
"""Points of a date that isn't printed as one."""
_DIGIT = re.compile(r"\d")
_LONE_CLOCK = re.compile(r"(?:kl\.?\s?)?\d{1,2}[:.h]\d{2}(?:\s?(?:uhr|am|pm|h))?(?![.:\d/-])")
"""Some newsrooms print only the time on the day itself."""
_WITHOUT_LABEL = re.compile(r"^[^\W\d]+\s?:\s*")
_NUMERIC = re.compile(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})[./-](?:19|20)\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A printed date, its role and score."""

    date: PublishedDate
    rule: str
    """``time`` (a ``datetime`` attribute) or ``printed``."""
    role: str | None
    """``published``, ``modified``, ``other`` or None."""
    score: float
    dated: bool = True
    """It has a year; nothing was derived from the time of capture."""
    alone: bool = False
    """It is its line, or nearly so; or an element declares it."""
    original: bool = False
    """The page states that it was first published then, and changed since: other days are those of changes."""


def find_printed(
    tree: HtmlElement, headline: HtmlElement | None, locale: Locale, url_day: date | None
) -> list[Candidate]:
    """Candidates above the threshold, the best first; else the only day that the page shows, if there is but one."""
    reader = read_lines(tree, headline if headline is not None else headline_of(tree))
    every = sorted(_candidates(reader, locale, url_day), key=lambda c: -c.score)
    found = [c for c in every if c.score >= THRESHOLD]
    return sorted(found, key=lambda c: not c.original) or _only_day(every)


def _only_day(candidates: list[Candidate]) -> list[Candidate]:
    shown = [c for c in candidates if c.alone and c.dated and c.role != "other" and c.score >= MIN_ONLY_DAY_SCORE]
    return shown[:1] if len({c.date.day for c in shown}) == 1 else []


def headline_of(tree: HtmlElement) -> HtmlElement | None:
    """The first heading of more than ten characters, used where the headline is unknown."""
    for tag in ("h1", "h2"):
        for element in tree.iter(tag):
            if len("".join(element.itertext()).strip()) > 10:
                return element
    return None


def _candidates(reader: Reader, locale: Locale, url_day: date | None) -> Iterator[Candidate]:
    before: Line | None = None
    origin = reader.headline or 0
    # computed only if a page has ambiguous numeric dates
    swap = cache(lambda: _swap_order(reader, locale))
    for line in reader.lines:
        distance = line.start - origin
        previous, before = before, line
        if distance < -BEFORE or not _worth_reading(line, distance):
            continue
        place = DatePlace(
            line=line,
            folded=fold(line.text[:READ]),
            distance=distance,
            has_headline=reader.headline is not None,
            url_day=url_day,
            today=locale.captured_at.date(),
        )
        box = fold(previous.text) if previous is not None and len(previous.text) <= 40 else ""
        yield from _from_time_elements(place, box, locale)
        yield from _from_a_lone_clock(place, locale)
        found = [r for r in readings(place.folded, locale) if r.date.day.year >= EARLIEST_YEAR]
        yield from _from_words(place, box, found, swap) if found else _from_the_whole_line(place, locale)


def _worth_reading(line: Line, distance: int) -> bool:
    digits = bool(_DIGIT.search(line.text[:READ]))
    if distance > AFTER:
        return digits and len(line.text) <= FAR_LINE
    return digits or bool(line.times) or (len(line.text) <= 40 and (line.hinted or distance <= 300))


def _from_time_elements(place: DatePlace, previous: str, locale: Locale) -> Iterator[Candidate]:
    position = 0
    for element in place.line.times:
        found = machine_formats.parse(element.declared, locale.region) if element.declared else None
        if found is None or not possible(found, locale.captured_at) or found.day.year < EARLIEST_YEAR:
            continue
        text = fold(element.text)
        start = max(place.folded.find(text, position), 0) if text else position
        span = (start, start + len(text))
        role = role_of(place.folded, span, position, previous, element.role, behind=False)
        position = span[1]
        points = score(place, role, found) + _TIME_ELEMENT
        yield Candidate(found, "time", role, points, alone=True, original=changed_since(place, role))


def _from_a_lone_clock(place: DatePlace, locale: Locale) -> Iterator[Candidate]:
    line, folded = place.line, place.folded
    if not line.dated or len(folded) > 60 or not -200 <= place.distance <= 500:
        return
    alone = _LONE_CLOCK.match(_WITHOUT_LABEL.sub("", folded))
    if alone and (len(folded) <= 12 or _WITHOUT_LABEL.match(folded)):
        today = read_clock(alone[0], locale)
        if today:
            yield Candidate(today, "printed", line.role, score(place, None, today) + _CONCLUDED, dated=False)


def _from_the_whole_line(place: DatePlace, locale: Locale) -> Iterator[Candidate]:
    line, folded = place.line, place.folded
    if not line.dated or line.linked or place.distance > 1_500 or not any(c.isalpha() for c in folded):
        return
    found = read_whole(PUBLISHED.sub("", folded).strip(" :-|"), locale)
    if found and found.day.year >= EARLIEST_YEAR:
        yield Candidate(found, "printed", line.role, score(place, line.role, found) + _CONCLUDED, dated=False)


def _from_words(
    place: DatePlace, previous: str, found: list[Reading], swap: Callable[[], bool | None]
) -> Iterator[Candidate]:
    for reading, role in zip(found, _roles(place, previous, found), strict=True):
        if place.distance > AFTER and role not in ("published", "modified"):
            continue
        day = _ordered(reading, place.url_day, swap)
        points = score(place, role, day, reading) - masthead(place, role, day)
        yield Candidate(
            day,
            "printed",
            role,
            points,
            dated=reading.shape in ("full", "numeric", "short"),
            alone=stands_alone(place, reading),
            original=changed_since(place, role),
        )


def _roles(place: DatePlace, previous: str, found: list[Reading]) -> list[str | None]:
    """What each date of a line is called."""
    line, folded = place.line, place.folded
    shown = [(fold(t.text), t.role) for t in line.times if t.text]
    behind = label(folded[: found[0].start]) is None
    roles: list[str | None] = []
    last = 0
    for reading in found:
        markup = next((role for text, role in shown if folded[reading.start : reading.end] in text), line.role)
        roles.append(role_of(folded, (reading.start, reading.end), last, previous, markup, behind=behind))
        last = reading.end
    if len(found) == 2 and len(folded) <= 120 and sorted(map(str, roles)) == ["None", "modified"]:
        return [role or "published" for role in roles]  # "3 December, updated 7 December"
    return roles


def _swap_order(reader: Reader, locale: Locale) -> bool | None:
    """Whether the page's unambiguous numeric dates contradict the locale's order; None where undecided.

    Where country or language tag determine the order, two dates must contradict it and none agree.
    """
    day_first = month_first = 0
    for line in reader.lines:
        for match in _NUMERIC.finditer(line.text[:300]):
            first, second = int(match[1]), int(match[2])
            day_first += first > 12 >= second
            month_first += second > 12 >= first
    if day_first == month_first or (locale.order_certain and min(day_first, month_first) > 0):
        return None
    if locale.order_certain and max(day_first, month_first) < 2:
        return None
    return (locale.order == "MDY") == (day_first > month_first)


def _ordered(reading: Reading, url_day: date | None, swap: Callable[[], bool | None]) -> PublishedDate:
    """The reading with day and month in the order that the URL, or the page's other dates, confirm."""
    days_ago = reading.shape == "relative" and reading.date.precision == Precision.DAY
    if days_ago and url_day is not None and abs((reading.date.day - url_day).days) == 1:
        # "1 day ago" is any moment of two days
        return build(url_day.year, url_day.month, url_day.day, raw=reading.date.raw or "") or reading.date
    if reading.swapped is None:
        return reading.date
    if url_day is not None:
        near, far = abs((reading.date.day - url_day).days), abs((reading.swapped.day - url_day).days)
        if min(near, far) <= 2:
            return reading.date if near <= far else reading.swapped
    return reading.swapped if swap() else reading.date
