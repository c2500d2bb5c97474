"""Sketches of texts, by which copies are found, instead of the bands of ``articles.simhash``, which missed many.

The clusters are made again by the pass of ``store.sketch_pass``: comparing all articles takes too long for one
transaction.
"""

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
drop index articles_near_1;
drop index articles_near_2;
drop index articles_near_3;
drop index articles_near_4;
create table sketches (
    number integer primary key,
    article_id text not null unique,
    keys blob not null
) strict;
create table sketch_keys (
    key integer not null,
    number integer not null,
    primary key (key, number)
) strict, without rowid;
create table sketch_pass (after_seq integer not null) strict;
insert into sketch_pass select seq - 1 from articles order by seq limit 1;
update articles set cluster_id = null, cluster_why = null where cluster_id is not null;
create index articles_copies on articles(seq, cluster_id) where cluster_id is not null;
create index articles_stories on articles(cluster_id, seq, source_id) where cluster_id is not null and hidden_at is null
""",
    )
