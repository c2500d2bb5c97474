r"""Reading of JSON that its writer broke: one pass over the text, whatever it holds.

Read are missing, doubled and trailing commas, comments, quotes and line breaks that aren't escaped within strings,
escapes that JSON doesn't have (``\\'``), single quotes, names without quotes, several values after each other, brackets
that are lacking or too many, and a text that ends too early.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

Container: TypeAlias = "dict[str, Any] | list[Any]"

MAX_DEPTH = 64
"""Levels of nesting from which on nothing more is read."""
MAX_BARE = 500
"""Maximum number of characters of a value without quotes."""

_BLANK = re.compile(r"(?:[\s\ufeff;]++|//[^\n]*+|/\*.*?(?:\*/|\Z)|<!--|-->|<!\[CDATA\[|\]\]>)*+", re.DOTALL)
_OPENING = re.compile(r"[\[{]")
_BARE = re.compile(rf"[^,{{}}\[\]\"\n]{{1,{MAX_BARE}}}")
_NAME = re.compile(r"[\w@$-]{1,80}")
_NUMBER = re.compile(r"-?\d{1,18}(?:\.\d{1,18})?(?:[eE][+-]?\d{1,2})?")
_WORDS = {"true": True, "false": False, "null": None, "undefined": None, "none": None, "nan": None}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}
_SURROGATES = re.compile("[\ud800-\udfff]")
_PIECE = {quote: re.compile(rf"[^{quote}\\]*+(?:\\.[^{quote}\\]*+)*+", re.DOTALL) for quote in "\"'"}
_MEMBER = r"""(?:"[^"\n]{0,80}+"|'[^'\n]{0,80}+'|[\w@$-]{1,80}+)\s*+:"""
_ENDS: dict[type, re.Pattern[str]] = {
    dict: re.compile(rf"\s*+(?:[}}\];]|\Z|,\s*+(?:[}}\],/{{]|\Z|{_MEMBER})|/[/*]|{_MEMBER})"),
    list: re.compile(r"""\s*+(?:[}\];"']|\Z|,\s*+(?:[}\],/\[{"'\d-]|\Z|(?:true|false|null)\b)|/[/*])"""),
}
"""What follows the quote that ends a value: in an object, in an array."""
_NEXT_MEMBER = re.compile(r'"[\w@-]{1,40}+"\s*+:')
_LEFT_OPEN = re.compile(r",[ \t]*+\r?\n\s*+\Z")


def read_broken(text: str) -> list[Any]:
    """Return the objects and arrays that stand at the top of a text, as far as they can be told. Never raises."""
    return _Reader(text).values()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.found: list[Any] = []
        self.stack: list[Container] = []
        self.names: list[str | None] = []
        """For each open container the name whose value is awaited."""
        self.credulous = False
        """Whether a string has been found to have no end: from then on the first quote ends it."""

    def values(self) -> list[Any]:
        text, size = self.text, len(self.text)
        while True:
            self._skip()
            if self.position >= size or len(self.stack) > MAX_DEPTH:
                return self.found
            if not self.stack:
                opening = _OPENING.search(text, self.position)
                if opening is None:
                    return self.found
                self.position = opening.start()
            character = text[self.position]
            if character in "{[":
                self._open({} if character == "{" else [])
            elif character in "}]":
                self._close(dict if character == "}" else list)
            elif character in ",:":
                self.position += 1
                if character == ",":
                    self.names[-1] = None
            elif isinstance(self.stack[-1], dict) and self.names[-1] is None:
                self._read_name(character)
            elif character in "\"'":
                self._put(self._string(character, type(self.stack[-1])))
            else:
                self._put(self._bare())

    def _skip(self) -> None:
        blank = _BLANK.match(self.text, self.position)
        self.position = blank.end() if blank is not None else self.position

    def _open(self, container: Container) -> None:
        self.position += 1
        # an object can't be a member's name: the one around it lacks its end
        while self.stack and isinstance(self.stack[-1], dict) and self.names[-1] is None:
            self._pop()
        if self.stack:
            self._put(container)
        else:
            self.found.append(container)
        self.stack.append(container)
        self.names.append(None)

    def _close(self, kind: type) -> None:
        self.position += 1
        if any(isinstance(container, kind) for container in self.stack):
            while not isinstance(self.stack[-1], kind):
                self._pop()
            self._pop()

    def _pop(self) -> None:
        self.stack.pop()
        self.names.pop()

    def _put(self, value: Any) -> None:
        container = self.stack[-1]
        if isinstance(container, list):
            container.append(value)
        elif (name := self.names[-1]) is not None:
            container.setdefault(name, value)
            self.names[-1] = None

    def _read_name(self, character: str) -> None:
        if character in "\"'":
            piece = _PIECE[character].match(self.text, self.position + 1)
            name = _unescaped(piece[0]) if piece is not None else ""
            self.position = (piece.end() if piece is not None else self.position) + 1
        elif (bare := _NAME.match(self.text, self.position)) is not None:
            name, self.position = bare[0], bare.end()
        else:
            self.position += 1
            return
        self._skip()
        if self.text.startswith((":", "="), self.position):
            self.position += 1
            self.names[-1] = name

    def _string(self, quote: str, around: type) -> str:
        """Read a string; quotes within it that nothing fits which may follow a value are part of it."""
        text, start = self.text, self.position + 1
        first: int | None = None
        position = start
        while (piece := _PIECE[quote].match(text, position)) is not None and piece.end() < len(text):
            end = piece.end()
            if text[end] != quote:
                break
            if first is None:
                first = end
            if self.credulous or _ENDS[around].match(text, end + 1) is not None:
                self.position = end + 1
                return _unescaped(text[start:end])
            if _NEXT_MEMBER.match(text, end) and _LEFT_OPEN.search(text, max(start, end - 80), end):
                self.position = end
                return _unescaped(text[start:end].rstrip().rstrip(","))
            position = end + 1
        self.credulous = True
        end = first if first is not None else len(text)
        self.position = end + 1
        return _unescaped(text[start:end])

    def _bare(self) -> Any:
        match = _BARE.match(self.text, self.position)
        if match is None:
            self.position += 1
            return None
        self.position = match.end()
        word = match[0].strip()
        if word.lower() in _WORDS:
            return _WORDS[word.lower()]
        if _NUMBER.fullmatch(word):
            return float(word) if set(word) & set(".eE") else int(word)
        return word


def _unescaped(raw: str) -> str:
    if "\\" not in raw:
        return raw
    text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _ESCAPED.get(m[2], m[2]), raw)
    if _SURROGATES.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
