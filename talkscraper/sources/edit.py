"""Edits of sources.toml that change one entry and leave every other byte, comment and line end as it was.

The text is cut and joined at the places that ``lines`` found; what comes out is read again and compared with what the
edit was to do, so that a way of writing TOML that isn't handled here is refused, never damaged.
"""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Array

from talkscraper.atomic_file import write_whole
from talkscraper.errors import SourcesError, StorageError
from talkscraper.sources.lines import Statement, index_lines
from talkscraper.sources.load import MAX_FILE, load, parse

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_PART = re.compile(r"""\s*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)\s*(\.|$)""")
_COMMENT = re.compile(r"[ \t]*#")
BOM = "\ufeff"

Value = str | bool | tuple[str, ...]
Edit = Callable[[str], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited:
    """The text of sources.toml before and after an edit."""

    before: str
    after: str


def edit_file(path: Path, edit: Edit, *, write: bool = True) -> Edited:
    """Change sources.toml by a function of its text, atomically; a link to the file stays one.

    The function may be called again if somebody else saves the file in the meantime.

    Raises:
        SourcesError: the file is invalid, or would become so; nothing is written.
        StorageError: it can't be read or written.
    """
    with _one_editor(path):
        load(path)
        while True:
            raw = read_bytes(path)
            text = raw.decode("utf-8")
            mark = BOM if text.startswith(BOM) else ""
            before = text.removeprefix(BOM)
            after = edit(before)
            parse(after, path)
            if not write or after == before:
                return Edited(before=before, after=after)
            if read_bytes(path) == raw:
                replace_file(path, mark + after)
                return Edited(before=before, after=after)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of sources.toml, at most ``MAX_FILE``.

    Raises:
        StorageError: it can't be read.
    """
    try:
        with path.open("rb") as handle:
            return handle.read(MAX_FILE)
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror}") from e


def replace_file(path: Path, text: str) -> None:
    """Write sources.toml whole or not at all.

    Raises:
        StorageError: the disk refuses.
    """
    try:
        # a link to the file stays one: what it leads to is replaced
        real = path.resolve(strict=True)
        write_whole(real, [text.encode()], mode=real.stat().st_mode & 0o777)
    except OSError as e:
        raise StorageError(f"can't write {path}: {e.strerror}") from e


@contextmanager
def _one_editor(path: Path) -> Any:
    """Let one command at a time edit the file: a lock on its folder, which leaves no file behind."""
    import fcntl
    import os

    try:
        handle = os.open(path.resolve().parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as e:
        raise StorageError(f"can't open {path.parent}: {e.strerror}") from e
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def entry_text(text: str, name: str) -> str:
    """Return the text of one entry, as ``without_entry`` takes it out."""
    return "".join(text[start:end] for start, end in _entry_spans(text, name)).strip("\r\n") + _newline(text)


def without_entry(text: str, name: str) -> str:
    """Return the text without ``[sources.NAME]``, its keys, tables and comments, and the comment directly above it."""
    spans = _entry_spans(text, name)
    after = text
    for start, end in reversed(spans):
        head, tail = after[:start], after[end:]
        if (not head or head.endswith(("\n\n", "\r\n\r\n"))) and tail.startswith(("\n", "\r\n")):
            tail = tail.removeprefix("\r").removeprefix("\n")  # one of the two blank lines around it
        after = head + tail

    def expected(tables: dict[str, Any]) -> None:
        del tables["sources"][name]
        if not tables["sources"]:
            del tables["sources"]

    return _as_expected(text, after, expected)


def with_name(text: str, name: str, new: str) -> str:
    """Return the text in which an entry has another name; its place, keys and comments stay."""
    after = text
    for each in reversed(index_lines(text).statements):
        if each.path[:2] != ("sources", name) or each.inline:
            continue
        own = 1 - each.depth
        if own < 0:
            continue
        place = _part_span(after, each, own)
        after = after[: place[0]] + _key(new) + after[place[1] :]

    def expected(tables: dict[str, Any]) -> None:
        tables["sources"] = {new if key == name else key: value for key, value in tables["sources"].items()}

    return _as_expected(text, after, expected)


def with_keys(text: str, name: str, values: Mapping[str, Value | None]) -> str:
    """Return the text in which keys of an entry have other values; None removes a key."""
    after = text
    for key, value in values.items():
        after = _with_key(after, name, key, value)

    def expected(tables: dict[str, Any]) -> None:
        for key, value in values.items():
            if value is None:
                tables["sources"][name].pop(key, None)
            else:
                tables["sources"][name][key] = list(value) if isinstance(value, tuple) else value

    return _as_expected(text, after, expected)


def rendered_list(values: tuple[str, ...], *, literal: bool = False) -> Array:
    """Return a list of texts, one a line if there are several; literal ones keep backslashes."""
    array = tomlkit.array()
    for value in values:
        array.append(tomlkit.string(value, literal=literal and "'" not in value and value.isprintable()))
    return array.multiline(len(values) > 1)


def _with_key(text: str, name: str, key: str, value: Value | None) -> str:
    statements = [each for each in index_lines(text).statements if each.path[:2] == ("sources", name)]
    if not statements:
        raise SourcesError(f"sources.toml has no [sources.{name}]")
    present = next((each for each in statements if each.path == ("sources", name, key)), None)
    newline = _newline(text)
    written = "" if value is None else _written(value, literal=key == "article_urls", newline=newline)
    if present is not None and present.value is not None:
        if value is None:
            if present.inline:
                return text
            start, end = _lines_of(text, present.start, present.end)
            return text[:start] + text[end:]
        return text[: present.value[0]] + written + text[present.value[1] :]
    if value is None:
        return text
    header = next((each for each in statements if each.value is None and each.path == ("sources", name)), None)
    whole = next((each for each in statements if each.value is not None and each.path == ("sources", name)), None)
    if header is not None:
        inside = [each for each in statements if each.depth == 2 and not each.inline and each.start > header.start]
        last = inside[-1] if inside else header
        indent = _indent(text, last.start) if inside else ""
        return _inserted(text, last.end, f"{indent}{_key(key)} = {written}", newline)
    if whole is not None and whole.value is not None:
        end = whole.value[1] - 1
        content = text[whole.value[0] + 1 : end].rstrip()
        comma = ", " if content.strip() else " "
        flat = written.replace(newline, " ")
        return f"{text[: whole.value[0] + 1]}{content}{comma}{_key(key)} = {flat} {text[end:]}"
    dotted = [each for each in statements if each.value is not None and not each.inline and each.depth < 2]
    if dotted:
        last = dotted[-1]
        prefix = "sources." if last.depth == 0 else ""
        return _inserted(
            text, last.end, f"{_indent(text, last.start)}{prefix}{_key(name)}.{_key(key)} = {written}", newline
        )
    # only tables below it, [sources.NAME.selectors]: the header of its own goes above the first
    first = statements[0]
    start = _lines_of(text, first.start, first.end)[0]
    return f"{text[:start]}[sources.{_key(name)}]{newline}{_key(key)} = {written}{newline}{newline}{text[start:]}"


def _entry_spans(text: str, name: str) -> list[tuple[int, int]]:
    """Return the lines of an entry: its statements, its comments, and the blank lines between these."""
    index = index_lines(text).statements
    outer = [each for each in index if not each.inline]
    spans: list[tuple[int, int]] = []
    for place, each in enumerate(outer):
        if each.path[:2] != ("sources", name):
            continue
        start, end = _lines_of(text, each.start, each.end)
        end = _past_comments(text, end)
        follows = place > 0 and outer[place - 1].path[:2] == ("sources", name)
        if follows:
            start = spans[-1][1]
        elif each.value is None:
            start = _before_comments(text, start)
        if follows:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    if not spans:
        raise SourcesError(
            f"[sources.{name}] is written in a way that can't be edited here: make it a table of its own"
        )
    return spans


def _lines_of(text: str, start: int, end: int) -> tuple[int, int]:
    line_end = text.find("\n", end)
    return text.rfind("\n", 0, start) + 1, len(text) if line_end < 0 else line_end + 1


def _past_comments(text: str, at: int) -> int:
    while at < len(text) and _COMMENT.match(text, at):
        line_end = text.find("\n", at)
        at = len(text) if line_end < 0 else line_end + 1
    # a comment that runs on to the next table's header is that table's
    back = at
    if text[at:].lstrip(" \t").startswith("["):
        while back > 0:
            above = text.rfind("\n", 0, back - 1) + 1
            if not _COMMENT.match(text, above):
                break
            back = above
    return back


def _before_comments(text: str, start: int) -> int:
    at = start
    while at > 0:
        above = text.rfind("\n", 0, at - 1) + 1
        if not _COMMENT.match(text, above):
            return at
        at = above
    return start  # a comment at the top of the file is the file's


def _part_span(text: str, each: Statement, wanted: int) -> tuple[int, int]:
    at = each.key[0]
    for number in range(wanted + 1):
        found = _PART.match(text, at, each.key[1])
        if found is None:
            raise SourcesError(f"can't find the parts of {text[slice(*each.key)]!r}")
        if number == wanted:
            return found.span(1)
        at = found.end()
    raise AssertionError


def _inserted(text: str, at: int, line: str, newline: str) -> str:
    line_end = text.find("\n", at)
    if line_end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: line_end + 1]}{line}{newline}{text[line_end + 1 :]}"


def _indent(text: str, at: int) -> str:
    start = text.rfind("\n", 0, at) + 1
    return text[start:at] if text[start:at].isspace() else ""


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else tomlkit.string(name).as_string()


def _written(value: Value, *, literal: bool, newline: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return tomlkit.string(value).as_string()
    return rendered_list(value, literal=literal).as_string().replace("\n", newline)


def _as_expected(before: str, after: str, change: Callable[[dict[str, Any]], None]) -> str:
    """Return ``after`` if it says what ``before`` says after the change.

    Raises:
        SourcesError: it doesn't: the entry is written in a way that isn't handled.
    """
    wanted = copy.deepcopy(tomllib.loads(before))
    change(wanted)
    try:
        found = tomllib.loads(after)
    except tomllib.TOMLDecodeError:
        found = {}
    found = {key: value for key, value in found.items() if key != "sources" or value}
    if found != wanted:
        raise SourcesError("sources.toml is written in a way that can't be edited here: edit it by hand")
    return after
