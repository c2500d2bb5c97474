"""The dates a reader sees near the headline: which one is the day of publication, which one of the last change.

Every date in every line is a candidate. It gains by a word for "published" beside it, by markup that speaks of dates,
by filling its line and by agreeing with the URL; it loses with its distance from the headline, in links and in prose.
The weights were set on one half of the development corpus and confirmed on the other (benchmarks/dates.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from lxml.html import HtmlElement

from talkscraper.extraction.dates import machine
from talkscraper.extraction.dates.folding import fold
from talkscraper.extraction.dates.lines import Line, Reader, read_lines
from talkscraper.extraction.dates.making import build, possible
from talkscraper.extraction.dates.reading import Reading, read_clock, readings
from talkscraper.extraction.dates.region import Locale
from talkscraper.extraction.dates.whole import read_whole
from talkscraper.extraction.dates.words import FIRST_PATTERN, NOT_A_DATE_PATTERN, PUBLISHED_PATTERN, UPDATED_PATTERN
from talkscraper.model import Precision, PublishedDate

EARLIEST_YEAR = 1990
"""The web began; an older date in a byline is a mistake or the story's subject."""
BEFORE = 700
"""Characters before the headline in which a date may stand."""
AFTER = 6_000
"""Characters after it; beyond, only a short line that says what its date is."""
FAR_LINE = 80
MASTHEAD = 2.0
"""What a day of capture loses that stands before the headline: newspapers print today's date on every page."""
THRESHOLD = -1.0
_SHAPE = {"full": 0.0, "numeric": 0.0, "short": -0.7, "yearless": -2.0, "relative": -1.0, "word": -4.0, "month": -2.5}
_LONE_CLOCK = re.compile(r"(?:kl\.?\s?)?\d{1,2}[:.h]\d{2}(?:\s?(?:uhr|am|pm|h))?(?![.:\d/-])")
"""Some newsrooms print only the time on the day itself."""
_WITHOUT_LABEL = re.compile(r"^[^\W\d]+\s?:\s*")
_MARKS = re.compile(r"\s?[|·•∙●/]\s?|\s[-~]\s")
_DIGIT = re.compile(r"\d")
_LABEL_BEHIND = re.compile("^[\\s:()\\-]{0,3}[\u0900-\u097f\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]")
"""Scripts whose languages put the verb last: what stands right behind the date may be its label."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A printed date, what it seems to be, and how well it stands."""

    date: PublishedDate
    rule: str
    """``time`` (a ``datetime`` attribute) or ``printed``."""
    role: str | None
    """``published``, ``modified``, ``other`` or None."""
    score: float
    dated: bool = True
    """It tells its year; nothing of it was concluded from the time of capture."""


def find_printed(
    tree: HtmlElement, headline: HtmlElement | None, locale: Locale, url_day: date | None
) -> list[Candidate]:
    """Candidates above the threshold, the best first."""
    reader = read_lines(tree, headline if headline is not None else headline_of(tree))
    found = [c for c in _candidates(reader, locale, url_day) if c.score >= THRESHOLD]
    return sorted(found, key=lambda c: -c.score)


def headline_of(tree: HtmlElement) -> HtmlElement | None:
    """The first headline with more than a word, where nobody knows better."""
    for tag in ("h1", "h2"):
        for element in tree.iter(tag):
            if len("".join(element.itertext()).strip()) > 10:
                return element
    return None


def _candidates(reader: Reader, locale: Locale, url_day: date | None) -> Iterator[Candidate]:
    before: Line | None = None
    origin = reader.headline or 0
    swap = _swap_order(reader, locale)
    for line in reader.lines:
        distance = line.start - origin
        if distance >= -BEFORE and (distance <= AFTER or (len(line.text) <= FAR_LINE and _DIGIT.search(line.text))):
            yield from _of_line(line, before, distance, reader, locale, url_day, swap)
        before = line


