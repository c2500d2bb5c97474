"""Progress of work over files: a bar on a terminal, otherwise a line at intervals (cron)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

from talkscraper.cli.options import console, printable

if TYPE_CHECKING:
    from talkscraper.terminal.screen import Screen

EVERY_S = 30.0
"""Interval of the lines in seconds."""

Report = Callable[[str, int, int], None]
"""Called with a name, the amount done, and the total."""


class _Meter(Protocol):
    def __call__(self, name: str, done: int, total: int, *, unit: int, unit_name: str) -> None: ...


@contextmanager
def bytes_progress(*, show: bool = True) -> Iterator[Report]:
    """Return a function to call with a name, the number of bytes done, and the total."""
    with _meter(show=show) as meter:
        yield partial(meter, unit=2**20, unit_name="MiB")


@contextmanager
def count_progress(*, show: bool = True, what: str = "pages") -> Iterator[Report]:
    """Return the same for numbers of items."""
    with _meter(show=show) as meter:
        yield partial(meter, unit=1, unit_name=what)


@contextmanager
def bytes_then_count_progress(*, show: bool = True, what: str = "pages") -> Iterator[tuple[Report, Report]]:
    """Return both, for work that reads files first and then their pages; a terminal shows one bar at a time."""
    with _meter(show=show) as meter:
        yield partial(meter, unit=2**20, unit_name="MiB"), partial(meter, unit=1, unit_name=what)


@contextmanager
def _meter(*, show: bool) -> Iterator[_Meter]:
    if not show:
        yield _nothing
        return
    screen = console(err=True)
    if not screen.is_terminal:
        yield _Lines(screen)
        return
    from talkscraper.terminal.progress_bar import ProgressBar

    with closing(ProgressBar(screen)) as bar:

        def report(name: str, done: int, total: int, *, unit: int, unit_name: str) -> None:
            bar.update(printable(name), done, total, _amount(done, total, unit, unit_name))

        yield report


def _amount(done: int, total: int, unit: int, unit_name: str) -> str:
    return f"{done / unit:,.0f} of {total / unit:,.0f} {unit_name}"


def _nothing(name: str, done: int, total: int, *, unit: int, unit_name: str) -> None:
    """Show nothing."""


class _Lines:
    """Prints a line to stderr every half minute."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._last = time.monotonic()

    def __call__(self, name: str, done: int, total: int, *, unit: int, unit_name: str) -> None:
        if time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            self._screen.print(f"{printable(name)}: {_amount(done, total, unit, unit_name)}")
