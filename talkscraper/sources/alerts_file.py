"""``alerts.toml``: saved searches, and whom to tell what they newly find."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from talkscraper.errors import UsageError
from talkscraper.fields import FILTERS

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
MAX_ALERTS = 200
MAX_TARGETS = 20
MAX_VALUES = 20
"""Maximum number of values of one filter."""
MAX_BYTES = 1_000_000
MANY = tuple(each.name for each in FILTERS if each.is_many)
"""Filters that may have several values."""
_RECIPIENT = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}")
TARGETS = ("mail", "webhook", "file")
COPIES = ("collapse", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """A saved search."""

    name: str
    query: str
    filters: Mapping[str, tuple[str, ...]]
    """By the names of ``fields.FILTERS``; of several values, an article must have one."""
    to: tuple[str, ...]
    """``mail``, ``webhook``, ``file``, or e-mail addresses."""
    copies: Literal["collapse", "all"] = "collapse"


def read_alerts(path: Path) -> tuple[Alert, ...]:
    """Return the alerts of a file, in its order.

    Raises:
        UsageError: there is no such file, or something in it is wrong.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path} doesn't exist: write [alerts.NAME] with query and to into it") from None
    try:
        if len(data) > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES:,} bytes")
        document = tomllib.loads(data.decode())
    except ValueError as e:  # also of TOML and UTF-8
        raise UsageError(f"{path}: {e}") from e
    for key in document:
        if key != "alerts":
            raise UsageError(f"{path}: unknown key {key!r}: each alert is a table [alerts.NAME]")
    tables = document.get("alerts", {})
    if not isinstance(tables, dict) or not all(isinstance(each, dict) for each in tables.values()):
        raise UsageError(f"{path}: each alert is a table [alerts.NAME]")
    if len(tables) > MAX_ALERTS:
        raise UsageError(f"{path}: more than {MAX_ALERTS} alerts")
    return tuple(_alert(name, table, str(path)) for name, table in tables.items())


def _alert(name: str, table: dict[str, Any], path: str) -> Alert:
    where = f"{path}: [alerts.{name}]"
    if not NAME.fullmatch(name):
        raise UsageError(f"{where}: a name is of letters, digits, - and _")
    filters = [each.name for each in FILTERS]
    known = ["query", "to", "copies", *filters]
    for key, value in table.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise UsageError(f"{where}: unknown key {key!r}; {hint}")
        several = key in MANY and isinstance(value, list) and all(isinstance(each, str) for each in value)
        if key != "to" and not several and not isinstance(value, str) and not _is_day(key, value):
            lists = ", or a list of them" if key in MANY else ""
            raise UsageError(f"{where}: {key} must be a text in quotes{lists}")
        if several and len(value) > MAX_VALUES:
            raise UsageError(f"{where}: {key} has more than {MAX_VALUES} values")
    if not table.get("query") and not any(_values(table.get(each)) for each in filters):
        raise UsageError(f"{where}: it has no query and no filter")
    copies = table.get("copies", "collapse")
    if copies not in COPIES:
        raise UsageError(f"{where}: copies is none of {', '.join(COPIES)}")
    return Alert(
        name=name,
        query=table.get("query", ""),
        filters={each: values for each in filters if (values := _values(table.get(each)))},
        to=_targets(table.get("to"), where),
        copies=copies,
    )


def _is_day(key: str, value: object) -> bool:
    return key in ("since", "until") and hasattr(value, "year")


def _values(value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(dict.fromkeys(str(each) for each in listed if str(each).strip()))


def _targets(value: object, where: str) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    if value is None or not 0 < len(listed) <= MAX_TARGETS:
        raise UsageError(f"{where}: to names 1 to {MAX_TARGETS} of {', '.join(TARGETS)} and e-mail addresses")
    for each in listed:
        if not isinstance(each, str) or not (each in TARGETS or _RECIPIENT.fullmatch(each)):
            raise UsageError(f"{where}: to: {str(each)[:60]!r} is none of {', '.join(TARGETS)}, and no e-mail address")
    return tuple(dict.fromkeys(listed))
