"""Whether the workers of a cluster can do our work: the same versions, and the same folders.

Asked by expressions of the standard library, which workers without talkscraper can evaluate too. A worker that comes
later compares itself, by the versions that are sent with each unit.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from talkscraper.errors import ClusterError
from talkscraper.extras import install_extra

_COMPARED = ("dask", "distributed", "trafilatura", "htmldate", "lxml", "dateparser", "charset-normalizer")
"""Packages whose version decides on results, or on whether workers understand us."""
_EVERY_VERSION = (
    "(lambda m, names: {n: next((d.version for d in m.distributions(name=n)), None) for n in names})"
    f"(__import__('importlib.metadata', fromlist=['_']), {_COMPARED!r})"
)
_OWN_VERSION = (
    "(lambda u: u.find_spec('talkscraper') and"
    " __import__('talkscraper.version', fromlist=['_']).__version__)(__import__('importlib.util', fromlist=['_']))"
)
_EXPRESSION = (
    "{'python': '.'.join(map(str, __import__('sys').version_info[:2])),"
    f" 'talkscraper': {_OWN_VERSION}, 'versions': {_EVERY_VERSION},"
    " 'seen': [__import__('os').path.exists(p) for p in MARKS],"
    " 'host': __import__('socket').gethostname()}"
)
_MARK = ".seen-by-workers-"

Ask = Callable[[str], dict[str, dict[str, Any]]]
"""Evaluates an expression on every worker; returns the values by the workers' addresses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """What a process runs: two with the same versions extract the same from the same page."""

    python: str
    talkscraper: str | None
    packages: tuple[tuple[str, str | None], ...]
    """Versions of ``_COMPARED``."""

    def fault(self, here: Versions) -> str | None:
        """Return in which way a worker that has these can't help a command that has ``here``; None if it can."""
        if self.talkscraper is None:
            return f"has no talkscraper: run {install_extra('cluster')} there"
        if self.talkscraper != here.talkscraper:
            return f"has talkscraper {self.talkscraper}, not {here.talkscraper}: install the same version there"
        if self.python != here.python:
            return f"runs Python {self.python}, not {here.python}: start it with the same version"
        there = dict(self.packages)
        for name, wanted in here.packages:
            if there.get(name) != wanted:
                found = there.get(name) or "not installed"
                return f"has {name} {found}, not {wanted}: install the same versions there"
        return None


@cache
def versions() -> Versions:
    """Return the versions of this process."""
    from talkscraper.version import __version__

    return Versions(
        python=".".join(map(str, sys.version_info[:2])),
        talkscraper=__version__,
        packages=tuple((name, _installed(name)) for name in _COMPARED),
    )


def check_workers(ask: Ask, folders: Sequence[Path]) -> None:
    """Compare all workers with this process.

    Raises:
        ClusterError: one of them can't be used; the message says why, and what to do.
    """
    with _marks(folders) as marks:
        answers = ask(_EXPRESSION.replace("MARKS", repr([str(mark) for mark in marks])))
    for address, found in sorted(answers.items()):
        who = f"the worker {address} on {found['host']}"
        there = Versions(
            python=found["python"], talkscraper=found["talkscraper"], packages=tuple(found["versions"].items())
        )
        fault = there.fault(versions())
        if fault is not None:
            raise ClusterError(f"{who} {fault}")
        for folder, seen in zip(folders, found["seen"], strict=True):
            if not seen:
                where = folder.absolute()
                raise ClusterError(f"{who} doesn't see {where}: share the folder, and mount it there at this path")


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


@contextmanager
def _marks(folders: Sequence[Path]) -> Iterator[list[Path]]:
    """Make a file in each folder while the context is active; in one that can't be written, the folder counts."""
    marks: list[Path] = []
    try:
        for folder in folders:
            mark = folder.absolute() / f"{_MARK}{secrets.token_hex(8)}"
            try:
                mark.touch()
            except OSError:
                mark = folder.absolute()
            marks.append(mark)
        yield marks
    finally:
        for mark in marks:
            if mark.name.startswith(_MARK):
                with suppress(OSError):
                    mark.unlink()
