"""robots.txt according to RFC 9309: what its presence, absence and errors mean, and which URLs it allows.

| response | meaning | effect |
| --- | --- | --- |
| 2xx | the rules (the first 500 KiB) | obeyed |
| 4xx but 429 | there are no rules (§2.3.1.3) | everything allowed |
| more than 5 redirects | treated as absent (§2.3.1.2) | everything allowed |
| 5xx, 429, no response | unreachable (§2.3.1.4) | nothing allowed, fetched again in the next run |

Pure: the crawl (``fetch.robots``) and ``sources check`` (``sources.http_client``) fetch the file and ask here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

from talkscraper.html.charset import decode

if TYPE_CHECKING:
    from protego import Protego

ROBOTS_NAME = "talkscraper"
"""The product token of talkscraper in robots.txt (§2.2.1)."""
MAX_ROBOTS_BYTES = 500 * 1024
"""Maximum number of bytes that are read (§2.5)."""
MAX_REDIRECTS = 5


def robots_text(body: bytes, content_type: str | None = None) -> str:
    """Return a robots.txt as text, without a byte order mark; UTF-8 (§2.2) unless it declares another charset."""
    return decode(body[:MAX_ROBOTS_BYTES], content_type, detect=False).text


@dataclass(frozen=True, kw_only=True)
class RobotsRules:
    """The rules of one host's robots.txt."""

    status: str
    """``rules``, ``none`` or ``unreachable``, with the status of the response."""
    body: str = ""
    allow_all: bool = False
    unreachable: bool = False
    fresh: bool = True
    """Whether it was fetched in this run, not recalled from an earlier one."""

    @classmethod
    def of_response(cls, status: int, body: bytes, content_type: str | None = None) -> Self:
        """Return the rules that a response to the request for robots.txt means."""
        if 200 <= status < 300:
            return cls(status=f"rules ({status})", body=robots_text(body, content_type))
        if 300 <= status < 500 and status != 429:
            return cls(status=f"none ({status})", allow_all=True)
        return cls.of_error(str(status))

    @classmethod
    def of_error(cls, reason: str) -> Self:
        """Return the rules of a host that doesn't respond, or responds with a server error: nothing is allowed."""
        return cls(status=f"unreachable ({reason})", unreachable=True)

    @classmethod
    def of_redirects(cls) -> Self:
        """Return the rules of a robots.txt that redirects more than ``MAX_REDIRECTS`` times."""
        return cls(status="none (too many redirects)", allow_all=True)

    @cached_property
    def parser(self) -> Protego:
        """The parsed rules; parsing a large file takes a while."""
        from protego import Protego

        return Protego.parse(self.body)

    @property
    def crawl_delay_s(self) -> float | None:
        """The crawl-delay in seconds, or None."""
        delay = self.parser.crawl_delay(ROBOTS_NAME)
        return float(delay) if delay else None

    def allows(self, url: str) -> bool:
        """Whether the URL may be fetched."""
        return not self.unreachable and (self.allow_all or self.parser.can_fetch(url, ROBOTS_NAME))
