"""Media types of captures: Content-Type parsed by one strict rule (WHATWG MIME Sniffing §4.4), and the type served.

Browsers and servers read a malformed Content-Type differently: ``application/pdf;,text/html`` is a PDF by one rule
and a page by another. So only the parsed type is ever served, and what a browser could treat as a document is
served as a rewritten page, as a cleaned drawing, or as text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_CHARACTERS = 4096
"""Maximum number of characters of a Content-Type that are parsed."""
BYTES_TYPE = "application/octet-stream"
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_CHARSET = re.compile(r"[A-Za-z0-9_.:-]{1,40}", re.ASCII)
_WHITESPACE = " \t\r\n"
_PAGES = frozenset({"text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml"})
_FAMILIES = ("image/", "audio/", "video/", "font/", "application/font", "application/x-font")
_PASSED = frozenset(
    {
        "application/epub+zip", "application/gzip", "application/msword", "application/ogg", "application/rtf",
        "application/vnd.apple.mpegurl", "application/vnd.ms-excel", "application/vnd.ms-fontobject",
        "application/vnd.ms-powerpoint", "application/warc", "application/x-mpegurl", "application/zip", "text/vtt",
    }
)  # fmt: skip
_PASSED_BEGINNINGS = ("application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument.")
_SCRIPTS = ("javascript", "ecmascript", "json", "wasm")


class MediaKind(StrEnum):
    """How a capture is shown."""

    PAGE = "page"
    STYLE = "style"
    DRAWING = "drawing"
    """SVG: a picture, and a document that can contain others."""
    TEXT = "text"
    """Everything shown as text: plain, XML, scripts, data."""
    PDF = "pdf"
    BYTES = "bytes"
    """Pictures, media, fonts, and what a browser only saves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaType:
    """A parsed media type."""

    essence: str
    """``type/subtype``, lower-case."""
    charset: str | None = None
    """Only if it can be the name of an encoding."""

    def __str__(self) -> str:
        return f"{self.essence}; charset={self.charset}" if self.charset else self.essence

    @property
    def kind(self) -> MediaKind:
        """How it is shown."""
        if self.essence in _PAGES:
            return MediaKind.PAGE
        if self.essence == "text/css":
            return MediaKind.STYLE
        if self.essence == "image/svg+xml":
            return MediaKind.DRAWING
        if self.essence == "application/pdf":
            return MediaKind.PDF
        if self.essence in _PASSED or self.essence.startswith(_PASSED_BEGINNINGS):
            return MediaKind.BYTES
        if self.essence.startswith("text/") or self.is_xml or any(word in self.essence for word in _SCRIPTS):
            return MediaKind.TEXT
        return MediaKind.BYTES

    @property
    def is_xml(self) -> bool:
        """Whether a browser parses it as XML."""
        return self.essence.endswith(("+xml", "/xml", "/xsl"))

    @property
    def is_font(self) -> bool:
        """Whether it is a font."""
        return self.essence.startswith(("font/", "application/font", "application/x-font")) or self.essence == (
            "application/vnd.ms-fontobject"
        )

    @property
    def sent(self) -> str:
        """The type served with unchanged bytes: never one of a document that can contain others."""
        kind = self.kind
        if kind in (MediaKind.PAGE, MediaKind.DRAWING) or self.is_xml:
            return str(MediaType(essence="text/plain", charset=self.charset))
        if kind is MediaKind.BYTES and not (
            self.essence.startswith(_FAMILIES) or self.essence in _PASSED or self.essence.startswith(_PASSED_BEGINNINGS)
        ):
            return BYTES_TYPE
        return str(self)


def parse(value: str | None) -> MediaType | None:
    """Return the media type in a Content-Type header; None if there is none."""
    text = (value or "")[:MAX_CHARACTERS].strip(_WHITESPACE)
    written, _, rest = text.partition(";")
    kind, slash, subtype = written.rstrip(_WHITESPACE).partition("/")
    if not slash or not _TOKEN.fullmatch(kind) or not _TOKEN.fullmatch(subtype):
        return None
    return MediaType(essence=f"{kind}/{subtype}".lower(), charset=_charset(rest))


def _charset(parameters: str) -> str | None:
    position = 0
    while position < len(parameters):
        end = parameters.find(";", position)
        equals = parameters.find("=", position)
        end = len(parameters) if end < 0 else end
        if not 0 <= equals < end:
            position = end + 1
            continue
        name = parameters[position:equals].strip(_WHITESPACE).lower()
        if parameters.startswith('"', equals + 1):
            value, position = _quoted(parameters, equals + 2)
        else:
            value, position = parameters[equals + 1 : end].rstrip(_WHITESPACE), end + 1
        if name == "charset" and _CHARSET.fullmatch(value):
            return value.lower()
    return None


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Return a quoted string's value, and the position of the next parameter."""
    found: list[str] = []
    position = start
    while position < len(text) and text[position] != '"':
        position += text[position] == "\\"
        found.append(text[position : position + 1])
        position += 1
    end = text.find(";", position)
    return "".join(found), len(text) if end < 0 else end + 1
