"""Rights signals: TDMRep, noai, noarchive, Content-Signal. There is no single standard, so raw values are kept.

These are read from robots.txt and ``/.well-known/tdmrep.json``; signals on a page and in its headers come with its
extraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from talkscraper.pool import Task
from talkscraper.sources.robots_rules import ROBOTS_NAME, product_token

_ROBOTS_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:\s*([^#]*)")
_NOT_FOR = re.compile(r"(?:^|,)\s*(?:search|ai-input|ai-train)\s*=\s*no\s*(?=,|$)", re.IGNORECASE)
"""The uses defined by Content-Signal (contentsignals.org) of which each ``no`` is a reservation."""
CONTENT_SIGNAL = "content-signal"
_MAX_VALUE_LENGTH = 500
_MAX_SIGNALS = 50
WELL_KNOWN = "/.well-known/tdmrep.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A rights signal as found."""

    scope: str
    """``page``, ``header``, ``robots`` or ``site``."""
    url: str
    """The URL where it was found."""
    signal: str
    value: str


def of_robots(body: str, url: str) -> list[Signal]:
    """Return the ``Content-Signal`` lines of a robots.txt; those for another bot begin with its name and a colon."""
    lines: list[tuple[tuple[str, ...], str]] = []
    group: tuple[str, ...] = ()
    naming, ours = False, False
    for line in body.splitlines():
        match = _ROBOTS_LINE.match(line)
        if match is None:
            continue
        field, value = match[1].lower(), match[2].strip()
        if field == "user-agent":
            # consecutive User-agent lines share the following rules (RFC 9309 §2.1)
            token = product_token(value)
            group = (*group, token) if naming else (token,)
            ours = ours or token == ROBOTS_NAME
        elif field == CONTENT_SIGNAL and value:
            lines.append((group, value[:_MAX_VALUE_LENGTH]))
        naming = field == "user-agent"
    # a group for talkscraper replaces the one for all robots
    name = ROBOTS_NAME if ours else "*"
    values = dict.fromkeys(
        value if not names or name in names else f"{names[0][:_MAX_VALUE_LENGTH]}: {value}" for names, value in lines
    )
    return [
        Signal(scope="robots", url=url, signal=CONTENT_SIGNAL, value=value) for value in list(values)[:_MAX_SIGNALS]
    ]


def of_tdmrep(body: bytes, url: str) -> list[Signal]:
    """Return the entries of a ``tdmrep.json`` (TDMRep §6.1) that reserve rights; none for an unreadable file."""
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(entries, list):
        return []
    return [
        Signal(
            scope="site", url=url, signal="tdm-reservation", value=json.dumps(entry, sort_keys=True)[:_MAX_VALUE_LENGTH]
        )
        for entry in entries[:_MAX_SIGNALS]
        if isinstance(entry, dict) and str(entry.get("tdm-reservation")) == "1"
    ]


OF_TDMREP = Task(of_tdmrep)


def reservation(entries: Iterable[Signal], url: str) -> Signal | None:
    """Return the first of a site's signals that reserves the rights of the page at ``url``, or None.

    An entry of ``tdmrep.json`` covers the paths of its ``location`` (with ``*`` and ``$``); a ``Content-Signal`` with
    ``no``
    for search, ai-input or ai-train covers every page of its host, unless it is addressed to another bot.
    """
    return next((each for each in entries if _covers(each, url)), None)


def _covers(signal: Signal, url: str) -> bool:
    parts = urlsplit(url)
    if signal.signal == CONTENT_SIGNAL:
        return _NOT_FOR.search(signal.value) is not None and urlsplit(signal.url).netloc == parts.netloc
    try:
        location = json.loads(signal.value).get("location", "/*")
    except ValueError:
        return False
    return _matches(str(location), parts.path or "/")


def _matches(location: str, path: str) -> bool:
    """Whether a path matches a location, in which ``*`` matches anything and a final ``$`` the end.

    Each piece between stars is taken at its first occurrence, so that the path is scanned once.
    """
    ends = location.endswith("$")
    first, *pieces = location.removesuffix("$").split("*")
    if not path.startswith(first):
        return False
    if not pieces:
        return not ends or path == first
    at = len(first)
    last = pieces.pop() if ends else ""
    for piece in pieces:
        found = path.find(piece, at)
        if found < 0:
            return False
        at = found + len(piece)
    return not ends or (len(path) - at >= len(last) and path.endswith(last))
