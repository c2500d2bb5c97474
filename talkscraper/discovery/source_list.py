"""Lists of newsrooms to add: a CSV table with a header, one address a line, or OPML."""

from __future__ import annotations

import csv
import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from talkscraper.discovery.opml import parse_opml
from talkscraper.errors import UsageError
from talkscraper.sources.seed_kinds import seed_keys

MAX_LIST = 16 * 1024 * 1024
MAX_ROWS = 20_000
COLUMNS = ("url", "name", "language", "tags", "id", "timezone")
"""Columns of a table, besides those of seeds (``feeds`` …); ``homepage`` is another name of ``url``."""
_OPML = re.compile(r"<opml\b", re.IGNORECASE)
_SEPARATORS = re.compile(r"[\s,;|]+")
_COMMENT = re.compile(r"(?:^|\s)#.*")
_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedSource:
    """A newsroom of a list; what the list doesn't say is None or empty."""

    url: str
    where: str = ""
    """Its place, for messages: ``list.csv:3``."""
    name: str | None = None
    id: str | None = None
    language: str | None = None
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    seeds: tuple[tuple[str, tuple[str, ...]], ...] = ()


def read_list(file: Path) -> list[ListedSource]:
    """Read a list of newsrooms; what it is decided by its content, then by its ending.

    Raises:
        Unreadable: OPML that names no feeds.
        UsageError: the file can't be read, isn't UTF-8, names nothing, or has a column that isn't known.
    """
    try:
        with file.open("rb") as handle:
            body = handle.read(MAX_LIST + 1)
    except OSError as e:
        raise UsageError(f"can't read {file}: {e.strerror}") from e
    if len(body) > MAX_LIST:
        raise UsageError(f"{file}: larger than {MAX_LIST // 1024**2} MiB")
    if file.suffix.lower() in (".opml", ".xml") or _OPML.search(body[:10_000].decode("latin-1").replace("\0", "")):
        return [
            ListedSource(url=each.homepage, where=str(file), name=each.name, seeds=(("feeds", tuple(each.feeds)),))
            for each in parse_opml(body, str(file))
        ]
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = body[: e.start].count(b"\n") + 1
        raise UsageError(f"{file}:{line}: not UTF-8; save the list as UTF-8") from e
    header = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    is_table = any(cell.strip().strip('"').lower() in ("url", "homepage") for cell in re.split(r"[,;\t]", header))
    if file.suffix.lower() in (".csv", ".tsv") and not is_table and any(each in header for each in _DELIMITERS):
        raise UsageError(f"{file}: its first line must name the columns: url,name,language,tags")
    found = list(_table(text, file, header) if is_table else _plain(text, file))
    if not found:
        raise UsageError(f"{file}: names no newsrooms")
    if len(found) > MAX_ROWS:
        raise UsageError(f"{file}: names more than {MAX_ROWS} newsrooms")
    return found


def _plain(text: str, file: Path) -> Iterator[ListedSource]:
    for number, line in enumerate(text.splitlines(), 1):
        url = _COMMENT.sub("", line).strip()
        if url:
            yield ListedSource(url=url, where=f"{file}:{number}")


def _table(text: str, file: Path, header: str) -> Iterator[ListedSource]:
    delimiter = max(_DELIMITERS, key=header.count)
    lines = text.splitlines(keepends=True)
    start = next(place for place, line in enumerate(lines) if line.rstrip("\r\n") == header)
    reader = csv.reader(lines[start:], delimiter=delimiter)
    try:
        names = [_column(each, file, start + 1) for each in next(reader)]
        for row in reader:
            cells = {name: cell.strip() for name, cell in zip(names, row, strict=False) if cell.strip()}
            if not cells or row[0].lstrip().startswith("#"):
                continue
            yield _row(cells, f"{file}:{start + reader.line_num}")
    except csv.Error as e:
        raise UsageError(f"{file}:{start + reader.line_num}: {e}") from e


def _column(title: str, file: Path, line: int) -> str:
    name = title.strip().lower().replace(" ", "_")
    known = (*COLUMNS, *seed_keys())
    name = "url" if name == "homepage" else name
    if name and name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise UsageError(f"{file}:{line}: unknown column {title.strip()!r}; {hint}")
    return name


def _row(cells: dict[str, str], where: str) -> ListedSource:
    lists = {
        name: tuple(each for each in _SEPARATORS.split(cells[name]) if each)
        for name in ("tags", *seed_keys())
        if name in cells
    }
    return ListedSource(
        url=cells.get("url", ""),
        where=where,
        name=cells.get("name"),
        id=cells.get("id"),
        language=cells.get("language"),
        timezone=cells.get("timezone"),
        tags=lists.pop("tags", ()),
        seeds=tuple(lists.items()),
    )
