"""What is told of a table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TableMeaning:
    """The meaning of a table's rows and of its columns, in the order of the database."""

    row: str
    columns: dict[str, str]
