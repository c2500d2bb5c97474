"""The polite HTTP client of ``sources add`` and ``sources check``; a crawl doesn't use it.

It uses the standard library only, so that a check starts at once and needs no reactor. The rules are those of a crawl,
and shared with it: robots.txt (``robots_rules``), permitted addresses (``permission``, checked of the connected peer
at every hop before a byte is sent), hosts of redirects (``hosts``), the User-Agent, the size limit and the decoder.
"""

from __future__ import annotations

import contextlib
import http
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper import ip_addresses
from talkscraper.connection_faults import in_words
from talkscraper.errors import SourcesError, SourceUnreachable, TalkscraperError
from talkscraper.settings import DOWNLOAD_MAXSIZE
from talkscraper.sources.hosts import belongs, hosts_of, is_own_server, redirect_hosts
from talkscraper.sources.permission import Permission
from talkscraper.sources.proxy_handshake import ProxyFailed, proxy_authorization, refusal_of
from talkscraper.sources.proxy_socket import connected, tls_context
from talkscraper.sources.redirect_chain import REDIRECT_STATUSES, RedirectChain, RedirectLoop
from talkscraper.sources.robots_rules import MAX_REDIRECTS, RobotsRules
from talkscraper.urls.canonical import cleaned
from talkscraper.urls.resolution import DEFAULT_PORTS, of_header, target
from talkscraper.urls.validity import fault_of
from talkscraper.version import user_agent
from talkscraper.warc.content_coding import UndecodableContent, decode_content
from talkscraper.warc.response_reader import ResponseReader, usable_headers

if TYPE_CHECKING:
    from talkscraper.sources.access import Passage, SourceAccess
    from talkscraper.sources.model import Source
    from talkscraper.sources.proxy import Proxy

MAX_REQUEST_S = 30.0
"""Maximum number of seconds from connecting to the last byte."""
MAX_DELAY_S = 30.0
"""Maximum ``Crawl-delay`` in seconds that is obeyed: a check makes a dozen requests."""
MAX_ADDRESSES = 8
"""Maximum number of a host's addresses that are tried."""
PERMANENT = (301, 308)
_READ_BYTES = 64 * 1024


class Disallowed(SourceUnreachable):
    """robots.txt disallows the address, or can't be read because of a server error."""


class OffSiteRedirect(SourceUnreachable):
    """A redirect off the source's hosts, which a crawl wouldn't follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteResponse:
    """A response to a request of ``SiteClient``."""

    url: str
    """The URL after redirects."""
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    """Without content codings; empty if it is too large or can't be decoded."""
    problem: str | None = None
    moved: str | None = None
    """Where permanent redirects (301, 308) lead, up to the first of another kind; None if there were none."""

    @property
    def content_type(self) -> str | None:
        """The first Content-Type header's value."""
        return self.header("Content-Type")

    @property
    def ok(self) -> bool:
        """Whether there is a page to read."""
        return self.status == 200 and self.problem is None

    @property
    def redirect(self) -> str | None:
        """The ``Location`` of a redirect, as the server gave it; None for another response."""
        if self.status not in REDIRECT_STATUSES:
            return None
        return next((value for name, value in self.headers if name.lower() == "location" and value), None)

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    @property
    def set_cookies(self) -> tuple[str, ...]:
        """The values of its ``Set-Cookie`` headers."""
        return tuple(value for name, value in self.headers if name.lower() == "set-cookie")

    def describe(self) -> str:
        """Return what is wrong with it in a few words."""
        return self.problem or f"answered {self.status}"


