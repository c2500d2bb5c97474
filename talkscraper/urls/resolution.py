"""Resolution of addresses by the WHATWG URL standard (§4.4): the one place where an address is joined to a base.

What browsers drop or read differently is replaced before an address is joined; the result is in normal form:
percent-encoded once, host in lower case (IDNA), default port dropped, dot segments resolved. What is in normal form
stays as it is, so that a redirect's target and the capture of that target have the same spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_REFERENCE_LENGTH = 32_768
"""Maximum length in characters of an address as written; longer ones are none."""
DEFAULT_PORTS = {"http": 80, "https": 443}

_TRIMMED = "".join(map(chr, range(0x21)))
"""C0 controls and the space, which browsers drop at both ends."""
_DROPPED = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_PATH_END = re.compile(r"[?#]")
_SLASHES = re.compile(r"/*")
_PLAIN_HOST = re.compile(r"([^@:\[\]%]+)(?::([0-9]{0,5}))?")
_NOT_IN_PATH = re.compile("[^!$&-;=@-Z\\[\\]_a-z~%]")
_NOT_IN_QUERY = re.compile("[^!$%&-;=?-Z\\[\\]_a-z~]")
_NOT_IN_FRAGMENT = re.compile("[^!#$%&-;=?-_a-z{|}~]")
_ORIGIN = re.compile(r"[a-z]+://[^/?]*")
_ESCAPED_IN_REQUESTS = str.maketrans({"[": "%5B", "]": "%5D"})
"""Forbidden in paths and queries by RFC 3986, and escaped by Scrapy in what it requests."""
_DOT = re.compile(r"(?:\.|%2e)", re.IGNORECASE)
_DOT_SEGMENT = re.compile(r"(?:\.|%2e){1,2}", re.IGNORECASE)


class _Parts(NamedTuple):
    """The parts of an http(s) URL."""

    scheme: str
    netloc: str
    path: str
    query: str | None


def plain(written: str) -> str:
    """Return an address without tabs, line ends and outer spaces, with slashes for the backslashes before its query."""
    text = written.strip(_TRIMMED)
    if not (text.isascii() and text.isprintable()):
        text = _DROPPED.sub("", text)
    if "\\" not in text:
        return text
    scheme = _SCHEME.match(text)
    if scheme is not None and scheme[1].lower() not in DEFAULT_PORTS:
        return text
    end = _PATH_END.search(text)
    cut = end.start() if end is not None else len(text)
    return text[:cut].replace("\\", "/") + text[cut:]


def of_header(value: str) -> str:
    """Return the address in a header whose bytes were decoded as Latin-1.

    Bytes that are UTF-8 are read as UTF-8; others are percent-encoded, each by its own value.
    """
    if value.isascii():
        return value
    try:
        raw = value.encode("latin-1")
    except UnicodeEncodeError:
        return value
    return of_bytes(raw)


def of_bytes(raw: bytes) -> str:
    """Return the address in bytes from a protocol: read as UTF-8, else each byte beyond ASCII percent-encoded."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return "".join(chr(byte) if byte < 0x80 else f"%{byte:02X}" for byte in raw)


def resolved(base: str, written: str) -> str | None:
    """Return an address as an absolute URL, with its fragment; None if it isn't one of http or https, or is too long.

    Args:
        base: the absolute URL of the document or of the redirecting response; empty: only absolute addresses are valid.
        written: the address as written there.
    """
    if len(written) > MAX_REFERENCE_LENGTH:
        return None
    text = plain(_scalar(written))
    if not text:
        return None
    address, hash_sign, fragment = text.partition("#")
    try:
        parts = _joined(base, address)
    except ValueError:
        return None
    if parts is None:
        return None
    query = "" if parts.query is None else "?" + _NOT_IN_QUERY.sub(_escape, parts.query)
    end = "#" + _NOT_IN_FRAGMENT.sub(_escape, fragment) if hash_sign and fragment else ""
    path = without_dots(_NOT_IN_PATH.sub(_escape, parts.path))
    return f"{parts.scheme}://{parts.netloc}{path}{query}{end}"


