"""Addition of links from feeds, sitemaps and listings to the frontier: idempotent, so that every run may repeat it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.intake import RECENT, Intake
from talkscraper.frontier.model import Discovered
from talkscraper.frontier.seeds import NO_LONGER
from talkscraper.sources.model import DEFAULT_MAX_NEW
from talkscraper.sources.seed_kinds import ARTICLE, priority_of, seed_kinds
from talkscraper.store.database import iso
from talkscraper.urls.canonical import urlkey
from talkscraper.urls.validity import is_address

if TYPE_CHECKING:
    from sqlite_utils import Database

    from talkscraper.discovery.model import Link

_NOTE = """
insert into urls (url, urlkey, source_id, kind, state, next_due, priority, discovered_at, discovered_via,
                  last_listed_at, declared_at)
values (:url, :urlkey, :source_id, :kind, 'due', :now, :priority, :now, :via, :now, :declared_at)
on conflict (url) do update set
    last_listed_at = excluded.last_listed_at,
    declared_at = coalesce(urls.declared_at, excluded.declared_at)
"""


def note_links(
    db: Database,
    source_id: str,
    links: Iterable[Link],
    *,
    via: str,
    now: datetime,
    since: datetime | None = None,
    max_new: int = DEFAULT_MAX_NEW,
    lists_old: bool = False,
) -> Discovered:
    """Add the links that ``via`` names to the frontier; for known addresses only note that they are still named.

    ``since`` is when ``via`` was last fetched: an address that became known after that counts as new of ``via`` too,
    even
    if a homepage named it a moment earlier. Otherwise the second of two seeds would never have anything new, and its
    interval would grow.

    An article that had been given up or was gone is due again when a seed names it again after a day or more: sites
    republish, and a fault of this program isn't permanent. An address of a source that is no longer in sources.toml
    is transferred to this source.

    ``max_new`` addresses of articles may be added on a day (``frontier.intake``); ``lists_old``: ``via`` also lists old
    articles.

    Raises:
        ValueError: a link is of no known kind.
    """
    named = articles = new = fresh = refused = 0
    looked = iso(since) if since is not None else ""
    moment = iso(now)
    seen: set[str] = set()
    room = _room(db, source_id)
    intake = Intake(source_id, now, max_new)
    removed = {row[0] for row in db.execute("select id from sources where removed_at is not null").fetchall()}
    for link in links:
        if link.url in seen:
            continue
        seen.add(link.url)
        named += 1
        if not is_address(link.url):
            refused += 1
            continue
        priority = priority_of(link.kind)
        articles += link.kind == ARTICLE
        known = db.execute(
            "select id, source_id, state, next_due, discovered_at, reason from urls where url = ?", [link.url]
        ).fetchone()
        declared = link.declared_at if link.declared_at is not None and link.declared_at <= now else None
        if known is None:
            if link.kind == ARTICLE:
                last = declared or link.modified_at
                news = not lists_old or (last is not None and now - last <= RECENT)
                admitted = intake.admit(db, link.url, news=news)
            else:
                admitted = room[link.kind] > 0
                if admitted:
                    room[link.kind] -= 1
                else:
                    intake.left_out["seeds"] += 1
            if not admitted:
                refused += 1
                continue
        db.execute(
            _NOTE,
            {
                "url": link.url,
                "urlkey": urlkey(link.url),
                "source_id": source_id,
                "kind": link.kind,
                "now": moment,
                "priority": priority,
                "via": via,
                "declared_at": iso(declared) if declared else None,
            },
        )
        fresh += known is None or known[4] > looked
        if known is None:
            new += 1
        elif known[1] in removed:
            _take_over(db, known[0], source_id, via=via, now=now)
        elif known[2] == "refused" and known[5] == NO_LONGER:
            _take_over(db, known[0], known[1], via=via, now=now)
        elif known[3] is None and known[2] in ("failed", "gone"):
            _revive(db, known[0], now)
    intake.finish(db)
    return Discovered(
        named=named, articles=articles, new=new, fresh=fresh, refused=refused, left_out=dict(intake.left_out),
        dropped=intake.dropped,
    )  # fmt: skip


def _take_over(db: Database, url_id: int, source_id: str, *, via: str, now: datetime) -> None:
    """Transfer an address of a removed source to this one; a seed is due at once."""
    db.execute(
        "update urls set source_id = ?, discovered_via = ?, failures = 0,"
        " state = case when state = 'refused' then 'due' else state end,"
        " next_due = case when state = 'refused' then ? else next_due end"
        " where id = ? and coalesce(reason, '') <> 'takedown'",
        [source_id, via, iso(now), url_id],
    )
    db.execute(
        "update urls set state = 'due', next_due = ?, etag = null, last_modified = null, payload_digest = null"
        " where id = ? and kind <> 'article' and state <> 'leased' and coalesce(reason, '') <> 'takedown'",
        [iso(now), url_id],
    )


def _revive(db: Database, url_id: int, now: datetime) -> None:
    db.execute(
        "update urls set state = 'due', next_due = ?, failures = 0 where id = ?"
        " and julianday(?) - julianday(coalesce(last_fetched_at, discovered_at)) >= 1",
        [iso(now), url_id, iso(now)],
    )


def _room(db: Database, source_id: str) -> dict[str, int]:
    counts = dict(
        db.execute(
            "select kind, count(*) from urls where source_id = ? and kind <> 'article' group by kind", [source_id]
        ).fetchall()
    )
    return {name: kind.max_seeds - counts.get(name, 0) for name, kind in seed_kinds().items()}
