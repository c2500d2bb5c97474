"""SURT keys (Sort-friendly URI Reordering Transform), by which captures are sorted and found: ``org,example)/a?b=1``.

Written from the descriptions of the format (Heritrix's glossary, the canonicalisation rules of the Wayback Machine and
of Safe Browsing) and compared with the keys of CDX indexes in use: they must be equal character by character, or other
tools don't find what is indexed here. That includes what looks like mistakes: ``/../a`` keeps its dots, and a parameter
may lose its end to a session id.

Dropped are scheme, user name, ``www.``, default port, fragment, session ids and the slash at the end; path and query
are in lower case, parameters sorted, escapes undone and then made where needed; labels of the host are reversed.
"""

from __future__ import annotations

import re
import socket
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from talkscraper.urls.resolution import DEFAULT_PORTS

NO_KEY = "-"
"""The key of an empty address, as CDX files write an absent field."""
_ENDS = " \t\n\r\x0b\x0c"
_DROPPED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)")
_TWICE = re.compile(r"https?://(?=https?://)")
_MAX_PORT = 65535
_PLAIN = re.compile(r"[!\"$&-~]*")
"""Text without escapes, and without characters that need one."""
_WORD_HOST = re.compile(r"(?:[a-z0-9_-]*[a-z_-][a-z0-9_-]*\.)*[a-z0-9_-]*[a-z_-][a-z0-9_-]*")
"""A host in lower case that is no IPv4 address and needs no repair."""
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_ESCAPED = re.compile(r"[\x00-\x20#%\x7f-\xff]")
_WWW = re.compile(r"www[0-9]*\.(?=.)", re.DOTALL)
_IPV4 = re.compile(r"[1-9][0-9]*(?:\.[0-9]+){0,3}|0[0-7]*(?:\.[0-7]+){0,3}")
_SESSION_SEGMENTS = (
    re.compile(r"(.*/)\((?:[a-z]\([0-9a-z]{24}\))+\)/([^?]+\.aspx.*)"),
    re.compile(r"(.*/)\([0-9a-z]{24}\)/([^?]+\.aspx.*)"),
)
"""ASP.NET's ``/(S(lit3py55t21z5v55vlm25s55))/``, without and with the letters of its parts."""
_SESSION_PARAMETERS = tuple(
    re.compile(rf"(.*){pattern}(?:&(.*))?")
    for pattern in (
        r"jsessionid=[0-9a-z]{32}",
        r"phpsessid=[0-9a-z]{32}",
        r"sid=[0-9a-z]{32}",
        r"aspsessionid[a-z]{8}=[a-z]{24}",
        r"cfid=[^&]+&cftoken=[^&]+",
    )
)
_SESSION_WORDS = ("sid=", "sessionid", "cftoken=")
"""One of these is in every query with a session id."""


class _Parts(NamedTuple):
    """The parts of an address; text is Latin-1, a character for each byte of UTF-8."""

    scheme: str
    host: str
    port: int | None
    path: str
    query: str | None


def surt(url: str) -> str:
    """Return the SURT key of an address.

    Raises:
        ValueError: its port is no number, or it isn't Unicode.
    """
    if not url:
        return NO_KEY
    if url.startswith("filedesc"):
        return url  # the first record of an ARC file
    parts = _split(url)
    host = _host(parts.host) if parts.host else ""
    path = parts.path if _PLAIN.fullmatch(parts.path) else _respelled(parts.path)
    if host:
        path = _without_dots(path)
    path = _without_slash(_without_session_segment(path.lower()))
    query = _query(parts.query) if parts.query else ""
    if not path and (host or query):
        path = "/"
    beginning = _reversed(host, parts) + ")" if host else f"{parts.scheme}:"
    return f"{beginning}{path}?{query}" if query else beginning + path


def _split(url: str) -> _Parts:
    text = _DROPPED.sub("", url.strip(_ENDS)).encode().decode("latin-1")
    while (twice := _TWICE.match(text)) is not None:
        text = text[twice.end() :]
    found = _SCHEME.match(text)
    if found is None:
        text = f"http://{text}"
    scheme = found[0] if found is not None else "http"
    rest, _, _ = text[len(scheme) + 1 :].partition("#")
    rest, mark, query = rest.partition("?")
    host, port = "", None
    if rest.startswith("//"):
        netloc, slash, path = rest[2:].partition("/")
        rest = slash + path
        host, port = _host_and_port(netloc)
    if not host and scheme.startswith("http"):
        # "http:/example.org", "http:///example.org": the first segment is the host
        host, _, path = rest.lstrip("/").partition("/")
        rest = f"/{path}" if host else rest[:1]
    return _Parts(scheme, host, port, rest, query if mark else None)


