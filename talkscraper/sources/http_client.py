"""A small polite HTTP client for ``sources add`` and ``sources check``; a crawl doesn't use it.

It uses the standard library only, so that a check starts at once. The rules of a crawl apply: robots.txt is obeyed
(RFC 9309), requests to a host are spaced, the User-Agent names the operator, certificates are verified, and the
connected address is checked at every hop before a byte is sent.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from talkscraper import ip_addresses
from talkscraper.errors import SourcesError, SourceUnreachable, TalkscraperError
from talkscraper.html.charset import decode
from talkscraper.sources.hosts import belongs, hosts_of, is_own_server, redirect_hosts
from talkscraper.sources.robots_rules import MAX_ROBOTS_BYTES, ROBOTS_NAME
from talkscraper.urls.canonical import cleaned
from talkscraper.urls.validity import fault_of
from talkscraper.version import __version__
from talkscraper.warc.content_coding import UndecodableContent, decode_content

if TYPE_CHECKING:
    from protego import Protego

    from talkscraper.sources.model import Source

MAX_HOPS = 5
MAX_BODY = 16 * 1024 * 1024
"""Maximum number of bytes, as received and as decompressed."""
MAX_REQUEST_S = 30.0
"""Maximum number of seconds from connecting to the last byte."""
MAX_DELAY_S = 30.0
"""Maximum ``Crawl-delay`` in seconds that is obeyed: a check makes a dozen requests."""
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Disallowed(SourceUnreachable):
    """robots.txt disallows the address, or can't be read for an error of the site's."""


class LedElsewhere(SourceUnreachable):
    """A redirect off the source's hosts, which a crawl wouldn't follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteResponse:
    """What came of asking for an address."""

    url: str
    """The last hop's."""
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """Content-decoded; empty after an undecodable or too large one."""
    problem: str | None = None

    @property
    def content_type(self) -> str | None:
        """The first Content-Type header's value."""
        return next((value for name, value in self.headers if name.lower() == "content-type"), None)

    @property
    def ok(self) -> bool:
        """Whether there is a page to read."""
        return self.status == 200 and self.problem is None

    def describe(self) -> str:
        """In a few words, for people."""
        return self.problem or f"answered {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Robots:
    """A site's robots.txt as read."""

    url: str
    status: str
    """``rules``, ``none (404)``, ``unreachable (…)``."""
    text: str = ""
    crawl_delay_s: float | None = None
    rules: Protego | None = None
    """None: everything is allowed, or (``unreachable``) nothing."""

    @property
    def unreachable(self) -> bool:
        """Whether its absence forbids everything (RFC 9309 §2.3.1.4)."""
        return self.status.startswith("unreachable")


