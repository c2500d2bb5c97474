"""Redaction of secrets in request headers: their values are replaced, and warcinfo lists the header names."""

from __future__ import annotations

from collections.abc import Iterable

DEFAULT = ("Authorization", "Cookie", "Proxy-Authorization")
PLACEHOLDER = b" [redacted]"


def redact(request: bytes, names: Iterable[str]) -> bytes:
    """Return a request's bytes with the values of the given headers replaced; all else is unchanged."""
    wanted = {name.lower().encode("latin-1", "replace") for name in names}
    head, blank, body = request.partition(b"\r\n\r\n")
    if not wanted or not any(name + b":" in head.lower() for name in wanted):
        return request
    lines = []
    for line in head.split(b"\r\n"):
        name, colon, _ = line.partition(b":")
        lines.append(name + colon + PLACEHOLDER if colon and name.strip().lower() in wanted else line)
    return b"\r\n".join(lines) + blank + body
