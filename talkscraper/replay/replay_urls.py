"""Paths of the replay: ``/web/<url>``, ``/web/<ts><modifier>/<url>``, ``/web/*/<url>``, ``/web/timemap/…/<url>``.

Modifiers are pywb's: ``id_`` the bytes as captured, ``if_`` a page without the banner, ``im_`` ``cs_`` ``oe_``
requisites of a page. Pywb's other modifiers are treated as ``oe_``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import quote

from talkscraper.replay.timestamps import first_instant
from talkscraper.urls.resolution import plain
from talkscraper.warc.cdxj import timestamp14

PREFIX = "/web/"
_TIMED = re.compile(r"([0-9]{1,14})([a-z]{2}_)?/(.+)", re.ASCII | re.DOTALL)
_UNTIMED = re.compile(r"([a-z]{2}_)/(.+)", re.ASCII | re.DOTALL)
_TIMEMAP = re.compile(r"timemap/(link|json)/(?:([1-9][0-9]{0,5})/)?(.+)", re.ASCII | re.DOTALL)
_ONE_SLASH = re.compile(r"(https?):/{1,3}(?=[^/])", re.IGNORECASE)
_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in "<>\"`{}|\\^#'")


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """A parsed path under ``/web/``."""

    url: str
    kind: str
    """``timegate``, ``memento``, ``timemap`` or ``captures`` (all of an address)."""
    at: datetime | None = None
    timestamp: str = ""
    modifier: str = ""
    form: str = ""
    """The format of a TimeMap: ``link`` or ``json``."""
    page: int = 1
    """The page of a TimeMap."""


def parse(rest: str) -> WebAddress | None:
    """Parse what follows ``/web/``, query string included; None if it contains no URL."""
    timemap_of = _TIMEMAP.fullmatch(rest)
    if timemap_of:
        form, page, url = timemap_of.groups()
        found = _with_url("timemap", url)
        return found and replace(found, form=form, page=int(page or 1))
    if rest.startswith("*/"):
        return _with_url("captures", rest[2:])
    timed = _TIMED.fullmatch(rest)
    if timed:
        digits, modifier, url = timed.groups()
        return _with_url("memento", url, at=first_instant(digits), timestamp=digits, modifier=modifier or "")
    untimed = _UNTIMED.fullmatch(rest)
    if untimed:
        return _with_url("timegate", untimed.group(2), modifier=untimed.group(1))
    return _with_url("timegate", rest)


def _with_url(
    kind: str, url: str, *, at: datetime | None = None, timestamp: str = "", modifier: str = ""
) -> WebAddress | None:
    cleaned = absolute(url)
    if cleaned is None:
        return None
    return WebAddress(url=cleaned, kind=kind, at=at, timestamp=timestamp, modifier=modifier)


def absolute(url: str) -> str | None:
    """Return a URL with its scheme, repaired if typed incompletely or altered by proxies; None if it is invalid.

    Its fragment is no part of the address of what is archived.
    """
    text = plain(url).partition("#")[0]
    text = _ONE_SLASH.sub(r"\1://", text, count=1) if _ONE_SLASH.match(text) else text
    if not text or text.startswith(("/", "?")):
        return None
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*:(?![0-9]+(/|$))", text):
        text = f"http://{text}"
    return quote(text, safe=_SAFE)


def memento(url: str, at: datetime | str, modifier: str = "") -> str:
    """Return the path of a memento; the URL's fragment is kept behind it."""
    stamp = at if isinstance(at, str) else timestamp14(at)
    address, hash_sign, fragment = url.partition("#")
    path = f"{PREFIX}{stamp}{modifier}/{quote(address, safe=_SAFE)}"
    return f"{path}{hash_sign}{quote(fragment, safe=_SAFE)}" if fragment else path


def before_escaped_fragment(url: str) -> str | None:
    """Return a URL without the fragment whose ``#`` was escaped on its way here (``%23``); None if there is none.

    The sign may belong to the path: look the whole URL up first.
    """
    address, escaped, _ = url.partition("%23")
    return address if escaped and not address.endswith("://") else None


def timegate(url: str) -> str:
    """Return the path of a TimeGate."""
    return f"{PREFIX}{quote(url, safe=_SAFE)}"


def timemap(url: str, form: str = "link", page: int = 1) -> str:
    """Return the path of a page of a TimeMap."""
    number = f"{page}/" if page > 1 else ""
    return f"{PREFIX}timemap/{form}/{number}{quote(url, safe=_SAFE)}"


def captures(url: str) -> str:
    """Return the path of the page that lists all captures."""
    return f"{PREFIX}*/{quote(url, safe=_SAFE)}"
