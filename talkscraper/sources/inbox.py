"""The inbox: the source of pages captured by hand that belong to no source of sources.toml."""

from __future__ import annotations

from talkscraper.sources.access_settings import ProxySettings
from talkscraper.sources.model import INBOX, Recrawl, Source


def inbox_source(proxy: ProxySettings | None = None) -> Source:
    """Return the inbox: without a homepage or hosts of its own; its pages are fetched once."""
    return Source(id=INBOX, name="Pages captured by hand", homepage="", recrawl=Recrawl(), proxy=proxy)
