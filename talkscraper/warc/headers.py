"""Named fields of a WARC record (§4, §5): read leniently, written so that no value can inject another field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

_URI_SAFE = "".join(chr(code) for code in range(0x21, 0x7F) if chr(code) not in '<>"')
_SAFE_URI = re.compile(r"[!#-;=?-~]*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class WarcHeaders:
    """A record's named fields in order; look-ups ignore case."""

    __slots__ = ("_first", "pairs")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)
        """Names as written, values without surrounding space."""
        self._first: dict[str, str] = {}
        """The first value of each field, by its lower-case name; computed on demand."""

    @property
    def repeats(self) -> bool:
        """Whether a field occurs more than once."""
        return len(self._by_name()) != len(self.pairs)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Return the first value of a field."""
        return (self._first or self._by_name()).get(name.lower(), default)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Return all values of a field (WARC-Concurrent-To and extensions may repeat)."""
        if not self.repeats:
            value = self.get(name)
            return () if value is None else (value,)
        wanted = name.lower()
        return tuple(value for key, value in self.pairs if key.lower() == wanted)

    def _by_name(self) -> dict[str, str]:
        if not self._first:
            self._first = {key.lower(): value for key, value in reversed(self.pairs)}
        return self._first

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)

    def __repr__(self) -> str:
        return f"WarcHeaders({list(self.pairs)!r})"

    @classmethod
    def parse(cls, lines: Iterable[bytes]) -> WarcHeaders:
        """Parse header lines; folded lines are joined by one space, lines without a colon are dropped.

        Invalid UTF-8, and NUL, which no database stores, become U+FFFD.
        """
        text = b"\n".join(lines).decode("utf-8", "replace").replace("\0", "\ufffd")
        whole = text.split("\n")
        if "\n " in text or "\n\t" in text:
            whole = _unfolded(whole)
        split = [line.partition(":") for line in whole]
        pairs = [(name.strip(), value.strip()) for name, colon, value in split if colon]
        return cls([pair for pair in pairs if pair[0]])


def _unfolded(lines: list[str]) -> list[str]:
    """Yield the lines, with those that begin with a space joined to the field before them."""
    whole: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and whole:
            whole[-1] = f"{whole[-1].rstrip()} {line.strip()}".rstrip()
        else:
            whole.append(line)
    return whole


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
