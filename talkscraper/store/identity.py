"""Which article a page belongs to, and under which other addresses it is known.

First version, by the store: the article's own URL, and the URL of the capture as an alias.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.model import Capture, Extraction
from talkscraper.urls import canonical

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Alias:
    """Another address of an article, and why it is one."""

    url: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """The canonical URL of the article that a page is, and its other addresses."""

    article_url: str
    aliases: tuple[Alias, ...] = ()


def resolve(
    db: Database,  # noqa: ARG001  what the archive knows decides between addresses
    capture: Capture,
    extraction: Extraction,
    *,
    source_hosts: tuple[str, ...] = (),  # noqa: ARG001
) -> Identity:
    """Decide which article the page of ``capture`` is."""
    assert extraction.article is not None
    url = canonical(extraction.article.url)
    aliases = [Alias(url=capture.url, why="fetched from here")] if capture.url != url else []
    return Identity(article_url=url, aliases=tuple(aliases))
