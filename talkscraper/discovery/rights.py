"""Wishes about the use of pages: TDMRep, noai, noarchive, Content-Signal. No one standard: raw values are kept.

These are read from robots.txt and ``/.well-known/tdmrep.json``; signals on a page and in its headers come with its
extraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

_CONTENT_SIGNAL = re.compile(r"^\s*content-signal\s*:\s*(.+?)\s*(?:#.*)?$", re.IGNORECASE | re.MULTILINE)
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
    """``Content-Signal`` lines of a robots.txt."""
    values = dict.fromkeys(match.group(1)[:_LONGEST] for match in _CONTENT_SIGNAL.finditer(body))
    return [Signal(scope="robots", url=url, signal="content-signal", value=value) for value in list(values)[:_MOST]]


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


def reserves(entries: Sequence[Signal], url: str) -> bool:
    """Whether a ``tdmrep.json`` entry covers ``url``; its ``location`` is a path pattern with ``*`` and ``$``."""
    path = urlsplit(url).path or "/"
    for signal in entries:
        try:
            location = json.loads(signal.value).get("location", "/*")
        except ValueError:
            continue
        pattern = re.escape(str(location)).replace(r"\*", ".*")
        pattern = pattern[:-2] + "$" if pattern.endswith(r"\$") else pattern
        if re.match(pattern, path):
            return True
    return False
