"""Pages that hide themselves from browsers without scripts, although their article is there.

A page that fades in when its scripts have run would stay invisible, and a note that scripts are needed would cover it.
What holds the article is made visible, and the content of ``<noscript>`` can't lie over it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from talkscraper.html.removal import take_out

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_STYLE = 200_000
"""Maximum number of characters of a style element that are searched for rules that hide the page."""
MAX_SELECTORS = 500
"""Maximum number of characters of a rule's selectors that are compared."""
MAX_SHOWN = 50
"""Maximum number of elements made visible."""
_HIDES = re.compile(
    r"(?:display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|opacity\s{0,9}:\s{0,9}(?:0(?:\.0{1,9})?|\.0{1,9})(?![.0-9]))",
    re.IGNORECASE,
)
_PAGE_PARTS = re.compile(r"(?<![\w.#-])(?:html|body|main|article|#\w)")
_NO_DISPLAY = re.compile(r"display\s{0,9}:\s{0,9}none\s{0,9}(?:!\s{0,9}important)?\s{0,9};?", re.IGNORECASE)
_SIMPLE = re.compile(r"([A-Za-z][\w-]*)?((?:[.#][\w-]+)*)")
_PICTURES = ("img", "picture", "video", "audio", "iframe", "svg", "object", "embed")
_VISIBLE = "visibility:visible!important;opacity:1!important"


def open_walls(root: HtmlElement) -> None:
    """Make a page's article visible. Its addresses may be rewritten before or after."""
    for element in list(root.iter("noscript")):
        _flatten(element)
    holding = list(_holding(root))
    hidden = _not_displayed(root, holding)
    for element in holding:
        element.attrib.pop("hidden", None)
        style = _NO_DISPLAY.sub("", element.get("style") or "").strip().rstrip(";")
        shown = f"{_VISIBLE};display:block!important" if element in hidden else _VISIBLE
        element.set("style", f"{style};{shown}" if style else shown)


def _flatten(noscript: HtmlElement) -> None:
    """Let a note about scripts be text in its place: no styles that hide the page, nothing laid over it."""
    for style in list(noscript.iter("style")):
        if _HIDES.search(style.text or "") and _concerns_page(style.text or ""):
            take_out(style)
    if any(True for _ in noscript.iter(*_PICTURES)):
        return
    for element in noscript.iter():
        for name in ("class", "id", "style"):
            element.attrib.pop(name, None)


def _concerns_page(css: str) -> bool:
    """Whether a rule hides more than what stands in for scripts, such as the placeholder of a lazy picture."""
    return any(_HIDES.search(body) and _PAGE_PARTS.search(selectors) for selectors, body in _rules(css))


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield the selectors and declarations of the rules in a style element, also of those in an at-rule."""
    for piece in css[:MAX_STYLE].split("}"):
        selectors, brace, body = piece.rpartition("{")
        if brace:
            yield selectors.rpartition("{")[2].rpartition(";")[2][:MAX_SELECTORS], body


def _holding(root: HtmlElement) -> Iterator[HtmlElement]:
    """Yield the elements that hold the article, each once."""
    found: dict[HtmlElement, None] = {root: None}
    body = root.find("body")
    if body is not None:
        found[body] = None
    for element in root.iter("main", "article", "h1"):
        if element.tag == "article" and next(element.iter("h1"), None) is None:
            continue
        for each in (element, *element.iterancestors()):
            if each in found and each is not element:
                break
            if len(found) >= MAX_SHOWN:
                break
            found[each] = None
    yield from found


def _not_displayed(root: HtmlElement, holding: list[HtmlElement]) -> set[HtmlElement]:
    """Return those of the elements that a rule of the page's own style elements doesn't display."""
    found: set[HtmlElement] = set()
    for style in root.iter("style"):
        for selectors, body in _rules(style.text or ""):
            if _NO_DISPLAY.search(body) is None:
                continue
            for selector in selectors.split(","):
                parts = selector.split()
                if 0 < len(parts) <= 3 and all(any(_matches(each, part) for each in holding) for part in parts):
                    found.update(each for each in holding if _matches(each, parts[-1]))
    return found


def _matches(element: HtmlElement, selector: str) -> bool:
    """Whether a selector of a name, classes and ids matches; others never do."""
    match = _SIMPLE.fullmatch(selector[:200])
    if match is None or not selector:
        return False
    if match[1] and match[1].lower() != element.tag:
        return False
    classes = (element.get("class") or "").split()
    marks = re.findall(r"([.#])([\w-]+)", match[2])
    return all(name in classes if mark == "." else name == element.get("id") for mark, name in marks)