@dataclass(slots=True, kw_only=True)
class Asker:
    """Asks for pages on behalf of one source, one after the other."""

    contact: str | None
    source: Source
    """Its own hosts and ports alone may be private, where it says ``allow_private``."""
    delay_s: float = 2.0
    say: Callable[[str], None] = lambda _line: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0
    _robots: dict[str, Robots] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)

    def get(self, url: str, *, anywhere: bool = False) -> SiteResponse:
        """Ask for an address and follow its redirects; off the source's hosts only with ``anywhere``.

        Raises:
            SourcesError: the address is public and there is no contact, or private and that isn't allowed.
            LedElsewhere: it redirects to another site.
            SourceUnreachable: the network, the certificate or robots.txt says no.
        """
        here = _checked(cleaned(url))
        allowed = redirect_hosts(here, hosts_of(self.source))
        for _ in range(MAX_HOPS + 1):
            self._ask_robots(here)
            answer = self._once(here)
            location = next((value for name, value in answer.headers if name.lower() == "location"), None)
            if answer.status not in _REDIRECTS or not location:
                return answer
            here = _target(here, location)
            if not anywhere and not belongs(here, allowed):
                raise LedElsewhere(f"{url} redirects to {here}, another site")
        raise SourceUnreachable(f"{url} redirects more than {MAX_HOPS} times")

    def robots(self, url: str) -> Robots:
        """The robots.txt of the site on which ``url`` lies, asked for once.

        Raises:
            SourcesError: as for ``get``.
        """
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._robots:
            self._robots[origin] = self._read_robots(f"{origin}/robots.txt")
        return self._robots[origin]

    def _ask_robots(self, url: str) -> None:
        robots = self.robots(url)
        if robots.unreachable:
            raise Disallowed(f"{robots.url}: {robots.status}; nothing is fetched until it can be read")
        if robots.rules is not None and not robots.rules.can_fetch(url, ROBOTS_NAME):
            raise Disallowed(f"robots.txt disallows {url}")

    def _read_robots(self, url: str) -> Robots:
        from protego import Protego

        here = url
        try:
            for _ in range(MAX_HOPS + 1):
                answer = self._once(here)
                location = next((value for name, value in answer.headers if name.lower() == "location"), None)
                if answer.status not in _REDIRECTS or not location:
                    break
                here = _target(here, location)
            else:
                return Robots(url=url, status="none (too many redirects)")
        except SourceUnreachable as e:
            return Robots(url=url, status=f"unreachable ({e})")
        if answer.status == 200 and answer.problem is None:
            text = decode(answer.body[:MAX_ROBOTS_BYTES], answer.content_type, detect=False).text
            rules = Protego.parse(text)
            delay = rules.crawl_delay(ROBOTS_NAME)
            return Robots(
                url=url, status="rules", text=text, rules=rules, crawl_delay_s=float(delay) if delay else None
            )
        if 300 <= answer.status < 500 and answer.status != 429:
            return Robots(url=url, status=f"none ({answer.status})")
        return Robots(url=url, status=f"unreachable ({answer.describe()})")

    def _once(self, url: str) -> SiteResponse:
        parts = urlsplit(url)
        self._wait(parts.scheme, parts.netloc)
        self.requests += 1
        self.say(f"asking for {url}")
        connection = self._connect(url)
        watch = threading.Timer(MAX_REQUEST_S, _cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("GET", target, headers=self._headers())
            reply = connection.getresponse()
            raw = reply.read(MAX_BODY + 1)
            headers = tuple(reply.getheaders())
            status = reply.status
        except (OSError, http.client.HTTPException, ValueError) as e:
            raise SourceUnreachable(f"{url}: {_what(e)}") from e
        finally:
            watch.cancel()
            connection.close()
        body, problem = _decoded(raw, ", ".join(reply.headers.get_all("Content-Encoding", [])))
        return SiteResponse(url=url, status=status, headers=headers, body=body, problem=problem)

    def _connect(self, url: str) -> http.client.HTTPConnection:
        """A connection whose peer has been checked; nothing has been sent."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as e:
            raise SourceUnreachable(f"{host} can't be resolved: {_what(e)}") from e
        refused: TalkscraperError | None = None
        failed: OSError | None = None
        for family, kind, protocol, _, address in found[:8]:
            refused = self._refusal(url, host, str(address[0]))
            if refused is not None:
                continue
            raw = socket.socket(family, kind, protocol)
            raw.settimeout(MAX_REQUEST_S / 3)
            try:
                raw.connect(address)
                refused = self._refusal(url, host, str(raw.getpeername()[0]))
                if refused is not None:
                    raise refused
                if parts.scheme == "https":
                    raw = ssl.create_default_context().wrap_socket(raw, server_hostname=host)
            except OSError as e:
                raw.close()
                failed = e
                continue
            except TalkscraperError:
                raw.close()
                raise
            connection = http.client.HTTPConnection(host, port, timeout=MAX_REQUEST_S)
            connection.sock = raw
            return connection
        if refused is not None and failed is None:
            raise refused
        raise SourceUnreachable(f"{host}:{port}: {_what(failed) if failed else 'has no address'}")

    def _refusal(self, url: str, host: str, ip: str) -> TalkscraperError | None:
        reason = ip_addresses.refusal(ip)
        if reason is None:
            if self.contact is not None:
                return None
            return SourcesError(
                f'{host} ({ip}) is public, and sources.toml has no contact: write contact = "https://…" (a page about '
                "you, or an e-mail address) as its first line"
            )
        if not is_own_server(url, self.source):
            return SourceUnreachable(
                f"{urlsplit(url).netloc} is at {ip}, {reason}, and isn't one of the source's own hosts and ports"
            )
        if self.source.allow_private:
            return None
        return SourcesError(
            f"{host} is at {ip}, {reason}: it isn't fetched without --allow-private (allow_private = true)"
        )

    def _headers(self) -> dict[str, str]:
        agent = f"talkscraper/{__version__}" + (f" (+{self.contact})" if self.contact else "")
        return {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "gzip", "Connection": "close"}

    def _wait(self, scheme: str, netloc: str) -> None:
        robots = self._robots.get(f"{scheme}://{netloc}")
        asked = robots.crawl_delay_s if robots is not None and robots.crawl_delay_s else 0.0
        delay = max(self.delay_s, min(asked, MAX_DELAY_S))
        if netloc in self._last:
            left = self._last[netloc] + delay - self.clock()
            if left > 0:
                self.sleep(left)
        self._last[netloc] = self.clock()


def _checked(url: str) -> str:
    fault = fault_of(url)
    if fault is not None:
        raise SourceUnreachable(f"{url[:200]} can't be asked for: {fault}")
    return url


def _target(here: str, location: str) -> str:
    """Where a redirect leads."""
    try:
        return _checked(cleaned(urljoin(here, location)))
    except ValueError as e:
        raise SourceUnreachable(f"{here} redirects to what is no address: {location[:200]}") from e


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a transfer that takes too long; the reader gets an error."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _decoded(raw: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The body without its content encoding, or what is wrong with it."""
    if len(raw) > MAX_BODY:
        return b"", f"larger than {MAX_BODY // 1024**2} MiB"
    try:
        return decode_content(raw, [("Content-Encoding", encoding)], MAX_BODY), None
    except UndecodableContent:
        return b"", f"unpacks to more than {MAX_BODY // 1024**2} MiB"


def _what(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is wrong: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).strip()[:200] or type(error).__name__