@dataclass(slots=True, kw_only=True)
class SiteClient:
    """Sends requests on behalf of one source, one after the other."""

    contact: str | None
    source: Source
    """Only its own hosts and ports may have private addresses, if it sets ``allow_private``."""
    access: SourceAccess | None = None
    """What its requests carry and through what they go, if sources.toml says so."""
    delay_s: float = 2.0
    report: Callable[[str], None] = lambda _line: None
    """Called with a line before each request."""
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _robots: dict[str, RobotsRules] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)

    def get(self, url: str, *, anywhere: bool = False) -> SiteResponse:
        """Fetch a URL and follow its redirects; off the source's hosts only with ``anywhere``.

        Raises:
            SourcesError: the address is public and there is no contact, or private and that isn't allowed.
            OffSiteRedirect: it redirects to another site.
            SourceUnreachable: the host doesn't respond, its certificate is invalid, or robots.txt disallows the URL.
        """
        allowed = None if anywhere else redirect_hosts(_checked(cleaned(url)), hosts_of(self.source))
        response = self._follow(url, allowed, obey_robots=True)
        if response is None:
            raise SourceUnreachable(f"{url} redirects more than {MAX_REDIRECTS} times")
        return response

    def robots(self, url: str) -> RobotsRules:
        """Return the rules of the site of ``url``; its robots.txt is fetched once.

        Raises:
            SourcesError: as for ``get``.
        """
        origin = _origin(url)
        if origin not in self._robots:
            self._robots[origin] = self._fetch_robots(robots_url(url))
        return self._robots[origin]

    def _fetch_robots(self, url: str) -> RobotsRules:
        try:
            response = self._follow(url, None, obey_robots=False)
        except SourceUnreachable as e:
            return RobotsRules.of_error(str(e))
        if response is None:
            return RobotsRules.of_redirects()
        rules = RobotsRules.of_response(response.status, response.body, response.content_type)
        if rules.unreachable or response.problem is not None:
            return RobotsRules.of_error(response.describe())
        return rules

    def _require_allowed(self, url: str) -> None:
        rules = self.robots(url)
        if rules.unreachable:
            raise Disallowed(f"{robots_url(url)}: {rules.status}; nothing is fetched until it can be read")
        if not rules.allows(url):
            raise Disallowed(f"robots.txt disallows {url}")

    def _follow(self, url: str, allowed: frozenset[str] | None, *, obey_robots: bool) -> SiteResponse | None:
        """Return the response at the end of a URL's redirects; None after ``MAX_REDIRECTS`` of them.

        ``allowed``: the hosts to which it may redirect; None: any.
        """
        here, chain, own = _checked(cleaned(url)), RedirectChain(), hosts_of(self.source)
        moved, permanent = None, True
        for _ in range(MAX_REDIRECTS + 1):
            if obey_robots:
                self._require_allowed(here)
            response = self._once(here, chain.cookies.header_for(here, own))
            if response.redirect is None:
                return replace(response, moved=moved)
            onward = _target(here, response.redirect)
            if allowed is not None and not belongs(onward, allowed):
                raise OffSiteRedirect(f"{url} redirects to {onward}, another site")
            try:
                chain = chain.followed(here, onward, response.set_cookies, own)
            except RedirectLoop as e:
                raise SourceUnreachable(f"{url}: {e}") from e
            here = onward
            permanent = permanent and response.status in PERMANENT
            moved = onward if permanent else moved
        return None

    def _once(self, url: str, cookies: str = "") -> SiteResponse:
        parts = urlsplit(url)
        self._wait(parts.scheme, parts.netloc)
        self.report(f"asking for {url}")
        passage = self.access.passage(url) if self.access is not None else None
        proxy = passage.proxy if passage is not None else None
        connection = self._connect(url, passage)
        watch = threading.Timer(MAX_REQUEST_S, _cut, [connection])
        watch.daemon = True
        watch.start()
        try:
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            headers = self._headers() | ({"Cookie": cookies} if cookies else {})
            if passage is not None:
                headers |= passage.headers_for(url, cookies)
            if proxy is not None and proxy.forwards(url):
                target = f"{_origin(url)}{target}"
                authorization = proxy_authorization(proxy)
                headers |= {"Proxy-Authorization": authorization} if authorization is not None else {}
            connection.request("GET", target, headers=headers)
            reader, raw = _response(connection.sock)
        except (OSError, http.client.HTTPException, ValueError) as e:
            raise SourceUnreachable(f"{url}: {_reason(e)}") from e
        finally:
            watch.cancel()
            connection.close()
        head = reader.head
        assert head is not None
        assert head.status is not None
        if proxy is not None and proxy.forwards(url) and head.status == http.HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise SourceUnreachable(str(refusal_of(proxy, head.status, parts.netloc)))
        body, problem = _decoded(raw, head.headers)
        return SiteResponse(
            url=url, status=head.status, headers=tuple(usable_headers(head)), body=body, problem=problem
        )

    def _connect(self, url: str, passage: Passage | None) -> http.client.HTTPConnection:
        """Return a connection to a permitted address, checked before and after connecting; nothing has been sent."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or DEFAULT_PORTS[parts.scheme]
        if passage is not None and passage.proxy is not None:
            return self._connect_through(passage.proxy, url, passage)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as e:
            raise SourceUnreachable(f"{host}: {_reason(e)}") from e
        refused: TalkscraperError | None = None
        failed: OSError | None = None
        for family, kind, protocol, _, address in found[:MAX_ADDRESSES]:
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
                    raw = tls_context(passage).wrap_socket(raw, server_hostname=host)
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
        raise SourceUnreachable(f"{host}:{port}: {_reason(failed) if failed else 'has no address'}")

    def _connect_through(self, proxy: Proxy, url: str, passage: Passage) -> http.client.HTTPConnection:
        """Return a connection through a proxy; the host is checked by its name, which the proxy resolves."""
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or DEFAULT_PORTS[parts.scheme]
        permission = Permission.of(self.source, url, has_contact=self.contact is not None)
        refused = permission.refusal_by_name(host)
        if refused is not None:
            raise SourcesError(f"{refused}; it isn't asked for through the proxy")
        try:
            raw = connected(proxy, url, host, port)
        except ProxyFailed as e:
            raise SourceUnreachable(str(e)) from e
        try:
            if parts.scheme == "https":
                raw = tls_context(passage).wrap_socket(raw, server_hostname=host)
        except OSError as e:
            raw.close()
            raise SourceUnreachable(f"{host}:{port}: {_reason(e)}") from e
        connection = http.client.HTTPConnection(host, port, timeout=MAX_REQUEST_S)
        connection.sock = raw
        return connection

    def _refusal(self, url: str, host: str, ip: str) -> TalkscraperError | None:
        """Return the error that refuses a connection, and says what to do about it; None if it is permitted."""
        if Permission.of(self.source, url, has_contact=self.contact is not None).permits(ip):
            return None
        reason = ip_addresses.refusal(ip)
        if reason is None:
            return SourcesError(
                f'{host} ({ip}) is public, and sources.toml has no contact: write contact = "https://…" (a page about '
                "you, or an e-mail address) as its first line"
            )
        if not is_own_server(url, self.source):
            return SourceUnreachable(
                f"{urlsplit(url).netloc} is at {ip}, {reason}, and isn't one of the source's own hosts and ports"
            )
        return SourcesError(
            f"{host} is at {ip}, {reason}: it isn't fetched without --allow-private (allow_private = true)"
        )

    def _headers(self) -> dict[str, str]:
        return {
            "User-Agent": user_agent(self.contact),
            "Accept": "*/*",
            "Accept-Encoding": "gzip",
            "Connection": "close",
        }

    def _wait(self, scheme: str, netloc: str) -> None:
        robots = self._robots.get(f"{scheme}://{netloc}")
        requested = (robots.crawl_delay_s if robots is not None else None) or 0.0
        delay = max(self.delay_s, min(requested, MAX_DELAY_S))
        if netloc in self._last:
            left = self._last[netloc] + delay - self.clock()
            if left > 0:
                self.sleep(left)
        self._last[netloc] = self.clock()


def robots_url(url: str) -> str:
    """Return the URL of the robots.txt of a URL's site."""
    return f"{_origin(url)}/robots.txt"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _checked(url: str) -> str:
    fault = fault_of(url)
    if fault is not None:
        raise SourceUnreachable(f"{url[:200]} can't be requested: {fault}")
    return url


