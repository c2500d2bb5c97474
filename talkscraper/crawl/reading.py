"""From a seed's bytes to the links it names, whichever kind of seed it is. Pure; runs in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talkscraper.discovery.model import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedReading:
    """What a homepage, feed, sitemap or listing names."""

    links: tuple[Link, ...] = ()
    fault: str | None = None
    """Why it can't be read at all."""
