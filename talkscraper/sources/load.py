"""sources.toml → ``Sources``, or one line that says what is wrong, where, and what was probably meant."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from types import MappingProxyType
from typing import Any, NoReturn, TypeVar

from talkscraper.errors import SourcesError, StorageError
from talkscraper.sources import access_settings
from talkscraper.sources.access_settings import ProxySettings
from talkscraper.sources.default import DEFAULT_TOML
from talkscraper.sources.lines import LineIndex, index_lines
from talkscraper.sources.model import FieldRefused, Recrawl, Sample, Selectors, Source, Sources
from talkscraper.sources.notify_settings import read_notify
from talkscraper.sources.retention import RETENTION_KEYS, Retention, ShorterThanADay
from talkscraper.sources.seed_kinds import seed_keys
from talkscraper.sources.values import ValueRefused, checked_contact, duration, size

MAX_FILE = 16 * 1024 * 1024
"""Bytes; ten thousand sources need about two million."""

SELECTOR_KEYS = tuple(each.name for each in fields(Selectors) if each.name != "language")
SAMPLE_KEYS = tuple(each.name for each in fields(Sample))
TOP_KEYS = ("contact", "max_archive", "notify", "proxy", "sources")

_T = TypeVar("_T")


def load(path: Path) -> Sources:
    """Read sources.toml.

    Raises:
        SourcesError: it is missing or wrong; ``file:line: what (did you mean …?)``.
        StorageError: the disk can't be read.
    """
    try:
        if path.stat().st_size > MAX_FILE:
            raise SourcesError(f"{path}: larger than {MAX_FILE // 1024**2} MiB")
        raw = path.read_bytes()
    except FileNotFoundError as e:
        raise SourcesError(
            f"{path} doesn't exist: run 'talkscraper init', or name another folder with --archive"
        ) from e
    except IsADirectoryError as e:
        raise SourcesError(f"{path} is a folder, not a file") from e
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror}") from e
    return parse_bytes(raw, path)


def parse_bytes(raw: bytes, path: Path) -> Sources:
    """The same from the bytes of a file; ``path`` only names it.

    Raises:
        SourcesError: it is wrong.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as e:
        line = raw[: e.start].count(b"\n") + 1
        raise SourcesError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from e
    return parse(text, path)


def parse(text: str, path: Path) -> Sources:
    """The same from a text; ``path`` only names it.

    Raises:
        SourcesError: it is wrong.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise SourcesError(_twice(str(e), text, path) or _syntax(str(e), text, path)) from e
    except RecursionError as e:
        raise SourcesError(f"{path}: nested too deeply") from e
    return _Reader(path, index_lines(text)).sources(tables)


def default_toml() -> str:
    """What ``init`` writes: Talk of Nations, and every key a newcomer asks for, commented."""
    return DEFAULT_TOML


_TABLE = re.compile(r"\s*\[{1,2}\s*([^\]#]+?)\s*\]{1,2}\s*(?:#.*)?")
_KEY = re.compile(r"\s*([A-Za-z0-9_.\-]+|\"[^\"]*\"|'[^']*')\s*=")


def _twice(message: str, text: str, path: Path) -> str | None:
    """Say which table or key stands in the file twice, and where; None where that isn't what is wrong."""
    place = re.search(r" \(at line (\d+), column \d+\)$", message)
    if place is None or not message.startswith(("Cannot overwrite", "Cannot declare", "Cannot mutate")):
        return None
    # what is at fault ends at the place, or in the line before it
    lines = text.split("\n")
    for number in (int(place[1]), int(place[1]) - 1):
        line = lines[number - 1] if 0 < number <= len(lines) else ""
        above = list(enumerate(lines[: number - 1], 1))
        if table := _TABLE.fullmatch(line):
            first = next((n for n, each in above if (t := _TABLE.fullmatch(each)) and t[1] == table[1]), None)
            if first is not None:
                return f"{path}:{number}: [{table[1]}] is there twice, first in line {first}: make one table of the two"
        elif key := _KEY.match(line):
            start = max((n for n, each in above if _TABLE.fullmatch(each)), default=0)
            first = next((n for n, each in above[start:] if (k := _KEY.match(each)) and k[1] == key[1]), None)
            if first is not None:
                return f"{path}:{number}: {key[1]} is there twice, first in line {first}: delete one of the two"
    return None


