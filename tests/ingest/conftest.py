"""Crawls of a small newspaper on loopback, and the rows that an archive derives from its captures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import cli, pages
from tests.support.crawls import CrawlArchive
from tests.support.derived_rows import TABLES, derived_rows
from tests.support.servers import SiteServer

_SIGNALS = {"signals": "select * from signals order by url, signal, value"}


def rows_of(root: Path, *, without: frozenset[str] = frozenset()) -> dict[str, list[dict[str, Any]]]:
    """Return the rows derived from captures, by table; without the columns of this name."""
    found = derived_rows(root, {**TABLES, **_SIGNALS}, without=without)
    for row in found.get("signals", ()):
        row.pop("id", None)  # in the order in which they were written
    return found


def crawl_at(root: Path, moment: str) -> None:
    """Crawl everything due by a clock that stands at ``moment``."""
    done = CrawlArchive(root).crawl_at(moment)
    assert done.code in (0, 3), done.stderr  # 3: one of its pages has failed


def command(root: Path, *arguments: object) -> str:
    """Run a command of talkscraper on an archive; return what it printed."""
    done = cli.run(root, *map(str, arguments))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Newspapers on loopback and their pages, commands, and the rows of an archive."""
    return SimpleNamespace(
        Site=SiteServer, article=pages.article, listing=pages.listing, paragraphs=pages.PARAGRAPHS,
        rows_of=rows_of, crawl_at=crawl_at, command=command,
    )  # fmt: skip


@pytest.fixture(scope="session")
def differences() -> Callable[..., list[tuple[Any, ...]]]:
    """Compares two results of ``rows_of``; the returned list names table, column and both values."""

    def compare(before: dict[str, list[dict[str, Any]]], after: dict[str, list[dict[str, Any]]]) -> list[Any]:
        found: list[tuple[Any, ...]] = []
        for table, rows in before.items():
            others = after[table]
            if len(rows) != len(others):
                found.append((table, len(rows), len(others), rows, others))
                continue
            found += [
                (table, key, row[key], other[key])
                for row, other in zip(rows, others, strict=True)
                for key in row
                if row[key] != other[key]
            ]
        return found

    return compare
