"""Progress within a unit of work: told by its task, wherever that runs, to the process that asked for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Advanced = Callable[[int], None]
"""Called with an amount of work done since the last call."""

_TOLD: ContextVar[Advanced | None] = ContextVar("advanced", default=None)


def advance(count: int) -> None:
    """Tell the process that maps the unit that this much more of its weight is done; nothing outside of a task."""
    told = _TOLD.get()
    if told is not None:
        told(count)


@contextmanager
def telling(advanced: Advanced | None) -> Iterator[None]:
    """Have ``advance`` call this function while the context is active."""
    token = _TOLD.set(advanced)
    try:
        yield
    finally:
        _TOLD.reset(token)
