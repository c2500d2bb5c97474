"""Rows of ``sources``: newsrooms in sources.toml, and names for captures of no source."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.store.bitmaps import validity
from talkscraper.store.database import open_reader

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.model import Source

_WRITE = """
insert into sources (id, name, homepage, language, timezone, hosts, hours) values (?, ?, ?, ?, ?, ?, ?)
on conflict (id) do update set name = excluded.name, homepage = excluded.homepage, language = excluded.language,
timezone = excluded.timezone, hosts = excluded.hosts, hours = excluded.hours
where (name, homepage, language, timezone, hosts, hours)
is not (excluded.name, excluded.homepage, excluded.language, excluded.timezone, excluded.hosts,
       excluded.hours)
"""


def write_source(db: Database, source: Source) -> None:
    """Insert the row of a source in sources.toml, or update it where it differs."""
    hosts = json.dumps(source.hosts)
    db.execute(_WRITE, [source.id, source.name, source.homepage, source.language, source.timezone, hosts, source.hours])


def write_named(db: Database, source_id: str, homepage: str = "") -> None:
    """Insert the row of a source that sources.toml lacks; an existing row stays as it is."""
    db.execute(
        "insert into sources (id, name, homepage) values (?, ?, ?) on conflict (id) do nothing",
        [source_id, source_id, homepage],
    )


def removed_ids(database: Path) -> frozenset[str]:
    """Return the ids of the sources that were removed from sources.toml; none without a database."""
    if not database.is_file():
        return frozenset()
    with closing(open_reader(database)) as connection:
        return frozenset(row[0] for row in connection.execute("select id from sources where removed_at is not null"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Renamed:
    """A source whose rows go on under another id."""

    former_id: str
    source_id: str
    articles: int
    captures: int
    urls: int

    def note(self) -> str:
        """Return what happened, in one line."""
        return (
            f"source {self.former_id} is {self.source_id} now: its {self.articles} articles, {self.captures} captures"
            f" and {self.urls} addresses go on under the new id"
        )


def tables_of_sources(db: Database) -> list[str]:
    """Return the tables with a column ``source_id``."""
    return [
        str(row[0])
        for row in db.execute(
            "select m.name from sqlite_master m join pragma_table_info(m.name) p on p.name = 'source_id'"
            " where m.type = 'table' order by m.name"
        ).fetchall()
    ]


def rows_of_source(db: Database, source_id: str) -> Renamed:
    """Return the numbers of a source's rows, as they would go over to another id."""
    counts = {
        table: db.execute(f"select count(*) from {table} where source_id = ?", [source_id]).fetchone()[0]
        for table in ("articles", "captures", "urls")
    }
    return Renamed(former_id=source_id, source_id=source_id, **counts)


def mark_source(db: Database, source_id: str, settings: str, removed_at: str | None = None) -> None:
    """Note at once, before a run does, that a source was removed, disabled or enabled (``frontier.seeds``)."""
    db.execute("update sources set settings = ?, removed_at = ? where id = ?", [settings, removed_at, source_id])


def rename_source(db: Database, former_id: str, source: Source) -> Renamed | None:
    """Transfer every row of a former id to a source; None if there are none, as after the first time.

    Records in WARC files keep the id under which they were written.
    """
    if not db.execute("select 1 from sources where id = ?", [former_id]).fetchone():
        return None
    write_source(db, source)
    db.execute(
        "update sources set (last_crawled_at, settings) = (select last_crawled_at, settings from sources where id = ?)"
        " where id = ? and settings is null",
        [former_id, source.id],
    )
    validity.forget_source(db, former_id)
    # tables in which a source has one row a day: two rows become their sum
    db.execute(
        "insert into article_days (source_id, day, articles, truncated)"
        " select ?, day, articles, truncated from article_days where source_id = ?"
        " on conflict (source_id, day) do update"
        " set articles = articles + excluded.articles, truncated = truncated + excluded.truncated",
        [source.id, former_id],
    )
    db.execute(
        "insert into intake (source_id, day, taken, taken_bytes, left_out, dropped, why)"
        " select ?, day, taken, taken_bytes, left_out, dropped, why from intake where source_id = ?"
        " on conflict (source_id, day) do update set taken = taken + excluded.taken,"
        " taken_bytes = taken_bytes + excluded.taken_bytes, left_out = left_out + excluded.left_out,"
        " dropped = dropped + excluded.dropped, why = coalesce(why, excluded.why)",
        [source.id, former_id],
    )
    db.execute("delete from article_days where source_id = ?", [former_id])
    db.execute("delete from intake where source_id = ?", [former_id])
    moved = {}
    for table in tables_of_sources(db):
        # where both have the one row that there can be (of a run), that of the new id stays
        moved[table] = db.execute(
            f"update or ignore {table} set source_id = ? where source_id = ?", [source.id, former_id]
        ).rowcount
        db.execute(f"delete from {table} where source_id = ?", [former_id])
    db.execute("delete from sources where id = ?", [former_id])
    return Renamed(
        former_id=former_id,
        source_id=source.id,
        articles=moved["articles"],
        captures=moved["captures"],
        urls=moved["urls"],
    )
