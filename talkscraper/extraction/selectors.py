"""A source's own selectors: CSS or XPath where a site needs help.

Each of title, date, authors, body and drop is one expression or several; an expression that starts with ``/``, ``./``
or ``(`` is XPath, anything else CSS. A selector that finds nothing is noted, never an error: pages change.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Protocol

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

_MAX_ELEMENTS = 500


class SelectorSet(Protocol):
    """What ``sources.toml`` may say for a site: per field one expression, several, or nothing."""

    @property
    def title(self) -> str | Iterable[str] | None:
        """Where the headline is."""

    @property
    def date(self) -> str | Iterable[str] | None:
        """Where the date of publication is printed or declared."""

    @property
    def authors(self) -> str | Iterable[str] | None:
        """Where the authors' names are, one element each."""

    @property
    def body(self) -> str | Iterable[str] | None:
        """The element or elements that hold the article's paragraphs."""

    @property
    def drop(self) -> str | Iterable[str] | None:
        """What is no part of the article."""


def expressions(value: str | Iterable[str] | None) -> tuple[str, ...]:
    """One expression, several or none, as a tuple."""
    if not value:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


@lru_cache(maxsize=256)
def compiled(expression: str) -> etree.XPath:
    """The expression as XPath.

    Raises:
        ValueError: It is neither XPath nor CSS.
    """
    try:
        if expression.lstrip().startswith(("/", "./", "(")):
            return etree.XPath(expression)
        return CSSSelector(expression, translator="html")
    except (etree.XPathSyntaxError, etree.XPathError, SyntaxError, ValueError) as error:
        raise ValueError(f"not a CSS selector or XPath: {expression!r} ({error})") from error


def select(tree: HtmlElement, value: str | Iterable[str] | None) -> list[HtmlElement]:
    """The elements that the expressions find, in the order of the expressions, each once."""
    found: dict[HtmlElement, None] = {}
    for expression in expressions(value):
        try:
            result = compiled(expression)(tree)
        except (ValueError, etree.XPathError):
            continue
        for element in result if isinstance(result, list) else ():
            if isinstance(element, HtmlElement) and len(found) < _MAX_ELEMENTS:
                found[element] = None
    return list(found)
