"""Bytes to text: the one decision on the charset of pages, feeds, sitemaps, robots.txt and style sheets.

As browsers decide it (HTML §13.2.3), with one correction. In order: byte order mark; UTF-8 if the bytes are UTF-8 with
characters outside ASCII, but for a few broken ones (text in another encoding hardly ever passes that test, and servers
mislabel UTF-8 more often than they declare it); the Content-Type header; the text's own declaration; detection. Labels
mean what the WHATWG Encoding Standard says, by w3lib: ``iso-8859-1`` is windows-1252, ``gb2312`` is gb18030, and so on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from w3lib.encoding import (
    html_body_declared_encoding,
    http_content_type_encoding,
    read_bom,
    resolve_encoding,
    to_unicode,
)

_ENCODINGS = frozenset(
    {
        "utf-8", "utf-16", "utf-16-le", "utf-16-be", "big5hkscs", "cp866", "cp874", "cp932", "cp949", "euc_jp",
        "gb18030", "hz", "iso2022_jp", "iso2022_kr", "koi8-r", "koi8-u", "mac-cyrillic", "mac-roman",
        *(f"cp125{n}" for n in range(9)), *(f"iso8859-{n}" for n in (*range(2, 9), 10, 13, 14, 15, 16)),
    }
)  # fmt: skip
"""Python's codecs of the Encoding Standard's encodings (``hz`` and ``iso2022_kr``, which it replaces, are read too).

Others are no text (``rot13``), raise (``idna``), or take quadratic time (``punycode``).
"""
_LATE_META = re.compile(rb"<meta\b[^>]{0,400}?charset", re.IGNORECASE)
_CSS_CHARSET = re.compile(rb'@charset "([^"]{1,40})";')
_UTF_16 = {
    **dict.fromkeys((b"<\0?\0", b"<\0r\0", b"<\0f\0"), "utf-16-le"),
    **dict.fromkeys((b"\0<\0?", b"\0<\0r", b"\0<\0f"), "utf-16-be"),
}
"""XML in UTF-16 without a byte order mark (XML 1.0, appendix F)."""
_CUT_OFF = re.compile(rb"[\xe1-\xec\xee\xef][\x80-\xbf](?![\x80-\xbf])|\xf0[\x90-\xbf][\x80-\xbf]{0,1}+(?![\x80-\xbf])")
"""UTF-8 of a character that lacks its last bytes."""
_SURROGATE = re.compile(rb"\xed[\xa0-\xbf][\x80-\xbf]")
"""Half a character in CESU-8, as some databases write characters beyond the Basic Multilingual Plane."""
_ENCODED_TWICE = re.compile(
    "[\u00c2-\u00df][\u0080-\u00bf]|[\u00e0-\u00ef][\u0080-\u00bf]{2}|[\u00f0-\u00f4][\u0080-\u00bf]{3}"
)
"""The UTF-8 of one character, read as Latin-1."""
_QUOTATION_ENCODED_TWICE = "\u00e2\u0080"
"""The beginning of a dash or quotation mark that was encoded twice: a control character, which no page means."""
_AGAINST_DECLARATION = 4
"""Whole sequences of UTF-8 for each broken one in a text that declares another encoding."""
MAX_CONTENT_TYPE = 4096
"""Maximum number of characters of a Content-Type header that are read."""
_PRESCAN = 65_536
_SAMPLE = 60_000
_MARKUP = re.compile(rb"<(?:script|style)\b.*?(?:</(?:script|style)>|\Z)|<[^>]*+(?:>|\Z)", re.IGNORECASE | re.DOTALL)


class CharsetSource(StrEnum):
    """What decided on a charset."""

    BOM = "byte order mark"
    BYTES = "bytes"
    """They are valid UTF-8, ASCII, or XML in UTF-16."""
    HEADER = "Content-Type"
    DECLARATION = "declaration"
    """The text's own: an XML declaration, ``<meta>`` or ``@charset``."""
    DETECTION = "detection"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class DecodedText:
    """Bytes as text."""

    text: str
    """Without a byte order mark and NULs; bytes that make no sense in the encoding became U+FFFD."""
    encoding: str
    """The name of Python's codec."""
    source: CharsetSource


