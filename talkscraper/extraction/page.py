"""A parsed page, the input of every part of the extraction.

``Page.read`` decodes and parses the body once and collects the page's declarations. The tree is shared by all parts
and must not be changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import islice
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
MAX_LINKS = 10_000

_ITEMPROP_NAMES = ("itemprop", "itemProp", "ITEMPROP")
_ITEMPROPS = etree.XPath("//*[@itemprop]")
_LD_META = "script:ld+json"
"""Where Remix and its like leave JSON-LD if scripts are rendered as meta elements."""
_LD_SCRIPTS = etree.XPath("//script[contains(@type, 'ld+json')]")


@dataclass(frozen=True)
class Page:
    """A page and its declarations."""

    tree: HtmlElement
    """The ``<html>`` element; no comments, no processing instructions. Not to be changed."""
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
        meta = _meta(tree)
        nodes = jsonld.parse_scripts([script.text or "" for script in _LD_SCRIPTS(tree)] + [*meta.get(_LD_META, ())])
        title = (meta.get("og:title") or (tree.findtext(".//title") or "",))[0]
        canonical = tree.find(".//link[@rel='canonical']")
        own = (url, canonical.get("href", "") if canonical is not None else "", *meta.get("og:url", ()))
        return cls(
            tree=tree,
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

    def first(self, *names: str) -> str | None:
        """The first content of the first of these meta names that has one."""
        for name in names:
            values = self.meta.get(name)
            if values:
                return values[0]
        return None

    @cached_property
    def anchors(self) -> tuple[tuple[HtmlElement, str], ...]:
        """The ``<a>`` elements with their ``href`` as written, in page order, at most ``MAX_LINKS``."""
        return _with_address(self.tree, "a")

    @cached_property
    def base(self) -> str:
        """What relative addresses are relative to: the page's address, or the base that it names, if that is valid."""
        named = next((href for e in self.tree.iter("base") if (href := e.get("href"))), "")
        return resolved(self.url, named) or self.url

    @cached_property
    def links(self) -> tuple[tuple[HtmlElement, str], ...]:
        """The ``<link>`` elements with their ``href`` as written, in page order, at most ``MAX_LINKS``."""
        return _with_address(self.tree, "link")

    def resolve(self, value: Any) -> Any:
        """A JSON-LD value, with a bare ``{"@id": …}`` replaced by the node it stands for."""
        return jsonld.resolve(value, self.nodes_by_id)

    @property
    def content_type(self) -> str:
        """The Content-Type header in lower case, or an empty string."""
        return self.headers.get("content-type", "").lower()


def _with_address(tree: HtmlElement, tag: str) -> tuple[tuple[HtmlElement, str], ...]:
    return tuple((e, href) for e in islice(tree.iter(tag), MAX_LINKS) if (href := e.get("href")))


def _headers(headers: Headers) -> Mapping[str, str]:
    pairs = headers.items() if isinstance(headers, Mapping) else headers or ()
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = name.strip().lower()
        joined[key] = f"{joined[key]}, {value.strip()}" if key in joined else value.strip()
    return MappingProxyType(joined)


def _joined(base: str, url: str) -> str:
    return resolved(base, url) or "" if url else ""


def _meta(tree: HtmlElement) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for count, element in enumerate(tree.iter("meta")):
        if count >= MAX_META:
            break
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
