"""A source's own selectors: CSS or XPath where a site needs help."""

from __future__ import annotations

from typing import Protocol


class SelectorSet(Protocol):
    """What ``sources.toml`` may say for a site; each is one expression, several, or nothing."""

    @property
    def title(self) -> object:
        """Where the headline is."""

    @property
    def date(self) -> object:
        """Where the date of publication is printed or declared."""

    @property
    def authors(self) -> object:
        """Where the authors' names are, one element each."""

    @property
    def body(self) -> object:
        """The element or elements that hold the article's paragraphs."""

    @property
    def drop(self) -> object:
        """What is no part of the article."""