def _of_line(
    line: Line,
    before: Line | None,
    distance: int,
    reader: Reader,
    locale: Locale,
    url_day: date | None,
    swap: bool | None,
) -> Iterator[Candidate]:
    text = line.text[:600]
    if not line.times and not _DIGIT.search(text) and not (len(text) <= 40 and (line.hinted or distance <= 300)):
        return
    folded = fold(text)
    timed_all = [(fold(t.text), t.declared, t.role) for t in line.times]
    timed = [t for t in timed_all if t[1]]
    previous = fold(before.text) if before is not None and len(before.text) <= 40 else ""
    position = 0
    for text, attribute, own in timed:
        found = machine.parse(attribute, locale.region)
        if found is None or not possible(found, locale.captured_at) or found.day.year < EARLIEST_YEAR:
            continue
        start = max(folded.find(text, position), 0) if text else position
        role = _role(folded, previous, position, start, start + len(text), own, behind=False)
        position = start + len(text)
        yield Candidate(found, "time", role, _score(line, distance, folded, role, None, found, reader, url_day) + 2.5)
    if line.dated and len(folded) <= 60 and -200 <= distance <= 500:
        alone = _LONE_CLOCK.match(_WITHOUT_LABEL.sub("", folded))
        today = read_clock(alone[0], locale) if alone and (len(folded) <= 12 or _WITHOUT_LABEL.match(folded)) else None
        if today:
            score = _score(line, distance, folded, None, None, today, reader, url_day)
            yield Candidate(today, "printed", line.role, score - 3.0, dated=False)
    found_here = [r for r in readings(folded, locale) if r.date.day.year >= EARLIEST_YEAR]
    if (
        not found_here
        and line.dated
        and not line.linked
        and -BEFORE <= distance <= 1_500
        and any(c.isalpha() for c in folded)
    ):
        whole = read_whole(PUBLISHED_PATTERN.sub("", folded).strip(" :-|"), locale)
        if whole and whole.day.year >= EARLIEST_YEAR:
            score = _score(line, distance, folded, line.role, None, whole, reader, url_day)
            yield Candidate(whole, "printed", line.role, score - 3.0, dated=False)
    behind = bool(found_here) and _label(folded[: found_here[0].start]) is None
    last = 0
    roles: list[str | None] = []
    for reading in found_here:
        own = next(
            (r for shown, _, r in timed_all if shown and folded[reading.start : reading.end] in shown), line.role
        )
        roles.append(_role(folded, previous, last, reading.start, reading.end, own, behind=behind))
        last = reading.end
    if len(found_here) == 2 and len(folded) <= 120 and sorted(map(str, roles)) == ["None", "modified"]:
        roles = [role or "published" for role in roles]  # "3 December, updated 7 December"
    for reading, role in zip(found_here, roles, strict=True):
        found = _ordered(reading, url_day, swap)
        if distance > AFTER and role not in ("published", "modified"):
            continue
        score = _score(line, distance, folded, role, reading, found, reader, url_day)
        if role is None and distance < 0 and abs((found.day - locale.captured_at.date()).days) <= 1:
            score -= MASTHEAD
        yield Candidate(found, "printed", role, score, reading.shape in ("full", "numeric", "short"))


def _role(
    folded: str, previous: str, last: int, start: int, end: int, markup: str | None, *, behind: bool
) -> str | None:
    """What the words around a date call it: those before it, or those right behind it where ``behind`` says so."""
    if behind and _LABEL_BEHIND.search(folded[end : end + 14]):
        called = _label(folded[end : end + 14], first=True)
        if called:
            return called
    ahead = folded[last:start][-60:]
    if not (behind and last and _LABEL_BEHIND.search(ahead)):
        for text in (ahead, previous if last == 0 and len(ahead.strip(" :|-•·")) < 4 else ""):
            called = _label(text)
            if called:
                return called
            if NOT_A_DATE_PATTERN.search(text):
                return "other"
    if markup and _label(folded):
        return None  # the markup speaks of the date that the words call so, not of this one
    return markup


