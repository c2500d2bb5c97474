"""Arguments of journalled changes as JSON. Only classes of talkscraper's own model are decoded, no arbitrary ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any

from talkscraper import model
from talkscraper.discovery.model import Link
from talkscraper.discovery.rights import Signal
from talkscraper.errors import ArchiveError
from talkscraper.fetch.politeness import HostReport
from talkscraper.frontier.by_hand import ListNote
from talkscraper.frontier.model import Fate, Lease, Settlement
from talkscraper.ingest.page import CapturedPage
from talkscraper.monitor.run_report import Tally
from talkscraper.sources.model import Source
from talkscraper.sources.robots_rules import RobotsRules

if TYPE_CHECKING:
    from collections.abc import Sequence

_KIND, _VALUE = "$", "v"
_CLASSES: dict[str, type] = {each.__name__: each for each in (
    CapturedPage, Fate, HostReport, Lease, Link, ListNote, RobotsRules, Settlement, Signal, Tally,
    *(getattr(model, name) for name in (
        "Access", "Article", "Author", "AuthorKind", "Capture", "Extraction", "FieldProvenance", "Image", "PageKind",
        "Precision", "PublishedDate", "RecordType", "Rival",
    )),
)}  # fmt: skip


def encode(value: Any) -> str:
    """Return a value as JSON.

    Raises:
        TypeError: it holds something that can't be decoded again.
    """
    return json.dumps(_plain(value), separators=(",", ":"))


def decode(text: str, sources: Callable[[str], Source | None]) -> Any:
    """Return the value that ``encode`` wrote; ``sources`` returns a source by its id.

    Raises:
        ArchiveError: it is no such value.
    """
    try:
        return _made(json.loads(text), sources)
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as e:
        raise ArchiveError(f"not what a worker writes: {text[:80]!r} ({e})") from e


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return {_KIND: type(value).__name__, _VALUE: value.value}
        case None | bool() | int() | float() | str():
            return value
        case datetime():
            return {_KIND: "datetime", _VALUE: value.astimezone(UTC).isoformat()}
        case date():
            return {_KIND: "date", _VALUE: value.isoformat()}
        case timedelta():
            return {_KIND: "timedelta", _VALUE: [value.days, value.seconds, value.microseconds]}
        case Source():
            return {_KIND: "source", _VALUE: value.id}
        case list():
            return [_plain(each) for each in value]
        case tuple():
            return {_KIND: "tuple", _VALUE: [_plain(each) for each in value]}
        case set() | frozenset():
            return {_KIND: "set", _VALUE: [_plain(each) for each in value]}
        case Mapping():
            # a Counter too: a Tally makes it one again
            return {_KIND: "dict", _VALUE: [[_plain(key), _plain(each)] for key, each in value.items()]}
    if is_dataclass(value) and type(value) in _CLASSES.values():
        made = {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.init}
        return {_KIND: type(value).__name__, _VALUE: made}
    raise TypeError(f"{type(value).__name__} isn't kept in a journal")


def _made(value: Any, sources: Callable[[str], Source | None]) -> Any:
    if isinstance(value, list):
        return [_made(each, sources) for each in value]
    if not isinstance(value, dict):
        return value
    kind, inner = value[_KIND], value[_VALUE]
    match kind:
        case "datetime":
            return datetime.fromisoformat(inner)
        case "date":
            return date.fromisoformat(inner)
        case "timedelta":
            days, seconds, microseconds = inner
            return timedelta(days, seconds, microseconds)
        case "source":
            return sources(inner)
        case "tuple":
            return _tuple(inner, sources)
        case "set":
            return set(_tuple(inner, sources))
        case "dict":
            return {_made(key, sources): _made(each, sources) for key, each in inner}
    made = _CLASSES[kind]
    if issubclass(made, Enum):
        return made(inner)
    arguments = {str(name): _made(each, sources) for name, each in inner.items()}
    if made is Tally:
        for name in ("page_kinds", "refusals", "seed_refusals", "left_out"):
            arguments[name] = Counter(arguments.get(name) or {})
    return made(**arguments)


def _tuple(inner: Sequence[Any], sources: Callable[[str], Source | None]) -> tuple[Any, ...]:
    return tuple(_made(each, sources) for each in inner)
