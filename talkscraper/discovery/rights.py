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
_LONGEST = 500
_MOST = 50
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
            lines.append((group, value[:_LONGEST]))
        naming = field == "user-agent"
    # a group of our own is all that counts for us, else that for everybody
    name = ROBOTS_NAME if ours else "*"
    values = dict.fromkeys(
        value if not names or name in names else f"{names[0][:_LONGEST]}: {value}" for names, value in lines
    )
    return [Signal(scope="robots", url=url, signal=CONTENT_SIGNAL, value=value) for value in list(values)[:_MOST]]


def of_tdmrep(body: bytes, url: str) -> list[Signal]:
    """The entries of a ``tdmrep.json`` (TDMRep §6.1) that reserve rights; an unreadable file says nothing."""
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        return []
    if not isinstance(entries, list):
        return []
    return [
        Signal(scope="site", url=url, signal="tdm-reservation", value=json.dumps(entry, sort_keys=True)[:_LONGEST])
        for entry in entries[:_MOST]
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
    pattern = re.escape(str(location)).replace(r"\*", ".*")
    pattern = pattern[:-2] + "$" if pattern.endswith(r"\$") else pattern
    return re.match(pattern, parts.path or "/") is not None
