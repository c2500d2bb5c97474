"""Progress of work over files: a bar on a terminal, otherwise a line at intervals (cron)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from typing import Protocol

from talkscraper.cli.options import console, printable

EVERY_S = 30.0
"""Interval of the lines in seconds."""

Report = Callable[[str, int, int], None]
"""Called with a name, the amount done, and the total."""


class _Screen(Protocol):
    def __call__(self, name: str, done: int, total: int, *, unit: int, unit_name: str) -> None: ...


@contextmanager
def bytes_progress(*, show: bool = True) -> Iterator[Report]:
    """Return a function to call with a name, the number of bytes done, and the total."""
    with _screen(show=show) as screen:
        yield partial(screen, unit=2**20, unit_name="MiB")


@contextmanager
def count_progress(*, show: bool = True, what: str = "pages") -> Iterator[Report]:
    """Return the same for numbers of items."""
    with _screen(show=show) as screen:
        yield partial(screen, unit=1, unit_name=what)


@contextmanager
def bytes_then_count_progress(*, show: bool = True, what: str = "pages") -> Iterator[tuple[Report, Report]]:
    """Return both, for work that reads files first and then their pages; a terminal shows one bar at a time."""
    with _screen(show=show) as screen:
        yield partial(screen, unit=2**20, unit_name="MiB"), partial(screen, unit=1, unit_name=what)


@contextmanager
def _screen(*, show: bool) -> Iterator[_Screen]:
    if not show:
        yield _nothing
        return
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from talkscraper.terminal.progress_bar import ProgressBar

    with closing(ProgressBar(console(err=True))) as bar:

        def report(name: str, done: int, total: int, *, unit: int, unit_name: str) -> None:
            bar.update(printable(name), done, total, _amount(done, total, unit, unit_name))

        yield report


def _amount(done: int, total: int, unit: int, unit_name: str) -> str:
    return f"{done / unit:,.0f} of {total / unit:,.0f} {unit_name}"


def _nothing(name: str, done: int, total: int, *, unit: int, unit_name: str) -> None:
    """Show nothing."""


class _Lines:
    """Prints a line to stderr every half minute."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def __call__(self, name: str, done: int, total: int, *, unit: int, unit_name: str) -> None:
        if time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            console(err=True).print(f"{printable(name)}: {_amount(done, total, unit, unit_name)}")
