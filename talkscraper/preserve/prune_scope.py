"""Scope of ``prune``: which captures go by the retention of their sources, and why all others stay.

Rows of the temporary table ``going`` are the captures to remove. Never among them is

- a record that a reference can name: a response of an article's page, or the first capture that shows a revision,
- a record that holds a rights signal,
- the newest capture of an address, unless it is a requisite,
- a response to which a kept revisit refers,
- anything in a file that was imported, lies outside the archive, or isn't finished.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.sources.seed_kinds import HOMEPAGE, seed_kinds
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.sources.retention import Retention

_NAMED = (
    "(c.article_id is not null and c.record_type <> 'revisit')"
    " or exists (select 1 from articles where capture_id = c.id)"
    " or exists (select 1 from revisions where capture_id = c.id)"
    " or exists (select 1 from signals where capture_id = c.id)"
)
_OURS = "w.origin = 'crawl' and w.path is null and w.closed_at is not null and c.lost_at is null"
_MAY_GO = f"c.captured_at is not null and {_OURS} and not ({_NAMED})"

_REQUISITES = f"""
insert or ignore into going (seq, id, warc_file, rule)
select c.seq, c.id, c.warc_file, 'requisites' from captures c join warc_files w on w.name = c.warc_file
where c.source_id = :source and c.captured_at < :before and c.page_capture_id is not null and {_MAY_GO}
and not exists (
    select 1 from requisites r join captures p on p.id = r.page_capture_id where r.capture_id = c.id
    and (p.captured_at >= :before or exists (
        select 1 from captures v where v.url = p.url and v.captured_at >= :before and v.record_type = 'revisit'
        and v.payload_digest = p.payload_digest)))
"""
"""Of pages that are all older, and weren't found unchanged since."""

_LOOKS = """
select seq, lag(payload_digest) over looks as before, lead(seq) over looks as later from captures
where source_id = :source and page_capture_id is null and method = 'GET' and captured_at is not null
window looks as (partition by url order by captured_at, seq)
"""
_UNCHANGED = f"""
insert or ignore into going (seq, id, warc_file, rule)
select c.seq, c.id, c.warc_file, 'unchanged' from ({_LOOKS}) l join captures c on c.seq = l.seq
join warc_files w on w.name = c.warc_file
where c.captured_at < :before and l.before = c.payload_digest and l.later is not null and {_MAY_GO}
"""
"""Those that show the same bytes as the capture before, so that without them the same is known of every change."""

_LISTINGS = f"""
insert or ignore into going (seq, id, warc_file, rule)
select c.seq, c.id, c.warc_file, 'listings' from ({_LOOKS}) l join captures c on c.seq = l.seq
join warc_files w on w.name = c.warc_file
where c.captured_at < :before and l.later is not null and {_MAY_GO}
and c.asked_as in (select value from json_each(:kinds))
"""

_NEEDED = """
delete from going where seq in (
    select g.seq from going g join captures c on c.seq = g.seq where c.record_type <> 'revisit' and (
        c.payload_digest is null or exists (
            select 1 from captures v where v.payload_digest = c.payload_digest and v.record_type = 'revisit'
            and v.seq not in (select seq from going)
            and (v.refers_to = c.id or not exists (select 1 from captures o where o.id = v.refers_to)))))
"""
"""Responses to which kept revisits refer."""


def choose(db: Database, retentions: Mapping[str, Retention], now: datetime) -> None:
    """Fill the temporary table ``going`` with the captures of these sources that go."""
    import json

    db.execute("drop table if exists temp.going")
    db.execute(
        "create temp table going (seq integer primary key, id text not null, warc_file text not null,"
        " rule text not null)"
    )
    kinds = json.dumps([name for name in seed_kinds() if name != HOMEPAGE])
    for source_id, retention in retentions.items():
        values = {"source": source_id, "kinds": kinds}
        for query, age in (
            (_REQUISITES, retention.requisites),
            (_UNCHANGED, retention.unchanged),
            (_LISTINGS, retention.listings),
        ):
            if age is not None:
                db.execute(query, {**values, "before": iso(now - age)})
    db.execute("create index temp.going_file on going(warc_file)")
    db.execute(_NEEDED)
