"""Shards of crawls on a cluster: leases of groups of sources with fencing tokens, and receipts of what was merged."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    db.execute(
        "create table shards (token integer primary key autoincrement, run_id integer not null references runs(id),"
        " name text not null, sources text not null, hosts text not null, owner text, leased_at text not null,"
        " expires_at text not null, state text not null check (state in ('leased', 'merged', 'released')),"
        " entries integer not null default 0, ended_at text) strict"
    )
    db.execute("create index shards_leased on shards(token) where state = 'leased'")