def _host_and_port(netloc: str) -> tuple[str, int | None]:
    """Return the host without brackets, and the port."""
    place = netloc.rpartition("@")[2].rstrip(":")
    _, bracket, inside = place.partition("[")
    if bracket:
        host, _, rest = inside.partition("]")
        port = rest.partition(":")[2]
    else:
        host, _, port = place.partition(":")
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit()) or int(port) > _MAX_PORT:
        raise ValueError(f"no port: {port[:20]!r}")
    return host, int(port)


def _host(host: str) -> str:
    """Return a host in lower case, ASCII and without ``www.``; empty if there is none."""
    if host.isascii():
        host = host.lower()
    if _WORD_HOST.fullmatch(host) is None:
        host = _unescaped(host)
        host = _lower(host if host.isascii() else _idna(host)).strip(".").replace("..", ".")
        host = _ipv4(host)
        host = _ESCAPED.sub(_escape, host)
    found = _WWW.match(host)
    return host[found.end() :] if found is not None else host


def _idna(host: str) -> str:
    """Return a host's ASCII form (IDNA 2003), without what isn't UTF-8; the host itself if it has none."""
    try:
        return host.encode("latin-1").decode(errors="ignore").encode("idna").decode("ascii")
    except UnicodeError:
        return host


def _ipv4(host: str) -> str:
    """Return an IPv4 address of fewer than four numbers, or of octal ones, in the usual form."""
    try:
        if host.isascii() and host.isdigit():
            return socket.inet_ntoa((int(host) & 0xFFFFFFFF).to_bytes(4, "big"))
        return socket.inet_ntoa(socket.inet_aton(host)) if _IPV4.fullmatch(host) else host
    except OSError:
        return host


def _reversed(host: str, parts: _Parts) -> str:
    labels = ",".join(host.split(".")[::-1])
    if not parts.port or parts.port == DEFAULT_PORTS.get(parts.scheme.lower()):
        return labels
    return f"{labels}:{parts.port}"


def _unescaped(text: str) -> str:
    """Undo percent-encoding until none is left."""
    while "%" in text and _ESCAPE.search(text) is not None:
        text = unquote_to_bytes(text.encode("latin-1")).decode("latin-1")
    return text


def _respelled(text: str) -> str:
    """Undo escapes, and escape control characters, the space, ``#``, ``%`` and what isn't ASCII."""
    return _ESCAPED.sub(_escape, _unescaped(text))


def _escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02x}"


def _lower(text: str) -> str:
    """Return text with the letters of ASCII in lower case: the other characters are bytes of UTF-8."""
    return text.encode("latin-1").lower().decode("latin-1")


def _without_dots(path: str) -> str:
    """Resolve dot segments and drop empty ones; a ``..`` above the top stays, and takes the next one with it."""
    if "//" not in path and "/." not in path:
        return path
    kept: list[str] = []
    for segment in path[1:].split("/"):
        if segment == ".." and kept:
            kept.pop()
        elif segment != ".":
            kept.append(segment)
    return "/" + "/".join(filter(None, kept))


def _without_session_segment(path: str) -> str:
    if ".aspx" not in path:
        return path
    for pattern in _SESSION_SEGMENTS:
        found = pattern.fullmatch(path)
        if found is not None:
            path = found[1] + found[2]
    return path


def _without_slash(path: str) -> str:
    return path[:-1] if path.endswith("/") and len(path) > 1 else path


def _query(query: str) -> str:
    query = (query if _PLAIN.fullmatch(query) else _respelled(query)).lower()
    if any(word in query for word in _SESSION_WORDS):
        for pattern in _SESSION_PARAMETERS:
            found = pattern.fullmatch(query)
            if found is not None:
                query = found[1] + (found[2] or "")
    if "&" not in query:
        return query
    return "&".join(sorted(query.split("&"), key=lambda pair: pair.split("=", 1)))
