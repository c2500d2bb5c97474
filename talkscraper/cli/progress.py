"""Progress of work over files: a bar on a terminal, a line now and then where there is none (cron)."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from talkscraper.cli.options import console, printable

EVERY_S = 30.0
"""Without a terminal, one line so often."""


@contextmanager
def bytes_progress(*, show: bool = True) -> Iterator[Callable[[str, int, int], None]]:
    """A function to call with a name, how much of it is done, and how much there is, in bytes."""
    with _progress(show=show, unit=2**20, unit_name="MiB") as tell:
        yield tell


@contextmanager
def count_progress(*, show: bool = True, what: str = "pages") -> Iterator[Callable[[str, int, int], None]]:
    """The same for things that are counted."""
    with _progress(show=show, unit=1, unit_name=what) as tell:
        yield tell


@contextmanager
def _progress(*, show: bool, unit: int, unit_name: str) -> Iterator[Callable[[str, int, int], None]]:
    if not show:
        yield lambda _name, _done, _total: None
        return
    if not sys.stderr.isatty():
        yield _Lines(unit, unit_name)
        return
    from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(), console=console(err=True), transient=True,
    )  # fmt: skip
    tasks: dict[str, TaskID] = {}
    with bar:

        def tell(name: str, done: int, total: int) -> None:
            if name not in tasks:
                for known in tasks.values():
                    bar.update(known, visible=False)
                tasks[name] = bar.add_task(printable(name), total=total, told="")
            told = f"{done / unit:,.0f} of {total / unit:,.0f} {unit_name}"
            bar.update(tasks[name], completed=done, total=total, told=told)

        yield tell


class _Lines:
    """One line on stderr when half a minute has gone by."""

    def __init__(self, unit: int, unit_name: str) -> None:
        self._unit = unit
        self._unit_name = unit_name
        self._last = time.monotonic()

    def __call__(self, name: str, done: int, total: int) -> None:
        if time.monotonic() - self._last >= EVERY_S:
            self._last = time.monotonic()
            told = f"{done / self._unit:,.0f} of {total / self._unit:,.0f} {self._unit_name}"
            console(err=True).print(f"{printable(name)}: {told}", markup=False)
