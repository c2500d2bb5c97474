"""The authors that JSON-LD declares: nodes, references to nodes, names that are nodes themselves, and plain strings."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from talkscraper.extraction import jsonld
from talkscraper.extraction.name_lists import MAX_AUTHORS, authors_named, distinct
from talkscraper.extraction.page import Page
from talkscraper.extraction.text import clean
from talkscraper.model import Author, AuthorKind

_MAX_DEPTH = 5
_MAX_VISITED = 5_000
"""Values that are looked through for a node by its ``@id``."""
_PROPERTIES = ("author", "creator")
_LISTS = ("@list", "@set", "itemListElement", "item")
_NAME = ("name", "@value", "alternateName", "legalName", "title")


def declared_authors(page: Page, sites: set[str]) -> list[Author]:
    """The authors of the page's article node.

    Args:
        page: The page.
        sites: What the site calls itself, squeezed: such an author is an organisation, unless it is typed Person.
    """
    node = page.article_node or {}
    for key in _PROPERTIES:
        found = distinct(_authors(page, node.get(key), sites, 0))
        if found:
            return found
    return []


def _authors(page: Page, value: Any, sites: set[str], depth: int) -> Iterator[Author]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value[:MAX_AUTHORS]:
            yield from _authors(page, item, sites, depth + 1)
    elif isinstance(value, str):
        yield from authors_named([value], sites)
    elif isinstance(value, dict):
        node = _resolved(page, value)
        inner = next((node[k] for k in (*_PROPERTIES, *_LISTS) if node.get(k)), None)
        names = list(_names(page, node, 0))
        if not names and inner is not None:
            # a Role, or a list, around the author
            yield from _authors(page, inner, sites, depth + 1)
            return
        kind = _kind(node)
        # a node typed Person is one, even if the site has the same name
        yield from authors_named(names, set() if kind is AuthorKind.PERSON else sites, kind)


def _kind(node: dict[str, Any]) -> AuthorKind | None:
    types = jsonld.types_of(node)
    if any(t.endswith("organization") or t in ("corporation", "newsroom") for t in types):
        return AuthorKind.ORGANISATION
    return AuthorKind.PERSON if "person" in types else None


def _names(page: Page, node: dict[str, Any], depth: int) -> Iterator[str]:
    """What a node calls itself: its name, which may be a node or a list, or its given name and surname."""
    for key in _NAME:
        found = list(_texts(page, node.get(key), depth))
        if found:
            yield from found
            return
    parts = [" ".join(_texts(page, node.get(key), depth)) for key in ("givenName", "additionalName", "familyName")]
    if any(parts):
        yield " ".join(filter(None, parts))


def _texts(page: Page, value: Any, depth: int) -> Iterator[str]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        if text := clean(value):
            yield text
    elif isinstance(value, list):
        for item in value[:MAX_AUTHORS]:
            yield from _texts(page, item, depth + 1)
    elif isinstance(value, dict):
        yield from _names(page, _resolved(page, value), depth + 1)


def _resolved(page: Page, node: dict[str, Any]) -> dict[str, Any]:
    """The node itself, or the fuller one with its ``@id`` somewhere on the page."""
    key = node.get("@id")
    if not isinstance(key, str) or any(node.get(k) for k in (*_NAME, "givenName", "familyName")):
        return node
    known = page.nodes_by_id.get(key)
    if known is not None and known.get("name"):
        return known
    return _nested(page.jsonld, key) or known or node


def _nested(nodes: tuple[dict[str, Any], ...], key: str) -> dict[str, Any] | None:
    """A node with a name that is written inside another one."""
    stack: list[Any] = list(reversed(nodes))
    for _ in range(_MAX_VISITED):
        if not stack:
            return None
        value = stack.pop()
        if isinstance(value, dict):
            if value.get("@id") == key and any(value.get(k) for k in (*_NAME, "givenName", "familyName")):
                return value
            stack.extend(v for v in value.values() if isinstance(v, (dict, list)))
        elif isinstance(value, list):
            stack.extend(v for v in value[:_MAX_VISITED] if isinstance(v, (dict, list)))
    return None
