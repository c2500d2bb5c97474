"""Detection of crawler traps, endless sets of addresses, by the form of a URL; each with a reason."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from talkscraper.urls.validity import fault_of

DEEPEST_PATH = 16
"""Maximum number of path segments. Dated paths with sections have up to nine."""
MAX_REPEATS = 3
"""Number of repetitions of a segment in a path that mark a wrong relative link."""
MAX_PARAMETERS = 10
LAST_PAGE = 500
"""Maximum page number of a list; real ones end earlier, and broken ones never end."""

_CALENDAR_SEGMENT = re.compile(
    r"(?:event-?)?(?:calendar|kalender|calendario|calendrier|agenda-mensual)s?", re.IGNORECASE
)
_CALENDAR_PARAMETERS = frozenset(
    {"month", "tribe-bar-date", "eventdate", "ical", "cal_date", "calendar", "monat", "mes"}
)
_PAGE_PARAMETERS = frozenset({"page", "paged", "p", "pg", "seite", "pagina", "start", "offset", "pagenum", "pn"})
_PAGE_IN_PATH = re.compile(r"/(?:page|seite|pagina|p)[/-]?(\d{1,9})(?:/|$)", re.IGNORECASE)
_ACTIONS = frozenset({"replytocom", "add-to-cart", "share", "action", "login", "logout", "redirect_to", "returnurl"})
_DIGITS = re.compile(r"\d{1,9}")


def trap(url: str) -> str | None:
    """Return why a cleaned URL isn't fetched; None if it is harmless."""
    fault = fault_of(url)
    if fault is not None:
        return fault
    parts = urlsplit(url)
    segments = [segment for segment in parts.path.split("/") if segment]
    return _in_path(segments, parts.path) or _in_query(segments, parts.query)


def _in_path(segments: list[str], path: str) -> str | None:
    if len(segments) > DEEPEST_PATH:
        return f"deeper than {DEEPEST_PATH} path segments"
    counts: dict[str, int] = {}
    for segment in segments:
        counts[segment] = counts.get(segment, 0) + 1
    repeated = next((segment for segment, count in counts.items() if count >= MAX_REPEATS), None)
    if repeated is not None:
        return f"the path repeats {repeated[:60]!r}"
    half = len(segments) // 2
    for length in range(2, half + 1):
        if segments[-length:] == segments[-2 * length : -length]:
            return f"the path repeats {'/'.join(segments[-length:])[:60]!r}"
    page = _PAGE_IN_PATH.search(path)
    if page and int(page[1]) > LAST_PAGE:
        return f"page {page[1]} of a list"
    return None


def _in_query(segments: list[str], query: str) -> str | None:
    if not query:
        return _calendar(segments, ())
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MAX_PARAMETERS)
    except ValueError:
        return f"more than {MAX_PARAMETERS} parameters"
    names = tuple(name.lower() for name, _ in pairs)
    for name, value in pairs:
        lowered = name.lower()
        if lowered in _ACTIONS:
            return f"the parameter {lowered!r} does something instead of showing a page"
        if lowered in _PAGE_PARAMETERS - {"p"} and _DIGITS.fullmatch(value) and int(value) > LAST_PAGE * 20:
            return f"{lowered} {value} of a list"
    if len(names) != len(set(names)) and max(names.count(name) for name in names) > MAX_REPEATS:
        return "a parameter is repeated"
    return _calendar(segments, names)


def _calendar(segments: list[str], names: tuple[str, ...]) -> str | None:
    if any(name in _CALENDAR_PARAMETERS for name in names):
        return "a calendar's page"
    if any(_CALENDAR_SEGMENT.fullmatch(segment) for segment in segments[:-1]):
        return "a calendar's page"
    return None
