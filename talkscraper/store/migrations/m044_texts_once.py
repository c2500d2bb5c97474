"""A text is stored once: a revision's title, byline and text are those of its article's row where they are the same.

``revisions`` becomes a view over ``revision_rows``, where a ``text`` that is NULL says so. Triggers keep what a reader
of the view sees, whoever writes to ``articles`` or to the view. The texts that are stored twice are removed by the pass
of ``store.space_pass``, because they are half of the file: one transaction would write all of it into the log.

The full-text index is built again, in one transaction as in ``m037_folded_index``. Its first column is the text,
because FTS5 writes two bytes less for each word of the first one; and it has no index of beginnings of three letters,
which was a third of it and shortened the search for exactly these (``har*``, and not ``harb*``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.store.index_build import build_index
from talkscraper.store.migrations.changes import redeclare, run

if TYPE_CHECKING:
    from sqlite_utils import Database

SHARED = ("title", "authors", "text", "text_digest", "word_count")
"""The columns that a revision may share with its article."""
OWN = (
    "article_id", "number", "capture_id", "captured_at", "published_at", "modified_at", "change", "extractor",
    "content_digest", "published_precision", "kinds",
)  # fmt: skip


def apply(db: Database) -> None:
    """Apply the step."""
    _share_texts(db)
    _shorten_indexes(db)
    _index_again(db)


def _share_texts(db: Database) -> None:
    db.execute("alter table revisions rename to revision_rows")
    redeclare(db, "revision_rows", "text text not null", "text text")
    redeclare(db, "revision_rows", "text_digest text not null", "text_digest text")
    redeclare(db, "revision_rows", "word_count integer not null", "word_count integer")
    redeclare(db, "revision_rows", "authors text not null default '[]'", "authors text")
    seen = {
        name: f"case when text is null then (select a.{name} from articles a where a.id = article_id)"
        f" else {name} end as {name}"
        for name in SHARED
    }
    columns = (
        "article_id", "number", "capture_id", "captured_at", "title", "authors", "published_at", "modified_at", "text",
        "text_digest", "word_count", "change", "extractor", "content_digest", "published_precision", "kinds",
    )  # fmt: skip
    db.execute(
        f"create view revisions as select {', '.join(seen.get(name, name) for name in columns)} from revision_rows"
    )
    same = " and ".join(f"a.{name} is new.{name}" for name in reversed(SHARED))
    shared = f"exists (select 1 from articles a where a.id = new.article_id and {same})"
    given = {"authors": "coalesce(new.authors, '[]')", "kinds": "coalesce(new.kinds, '[]')"}
    values = {name: given.get(name, f"new.{name}") for name in OWN}
    values |= {name: f"case when not shared then {given.get(name, f'new.{name}')} end" for name in SHARED}
    refuse = "select raise(abort, 'NOT NULL constraint failed: revisions.text') where new.text is null"
    differs = " or ".join(f"old.{name} is not new.{name}" for name in SHARED)
    forget = ", ".join(f"{name} = null" for name in SHARED)
    keep = ", ".join(f"{name} = old.{name}" for name in SHARED)
    equal = " and ".join(f"{name} is new.{name}" for name in reversed(SHARED))
    run(
        db,
        f"""
create trigger revisions_added instead of insert on revisions begin
 {refuse}; insert into revision_rows ({", ".join(values)}) select {", ".join(values.values())}
 from (select {shared} as shared); end;
create trigger revisions_changed instead of update on revisions begin
 {refuse}; update revision_rows set
 {", ".join(f"{name} = {value}" for name, value in values.items())}
 from (select {shared} as shared) where article_id = old.article_id and number = old.number; end;
create trigger revisions_removed instead of delete on revisions begin
 delete from revision_rows where article_id = old.article_id and number = old.number; end;
create trigger articles_before before update of {", ".join(SHARED)} on articles when {differs} begin
 update revision_rows set {keep} where article_id = old.id and text is null; end;
create trigger articles_after after update of {", ".join(SHARED)} on articles when {differs} begin
 update revision_rows set {forget} where article_id = new.id and {equal}; end;
create trigger articles_removed before delete on articles begin
 update revision_rows set {keep} where article_id = old.id and text is null; end
""",
    )
    run(
        db,
        """
create table space_pass (after_seq integer not null) strict;
insert into space_pass select seq - 1 from articles order by seq limit 1
""",
    )


def _shorten_indexes(db: Database) -> None:
    db.execute("drop index articles_digest")
    db.execute("create index articles_digest on articles(substr(text_digest, 8, 12))")


def _index_again(db: Database) -> None:
    db.execute("drop table articles_words")
    db.execute("drop table articles_fts")
    db.execute(
        """
create virtual table articles_fts using fts5 (
    text, title, authors, marks,
    content="articles", content_rowid="seq",
    tokenize="unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'"
)"""
    )
    db.execute("create virtual table articles_words using fts5vocab('articles_fts', 'row')")
    build_index(db, "a smaller full-text index")
