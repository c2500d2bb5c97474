"""An HTTP exchange in progress: the request and the bytes of every attempt at it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from talkscraper.warc.response_reader import Oddity, ResponseReader
from talkscraper.warc.spool import Spool


class Attempt:
    """A request written to one connection, and its response. The bytes are those above TLS."""

    __slots__ = ("cipher", "complete", "ip", "over", "reader", "request", "response", "sealed", "tls", "verification")

    def __init__(self, ip: str | None) -> None:
        self.ip = ip
        """The connected peer's address."""
        self.request = bytearray()
        self.response = Spool()
        self.tls: str | None = None
        """``TLSv1.3`` and the like, as OpenSSL names it."""
        self.cipher: str | None = None
        """OpenSSL's name of the cipher suite."""
        self.verification: int | None = None
        """OpenSSL's result of the certificate's verification, if the connection failed."""
        self.complete = False
        """Whether the HTTP parser saw the end of the response. A truncated close-delimited body looks complete too."""
        self.reader: ResponseReader | None = None
        """What reads the response on the wire."""
        self.sealed = False
        """Whether the attempt is closed to further bytes."""
        self.over = False
        """Whether it was aborted for exceeding the maximum size of a permitted response."""

    @property
    def oddities(self) -> tuple[Oddity, ...]:
        """How the response deviates from the standard, where that might make readers disagree about it."""
        return () if self.reader is None else self.reader.doubts

    def received(self, data: bytes) -> None:
        """Append bytes of the response."""
        if not self.sealed:
            self.response.write(data)

    def finish(self, rest: int) -> None:
        """Mark the response as complete; the last ``rest`` bytes received aren't part of it."""
        if not self.sealed:
            self.response.cut(rest)
            self.complete = self.sealed = True


@dataclass(slots=True, kw_only=True)
class Exchange:
    """A Scrapy request and its attempts; there are several where Twisted retries on a stale connection."""

    url: str
    """The requested URL, without fragment."""
    started_at: datetime
    method: str = "GET"
    source_id: str | None = None
    page_capture_id: str | None = None
    asked_as: str | None = None
    proxied: bool = False
    """Whether the request went through a proxy; the peer's address is then the proxy's, and isn't recorded."""
    redacted: tuple[str, ...] = ()
    """Names of further request headers whose values aren't archived."""
    attempts: list[Attempt] = field(default_factory=list)
    truncated: str | None = None
    """The reason for WARC-Truncated, set by ``seal``."""

    def new_attempt(self, ip: str | None) -> Attempt:
        """Start an attempt, just before the request is written to a connection; the previous attempt ends."""
        for attempt in self.attempts:
            attempt.sealed = True
        attempt = Attempt(ip)
        self.attempts.append(attempt)
        return attempt

    def seal(self, truncated: str | None) -> None:
        """Close the exchange to further bytes; ``truncated`` is the reason why the response isn't complete, or None."""
        for attempt in self.attempts:
            attempt.sealed = True
        last = self.last
        self.truncated = "length" if last is not None and last.over else truncated

    def discard(self) -> None:
        """Forget what was received: it isn't the origin's, and isn't archived."""
        self.close()
        self.attempts.clear()

    @property
    def received(self) -> int:
        """Number of bytes received by all attempts."""
        return sum(attempt.response.size for attempt in self.attempts)

    @property
    def last(self) -> Attempt | None:
        """The attempt that is archived: the last one."""
        return self.attempts[-1] if self.attempts else None

    def close(self) -> None:
        """Free the buffers."""
        for attempt in self.attempts:
            attempt.response.close()
