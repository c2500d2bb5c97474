"""A source's own selectors: CSS or XPath where a site needs help.

Each of title, date, authors, body and drop is one expression or several; an expression that starts with ``/``, ``./``
or ``(`` is XPath, anything else CSS. A selector that finds nothing is recorded; it is no error, because pages change.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from lxml import etree
from lxml.cssselect import CSSSelector
from lxml.html import HtmlElement

_MAX_ELEMENTS = 500


class SelectorSet(Protocol):
    """The selectors of a site in ``sources.toml``: per field one expression, several, or nothing."""

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


FIELDS = ("title", "date", "authors", "body", "drop")


class Guidance:
    """The selectors of a source that apply to a page captured at a certain time.

    A set may also have ``date_order`` (``DMY``, ``MDY``, ``YMD``), ``timezone`` (IANA), ``language`` (BCP 47),
    ``valid_from`` and ``valid_until`` (days of capture, for redesigns): outside of these days only those three hold.
    """

    def __init__(self, selectors: SelectorSet | None, captured_at: datetime) -> None:
        since, until = getattr(selectors, "valid_from", None), getattr(selectors, "valid_until", None)
        day = captured_at.date()
        in_force = not ((since and day < since) or (until and day > until))
        self._expressions = {name: expressions(getattr(selectors, name, None)) if in_force else () for name in FIELDS}
        self.date_order: str | None = getattr(selectors, "date_order", None)
        zone = getattr(selectors, "timezone", None)
        self.zone = ZoneInfo(zone) if zone else None
        self.language: str | None = getattr(selectors, "language", None)
        self.failed: list[str] = []
        """Fields whose selectors found nothing, or a value that was rejected."""

    def find(self, tree: HtmlElement, field: str) -> list[HtmlElement]:
        """The elements that a field's selectors find; none where it has none."""
        found = select(tree, self._expressions[field])
        if self._expressions[field] and not found and field != "drop":
            self.failed.append(field)
        return found

    def mark_failed(self, field: str) -> None:
        """Record that the value found by a field's selectors was rejected."""
        if field not in self.failed:
            self.failed.append(field)


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
