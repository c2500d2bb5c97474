"""Rows of ``sources``: newsrooms in sources.toml, and names for captures of no source."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

_WRITE = """
insert into sources (id, name, homepage, language, timezone, hosts) values (?, ?, ?, ?, ?, ?)
on conflict (id) do update set name = excluded.name, homepage = excluded.homepage, language = excluded.language,
timezone = excluded.timezone, hosts = excluded.hosts
where (name, homepage, language, timezone, hosts)
is not (excluded.name, excluded.homepage, excluded.language, excluded.timezone, excluded.hosts)
"""


def write_source(db: Database, source: Source) -> None:
    """Insert the row of a source in sources.toml, or update it where it differs."""
    hosts = json.dumps(source.hosts)
    db.execute(_WRITE, [source.id, source.name, source.homepage, source.language, source.timezone, hosts])


def write_named(db: Database, source_id: str, homepage: str = "") -> None:
    """Insert the row of a source that sources.toml lacks; an existing row stays as it is."""
    db.execute(
        "insert into sources (id, name, homepage) values (?, ?, ?) on conflict (id) do nothing",
        [source_id, source_id, homepage],
    )
