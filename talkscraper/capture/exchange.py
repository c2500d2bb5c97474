"""One exchange while it happens: what was asked, and the bytes of every attempt at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from talkscraper.warc.spool import Spool


class Attempt:
    """A request written to one connection, and what came back. Bytes as they are above TLS."""

    __slots__ = ("cipher", "complete", "ip", "over", "request", "response", "sealed", "tls")

    def __init__(self, ip: str | None) -> None:
        self.ip = ip
        """The connected peer's address."""
        self.request = bytearray()
        self.response = Spool()
        self.tls: str | None = None
        """``TLSv1.3`` and the like, as OpenSSL names it."""
        self.cipher: str | None = None
        """OpenSSL's name of the cipher suite."""
        self.complete = False
        """The HTTP parser saw the response's end. A cut close-delimited body looks complete too."""
        self.sealed = False
        """Nothing is added any more."""
        self.over = False
        """Cut off by us because it grew beyond any size that a permitted response can have."""

    def received(self, data: bytes) -> None:
        """Keep bytes of the response."""
        if not self.sealed:
            self.response.write(data)

    def finish(self, rest: int) -> None:
        """The response is complete; ``rest`` bytes received after it aren't part of it."""
        if not self.sealed:
            self.response.cut(rest)
            self.complete = self.sealed = True


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A request of Scrapy's and its attempts: more than one where Twisted repeats it on a stale connection."""

    url: str
    """As requested, without fragment."""
    started_at: datetime
    method: str = "GET"
    source_id: str | None = None
    page_capture_id: str | None = None
    asked_as: str | None = None
    proxied: bool = False
    """Then the peer's address is the proxy's, and isn't recorded."""
    attempts: list[Attempt] = field(default_factory=list)
    truncated: str | None = None
    """WARC-Truncated's reason, decided when the exchange is sealed."""

    def new_attempt(self, ip: str | None) -> Attempt:
        """The request is about to be written to a connection; an earlier attempt is over."""
        for attempt in self.attempts:
            attempt.sealed = True
        attempt = Attempt(ip)
        self.attempts.append(attempt)
        return attempt

    def seal(self, truncated: str | None) -> None:
        """Nothing more will be received; ``truncated`` says why the response isn't whole."""
        for attempt in self.attempts:
            attempt.sealed = True
        last = self.last
        self.truncated = "length" if last is not None and last.over else truncated

    @property
    def last(self) -> Attempt | None:
        """The attempt that is archived."""
        return self.attempts[-1] if self.attempts else None

    def close(self) -> None:
        """Free the bytes."""
        for attempt in self.attempts:
            attempt.response.close()
