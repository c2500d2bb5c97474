"""Extractions as JSON and back, without loss: what a shard holds. Unlike a pickle, it can only hold data."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from talkscraper.model import Extraction

_PLAIN = (str, int, float, bool)


def to_json(extraction: Extraction) -> str:
    """Return an extraction as JSON in ASCII; fields with their default are left out."""
    return json.dumps(_plain(extraction), separators=(",", ":"), default=_plain)


def from_json(text: str | bytes) -> Extraction:
    """Return the extraction that ``to_json`` wrote.

    Raises:
        ValueError: it is another text.
    """
    try:
        found = _reader(Extraction)(json.loads(text))
    except (TypeError, KeyError, AttributeError) as e:
        raise ValueError(f"no extraction: {e}") from e
    assert isinstance(found, Extraction)
    return found


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: found for name, default in _fields(type(value)) if (found := getattr(value, name)) is not default}
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"not in an extraction: {type(value).__name__}")


@cache
def _fields(kind: type) -> tuple[tuple[str, Any], ...]:
    """Return the names of a dataclass's fields, and their defaults where these are None, a constant or empty."""
    return tuple((each.name, each.default) for each in dataclasses.fields(kind))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    """Return the function that makes a value of a type from what JSON holds."""
    if get_origin(kind) in (Union, UnionType):
        (inner,) = (each for each in get_args(kind) if each is not NoneType)
        read = _reader(inner)
        return lambda value: None if value is None else read(value)
    if get_origin(kind) is tuple:
        inner, _ = get_args(kind)
        each = _reader(inner)
        return lambda values: tuple(each(value) for value in values)
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        readers = {field.name: _reader(hints[field.name]) for field in dataclasses.fields(kind)}
        made: Any = kind
        return lambda values: made(**{name: readers[name](value) for name, value in values.items()})
    if issubclass(kind, datetime | date):
        return _moments(kind)
    if issubclass(kind, Enum):
        return _members(kind)
    if kind in _PLAIN:
        return lambda value: _checked(kind, value)
    raise TypeError(f"no field of an extraction may be of the type {kind}")


def _moments(kind: type[date]) -> Callable[[str], date]:
    return kind.fromisoformat


def _members(kind: type[Enum]) -> Callable[[str], Enum]:
    return kind


def _checked(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"{value!r:.40} is no {kind.__name__}")
    return value
