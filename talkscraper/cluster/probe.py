"""Whether the workers of a cluster can do our work: the same versions, and the same folders.

Asked by expressions of the standard library, which workers without talkscraper can evaluate too.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from talkscraper.errors import ClusterError
from talkscraper.extras import install_extra

_COMPARED = ("dask", "distributed", "trafilatura", "htmldate", "lxml", "dateparser", "charset-normalizer")
"""Packages whose version decides on results, or on whether workers understand us."""
_OWN = "talkscraper"
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


def check_workers(ask: Ask, folders: Sequence[Path]) -> None:
    """Compare all workers with this process.

    Raises:
        ClusterError: one of them can't be used; the message says why, and what to do.
    """
    from talkscraper.version import __version__

    with _marks(folders) as marks:
        answers = ask(_EXPRESSION.replace("MARKS", repr([str(mark) for mark in marks])))
    here = {name: _installed(name) for name in _COMPARED}
    python = ".".join(map(str, sys.version_info[:2]))
    for address, found in sorted(answers.items()):
        who = f"the worker {address} on {found['host']}"
        if found["talkscraper"] is None:
            raise ClusterError(f"{who} has no talkscraper: run {install_extra('cluster')} there")
        if found["talkscraper"] != __version__:
            raise ClusterError(
                f"{who} has talkscraper {found['talkscraper']}, not {__version__}: install the same version there"
            )
        if found["python"] != python:
            raise ClusterError(f"{who} runs Python {found['python']}, not {python}: start it with the same version")
        for name, wanted in here.items():
            there = found["versions"].get(name)
            if there != wanted:
                raise ClusterError(
                    f"{who} has {name} {there or 'not installed'}, not {wanted}: install the same versions there"
                )
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
