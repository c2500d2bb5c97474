"""What changed: all kinds of each revision, when articles were gone and back, and the words by which both are found.

Kinds of revisions that are known are completed by comparing them with the revision before; notices that an article is
gone are found among the captures of its addresses. The words of the filters come into the index with
``m037_folded_index``.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talkscraper.store import article_events
from talkscraper.store.content import Content
from talkscraper.store.database import select
from talkscraper.store.diff import kinds_of
from talkscraper.store.migrations.changes import add_column, add_number_index, run
from talkscraper.store.revisions import looks_of

if TYPE_CHECKING:
    from sqlite_utils import Database


def apply(db: Database) -> None:
    """Apply the step."""
    run(
        db,
        """
alter table revisions add column kinds text not null default '[]';
update revisions set kinds = json_array(change);
create index revisions_changes on revisions(captured_at, article_id, number, kinds) where number > 1;
create table article_events (
    article_id text not null references articles(id),
    at text not null,
    kind text not null,
    capture_id text not null,
    reason text,
    primary key (article_id, at, kind)
) strict;
create index article_events_at on article_events(at, article_id);
create index article_events_capture on article_events(capture_id);
alter table captures add column gone_article_id text;
create index captures_gone on captures(gone_article_id, captured_at) where gone_article_id is not null;
create table alert_states (
    alert text not null,
    target text not null,
    since text not null,
    told_at text,
    primary key (alert, target)
) strict, without rowid;
create table alert_articles (
    alert text not null,
    target text not null,
    article_id text not null,
    told_at text not null,
    primary key (alert, target, article_id)
) strict, without rowid;
create index articles_new on articles(indexed_at, seq) where hidden_at is null;
create index articles_seq_indexed on articles(seq, indexed_at);
update captures set gone_article_id = coalesce(
 (select id from articles where url = captures.url),
 (select article_id from aliases where url = captures.url))
 where status in (404, 410) and article_id is null and captured_at is not null;
""",
    )
    # those that a redirect to the homepage says to be gone, which needs its chain of redirects to be recognised again
    for row in list(
        select(
            db,
            "select id, gone_at, source_id from articles a where gone_at is not null"
            " and not exists (select 1 from captures where gone_article_id = a.id)",
        )
    ):
        db.execute(
            "update captures set gone_article_id = ?1 where id = (select id from captures where captured_at = ?2"
            " and article_id is null and source_id is ?3 and asked_as = 'article' order by id limit 1)",
            [row["id"], row["gone_at"], row["source_id"]],
        )
    add_column(db, "change_kinds")
    add_column(db, "revised_days")
    add_number_index(db, "revision_count")
    for row in list(select(db, "select id from articles where revision_count > 1")):
        _complete(db, row["id"])
    changed = list(
        select(
            db,
            "select id from articles where revision_count > 1 or gone_at is not null"
            " or id in (select gone_article_id from captures where gone_article_id is not null)",
        )
    )
    for row in changed:
        article_events.rewrite(db, row["id"], looks_of(db.conn, row["id"]))
        _summarise(db, row["id"])


def _complete(db: Database, article_id: str) -> None:
    """Write all kinds of an article's revisions."""
    before: Content | None = None
    for row in select(db, "select * from revisions where article_id = ? order by number", [article_id]):
        content = Content.of_row(row)
        if before is not None:
            kinds = kinds_of(before, content)
            db.execute(
                "update revisions set kinds = ?, change = ? where article_id = ? and number = ?",
                [json.dumps(kinds), kinds[0], article_id, row["number"]],
            )
        before = content


def _summarise(db: Database, article_id: str) -> None:
    values = article_events.summary(db, article_id)
    db.execute(
        "update articles set change_kinds = ?, revised_days = ? where id = ?",
        [values["change_kinds"], values["revised_days"], article_id],
    )
