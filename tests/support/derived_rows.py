"""The rows that an archive derives from its captures, to be compared with those of another archive or time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from tests.support import sql

TABLES = {
    "articles": "select * from articles order by id",
    "revisions": "select * from revisions order by article_id, number",
    "captures": "select * from captures order by id",
    "article_events": "select * from article_events order by article_id, at",
    "requisites": "select * from requisites order by page_capture_id, capture_id",
    "images": "select * from images order by article_id, position",
    "provenance": "select * from provenance order by article_id, field",
    "aliases": "select * from aliases order by url",
    "sources": "select id, name, homepage, language, timezone, hosts from sources order by id",
}
NOT_DERIVED = frozenset({"seq", "indexed_at", "cluster_why"})
"""When and in which order rows were written."""


def derived_rows(
    root: Path, tables: Mapping[str, str] = TABLES, *, without: Collection[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Return the rows of each table's query, without ``NOT_DERIVED`` and the tables and columns of these names."""
    return {
        table: [
            {key: value for key, value in dict(row).items() if key not in NOT_DERIVED and key not in without}
            for row in sql.mappings(root, query)
        ]
        for table, query in tables.items()
        if table not in without
    }