def decode(body: bytes, content_type: str | None = None, *, detect: bool = True) -> DecodedText:
    """Return bytes as text. Never fails.

    Args:
        body: the bytes, content-decoded.
        content_type: the value of the Content-Type header, if there was one.
        detect: whether to detect the charset where nothing declares it, which takes time; else it is UTF-8.
    """
    bom_encoding, bom = read_bom(body)
    if bom_encoding is not None and bom is not None:
        return _decoded(body[len(bom) :], bom_encoding, CharsetSource.BOM)
    # searching for one byte is faster than for two
    if not body.isascii() and (b"\x1b" not in body or b"\x1b$" not in body):
        try:
            text = body.decode("utf-8")
            # searching the bytes for NUL is faster than searching the text
            return DecodedText(text.replace("\0", "") if b"\0" in body else text, "utf-8", CharsetSource.BYTES)
        except UnicodeDecodeError as error:
            if _is_truncated(body, error):
                return _decoded(body, "utf-8", CharsetSource.BYTES)
    return _decoded(body, *_declared_or_detected(body, content_type, detect=detect))


def without_second_encoding(text: str) -> str:
    """Return a text with the characters that were encoded in UTF-8 twice ("letâ..s" for "let’s") as they were meant."""
    # searching for one character is faster than for two
    if _QUOTATION_ENCODED_TWICE[1] not in text or _QUOTATION_ENCODED_TWICE not in text:
        return text
    return _ENCODED_TWICE.sub(_encoded_once, text)


def _encoded_once(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def _decoded(body: bytes, encoding: str, source: CharsetSource) -> DecodedText:
    return DecodedText(to_unicode(body, encoding).removeprefix("\ufeff").replace("\0", ""), encoding, source)


def _declared_or_detected(body: bytes, content_type: str | None, *, detect: bool) -> tuple[str, CharsetSource]:
    """Return the encoding of bytes that have no byte order mark and aren't UTF-8 throughout."""
    if body[:4] in _UTF_16:
        return _UTF_16[body[:4]], CharsetSource.BYTES
    is_ascii = body.isascii()
    for declared, source in (
        (http_content_type_encoding((content_type or "")[:MAX_CONTENT_TYPE]), CharsetSource.HEADER),
        (_declared(body), CharsetSource.DECLARATION),
    ):
        if declared in _ENCODINGS:
            if declared != "utf-8" and not is_ascii and _is_mostly_utf8(body, _AGAINST_DECLARATION):
                return "utf-8", CharsetSource.BYTES
            if declared != "utf-8" or is_ascii:
                return declared, source
            break
    if is_ascii and b"\x1b" not in body:
        return "utf-8", CharsetSource.BYTES
    if not detect or _is_mostly_utf8(body):
        return "utf-8", CharsetSource.DETECTION if detect else CharsetSource.DEFAULT
    detected = _detected(body)
    if detected is not None:
        return detected, CharsetSource.DETECTION
    return declared if declared in _ENCODINGS else "cp1252", CharsetSource.DEFAULT


def _declared(body: bytes) -> str | None:
    """Return the encoding that a text declares: the XML declaration or ``<meta>``, even a late one, or ``@charset``."""
    if (css := _CSS_CHARSET.match(body)) is not None:
        found = resolve_encoding(css[1].decode("latin-1"))
    else:
        found = html_body_declared_encoding(body)
        if found is None and (late := _LATE_META.search(body, 0, _PRESCAN)) is not None:
            found = html_body_declared_encoding(body[late.start() : late.start() + MAX_CONTENT_TYPE])
    # a text whose declaration could be read byte by byte isn't UTF-16 (Encoding Standard, prescan)
    return "utf-8" if found is not None and found.startswith("utf-16") else found


def _is_truncated(body: bytes, error: UnicodeDecodeError) -> bool:
    """Whether bytes are UTF-8 that ends in the middle of a character."""
    return error.start >= len(body) - 3 and not body[: error.start].isascii()


def _is_mostly_utf8(body: bytes, least: int = 1) -> bool:
    """Whether bytes are UTF-8 but for a few broken sequences: a teaser cut within a character, a comment in Latin-1.

    Args:
        body: the bytes.
        least: how many whole sequences there must be for each broken one.
    """
    text = body.decode("utf-8", errors="replace")
    broken = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    whole = len(text) - len(text.encode("ascii", "ignore")) - broken
    # a sequence that lacks its end, or one of a surrogate, hardly occurs in other encodings either
    for pattern, pieces in ((_CUT_OFF, 1), (_SURROGATE, 3)):
        found = sum(1 for _ in pattern.finditer(body))
        whole += found
        broken -= pieces * found
    return whole > 0 and whole >= least * broken


def _detected(body: bytes) -> str | None:
    from charset_normalizer import from_bytes

    sample = _MARKUP.sub(b" ", body[: 4 * _SAMPLE])
    high = re.search(rb"[\x80-\xff]", sample)
    if high is not None:
        start = max(0, high.start() - 200)
        sample = sample[start : start + _SAMPLE]
    best = from_bytes(sample or body[:_SAMPLE]).best()
    found = resolve_encoding(best.encoding) if best is not None else None
    return found if found in _ENCODINGS else None