def target(base: str, written: str) -> str | None:
    """Return an address as it is requested by a redirect or for a requisite: ``resolved``, without fragment.

    A Request of Scrapy has the same spelling.
    """
    url = resolved(base, written)
    if url is None:
        return None
    url = url.partition("#")[0]
    origin = _ORIGIN.match(url)
    cut = origin.end() if origin is not None else 0
    path, mark, query = url[cut:].translate(_ESCAPED_IN_REQUESTS).partition("?")
    return url[:cut] + path + (mark + query.replace("'", "%27") if query else "")


def ascii_host(host: str) -> str:
    """Return a host name in lower case and in its ASCII form (IDNA), without a final dot."""
    host = host.lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").rstrip(".")
    except UnicodeError:
        return host


def without_dots(path: str) -> str:
    """Resolve dot segments, escaped ones too (RFC 3986 §5.2.4, WHATWG §4.4); the result begins with a slash."""
    if "/." not in path and "/%2" not in path:
        return path if path.startswith("/") else f"/{path}"
    kept: list[str] = []
    segments = path.split("/")[1:] or [""]
    dots = 0
    for segment in segments:
        dots = len(_DOT.findall(segment)) if _DOT_SEGMENT.fullmatch(segment) else 0
        if dots == 2:
            del kept[-1:]
        elif dots == 0:
            kept.append(segment)
    if dots or not kept:
        kept.append("")
    return "/" + "/".join(kept)


def _joined(base: str, address: str) -> _Parts | None:
    scheme = _SCHEME.match(address)
    if scheme is not None:
        name, rest = scheme[1].lower(), address[scheme.end() :]
        if name not in DEFAULT_PORTS:
            return None
        if rest.startswith("//") or not base or _base(base).scheme != name:
            return _split(name, rest)
        address = rest  # "http:page" is relative if the base has the same scheme
    if not base:
        return None
    origin = _base(base)
    if address.startswith("//"):
        return _split(origin.scheme, address)
    path, mark, query = address.partition("?")
    asked = query if mark else None
    if not path:
        return origin._replace(query=asked if mark else origin.query)
    if path.startswith("/"):
        return origin._replace(path=path, query=asked)
    return origin._replace(path=origin.path.rpartition("/")[0] + "/" + path, query=asked)


@lru_cache(maxsize=256)
def _base(url: str) -> _Parts:
    text = plain(url).partition("#")[0]
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() not in DEFAULT_PORTS:
        raise ValueError("the base is no address of http or https")
    return _split(scheme[1].lower(), text[scheme.end() :])


def _split(scheme: str, rest: str) -> _Parts:
    """Split what follows the scheme; any number of slashes may stand before the host."""
    slashes = _SLASHES.match(rest)
    rest = rest[slashes.end() if slashes is not None else 0 :]
    end = re.search(r"[/?]", rest)
    cut = end.start() if end is not None else len(rest)
    netloc = _netloc(scheme, rest[:cut])
    path, mark, query = rest[cut:].partition("?")
    return _Parts(scheme, netloc, path or "/", query if mark else None)


def _netloc(scheme: str, written: str) -> str:
    """Return host and port in normal form; one that can't be read stays as it is, and is refused by ``fault_of``."""
    if not written:
        raise ValueError("no host")
    match = _PLAIN_HOST.fullmatch(written)
    if match is None:
        return written.lower() if written.startswith("[") else written
    host, port = ascii_host(match[1]), match[2]
    if not port or int(port) == DEFAULT_PORTS[scheme]:
        return host
    return f"{host}:{int(port)}"


def _scalar(text: str) -> str:
    """Return text in which halves of surrogate pairs are U+FFFD, or joined where both halves are there."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode("utf-8"))


@lru_cache(maxsize=1024)
def netloc_of(url: str) -> str:
    """Return host and port, by which requests are paced; the scheme's default port is left out."""
    parts = urlsplit(url)
    host, port = (parts.hostname or "").rstrip("."), parts.port
    if ":" in host:
        host = f"[{host}]"
    return host if port is None or port == DEFAULT_PORTS.get(parts.scheme) else f"{host}:{port}"
