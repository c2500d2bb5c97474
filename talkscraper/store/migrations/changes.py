"""Changes of tables that several steps make."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from talkscraper.fields import FIELD

if TYPE_CHECKING:
    from sqlite_utils import Database


def add_column(db: Database, name: str) -> None:
    """Add a column to ``articles`` as ``fields`` declares it, with the index that a filter by number needs."""
    db.execute(f"alter table articles add column {FIELD[name].declaration}")
    if any(each.how == "number" for each in FIELD[name].filters):
        add_number_index(db, name)


def add_number_index(db: Database, name: str) -> None:
    """Add the index by which articles are filtered by a number without reading their texts."""
    db.execute(f"create index articles_{name} on articles(seq, {name})")


def run(db: Database, script: str) -> None:
    """Execute statements, each of which ends with a semicolon at the end of a line, in the step's transaction."""
    # executescript() would commit the migration's transaction, so statements are run one at a time
    for statement in script.split(";\n"):
        if statement.strip():
            db.execute(statement)


def may_be_null(db: Database, table: str, column: str) -> None:
    """Remove NOT NULL from a column."""
    redeclare(db, table, f"{column} text not null", f"{column} text")


def redeclare(db: Database, table: str, declared: str, wanted: str) -> None:
    """Declare a column with fewer constraints: at once if SQLite allows it (no stored byte changes); else by a copy.

    Both ways are part of the migration's transaction: one that is interrupted has changed nothing.
    https://www.sqlite.org/lang_altertable.html#otheralter
    """
    (version,) = db.execute("pragma schema_version").fetchone()
    db.execute("pragma writable_schema = on")
    try:
        db.execute(
            "update sqlite_master set sql = replace(sql, ?, ?) where type = 'table' and name = ?",
            [declared, wanted, table],
        )
    except sqlite3.DatabaseError:
        # a build with a protected schema, as on macOS
        db.execute("pragma writable_schema = off")
        _copy_table(db, table, declared, wanted)
    else:
        db.execute(f"pragma schema_version = {version + 1}")
        db.execute("pragma writable_schema = off")


def _copy_table(db: Database, table: str, declared: str, wanted: str) -> None:
    (made,) = db.execute("select sql from sqlite_master where type = 'table' and name = ?", [table]).fetchone()
    beside = db.execute(
        "select sql from sqlite_master where type in ('index', 'trigger') and tbl_name = ? and sql is not null", [table]
    ).fetchall()
    body = made[made.index("(") :].replace(declared, wanted)
    db.execute(f"create table {table}_new {body}")
    db.execute(f"insert into {table}_new select * from {table}")
    # views that name the table mustn't be checked while it is away
    (legacy,) = db.execute("pragma legacy_alter_table").fetchone()
    db.execute("pragma legacy_alter_table = on")
    db.execute(f"drop table {table}")
    db.execute(f"alter table {table}_new rename to {table}")
    db.execute(f"pragma legacy_alter_table = {legacy}")
    for (each,) in beside:
        db.execute(each)
