"""The warcinfo record at the start of each file: operator, software, crawl rules, and what isn't archived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from talkscraper.version import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlInfo:
    """The warcinfo fields of a crawl; None where a value is unknown."""

    user_agent: str | None = None
    operator: str | None = None
    """The operator's contact from sources.toml."""
    robots: str | None = None
    """``obey``: robots.txt by RFC 9309."""
    run_id: int | None = None
    redacted: Sequence[str] = ()
    """Names of request headers whose values aren't archived."""

    access: Sequence[str] = ()
    """What is sent to a source beside what all get, and through what, without any value: one text a source."""

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Return the name and value pairs of the warcinfo record."""
        named = [
            ("software", software()),
            ("format", "WARC File Format 1.1"),
            ("conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"),
            ("operator", self.operator),
            ("http-header-user-agent", self.user_agent),
            ("robots", self.robots),
            ("talkscraper-run", str(self.run_id) if self.run_id is not None else None),
            ("talkscraper-redacted-request-headers", ", ".join(self.redacted) or "none"),
            *(("talkscraper-access", each) for each in self.access),
        ]
        return tuple((name, value) for name, value in named if value is not None)


def software() -> str:
    """Return the versions of the software that determines the bytes."""
    from importlib.metadata import PackageNotFoundError, version  # slow, and a run with nothing due writes no record

    parts = [f"talkscraper/{__version__}"]
    for package in ("scrapy", "twisted"):
        try:
            parts.append(f"{package}/{version(package)}")
        except PackageNotFoundError:
            continue
    return " ".join(parts)
