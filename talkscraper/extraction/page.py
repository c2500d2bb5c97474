"""A parsed page, the input of every part of the extraction.

``Page.read`` decodes and parses the body once and collects the page's declarations. The tree is shared by all parts
and must not be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from talkscraper.extraction import jsonld
from talkscraper.html import charset, parser
from talkscraper.html.payload_format import is_binary
from talkscraper.urls.resolution import resolved

Headers = Mapping[str, str] | Iterable[tuple[str, str]] | None

MAX_BODY = 16 * 1024 * 1024
"""Bytes of a body that are decoded."""
MAX_META = 1_000
MAX_META_LENGTH = 20_000
MAX_ITEMPROPS = 2_000
MAX_OF_A_TAG = 10_000
"""Maximum number of elements of one tag that are listed."""

_ITEMPROP_NAMES = ("itemprop", "itemProp", "ITEMPROP")
_ITEMPROPS = etree.XPath("//*[@itemprop]")
_LD_META = "script:ld+json"
"""Where Remix and its like leave JSON-LD if scripts are rendered as meta elements."""
_LISTED = ("a", "base", "h1", "h2", "link", "meta", "script", "title")
"""Tags of which the elements are listed in one walk: each walk over a page takes as long, whatever it seeks."""


@dataclass(frozen=True)
class Page:
    """A page and its declarations."""

    tree: HtmlElement
    """The ``<html>`` element; no comments, no processing instructions. Not to be changed."""
    listed: Mapping[str, Sequence[HtmlElement]] = field(repr=False)
    """The elements of the tags in ``_LISTED``, in page order, at most ``MAX_OF_A_TAG`` of each."""
    url: str
    """Where the page was fetched from."""
    captured_at: datetime
    headers: Mapping[str, str]
    """Response headers, names in lower case, repeated ones joined with a comma."""
    charset: str
    """Python codec name that the body was decoded with."""
    jsonld: tuple[dict[str, Any], ...] = ()
    """All JSON-LD nodes in page order: top level, ``@graph``, ``mainEntity``, ``mainEntityOfPage``."""
    article_node: dict[str, Any] | None = None
    """The JSON-LD node that describes this article."""
    meta: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """``<meta>`` name, property, itemprop or http-equiv in lower case → contents in page order, none empty."""
    itemprops: Mapping[str, tuple[HtmlElement, ...]] = field(default_factory=dict)
    """Microdata: property in lower case → its elements in page order."""
    html_lang: str | None = None
    """``<html lang>`` as written, or None."""
    cut: bool = False
    """Whether the page was longer than is parsed."""
    binary: bool = False
    """The body isn't text at all (then the tree is empty)."""
    nodes_by_id: Mapping[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def read(cls, body: bytes, url: str, captured_at: datetime, headers: Headers = None) -> Page:
        """Decode and parse a body.

        Args:
            body: The payload, content coding (gzip …) undone.
            url: Where it was fetched from.
            captured_at: When; aware.
            headers: Response headers as a mapping or as pairs.
        """
        names = _headers(headers)
        binary = is_binary(body)
        decoded = None if binary else charset.decode(body[:MAX_BODY], names.get("content-type"))
        text = charset.without_second_encoding(decoded.text) if decoded else ""
        tree, cut = parser.parse(text)
        listed = _list(tree)
        meta = _meta(listed["meta"])
        scripts = [script.text or "" for script in listed["script"] if "ld+json" in script.get("type", "")]
        nodes = jsonld.parse_scripts([*scripts, *meta.get(_LD_META, ())])
        title = (meta.get("og:title") or (_title(listed),))[0]
        canonical = next((link for link in listed["link"] if link.get("rel") == "canonical"), None)
        own = (url, canonical.get("href", "") if canonical is not None else "", *meta.get("og:url", ()))
        return cls(
            tree=tree,
            listed=listed,
            url=url,
            captured_at=captured_at,
            headers=names,
            charset=decoded.encoding if decoded else "binary",
            jsonld=nodes,
            article_node=jsonld.choose_article(nodes, [_joined(url, o) for o in own], title),
            meta=meta,
            itemprops=_itemprops(tree) if any(n in text for n in _ITEMPROP_NAMES) else MappingProxyType({}),
            html_lang=(tree.get("lang") or tree.get("xml:lang") or "").strip() or None,
            cut=cut or len(body) > MAX_BODY,
            binary=binary,
            nodes_by_id=MappingProxyType(jsonld.by_id(nodes)),
        )

    def listed_again(self) -> Page:
        """The same page, after elements were taken out of its tree."""
        return replace(self, listed=_list(self.tree))

    @property
    def title(self) -> str:
        """The text of the first ``<title>`` as written, or an empty string."""
        return _title(self.listed)

    def first(self, *names: str) -> str | None:
        """The first content of the first of these meta names that has one."""
        for name in names:
            values = self.meta.get(name)
            if values:
                return values[0]
        return None

    @cached_property
    def anchors(self) -> tuple[tuple[HtmlElement, str], ...]:
        """The ``<a>`` elements with their ``href`` as written, in page order, at most ``MAX_OF_A_TAG``."""
        return _with_address(self.listed["a"])

    @cached_property
    def base(self) -> str:
        """What relative addresses are relative to: the page's address, or the base that it names, if that is valid."""
        named = next((href for e in self.listed["base"] if (href := e.get("href"))), "")
        return resolved(self.url, named) or self.url

    @cached_property
    def links(self) -> tuple[tuple[HtmlElement, str], ...]:
        """The ``<link>`` elements with their ``href`` as written, in page order, at most ``MAX_OF_A_TAG``."""
        return _with_address(self.listed["link"])

    def resolve(self, value: Any) -> Any:
        """A JSON-LD value, with a bare ``{"@id": …}`` replaced by the node it stands for."""
        return jsonld.resolve(value, self.nodes_by_id)

    @property
    def content_type(self) -> str:
        """The Content-Type header in lower case, or an empty string."""
        return self.headers.get("content-type", "").lower()


def _list(tree: HtmlElement) -> Mapping[str, Sequence[HtmlElement]]:
    found: dict[str, list[HtmlElement]] = {tag: [] for tag in _LISTED}
    for element in tree.iter(*_LISTED):
        same = found[str(element.tag)]
        if len(same) < MAX_OF_A_TAG:
            same.append(element)
    return MappingProxyType(found)


def _title(listed: Mapping[str, Sequence[HtmlElement]]) -> str:
    titles = listed["title"]
    return (titles[0].text or "") if titles else ""


def _with_address(elements: Sequence[HtmlElement]) -> tuple[tuple[HtmlElement, str], ...]:
    return tuple((e, href) for e in elements if (href := e.get("href")))


def _headers(headers: Headers) -> Mapping[str, str]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = name.strip().lower()
        joined[key] = f"{joined[key]}, {value.strip()}" if key in joined else value.strip()
    return MappingProxyType(joined)


def _joined(base: str, url: str) -> str:
    return resolved(base, url) or "" if url else ""


def _meta(elements: Sequence[HtmlElement]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for element in elements[:MAX_META]:
        content = (element.get("content") or element.get("value") or "").strip()
        if not content:
            continue
        for attribute in ("name", "property", "itemprop", "http-equiv"):
            key = element.get(attribute)
            if key:
                found.setdefault(key.strip().lower(), []).append(content[:MAX_META_LENGTH])
    return MappingProxyType({key: tuple(values) for key, values in found.items()})


def _itemprops(tree: HtmlElement) -> Mapping[str, tuple[HtmlElement, ...]]:
    found: dict[str, list[HtmlElement]] = {}
    for element in _ITEMPROPS(tree)[:MAX_ITEMPROPS]:
        for name in element.get("itemprop", "").lower().split():
            found.setdefault(name, []).append(element)
    return MappingProxyType({key: tuple(values) for key, values in found.items()})
