"""Adding what feeds, sitemaps and listings name: idempotent, so that every run may name everything again."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from talkscraper.frontier.model import PRIORITIES, Discovered, UrlKind
from talkscraper.store.database import iso
from talkscraper.urls import urlkey
from talkscraper.web_address import is_address

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


CAPS = {UrlKind.SITEMAP: 2000, UrlKind.FEED: 50, UrlKind.LISTING: 200, UrlKind.HOMEPAGE: 1}
"""A source has no more seeds of a kind than these, however many its pages name."""


def note_links(
    db: Database, source_id: str, links: Iterable[Link], *, via: str, now: datetime, since: datetime | None = None
) -> Discovered:
    """Put what ``via`` names into the frontier; known addresses only learn that they are still named.

    ``since`` is when ``via`` was last looked at: what became known after that is news of it too, though a front page
    may have named it a moment earlier. Otherwise the second of two seeds would never have news, and fall asleep.

    An article that had been given up, or was gone, is due again when something names it anew after a day or more:
    sites republish, and a fault of ours isn't for ever.
    """
    named = new = fresh = refused = 0
    looked = iso(since) if since is not None else ""
    today, moment = now.date().isoformat(), iso(now)
    seen: set[str] = set()
    room = _room(db, source_id)
    for link in links:
        if link.url in seen:
            continue
        seen.add(link.url)
        named += 1
        if not is_address(link.url):
            refused += 1
            continue
        kind = UrlKind(link.kind)
        known = db.execute(
            "select id, source_id, state, next_due, discovered_at from urls where url = ?", [link.url]
        ).fetchone()
        if known is None and kind in room:
            if room[kind] <= 0:
                refused += 1
                continue
            room[kind] -= 1
        declared = link.declared_at if link.declared_at is not None and link.declared_at <= now else None
        db.execute(
            _NOTE,
            {
                "url": link.url,
                "urlkey": urlkey(link.url),
                "source_id": source_id,
                "kind": str(kind),
                "now": moment,
                "priority": PRIORITIES[kind],
                "via": via,
                "declared_at": iso(declared) if declared else None,
            },
        )
        fresh += known is None or known[4] > looked
        if known is None:
            new += 1
        elif known[3] is None and known[2] in ("failed", "gone"):
            _revive(db, known[0], now)
        if kind is UrlKind.ARTICLE and (known is None or known[1] == source_id):
            db.execute(
                "insert or ignore into mentions (source_id, day, url, via, first_seen_at) "
                "select ?, ?, ?, ?, ? where not exists (select 1 from mentions where source_id = ? and url = ?)",
                [source_id, today, link.url, via, moment, source_id, link.url],
            )
    return Discovered(named=named, new=new, fresh=fresh, refused=refused)


def _revive(db: Database, url_id: int, now: datetime) -> None:
    db.execute(
        "update urls set state = 'due', next_due = ?, failures = 0 where id = ?"
        " and julianday(?) - julianday(coalesce(last_fetched_at, discovered_at)) >= 1",
        [iso(now), url_id, iso(now)],
    )


def _room(db: Database, source_id: str) -> dict[UrlKind, int]:
    counts = dict(
        db.execute(
            "select kind, count(*) from urls where source_id = ? and kind <> 'article' group by kind", [source_id]
        ).fetchall()
    )
    return {kind: cap - counts.get(str(kind), 0) for kind, cap in CAPS.items()}
