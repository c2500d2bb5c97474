"""The archive's tables, as numbered migrations that sqlite-utils applies once each, in a transaction.

Each module ``mNNN_name`` is a step: its docstring says what for, its function ``apply`` does it, and its name is the
one that the database records. They are applied in the order of their numbers. Readers need no more than the names, so
the steps, and sqlite-utils, are imported when they are applied. Never edit a released step: add one. docs/schema.md
explains every column, and a test compares the two.
"""

from __future__ import annotations

import pkgutil
import re
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite_utils
    from sqlite_utils import Database

_STEP = re.compile(r"m\d{3}_\w+")


@cache
def names() -> tuple[str, ...]:
    """Return the names of all steps, in the order in which they are applied."""
    return tuple(sorted(each.name for each in pkgutil.iter_modules(__path__) if _STEP.fullmatch(each.name)))


def unknown(db: Database) -> list[str]:
    """Return the names of steps that the database has, and this version hasn't."""
    return sorted({each.name for each in _runner().applied(db)}.difference(names()))


def apply(db: Database, *, stop_before: str | None = None) -> None:
    """Apply the steps that the database hasn't; ``stop_before`` ends before the step of that name."""
    _runner().apply(db, stop_before=stop_before)


def _runner() -> sqlite_utils.Migrations:
    import sqlite_utils

    runner = sqlite_utils.Migrations("talkscraper")
    for name in names():
        runner(name=name)(import_module(f"{__name__}.{name}").apply)
    return runner
