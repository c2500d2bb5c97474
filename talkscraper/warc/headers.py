"""Head of a WARC record: version line and named fields (WARC/1.1 §4, §5).

Read leniently: old writers ended lines with LF only. Written so that no value can inject another field.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from urllib.parse import quote, quote_from_bytes

MAX_HEAD_BYTES = 256 * 1024
"""Maximum size of a record's named fields in bytes; a few hundred are usual."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""The earliest possible capture: there was no web before."""
GRACE = timedelta(days=1)
"""Tolerance for the clock of a capturing machine that is ahead."""
_URI_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '<>"')
_SAFE_URI = re.compile(r"[!#-;=?-~]*")
_SPACE = " \t\r\n\x0b\x0c"
"""White space around names and values: only of ASCII, since other bytes may be parts of UTF-8 letters."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_URI_FIELDS = frozenset({"warc-target-uri", "warc-refers-to-target-uri"})
_NOT_UTF8 = re.compile("[\0\udc80-\udcff]+")
_PERIOD = re.compile(r"[0-9]{4}(?:-[0-9]{2})?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}[Tt ][0-9]{2}:?[0-9]{2}:?[0-9]{2}", re.ASCII)


class WarcHeaders:
    """A record's named fields in order; look-ups ignore case."""

    __slots__ = ("by_name", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        """Names as written, values without surrounding space."""
        self.by_name = {name.lower(): value for name, value in reversed(self.pairs)}
        """The first value of each field, by its lower-case name."""

    @property
    def repeats(self) -> bool:
        """Whether a field occurs more than once."""
        return len(self.by_name) != len(self.pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a field."""
        return self.by_name.get(name.lower(), default)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return all values of a field (WARC-Concurrent-To and extensions may repeat)."""
        if not self.repeats:
            value = self.get(name)
            return () if value is None else (value,)
        wanted = name.lower()
        return tuple(value for key, value in self.pairs if key.lower() == wanted)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self.by_name

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        return f"WarcHeaders({list(self.pairs)!r})"

    @classmethod
    def parse(cls, lines: Iterable[bytes]) -> WarcHeaders:
        """Parse header lines; folded lines are joined by one space, lines without a colon are dropped.

        Invalid UTF-8, and NUL, which no database stores, become U+FFFD; in addresses they are percent-encoded, so that
        two addresses never become one.
        """
        return cls._of_text(b"\n".join(lines).decode("utf-8", "surrogateescape"))

    @classmethod
    def _of_text(cls, text: str) -> WarcHeaders:
        pairs = parse_fields(text)
        if (text.isascii() and "\0" not in text) or _NOT_UTF8.search(text) is None:
            return cls(pairs)
        return cls([_readable(*pair) for pair in pairs])

    @classmethod
    def of_head(cls, head: bytes) -> WarcHeaders:
        """Parse the lines of a head after its first one, with either line end."""
        text = head.decode("utf-8", "surrogateescape").replace("\r\n", "\n").partition("\n")[2].strip("\n")
        return cls._of_text("\n".join(filter(None, text.split("\n"))) if "\n\n" in text else text)


NO_FIELDS = WarcHeaders(())


def parse_fields(text: str) -> list[tuple[str, str]]:
    """Parse lines of ``name: value``; folded lines are joined by one space, lines without name or colon are dropped."""
    lines = text.split("\n")
    if text.startswith((" ", "\t")) or "\n " in text or "\n\t" in text:
        lines = _unfolded(lines)
    return [
        (stripped, value.strip(_SPACE))
        for name, colon, value in [line.partition(":") for line in lines]
        if colon and (stripped := name.strip(_SPACE))
    ]


def _readable(name: str, value: str) -> tuple[str, str]:
    """Replace what isn't UTF-8 in a field that was decoded with surrogates."""
    if name.lower() in _URI_FIELDS:
        value = raw_uri(value.encode("utf-8", "surrogateescape"))
    both = (name, value)
    first, second = (
        text.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "\ufffd") for text in both
    )
    return first, second


def raw_uri(uri: bytes) -> str:
    """Return an address of any bytes as text: those that aren't UTF-8, and NUL, are percent-encoded."""
    text = uri.decode("utf-8", "surrogateescape")
    return _NOT_UTF8.sub(lambda found: quote_from_bytes(found[0].encode("utf-8", "surrogateescape")), text)


def _unfolded(lines: list[str]) -> list[str]:
    """Join lines that begin with a space to the line before them, or drop them if there is none (RFC 9112 §2.2)."""
    whole: list[str] = []
    for line in lines:
        if line[:1] not in (" ", "\t"):
            whole.append(line)
        elif whole:
            whole[-1] = f"{whole[-1].rstrip(_SPACE)} {line.strip(_SPACE)}".rstrip(_SPACE)
    return whole


def head_size(data: bytes) -> int | None:
    """Return the length of the head that ``data`` begins with, including its blank line; None if that isn't there."""
    end, line_ends = data.find(b"\r\n\r\n"), 4
    if end < 0 or b"\n\n" in data[:end]:
        # old writers ended lines with LF only
        end, line_ends = data.find(b"\n\n"), 2
    return end + line_ends if end >= 0 else None


def parse_head(head: bytes) -> tuple[str, WarcHeaders]:
    """Parse version and named fields of a record's head (with its blank line).

    Raises:
        ValueError: it doesn't begin with a WARC version line.
    """
    if not head.startswith(b"WARC/"):
        raise ValueError("no WARC record begins here")
    version = head[: head.find(b"\n")].removesuffix(b"\r") if b"\n" in head else head
    return version.decode("ascii", "replace"), WarcHeaders.of_head(head)


@lru_cache(maxsize=64)
def parse_date(text: str | None) -> datetime | None:
    """Return a WARC-Date (W3C date-time of 1.1, with or without fractions) as UTC; None if it is invalid.

    One of lower precision (``2024``, ``2024-05``) is the beginning of its period.
    """
    if not text:
        return None
    text = text.strip()
    if len(text) <= len("2024-05") and _PERIOD.fullmatch(text):
        text = f"{text}-01-01" if len(text) == 4 else f"{text}-01"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:
        return moment.replace(tzinfo=UTC)  # at the first or last representable day the offset is ignored


def is_period(text: str | None) -> bool:
    """Whether a valid WARC-Date is less precise than a second (WARC/1.1 §5.4)."""
    return text is not None and _WHOLE.match(text.strip()) is None and parse_date(text) is not None


def possible_date(text: str | None, latest: datetime) -> datetime | None:
    """Return a plausible WARC-Date: not before 1990, and not more than a day after ``latest``; else None."""
    moment = parse_date(text)
    return moment if moment is not None and is_possible(moment, latest) else None


def is_possible(moment: datetime, latest: datetime) -> bool:
    """Whether a capture at this moment is plausible, if ``latest`` is when its file was finished."""
    return moment >= EARLIEST and moment - GRACE <= latest


def safe_value(value: str) -> str:
    """Return a value on one line: control characters and line separators become spaces."""
    if value.isascii() and value.isprintable():
        return value.strip()
    return _CONTROLS.sub(" ", value).encode("utf-8", "replace").decode("utf-8").strip()


def safe_uri(uri: str) -> str:
    """Return a URI valid in WARC-Target-URI: forbidden characters are percent-encoded, the rest is unchanged.

    Encoded are spaces, control characters, everything beyond ASCII, angle brackets and double quotes.
    """
    if _SAFE_URI.fullmatch(uri):
        return uri
    return quote(uri.encode("utf-8", "replace"), safe=_URI_SAFE)


def field_lines(pairs: Iterable[tuple[str, str]]) -> bytes:
    """Return fields as lines of ``name: value``; values can't contain line ends."""
    fields = list(pairs)
    together = "".join([value for _, value in fields])
    if not (together.isascii() and together.isprintable()):
        fields = [(name, safe_value(value)) for name, value in fields]
    return "".join([f"{name}: {value.strip()}\r\n" for name, value in fields]).encode()
