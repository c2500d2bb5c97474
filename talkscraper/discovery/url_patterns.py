"""Patterns of a source's article URLs, derived from examples."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile
from urllib.parse import urlsplit

from talkscraper.discovery.dated_patterns import ANY_SEGMENT, generalised
from talkscraper.urls.vocabulary import FOLDERS

MIN_EXAMPLES = 5
COVERED = 0.95
"""Minimum share of the examples that a pattern must match."""

_DATED = (
    (re.compile(r"/\d{4}/\d{1,2}/\d{1,2}/[^/?#]"), r"/\d{4}/\d{1,2}/\d{1,2}/[^/?#]+"),
    (re.compile(r"/\d{4}/\d{1,2}/[^/?#]*[^/?#\d]"), r"/\d{4}/\d{1,2}/[^/?#]*[^/?#\d][^/?#]*"),
    (re.compile(r"/\d{4}-\d\d-\d\d/[^/?#]"), r"/\d{4}-\d\d-\d\d/[^/?#]+"),
)
_NUMBERED = (
    (re.compile(r"[-_/]\d{5,}\.[a-z]{3,5}$"), r"[-_/]\d{5,}\.[a-z]{3,5}$"),
    (re.compile(r"[-_/]\d{5,}/?$"), r"[-_/]\d{5,}/?$"),
    (re.compile(r"article\d{5,}\.[a-z]{3,5}$"), r"article\d{5,}\.[a-z]{3,5}$"),
)


def guess(articles: Sequence[str], others: Sequence[str]) -> str | None:
    """Return a regular expression that matches the articles and none of the other addresses; None if there is none.

    Args:
        articles: Addresses that are articles.
        others: Addresses of the same site that aren't.
    """
    if len(articles) < MIN_EXAMPLES:
        return None
    return next((pattern for pattern in _candidates(articles) if _fits(pattern, articles, others)), None)


def _candidates(articles: Sequence[str]) -> list[str]:
    found = _often(_DATED, articles)
    paths = [(each, end) for each, end in map(_segments, articles) if len(each) >= 2]
    folders = Counter((each[-2], end) for each, end in paths if generalised(each[-2]) is None)
    unknown: list[str] = []
    for (folder, end), count in folders.most_common(1):
        if count >= COVERED * len(articles):
            pattern = f"/{re.escape(folder)}/{ANY_SEGMENT}{re.escape(end)}$"
            if folder.lower() in FOLDERS:
                found.append(pattern)
            elif count >= 2 * MIN_EXAMPLES:
                unknown.append(pattern)
    return [*found, *_below_dates(paths, len(articles)), *unknown, *_often(_NUMBERED, articles)]


def _below_dates(paths: Sequence[tuple[list[str], str]], articles: int) -> list[str]:
    """Return patterns of what is below folders with dates or numbers: at the examples' depth, then at any depth."""
    runs = [(run, below, end) for each, end in paths for run, below in [_dated_run(each[:-1])] if run]
    found: list[str] = []
    for (run, below, end), count in Counter(runs).most_common(1):
        if count >= max(MIN_EXAMPLES, COVERED * articles):
            sections = f"{ANY_SEGMENT}/" * below
            numbers = any(each[-1].isdecimal() for each, _ in paths)
            # else what is only a number there is a day's or a month's list
            slug = ANY_SEGMENT if numbers else rf"(?!\d+/?$){ANY_SEGMENT}"
            found.append(f"/{run}/{sections}{slug}{re.escape(end)}$")
    for run, count in Counter(run for run, _, _ in runs).most_common(1):
        if count >= max(MIN_EXAMPLES, COVERED * articles):
            found.append(rf"/{run}/[^?#]*[^/?#\d]")
    return found


def _dated_run(folders: Sequence[str]) -> tuple[str, int]:
    """Return the first consecutive folders with dates or numbers, as an expression, and the number of folders below.

    With the folder of articles above them, where there is one. Names of months without any number are too little: what
    covers them covers a section too.
    """
    expressions = [generalised(folder) for folder in folders]
    start = next((at for at, each in enumerate(expressions) if each is not None), len(folders))
    run = list(takewhile(lambda each: each is not None, expressions[start:]))
    if not any(char.isdecimal() for folder in folders[start : start + len(run)] for char in folder):
        return "", 0
    above = [re.escape(each) for each in folders[:start][-1:] if each.lower() in FOLDERS]
    return "/".join([*above, *filter(None, run)]), len(folders) - start - len(run)


def _often(forms: Sequence[tuple[re.Pattern[str], str]], articles: Sequence[str]) -> list[str]:
    return [pattern for seen, pattern in forms if sum(bool(seen.search(url)) for url in articles) >= MIN_EXAMPLES]


def _segments(url: str) -> tuple[list[str], str]:
    """Return the segments of an address's path, and its ending."""
    path = urlsplit(url).path
    segments = [segment for segment in path.split("/") if segment]
    ends_in_html = bool(segments) and segments[-1].endswith(".html")
    return segments, ".html" if ends_in_html else "/" if path.endswith("/") else ""


def _fits(pattern: str, articles: Sequence[str], others: Sequence[str]) -> bool:
    compiled = re.compile(pattern)
    hits = sum(bool(compiled.search(url)) for url in articles)
    return hits >= COVERED * len(articles) and not any(compiled.search(url) for url in others)
