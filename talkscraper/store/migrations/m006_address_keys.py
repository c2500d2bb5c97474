"""Keys that addresses of one article share, so that a variant finds its article; and a source's further hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.migrations.changes import run

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    run(
        db,
        """
create table address_keys (
    key text not null,
    url text not null,
    article_id text not null references articles(id) on delete cascade,
    primary key (key, url)
) strict, without rowid;
create index address_keys_article on address_keys(article_id);
alter table sources add column hosts text not null default '[]'
""",
    )
