"""Questions to an archive's database, and changes behind its back."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path
from typing import Any


def rows(root: Path, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a query over the archive at ``root``."""
    with contextlib.closing(sqlite3.connect(root / "talkscraper.db", timeout=30)) as connection:
        return connection.execute(query, values).fetchall()


def mappings(root: Path, query: str, *values: Any) -> list[sqlite3.Row]:
    """All rows of a query, by column."""
    with contextlib.closing(sqlite3.connect(root / "talkscraper.db", timeout=30)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(query, values).fetchall()


def execute(root: Path, statement: str, *values: Any) -> int:
    """Change the database, foreign keys unchecked; how many rows it changed."""
    with contextlib.closing(sqlite3.connect(root / "talkscraper.db", timeout=30)) as connection:
        connection.execute("pragma foreign_keys = off")
        with connection:
            return connection.execute(statement, values).rowcount