def _syntax(message: str, text: str, path: Path) -> str:
    place = re.search(r" \(at line (\d+), column \d+\)$", message)
    if place:
        return f"{path}:{place[1]}: {message[: place.start()]}"
    return f"{path}:{text.count(chr(10)) + 1}: {message.removesuffix(' (at end of document)')} at the end of the file"


class _Reader:
    """Reads the tables of one file; every refusal knows its line."""

    def __init__(self, path: Path, lines: LineIndex) -> None:
        self._path = path
        self._lines = lines
        self._proxy: ProxySettings | None = None
        """That of the whole file."""
        self.readers: dict[str, Callable[[tuple[str, ...], object], Any]] = {
            "name": self._text,
            "homepage": self._text,
            "article_urls": self._patterns,
            **dict.fromkeys(seed_keys(), self._texts),
            "hosts": self._texts,
            "language": self._text,
            "timezone": self._text,
            "delay": self._seconds,
            "concurrency": self._count,
            "max_pages": self._count,
            "max_bytes": self._bytes,
            "max_new": self._count,
            "max_time": self._span,
            "max_requests_per_day": self._count,
            "hours": self._text,
            "since": self._day,
            "until": self._day,
            "requisites": self._scope,
            "recrawl": self._recrawl,
            "retention": self._retention,
            "tdm": self._text,
            "allow_private": self._flag,
            "renamed_from": self._one_or_more,
            "tags": self._texts,
            "enabled": self._flag,
            "selectors": self._selectors,
            "headers": self._access(access_settings.read_headers),
            "cookies": self._access(access_settings.read_cookies),
            "auth": self._access(access_settings.read_auth),
            "user_agent": self._access(access_settings.read_user_agent),
            "proxy": self._access(access_settings.read_proxy),
            "client_certificate": self._access(access_settings.read_client_certificate),
        }
        """How the value of each key of a source is read; a test holds it against the dataclass."""

    def sources(self, tables: dict[str, Any]) -> Sources:
        self._known(tables, (), TOP_KEYS, "at the top of the file")
        contact = tables.get("contact")
        if contact is not None:
            contact = self._checked(("contact",), self._text(("contact",), contact), checked_contact)
        notify = None
        if "notify" in tables:
            notify = read_notify(tables["notify"], self._refuse, self._place)
        if "proxy" in tables:
            self._proxy = self.readers["proxy"](("proxy",), tables["proxy"])
        most = None
        if "max_archive" in tables:
            most = self._bytes(("max_archive",), tables["max_archive"])
            if most < 1:
                self._refuse(("max_archive",), f"max_archive: {most} is less than 1")
        listed = self._table(("sources",), tables.get("sources", {}))
        found = {name: self._source(name, self._table(("sources", name), table)) for name, table in listed.items()}
        self._no_twins(found)
        self._renamed_once(found)
        return Sources(
            contact=contact,
            notify=notify,
            proxy=self._proxy,
            max_archive=most,
            sources=MappingProxyType({name: source for name, source in found.items() if source.enabled}),
            disabled=MappingProxyType({name: source for name, source in found.items() if not source.enabled}),
        )

    def _source(self, name: str, table: dict[str, Any]) -> Source:
        path = ("sources", name)
        self._known(table, path, tuple(self.readers), "in a source")
        for needed in ("homepage",):
            if needed not in table:
                self._refuse(path, f'[sources.{name}] has no {needed}: write {needed} = "https://…/"')
        values: dict[str, Any] = {"id": name, "name": name, "proxy": self._proxy}
        for key, value in table.items():
            values[key] = self.readers[key]((*path, key), value)
        try:
            seeds = tuple((key, values.pop(key)) for key in seed_keys() if key in values)
            return Source(**values, seeds=seeds)
        except FieldRefused as e:
            where = path if e.field == "id" else (*path, e.field)
            self._refuse(where, f"{e}" if e.field == "id" else f"{e.field}: {e}", e.position)

    def _no_twins(self, found: dict[str, Source]) -> None:
        for field_name in ("name", "homepage"):
            seen: dict[str, str] = {}
            for name, source in found.items():
                value = getattr(source, field_name).strip().casefold().rstrip("/")
                if value in seen:
                    first = self._lines.of(("sources", seen[value], field_name))
                    self._refuse(
                        ("sources", name, field_name),
                        f"{field_name}: {getattr(source, field_name)!r} is {seen[value]}'s already (line {first})",
                    )
                seen[value] = name

    def _renamed_once(self, found: dict[str, Source]) -> None:
        """Refuse a former id that is still one, or that two sources claim."""
        claimed: dict[str, str] = {}
        for name, source in found.items():
            path = ("sources", name, "renamed_from")
            for position, former in enumerate(source.renamed_from):
                if former in found:
                    why = f"[sources.{former}] is still in the file: remove it or this line"
                    self._refuse(path, f"renamed_from: {why}", position)
                if former in claimed:
                    self._refuse(path, f"renamed_from: {claimed[former]} was renamed from {former} already", position)
                claimed[former] = name

    # what each key's value is made of

    def _text(self, path: tuple[str, ...], value: object, position: int | None = None) -> str:
        if not isinstance(value, str):
            self._refuse(path, f"{path[-1]} must be a text in quotes, not {_kind(value)}", position)
        return value

    def _texts(self, path: tuple[str, ...], value: object) -> tuple[str, ...]:
        if isinstance(value, str):
            self._refuse(path, f"{path[-1]} must be a list: write {path[-1]} = ['…']")
        if not isinstance(value, list):
            self._refuse(path, f"{path[-1]} must be a list of texts, not {_kind(value)}")
        return tuple(self._text(path, each, position) for position, each in enumerate(value))

    def _patterns(self, path: tuple[str, ...], value: object) -> tuple[re.Pattern[str], ...]:
        found = []
        for position, text in enumerate(self._texts(path, value)):
            try:
                found.append(re.compile(text))
            except (re.error, OverflowError, RecursionError) as e:
                self._refuse(path, f"{path[-1]}: {text!r} is not a regular expression: {e}", position)
        return tuple(found)

    def _flag(self, path: tuple[str, ...], value: object) -> bool:
        if not isinstance(value, bool):
            self._refuse(path, f"{path[-1]} must be true or false, not {_kind(value)}")
        return value

    def _scope(self, path: tuple[str, ...], value: object) -> bool | str:
        if not isinstance(value, bool | str):
            self._refuse(path, f'{path[-1]} must be true, false, "page" or "all", not {_kind(value)}')
        return value

    def _seconds(self, path: tuple[str, ...], value: object) -> float:
        if isinstance(value, str):
            return self._checked(path, value, duration).total_seconds()
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._refuse(path, f"{path[-1]} must be a number of seconds, not {_kind(value)}")
        return float(value)

    def _span(self, path: tuple[str, ...], value: object) -> timedelta:
        seconds = self._seconds(path, value)
        try:
            return timedelta(seconds=seconds)
        except (OverflowError, ValueError):
            self._refuse(path, f"{path[-1]}: {value} is no time span")

    def _count(self, path: tuple[str, ...], value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self._refuse(path, f"{path[-1]} must be a whole number, not {_kind(value)}")
        return value

    def _bytes(self, path: tuple[str, ...], value: object) -> int:
        return self._checked(path, value, size) if isinstance(value, str) else self._count(path, value)

    def _recrawl(self, path: tuple[str, ...], value: object) -> Recrawl:
        if value == "always":
            return Recrawl(always=True)
        if not isinstance(value, list):
            self._refuse(path, 'recrawl must be "always" or a list of ages, as in ["1h", "1d", "7d"]')
        ages = [
            self._checked(path, self._text(path, each, position), duration, position)
            for position, each in enumerate(value)
        ]
        for position, (younger, older) in enumerate(pairwise(ages)):
            if older <= younger:
                self._refuse(
                    path, f"recrawl: {value[position + 1]!r} isn't more than {value[position]!r}", position + 1
                )
        try:
            return Recrawl(ages=tuple(ages))
        except ValueError as e:
            self._refuse(path, f"recrawl: {e}")

    def _retention(self, path: tuple[str, ...], value: object) -> Retention:
        table = self._table(path, value)
        self._known(table, path, RETENTION_KEYS, "in retention")
        values = {
            key: self._checked((*path, key), self._text((*path, key), age), duration) for key, age in table.items()
        }
        try:
            return Retention(**values)
        except ShorterThanADay as e:
            self._refuse((*path, e.key), f"{e.key}: {e}")

    def _selectors(self, path: tuple[str, ...], value: object) -> Selectors:
        table = self._table(path, value)
        self._known(table, path, SELECTOR_KEYS, "in selectors")
        readers: dict[str, Callable[[tuple[str, ...], object], Any]] = {
            "date_order": self._text,
            "timezone": self._text,
            "valid_from": self._day,
            "valid_until": self._day,
            "sample": self._sample,
        }
        values = {key: readers.get(key, self._one_or_more)((*path, key), each) for key, each in table.items()}
        try:
            return Selectors(**values)
        except FieldRefused as e:
            self._refuse((*path, e.field), f"{e.field}: {e}", e.position)

    def _one_or_more(self, path: tuple[str, ...], value: object) -> tuple[str, ...]:
        return (value,) if isinstance(value, str) else self._texts(path, value)

    def _day(self, path: tuple[str, ...], value: object) -> date:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(self._text(path, value))
        except ValueError:
            self._refuse(path, f"{path[-1]}: {value!r} is no day (write it as in 2025-10-28)")

    def _sample(self, path: tuple[str, ...], value: object) -> Sample:
        table = self._table(path, value)
        self._known(table, path, SAMPLE_KEYS, "in a sample")
        if "url" not in table:
            self._refuse(path, "a sample needs the url of its page")
        readers: dict[str, Callable[[tuple[str, ...], object], Any]] = {
            "published": self._day,
            "authors": self._texts,
        }
        values = {key: readers.get(key, self._text)((*path, key), each) for key, each in table.items()}
        try:
            return Sample(**values)
        except FieldRefused as e:
            self._refuse((*path, e.field), f"{e.field}: {e}", e.position)

    def _access(self, read: Callable[[object, str], _T]) -> Callable[[tuple[str, ...], object], _T]:
        def reader(path: tuple[str, ...], value: object) -> _T:
            try:
                return read(value, f"{self._path}:{self._lines.of(path)}: {path[-1]}")
            except ValueRefused as e:
                self._refuse(path, f"{path[-1]}: {e}")

        return reader

    def _checked(
        self, path: tuple[str, ...], value: str, check: Callable[[str], _T], position: int | None = None
    ) -> _T:
        try:
            return check(value)
        except ValueRefused as e:
            self._refuse(path, f"{path[-1]}: {e}", position)

    def _table(self, path: tuple[str, ...], value: object) -> dict[str, Any]:
        if not isinstance(value, dict):
            self._refuse(path, f"{path[-1]} must be a table: write [{'.'.join(path)}] above its keys")
        return value

    def _known(self, table: Mapping[str, object], path: tuple[str, ...], known: tuple[str, ...], where: str) -> None:
        for key in table:
            if key in known:
                continue
            near = difflib.get_close_matches(key.lower().replace("-", "_"), known, n=1, cutoff=0.5)
            if near:
                hint = f"did you mean {near[0]!r}?"
            elif not path and key in self.readers:
                hint = f"it belongs under [sources.NAME], where {key!r} is known"
            elif path and key == "contact":
                hint = "contact goes at the top of the file, before the first [sources.NAME]"
            else:
                hint = f"known {where}: {', '.join(known)}"
            self._refuse((*path, key), f"unknown key {key!r} {where}; {hint}")

    def _place(self, path: tuple[str, ...]) -> str:
        return f"{self._path}:{self._lines.of(path)}"

    def _refuse(self, path: tuple[str, ...], message: str, position: int | None = None) -> NoReturn:
        raise SourcesError(f"{self._path}:{self._lines.of(path, position)}: {message}")


def _kind(value: object) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date or time")