def _label(text: str, *, first: bool = False) -> str | None:
    """``published`` or ``modified``: the last word for it in a text (or the first); of two on one spot the longer."""
    matches = [(m, "published") for m in PUBLISHED_PATTERN.finditer(text)]
    matches += [(m, "modified") for m in UPDATED_PATTERN.finditer(text)]
    if not matches:
        return None
    if first:
        return min(matches, key=lambda m: (m[0].start(), -m[0].end()))[1]
    return max(matches, key=lambda m: (m[0].end(), -m[0].start()))[1]


def _score(
    line: Line,
    distance: int,
    folded: str,
    role: str | None,
    reading: Reading | None,
    found: PublishedDate,
    reader: Reader,
    url_day: date | None,
) -> float:
    score = 2.0
    length = len(folded)
    labelled = role in ("published", "modified") and length <= FAR_LINE
    if distance >= 0:
        away = min(distance, 1500) / 350 + max(0, distance - 1500) / 900
        score -= min(away, 3.0 if role == "published" else 4.5) if labelled else away
    else:
        score -= 0.7 + -distance / 120 + (0.0 if line.hinted else 1.0)
    if reader.headline is None:
        score -= 0.5
    if role in ("published", "modified"):
        score += 3.0
    if role == "other":
        score -= 6.0
    if role == "published" and FIRST_PATTERN.search(folded):
        score += 3.0
    if line.hinted:
        score += 2.0
    covered = (reading.end - reading.start) if reading else min(length, 20)
    length = _segment(folded, reading) if reading else length
    if covered > 0.6 * length:
        score += 1.0
    if length > 120:
        score -= 1.0 + min(length, 400) / 100
        if role not in ("published", "modified") and not (reading and reading.start < 40):
            score -= 2.0
    if line.linked:  # a lone date links to its day's archive; a card's date stands with its headline
        score -= 1.5 if line.dated and covered > 0.6 * length and -100 <= distance <= 400 else 4.0
    if line.beside:
        score -= 1.0 if role == "published" and line.dated else 3.0
        if line.listed or covered <= 0.6 * length:
            score -= 3.0
    if line.caption:
        score -= 3.0
    if reading and role is None and not line.hinted and length - covered > 35:
        score -= 1.5
    if line.listed:
        score -= 0.5
    if line.heading and covered <= 0.6 * length:
        score -= 5.0
    if reading:
        score += _SHAPE[reading.shape]
    if found.precision in ("second", "minute"):
        score += 0.5
    if url_day and abs((found.day - url_day).days) <= 1:
        score += 2.0
    return score


def _segment(folded: str, reading: Reading) -> int:
    """Characters between the marks that part a byline: "On behalf of X | Apr 21, 2017 | Liability"."""
    before = max((m.end() for m in _MARKS.finditer(folded, 0, reading.start)), default=0)
    after = _MARKS.search(folded, reading.end)
    return (after.start() if after else len(folded)) - before


def _ordered(reading: Reading, url_day: date | None, swap: bool | None) -> PublishedDate:
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
    return reading.swapped if swap else reading.date


def _swap_order(reader: Reader, locale: Locale) -> bool | None:
    """Whether the page's unambiguous numeric dates contradict the locale's order; None where they don't tell.

    Where the country or the language tag told the order, it takes two that agree and none against.
    """
    day_first = month_first = 0
    for line in reader.lines:
        for match in _UNAMBIGUOUS.finditer(line.text[:300]):
            first, second = int(match[1]), int(match[2])
            day_first += first > 12 >= second
            month_first += second > 12 >= first
    if day_first == month_first or (locale.order_certain and min(day_first, month_first) > 0):
        return None
    if locale.order_certain and max(day_first, month_first) < 2:
        return None
    return (locale.order == "MDY") == (day_first > month_first)


_UNAMBIGUOUS = re.compile(r"(?<![\d./-])(\d{1,2})[./-](\d{1,2})[./-](?:19|20)\d\d(?!\d)")
