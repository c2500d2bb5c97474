"""The warcinfo record that begins each file: who made it, with what, by which rules, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from talkscraper.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlInfo:
    """What a crawl says of itself; None where there is nothing to say."""

    user_agent: str | None = None
    operator: str | None = None
    """The contact of sources.toml."""
    robots: str | None = None
    """``obey``: robots.txt by RFC 9309."""
    run_id: int | None = None
    redacted: Sequence[str] = ()
    """Request headers whose values aren't archived."""

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The fields of the warcinfo record."""
        named = [
            ("software", software()),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            ("operator", self.operator),
            ("http-header-user-agent", self.user_agent),
            ("robots", self.robots),
            ("talkscraper-run", str(self.run_id) if self.run_id is not None else None),
            ("talkscraper-redacted-request-headers", ", ".join(self.redacted) or "none"),
        ]
        return tuple((name, value) for name, value in named if value is not None)


def software() -> str:
    """The versions that decide about the bytes."""
    parts = [f"talkscraper/{__version__}"]
    for package in ("scrapy", "twisted"):
        try:
            parts.append(f"{package}/{version(package)}")
        except PackageNotFoundError:
            continue
    return " ".join(parts)
