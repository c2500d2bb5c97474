"""robots.txt according to RFC 9309: what its presence, absence and errors mean, and which URLs it allows.

| response | meaning | effect |
| --- | --- | --- |
| 2xx | the rules (the first 500 KiB) | obeyed |
| 4xx but 429 | there are no rules (§2.3.1.3) | everything allowed |
| more than 5 redirects | treated as absent (§2.3.1.2) | everything allowed |
| 5xx, 429, no response | unreachable (§2.3.1.4) | nothing allowed, fetched again in the next run |

Pure: the crawl (``fetch.robots``) and ``sources check`` (``sources.http_client``) fetch the file and ask here. Groups
are matched by product token here (§2.2.1); paths are matched by Protego.
"""

from __future__ import annotations

import re
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

_LINE_END = re.compile(r"\r\n|\r|\n")
_USER_AGENT = re.compile(r"[\s\ufeff]*(?:user-agent|useragent|user agent)(?:\s*:|\s)(.*)", re.IGNORECASE | re.DOTALL)
_RECORD = re.compile(
    r"[\s\ufeff]*(?:allow|diasllow|d[a-z]{2,4}al+[ao]w"
    r"|crawl[- ]delay|request[- ]rate|visit[- ]time|site-?maps?|host)\b",
    re.IGNORECASE,
)
_TOKEN = re.compile(r"[A-Za-z_-]+|\*")
_ANOTHER_ROBOT = "another-robot"


def robots_text(body: bytes, content_type: str | None = None) -> str:
    """Return a robots.txt as text, without a byte order mark; UTF-8 (§2.2) unless it declares another charset."""
    return decode(body[:MAX_ROBOTS_BYTES], content_type, detect=False).text


def product_token(value: str) -> str:
    """Return the product token of a User-agent line's value, lower-case: ``talkscraper`` of ``TalkScraper/1.0 (+…)``.

    ``*`` for all robots; empty if there is none. What follows the token is ignored (§2.2.1).
    """
    found = _TOKEN.match(value.strip())
    return found[0].lower() if found else ""


def with_tokens(text: str) -> str:
    """Return a robots.txt whose groups are named by ``ROBOTS_NAME``, ``*`` or another name, for Protego.

    Protego compares a line's whole value with the beginning of a robot's name. Records that aren't part of the
    protocol are left out, since they mustn't interfere with the others (§2.2.4): they would end a group.
    """
    lines = []
    for line in _LINE_END.split(text):
        agent = _USER_AGENT.match(line)
        if agent is not None:
            token = product_token(agent[1])
            lines.append(f"User-agent: {token if token in (ROBOTS_NAME, '*') else _ANOTHER_ROBOT}")
        elif _RECORD.match(line):
            lines.append(line.lstrip("\ufeff \t"))
    return "\n".join(lines)


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

        return Protego.parse(with_tokens(self.body))

    @property
    def crawl_delay_s(self) -> float | None:
        """The crawl-delay in seconds, or None."""
        delay = self.parser.crawl_delay(ROBOTS_NAME)
        return float(delay) if delay else None

    def allows(self, url: str) -> bool:
        """Whether the URL may be fetched."""
        return not self.unreachable and (self.allow_all or self.parser.can_fetch(url, ROBOTS_NAME))
