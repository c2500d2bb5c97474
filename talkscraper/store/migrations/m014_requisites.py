"""Requisites of pages: a style sheet that was captured once belongs to every page that names it.

The triggers follow ``captures.page_capture_id`` through every insert, update and delete.
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
create table requisites (
    page_capture_id text not null,
    capture_id text not null,
    primary key (page_capture_id, capture_id)
) strict, without rowid;
insert or ignore into requisites (page_capture_id, capture_id)
    select page_capture_id, id from captures where page_capture_id is not null;
create index requisites_capture on requisites(capture_id);
create trigger requisites_added after insert on captures when new.page_capture_id is not null begin
    insert or ignore into requisites (page_capture_id, capture_id) values (new.page_capture_id, new.id); end;
create trigger requisites_corrected after update of page_capture_id on captures
    when new.page_capture_id is not old.page_capture_id begin
    delete from requisites where page_capture_id = old.page_capture_id and capture_id = old.id; insert or ignore
    into requisites (page_capture_id, capture_id) select new.page_capture_id, new.id
    where new.page_capture_id is not null; end;
create trigger requisites_removed after delete on captures begin
    delete from requisites where page_capture_id = old.id; delete from requisites where capture_id = old.id; end
""",
    )
