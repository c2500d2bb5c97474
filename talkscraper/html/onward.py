"""Pages that lead on to another address without a redirect: a refresh, or a single frame that holds everything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.urls.canonical import site_of
from talkscraper.urls.resolution import resolved, target

if TYPE_CHECKING:
    from lxml.etree import _Element

MAX_DELAY_S = 10.0
"""Longest delay in seconds of a refresh that is followed like a redirect."""
MIN_ARTICLES_TO_STAY = 3
"""Minimum number of articles of a list that is read though its page leads on after some seconds."""
AT_ONCE_S = 1.0
"""Longest delay that leaves no time to read the page."""
MAX_REFRESH_LENGTH = 8192
_DELAY = re.compile(r"[ \t\n\f\r]*(?P<delay>[0-9]{0,12})(?P<fraction>[0-9.]*)")
_URL = re.compile(r"[ \t\n\f\r]*[;,]?[ \t\n\f\r]*(?:url[ \t\n\f\r]*=[ \t\n\f\r]*)?", re.IGNORECASE)
_NO_SIZE = re.compile(r"\s*0*[01](?:px|%)?\s*")
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_UNSEEN = frozenset({"script", "style", "noscript", "template", "noframes", "iframe", "title", "head"})
_SEEN = frozenset({"img", "picture", "video", "audio", "object", "embed", "svg", "canvas", "input", "button"})
_MAX_ELEMENTS = 2_000
"""A body with more elements is no mere frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """A refresh as declared (HTML §4.2.5.3)."""

    delay_s: float
    address: str
    """As written; empty: the page itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """Where a page leads."""

    url: str
    """Absolute, without fragment."""
    how: str
    """``refresh`` or ``frame``."""
    delay_s: float = 0.0
    weak: bool = False
    """Whether it counts only on a page without content of its own: a frame, or a refresh in ``<noscript>``."""
    is_reload: bool = False
    """Whether it leads to the page itself."""

    def leaves(self, *, empty: bool, little: bool, sets_cookie: bool = False) -> bool:
        """Whether a reader ends up there, not on the page itself.

        Args:
            empty: The page has no article, or lists none.
            little: It has too little to be stayed for, as an empty page has.
            sets_cookie: It sets a cookie, so it may want to be asked for again.
        """
        if self.is_reload:
            return sets_cookie and empty
        if self.weak:
            return empty
        return little or self.delay_s <= AT_ONCE_S


def parse_refresh(value: str) -> Refresh | None:
    """Return the refresh in a header or ``<meta>``; None if it is none."""
    value = value[:MAX_REFRESH_LENGTH]
    found = _DELAY.match(value)
    if found is None or not (found["delay"] or found["fraction"].startswith(".")):
        return None
    rest = value[found.end() :]
    if rest and rest[0] not in ";, \t\n\f\r":
        return None
    separator = _URL.match(rest)
    address = rest[separator.end() if separator is not None else 0 :]
    if address[:1] in ("'", '"'):
        address = address[1:].partition(address[0])[0]
    return Refresh(delay_s=float(found["delay"] or 0), address=address.strip())


def onward_of_header(value: str | None, url: str) -> Onward | None:
    """Return where the header ``Refresh`` leads within ``MAX_DELAY_S``; None where it doesn't."""
    return _onward(value, url, url, weak=False) if value else None


def onward_of(root: _Element, url: str, base: str, metas: Iterable[_Element] | None = None) -> Onward | None:
    """Return where a parsed page leads by its own markup within ``MAX_DELAY_S``; None where it doesn't.

    Args:
        root: the page.
        url: its address.
        base: what its relative addresses are relative to.
        metas: its ``<meta>`` elements, where they are known.
    """
    weak: Onward | None = None
    for element in root.iter("meta") if metas is None else metas:
        if (element.get("http-equiv") or "").strip().lower() != "refresh":
            continue
        quiet = next(element.iterancestors("noscript", "template"), None) is not None
        found = _onward(element.get("content") or "", url, base, weak=quiet)
        if found is not None and not (found.weak or found.is_reload):
            return found
        weak = weak or found
    return weak or _only_frame(root, url, base)


def _onward(value: str, url: str, base: str, *, weak: bool) -> Onward | None:
    refresh = parse_refresh(value)
    if refresh is None or refresh.delay_s > MAX_DELAY_S:
        return None
    here = target(url, url)
    found = target(base, refresh.address) if refresh.address else here
    if found is None:
        return None
    return Onward(url=found, how="refresh", delay_s=refresh.delay_s, weak=weak, is_reload=found == here)


def _only_frame(root: _Element, url: str, base: str) -> Onward | None:
    """Return the target of the only frame of a frameset, or of an ``<iframe>`` that is all that a body shows.

    It must be on the same site: a player or an advertisement is no way on.
    """
    frames = [found for each in root.iter("frame") if (found := _source(each, base)) is not None]
    if not frames and _shows_nothing_else(root):
        frames = [found for each in _iframes(root) if (found := _source(each, base)) is not None]
    if len(set(frames)) != 1 or frames[0] == target(url, url) or site_of(frames[0]) != site_of(url):
        return None
    return Onward(url=frames[0], how="frame", weak=True)


def _source(element: _Element, base: str) -> str | None:
    found = resolved(base, element.get("src") or "")
    return found.partition("#")[0] if found is not None else None


def _iframes(root: _Element) -> Iterator[_Element]:
    for element in root.iter("iframe"):
        unseen = next(element.iterancestors("noscript", "template"), None) is not None
        tiny = any(_NO_SIZE.fullmatch(element.get(name) or "") for name in ("width", "height"))
        if not (unseen or tiny or element.get("hidden") is not None or _HIDDEN.search(element.get("style") or "")):
            yield element


def _shows_nothing_else(root: _Element) -> bool:
    body = next(root.iter("body"), None)
    if body is None:
        return False
    stack = [body]
    count = 0
    while stack:
        element = stack.pop()
        count += 1
        if count > _MAX_ELEMENTS or element.tag in _SEEN:
            return False
        if (element.text or "").strip():
            return False
        for child in element:
            if (child.tail or "").strip():
                return False
            if child.tag not in _UNSEEN:
                stack.append(child)
    return next(body.iter("iframe"), None) is not None