def _target(here: str, location: str) -> str:
    """Return the URL to which a redirect leads."""
    found = target(here, of_header(location))
    if found is None:
        raise SourceUnreachable(f"{here} redirects to what is no address: {location[:200]}")
    return _checked(found)


def _cut(connection: http.client.HTTPConnection) -> None:
    """End a transfer that takes too long; the reader gets an error."""
    with contextlib.suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)


def _response(connection: socket.socket) -> tuple[ResponseReader, bytes]:
    """Read a response as a crawl does, at most one byte more than a crawl would take.

    Raises:
        OSError: the connection failed.
        UnreadableResponse: it isn't HTTP.
        http.client.RemoteDisconnected: the connection ended before the head's end.
    """
    reader, payload, received = ResponseReader(), bytearray(), 0
    while not reader.ended and len(payload) <= DOWNLOAD_MAXSIZE and received <= 2 * DOWNLOAD_MAXSIZE:
        data = connection.recv(_READ_BYTES)
        if not data:
            payload += reader.close()[0]
            break
        received += len(data)
        for piece in reader.feed(data):
            payload += piece
    if reader.head is None:
        raise http.client.RemoteDisconnected("the connection was closed without an answer")
    return reader, bytes(payload)


def _decoded(raw: bytes, headers: Iterable[tuple[str, str]]) -> tuple[bytes, str | None]:
    """Return the body without its content codings, and what is wrong with it or None."""
    if len(raw) > DOWNLOAD_MAXSIZE:
        return b"", f"larger than {DOWNLOAD_MAXSIZE // 1024**2} MiB"
    try:
        return decode_content(raw, headers, DOWNLOAD_MAXSIZE), None
    except UndecodableContent:
        return b"", f"unpacks to more than {DOWNLOAD_MAXSIZE // 1024**2} MiB"


def _reason(error: Exception) -> str:
    words = in_words(error)
    if words is not None:
        return words
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error).strip()[:200] or type(error).__name__
