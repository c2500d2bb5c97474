"""Sockets through a proxy, and TLS with a client certificate, for ``SiteClient``."""

from __future__ import annotations

import socket
import ssl
import time
from typing import TYPE_CHECKING

from talkscraper.connection_faults import in_words
from talkscraper.sources.proxy_handshake import MAX_HANDSHAKE_S, ProxyFailed, handshake

if TYPE_CHECKING:
    from talkscraper.sources.access import Passage
    from talkscraper.sources.proxy import Proxy

_READ_BYTES = 4096


def tls_context(passage: Passage | None) -> ssl.SSLContext:
    """Return the TLS context of a request: the platform's authorities, and its source's client certificate."""
    context = ssl.create_default_context()
    if passage is not None and passage.certificate is not None:
        context.load_cert_chain(passage.certificate.certificate_path, passage.certificate.key_path)
    return context


def connected(proxy: Proxy, url: str, host: str, port: int) -> socket.socket:
    """Return a socket on which the host of a URL is talked to, or the proxy itself if it forwards.

    Raises:
        ProxyFailed: the proxy isn't reached, or refuses.
    """
    try:
        raw = socket.create_connection((proxy.host, proxy.port), timeout=MAX_HANDSHAKE_S / 3)
    except (OSError, UnicodeError) as e:
        raise _failed(proxy, e) from e
    try:
        if proxy.scheme == "https":
            if url.startswith("https:"):
                raise ProxyFailed(f"the proxy {proxy} takes TLS: only crawls go through it to https addresses")
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=proxy.host)
        if not proxy.forwards(url):
            _open_tunnel(raw, proxy, host, port)
    except (OSError, UnicodeError) as e:
        raw.close()
        raise _failed(proxy, e) from e
    except ProxyFailed:
        raw.close()
        raise
    return raw


def _open_tunnel(raw: socket.socket, proxy: Proxy, host: str, port: int) -> None:
    opening, ends = handshake(proxy, host, port), time.monotonic() + MAX_HANDSHAKE_S
    raw.sendall(opening.begin())
    while not opening.done:
        if time.monotonic() > ends:
            raise ProxyFailed(f"the proxy {proxy} didn't answer in time")
        data = raw.recv(_READ_BYTES)
        if not data:
            raise ProxyFailed(f"the proxy {proxy}: the connection was closed before its answer was complete")
        answer = opening.receive(data)
        if answer:
            raw.sendall(answer)
    if opening.rest:
        raise ProxyFailed(f"the proxy {proxy} sends more than its answer")


def _failed(proxy: Proxy, error: Exception) -> ProxyFailed:
    late = "it didn't answer in time" if isinstance(error, TimeoutError) else "it can't be reached"
    return ProxyFailed(f"the proxy {proxy}: {in_words(error) or late}")
