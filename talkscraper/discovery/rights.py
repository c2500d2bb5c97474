"""Wishes about the use of pages: TDMRep, noai, noarchive, Content-Signal. No one standard: raw values are kept.

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

_ROBOTS_LINE = re.compile(r"\s*([A-Za-z-]+)\s*:\s*([^#]*)")
_NOT_FOR = re.compile(r"(?:^|,)\s*(?:search|ai-input|ai-train)\s*=\s*no\s*(?=,|$)", re.IGNORECASE)
"""The uses that Content-Signal has words for (contentsignals.org), where one of them is denied."""
CONTENT_SIGNAL = "content-signal"
ROBOTS_NAME = "talkscraper"
"""The name by which robots.txt may address us."""
_MAX_VALUE_LENGTH = 500
_MAX_SIGNALS = 50
WELL_KNOWN = "/.well-known/tdmrep.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A wish as it was found."""

    scope: str
    """``page``, ``header``, ``robots`` or ``site``."""
    url: str
    """Where it was found."""
    signal: str
    value: str


def of_robots(body: str, url: str) -> list[Signal]:
    """``Content-Signal`` lines of a robots.txt; those of a group that isn't ours begin with its name and a colon."""
    lines: list[tuple[tuple[str, ...], str]] = []
    group: tuple[str, ...] = ()
    naming, ours = False, False
    for line in body.splitlines():
        match = _ROBOTS_LINE.match(line)
        if match is None:
            continue
        field, value = match[1].lower(), match[2].strip()
        if field == "user-agent":
            # names in a row share what follows (RFC 9309 §2.1)
            group = (*group, value.lower()) if naming else (value.lower(),)
            ours = ours or value.lower() == ROBOTS_NAME
        elif field == CONTENT_SIGNAL and value:
            lines.append((group, value[:_MAX_VALUE_LENGTH]))
        naming = field == "user-agent"
    # a group of our own is all that counts for us, else that for everybody
    name = ROBOTS_NAME if ours else "*"
    values = dict.fromkeys(
        value if not names or name in names else f"{names[0][:_MAX_VALUE_LENGTH]}: {value}" for names, value in lines
    )
    return [
        Signal(scope="robots", url=url, signal=CONTENT_SIGNAL, value=value) for value in list(values)[:_MAX_SIGNALS]
    ]


def of_tdmrep(body: bytes, url: str) -> list[Signal]:
    """The entries of a ``tdmrep.json`` (TDMRep §6.1) that reserve rights; an unreadable file says nothing."""
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
    """The first of a site's wishes that reserves the rights of the page at ``url``.

    An entry of ``tdmrep.json`` covers the paths of its ``location`` (with ``*`` and ``$``), a ``Content-Signal`` that
    says no to search, ai-input or ai-train every page of its host, unless it is meant for another bot.
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
    """Whether a path is covered by a location in which ``*`` stands for anything and a last ``$`` for the end.

    Each piece between stars is taken where it is first found, so that a path is gone along once.
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
