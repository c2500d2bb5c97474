"""Opening a tunnel through a proxy, without input or output: CONNECT (RFC 9110 §9.3.6), SOCKS 5 (RFC 1928, 1929).

Both clients drive it: the crawl over Twisted, ``SiteClient`` over a socket. Names are sent to the proxy as they are,
and resolved by it.
"""

from __future__ import annotations

import base64
import ipaddress
import re
from http import HTTPStatus

from talkscraper.sources.proxy import Proxy

MAX_HEAD = 64 * 1024
"""Maximum number of bytes of a proxy's answer."""
MAX_HANDSHAKE_S = 30.0
"""Maximum number of seconds from the connection to the open tunnel."""
_STATUS_LINE = re.compile(rb"HTTP/1\.[0-9] ([1-9][0-9][0-9])(?: |\r|\n|$)")
_SOCKS_FAULTS = {
    1: "it failed",
    2: "its rules don't allow it",
    3: "the network is unreachable from it",
    4: "the host is unreachable from it",
    5: "the connection was refused",
    6: "the connection timed out",
    7: "it knows no CONNECT",
    8: "it knows no such addresses",
}


class ProxyFailed(Exception):
    """A proxy doesn't work, or refuses; the message names it, without its password."""


def proxy_authorization(proxy: Proxy) -> str | None:
    """Return the ``Proxy-Authorization`` header for an HTTP proxy; None without user."""
    if proxy.user is None:
        return None
    return "Basic " + base64.b64encode(f"{proxy.user}:{proxy.password or ''}".encode()).decode("ascii")


def refusal_of(proxy: Proxy, status: int, target: str) -> ProxyFailed:
    """Return the error of an HTTP proxy that answers with a status other than 2xx."""
    words = f"{status} {_phrase(status)}".rstrip()
    if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
        login = "its user name and password aren't accepted" if proxy.user else "it wants a user name and password"
        return ProxyFailed(f"the proxy {proxy} refuses: {words}; {login}")
    return ProxyFailed(f"the proxy {proxy} doesn't connect to {target}: {words}")


class Connect:
    """An HTTP proxy's tunnel."""

    def __init__(self, proxy: Proxy, host: str, port: int) -> None:
        self._proxy = proxy
        self._target = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._buffer = bytearray()
        self.done = False
        self.rest = b""
        """What came after the proxy's answer."""

    def begin(self) -> bytes:
        """Return the first bytes to send."""
        lines = [f"CONNECT {self._target} HTTP/1.1", f"Host: {self._target}"]
        authorization = proxy_authorization(self._proxy)
        if authorization is not None:
            lines.append(f"Proxy-Authorization: {authorization}")
        return "\r\n".join((*lines, "", "")).encode("ascii")

    def receive(self, data: bytes) -> bytes:
        """Take what the proxy sent; return what to send.

        Raises:
            ProxyFailed: it refuses, or what it sends isn't an answer.
        """
        scanned = max(0, len(self._buffer) - 3)
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n", scanned)
        if end < 0:
            if len(self._buffer) > MAX_HEAD or (len(self._buffer) >= 5 and not self._buffer.startswith(b"HTTP/")):
                raise ProxyFailed(f"the proxy {self._proxy} sends what isn't HTTP")
            return b""
        found = _STATUS_LINE.match(self._buffer)
        if found is None:
            raise ProxyFailed(f"the proxy {self._proxy} sends what isn't HTTP")
        status = int(found[1])
        if not 200 <= status < 300:
            raise refusal_of(self._proxy, status, self._target)
        self.rest = bytes(self._buffer[end + 4 :])
        self.done = True
        return b""


class Socks5:
    """A SOCKS 5 proxy's tunnel."""

    def __init__(self, proxy: Proxy, host: str, port: int) -> None:
        self._proxy, self._host, self._port = proxy, host, port
        self._buffer = bytearray()
        self._step = self._method
        self.done = False
        self.rest = b""

    def begin(self) -> bytes:
        """Return the first bytes to send."""
        return b"\x05\x02\x00\x02" if self._proxy.user is not None else b"\x05\x01\x00"

    def receive(self, data: bytes) -> bytes:
        """Take what the proxy sent; return what to send; see ``Connect.receive``."""
        self._buffer += data
        answer = b""
        while not self.done:
            step = self._step()
            if step is None:
                break
            answer += step
        return answer

    def _take(self, size: int) -> bytes | None:
        if len(self._buffer) < size:
            return None
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _method(self) -> bytes | None:
        taken = self._take(2)
        if taken is None:
            return None
        if taken[0] != 5:
            raise ProxyFailed(f"the proxy {self._proxy} doesn't speak SOCKS 5")
        if taken[1] == 0:
            self._step = self._reply
            return self._request()
        if taken[1] != 2 or self._proxy.user is None:
            wanted = "its user name and password aren't accepted" if self._proxy.user else "it wants a login"
            raise ProxyFailed(f"the proxy {self._proxy} refuses: {wanted}")
        self._step = self._login
        user, password = self._proxy.user.encode(), (self._proxy.password or "").encode()
        return bytes((1, len(user))) + user + bytes((len(password),)) + password

    def _login(self) -> bytes | None:
        taken = self._take(2)
        if taken is None:
            return None
        if taken[1] != 0:
            raise ProxyFailed(f"the proxy {self._proxy} refuses: its user name and password aren't accepted")
        self._step = self._reply
        return self._request()

    def _request(self) -> bytes:
        try:
            address = ipaddress.ip_address(self._host)
            name = bytes((1 if address.version == 4 else 4,)) + address.packed
        except ValueError:
            host = self._host.encode("ascii")
            if len(host) > 255:
                raise ProxyFailed(f"the proxy {self._proxy} can't be asked for a name that long") from None
            name = bytes((3, len(host))) + host
        return b"\x05\x01\x00" + name + self._port.to_bytes(2, "big")

    def _reply(self) -> bytes | None:
        buffer = self._buffer
        if len(buffer) >= 2 and buffer[1] != 0:
            where = f"{self._host}:{self._port}"
            why = _SOCKS_FAULTS.get(buffer[1], f"error {buffer[1]}")
            raise ProxyFailed(f"the proxy {self._proxy} doesn't connect to {where}: {why}")
        if len(buffer) < 5:
            return None
        sizes = {1: 4, 4: 16, 3: buffer[4] + 1}
        if buffer[0] != 5 or buffer[3] not in sizes:
            raise ProxyFailed(f"the proxy {self._proxy} doesn't speak SOCKS 5")
        if self._take(4 + sizes[buffer[3]] + 2) is None:
            return None
        self.rest, self.done = bytes(self._buffer), True
        return b""


def handshake(proxy: Proxy, host: str, port: int) -> Connect | Socks5:
    """Return the opening of a tunnel to a host."""
    return (Socks5 if proxy.scheme == "socks5" else Connect)(proxy, host, port)


def _phrase(status: int) -> str:
    # by the number: the proxy's own words aren't to be trusted
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
