"""The visible parts of a page on which its kind depends."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any
from urllib.parse import SplitResult, urlsplit

from lxml.html import HtmlElement

from talkscraper.extraction.jsonld import addresses_of, article_rank, types_of
from talkscraper.extraction.page import Page

SHORT = 4_000
"""Maximum number of characters of visible text of a block, consent or error page: these are short."""
MAX_PARAGRAPHS = 200
"""Maximum number of paragraphs by which a page is told to be long; else all of its text is."""
_INVISIBLE = frozenset({"script", "style", "noscript", "template", "svg", "head", "title", "iframe", "option"})
_DENSE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class VisiblePage:
    """A page's title, headlines and, where it is short, its visible text; each computed once, on demand."""

    page: Page

    @cached_property
    def title(self) -> str:
        """``<title>``, with single spaces."""
        return single_spaced(self.page.title)[:300]

    @cached_property
    def address(self) -> SplitResult:
        """The page's URL, split; all parts are empty if it can't be parsed."""
        try:
            return urlsplit(self.page.url)
        except ValueError:
            return urlsplit("")

    @cached_property
    def host(self) -> str:
        """The host of the page's URL, or an empty string."""
        try:
            return self.address.hostname or ""
        except ValueError:
            return ""

    @cached_property
    def headings(self) -> tuple[str, ...]:
        """The texts of the first h1s and h2s."""
        found: list[str] = []
        for tag in ("h1", "h2"):
            headings = self.page.listed[tag][:3]
            found += [single_spaced("".join(element.itertext()))[:300] for element in headings]
        return tuple(f for f in found if f)

    @cached_property
    def text(self) -> str | None:
        """The visible text if it has at most ``SHORT`` characters, else None."""
        body = self.page.tree.find("body")
        root = body if body is not None else self.page.tree
        if _is_long(root):
            return None
        parts: list[str] = []
        length = 0
        for text in _texts(root):
            stripped = text.strip()
            if stripped:
                parts.append(stripped)
                length += len(stripped) + 1
                if length > SHORT:
                    return None
        return single_spaced(" ".join(parts))

    @cached_property
    def noscript(self) -> str:
        """What is shown to browsers without scripts, at most 2,000 characters."""
        return single_spaced(" ".join("".join(e.itertext()) for e in self.page.tree.iter("noscript")))[:2000]

    @cached_property
    def declared(self) -> bool:
        """Whether the page declares an article of its own, or a day it was published."""
        og = (self.page.first("og:type") or "").lower()
        return self.dated or og in ("article", "news", "newsarticle")

    @cached_property
    def dated(self) -> bool:
        """Whether it declares an article with its headline or its day: error templates don't."""
        node = self.page.article_node
        if node is not None and article_rank(node) >= 7 and (node.get("headline") or node.get("datePublished")):
            return self._is_own(node)
        return bool(self.page.meta.get("article:published_time"))

    def _is_own(self, node: dict[str, Any]) -> bool:
        """Whether an article's node is this page's: lists carry one for each of their teasers."""
        if sum(1 for n in self.page.jsonld if article_rank(n) >= 7) < 3:
            return True
        own = {self.address.path.rstrip("/"), ""}
        paths = {_path_of(a) for a in addresses_of(node, self.page.url)} - {""}
        if paths & own:
            return True
        headline = single_spaced(str(node.get("headline") or ""))[:40].casefold()
        return bool(headline) and any(headline in said.casefold() for said in (self.title, *self.headings[:1]))

    @cached_property
    def ld_types(self) -> frozenset[str]:
        """All types of the page's JSON-LD nodes, in lower case."""
        return frozenset(t for node in self.page.jsonld for t in types_of(node))

    @cached_property
    def resources(self) -> str:
        """The addresses of scripts, frames, forms and refreshes, for signatures; at most 20,000 characters."""
        found: list[str] = []
        for tag, attribute in (
            ("script", "src"),
            ("iframe", "src"),
            ("form", "action"),
            ("link", "href"),
            ("img", "src"),
        ):
            for count, element in enumerate(self.page.tree.iter(tag)):
                if count >= 60:
                    break
                found.append((element.get(attribute) or "")[:300])
        found += self.page.meta.get("refresh", ())
        return " ".join(f for f in found if f)[:20_000].lower()

    @cached_property
    def inline(self) -> str:
        """The starts of inline scripts and the ids of the first elements, for signatures."""
        found = [(e.text or "")[:3000] for e in self.page.listed["script"] if e.text][:20]
        found += [i for e in self.page.tree.iter("div", "form", "section") for i in (e.get("id"), e.get("class")) if i][
            :80
        ]
        return " ".join(found)[:40_000].lower()


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


def single_spaced(text: str) -> str:
    """The text with single spaces, none at the ends."""
    return " ".join(text.split())


def weight(text: str) -> int:
    """The length of a text in characters of an alphabet: a Chinese, Japanese or Korean one counts as 2.5."""
    return len(text) if text.isascii() else len(text) + int(1.5 * len(_DENSE.findall(text)))


def _is_long(root: HtmlElement) -> bool:
    """Whether the beginnings of the visible paragraphs alone have more than ``SHORT`` characters: most articles'."""
    length = 0
    for paragraph in islice(root.iter("p"), MAX_PARAGRAPHS):
        text = (paragraph.text or "").strip()
        if text and next(paragraph.iterancestors(*_INVISIBLE), None) is None:
            length += len(text) + 1
            if length > SHORT:
                return True
    return False


def _texts(root: HtmlElement) -> Iterator[str]:
    """Visible texts in page order, without recursion."""
    if root.text:
        yield root.text
    holder, children = root, iter(root)
    stack: list[tuple[HtmlElement, Iterator[HtmlElement]]] = []
    while True:
        for element in children:
            if element.tag not in _INVISIBLE:
                if element.text:
                    yield element.text
                if len(element):
                    stack.append((holder, children))
                    holder, children = element, iter(element)
                    break
            if element.tail:
                yield element.tail
        else:
            if not stack:
                return
            if holder.tail:
                yield holder.tail
            holder, children = stack.pop()
