"""Exchanges without a network, and responses as bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from talkscraper.capture.exchange import Exchange


def exchange(url: str, response: bytes, at: datetime, *, truncated: str | None = None, **facts: Any) -> Exchange:
    """A sealed exchange of one attempt; ``facts`` are further fields of ``Exchange``."""
    made = Exchange(url=url, **{"started_at": at, **facts})
    attempt = made.new_attempt("192.0.2.7")
    _, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    attempt.request += f"{made.method} /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    for start in range(0, len(response), 65_536):
        attempt.received(response[start : start + 65_536])
    made.seal(truncated)
    return made


def framed(body: bytes, *, chunked: bool = False, status: str = "200 OK", headers: str = "") -> bytes:
    """A response of ``body``, chunked or length-framed."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n{headers}"
    if not chunked:
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
    pieces = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    coded = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    return f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + coded
