"""Where things stand in a TOML file: the line of each key, table and list element, and the span of each statement.

``tomllib`` says no lines and ``tomlkit`` neither, so this walks over a text that ``tomllib`` has already accepted: it
knows strings, comments and brackets (TOML 1.0), and need not know anything else.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A table's header, or a key with its value, as offsets in the text."""

    path: Path
    """The whole path, with that of its table."""
    start: int
    end: int
    key: tuple[int, int]
    """The span of the key as written, perhaps dotted; of a header, what is within the brackets."""
    depth: int
    """The number of parts of the path that its table gives, not its key; 0 for a header."""
    value: tuple[int, int] | None = None
    """The span of the value; None for a header."""
    inline: bool = False
    """Whether it stands in an inline table."""


@dataclass(slots=True)
class LineIndex:
    """Lines by path (``("sources", "quay", "feeds")``), and by element for lists; lines count from 1."""

    statements: list[Statement] = field(default_factory=list)
    """In the order of the text; those of inline tables after the key that has the table."""

    keys: dict[Path, int] = field(default_factory=dict)
    elements: dict[Path, list[int]] = field(default_factory=dict)

    def of(self, path: Path, position: int | None = None) -> int:
        """The line of a path, of an element of its list, or of the nearest table around it."""
        if position is not None:
            lines = self.elements.get(path, [])
            if position < len(lines):
                return lines[position]
        while path:
            if path in self.keys:
                return self.keys[path]
            path = path[:-1]
        return 1


def index_lines(text: str) -> LineIndex:
    """Walk over a valid TOML text."""
    walker = _TomlWalker(text)
    walker.walk()
    return walker.found


class _TomlWalker:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.line = 1
        self.found = LineIndex()

    def walk(self) -> None:
        table: Path = ()
        while self.at < len(self.text):
            char = self.text[self.at]
            if char in " \t\r\n":
                self._step()
            elif char == "#":
                self._skip_comment()
            elif char == "[":
                line, start = self.line, self.at
                width = 2 if self.text.startswith("[[", self.at) else 1
                header = self._until("]" * width)
                table = _split_key(header[width:-width])
                self._note(table, line)
                key = (start + width, self.at - width)
                self.found.statements.append(Statement(path=table, start=start, end=self.at, key=key, depth=0))
            else:
                self._key_and_value(table)

    def _key_and_value(self, table: Path, *, inline: bool = False) -> None:
        line, start = self.line, self.at
        written = self._until("=")[:-1]
        key = _split_key(written)
        path = table + key
        self._note(path, line)
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self._step()
        value, place = self.at, len(self.found.statements)
        self._value(path)
        end = value + len(self.text[value : self.at].rstrip(" \t\r"))
        self.found.statements.insert(
            place,
            Statement(
                path=path, start=start, end=end, key=(start, start + len(written.rstrip())), depth=len(table),
                value=(value, end), inline=inline,
            ),
        )  # fmt: skip

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.found.keys.setdefault(path[:length], line)
        self.found.keys[path] = line

    def _value(self, path: Path) -> None:
        if self.at >= len(self.text):
            return
        char = self.text[self.at]
        if char in "\"'":
            self._string()
        elif char == "[":
            self._array(path)
        elif char == "{":
            self._inline_table(path)
        else:
            while self.at < len(self.text) and self.text[self.at] not in ",]}#\n":
                self._step()

    def _array(self, path: Path) -> None:
        lines = self.found.elements.setdefault(path, [])
        for _ in self._items_until("]"):
            lines.append(self.line)
            self._value((*path, str(len(lines) - 1)))

    def _inline_table(self, path: Path) -> None:
        for _ in self._items_until("}"):
            self._key_and_value(path, inline=True)

    def _items_until(self, closing: str) -> Iterator[None]:
        """Stops before each item of an array or inline table, which the caller then reads."""
        self._step()
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == closing:
                self._step()
                return
            if char == "#":
                self._skip_comment()
            elif char in " \t\r\n,":
                self._step()
            else:
                yield

    def _string(self) -> None:
        quote = self.text[self.at]
        if self.text.startswith(quote * 3, self.at):
            self._step(3)
            while self.at < len(self.text):
                if quote == '"' and self.text[self.at] == "\\":
                    self._step(2)
                elif self.text.startswith(quote * 3, self.at):
                    self._step(3)
                    while self.at < len(self.text) and self.text[self.at] == quote:
                        self._step()  # up to two quotes may stand before the closing three
                    return
                else:
                    self._step()
            return
        self._step()
        while self.at < len(self.text) and self.text[self.at] != quote:
            self._step(2 if quote == '"' and self.text[self.at] == "\\" else 1)
        self._step()

    def _until(self, mark: str) -> str:
        start = self.at
        while self.at < len(self.text) and not self.text.startswith(mark, self.at):
            if self.text[self.at] in "\"'":
                self._string()
            else:
                self._step()
        self._step(len(mark))
        return self.text[start : self.at]

    def _skip_comment(self) -> None:
        while self.at < len(self.text) and self.text[self.at] != "\n":
            self._step()

    def _step(self, count: int = 1) -> None:
        passed = self.text[self.at : self.at + count]
        self.line += passed.count("\n")
        self.at += count


def _split_key(dotted: str) -> Path:
    """The parts of a bare, quoted or dotted key, read by the TOML parser itself."""
    try:
        value: object = tomllib.loads(f"{dotted} = 0")
    except tomllib.TOMLDecodeError:
        return (dotted.strip(),)
    path: list[str] = []
    while isinstance(value, dict):
        name = next(iter(value))
        path.append(name)
        value = value[name]
    return tuple(path)
