"""Limits on the addresses that a source may add to the frontier: per day, and waiting at one time.

A compressed sitemap of 300 kB can name fifty thousand addresses of two thousand characters. Addresses beyond the caps
aren't added, the day's row of ``intake`` gives the reason, and the document that named them is read again on the next
day. News may use the whole of a day's room, and displaces the oldest waiting address; old addresses from a sitemap may
use four fifths of it, and displace nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from talkscraper.sources.seed_kinds import plurals, seed_keys, seed_kinds
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from sqlite_utils import Database

MAX_NEW_BYTES = 8 * 2**20
"""Maximum number of characters of addresses that a source adds on a day: fifty thousand of 160 characters."""
MAX_WAITING = 100_000
"""Maximum number of never fetched addresses of a source; at two seconds each, more than two days of work."""
MAX_WAITING_BYTES = 24 * 2**20
"""Maximum number of characters of a source's never fetched addresses."""
FOR_OLD = 0.8
"""The fraction of a day's room open to addresses that aren't news."""
RECENT = timedelta(days=7)
"""Maximum age since publication or change of news from a sitemap; links of homepages, sections and feeds are all
news.
"""

CAPS = {
    "new-addresses": "more addresses than a source may add in a day",
    "waiting-addresses": "more addresses than a source may have waiting",
    "seeds": f"more {plurals(seed_keys().values(), 'or')} than a source may have",
}
"""Every value of ``intake.why``, with its meaning."""

_WAITING = (
    "from urls indexed by urls_fresh"
    " where source_id = ? and kind = 'article' and last_fetched_at is null and next_due is not null"
)


@dataclass(slots=True)
class Intake:
    """The room that a source has left while links are being added."""

    source_id: str
    now: datetime
    max_new: int
    left_out: Counter[str] = field(default_factory=Counter)
    """Number of addresses that weren't added, by the keys of ``CAPS``."""
    dropped: int = 0
    """Number of waiting addresses displaced by newer ones."""
    _added: int = 0
    _added_bytes: int = 0
    _taken: int | None = None
    """Figures of this day so far; read when the first new address comes."""
    _taken_bytes: int = 0
    _waiting: int = 0
    _waiting_bytes: int = 0

    def admit(self, db: Database, url: str, *, news: bool) -> bool:
        """Return whether a new address may be added, and count it."""
        if self._taken is None:
            self._look(db)
        assert self._taken is not None
        size, part = len(url.encode("utf-8", "surrogatepass")), 1.0 if news else FOR_OLD
        if (
            self._taken + self._added >= self.max_new * part
            or self._taken_bytes + self._added_bytes + size > MAX_NEW_BYTES * part
        ):
            self.left_out["new-addresses"] += 1
            return False
        if not news and (
            self._waiting + self._added >= MAX_WAITING
            or self._waiting_bytes + self._added_bytes + size > MAX_WAITING_BYTES
        ):
            self.left_out["waiting-addresses"] += 1
            return False
        self._added += 1
        self._added_bytes += size
        return True

    def finish(self, db: Database) -> None:
        """Drop the oldest waiting addresses beyond the caps, and write the counts."""
        if self._added:
            self._make_room(db)
        if self._added or self.left_out:
            self._note(
                db,
                iso(self.now)[:10],
                taken=self._added,
                taken_bytes=self._added_bytes,
                left_out=self.left_out.total(),
                why=set(self.left_out),
            )

    def _look(self, db: Database) -> None:
        row = db.execute(
            "select taken, taken_bytes from intake where source_id = ? and day = ?",
            [self.source_id, iso(self.now)[:10]],
        ).fetchone()
        self._taken, self._taken_bytes = row or (0, 0)
        self._waiting, self._waiting_bytes = db.execute(
            f"select count(*), coalesce(sum(length(url)), 0) {_WAITING}", [self.source_id]
        ).fetchone()

    def _make_room(self, db: Database) -> None:
        rows = self._waiting + self._added - MAX_WAITING
        size = self._waiting_bytes + self._added_bytes - MAX_WAITING_BYTES
        if rows <= 0 and size <= 0:
            return
        oldest = db.execute(
            f"select id, url, substr(discovered_at, 1, 10), discovered_via {_WAITING}"
            " and state in ('due', 'refused') and coalesce(reason, '') <> 'takedown'"
            " order by coalesce(declared_at, discovered_at), id desc",
            [self.source_id],
        )
        out: list[tuple[int, str]] = []
        days: Counter[str] = Counter()
        named_by: set[str] = set()
        for url_id, url, day, via in oldest:
            if rows <= 0 and size <= 0:
                break
            out.append((url_id, url))
            days[day] += 1
            named_by.add(via)
            rows, size = rows - 1, size - len(url)
        db.conn.executemany("delete from urls where id = ?", [(url_id,) for url_id, _ in out])
        db.conn.executemany("delete from fetch_failures where url = ?", [(url,) for _, url in out])
        # reset the sitemap to 'never read', so that the addresses can come back when it is due next
        lists_old = [kind.name for kind in seed_kinds().values() if kind.lists_old]
        db.conn.executemany(
            "update urls set etag = null, last_modified = null, payload_digest = null"
            f" where url = ? and kind in ({', '.join('?' * len(lists_old))})",
            [(via, *lists_old) for via in sorted(filter(None, named_by))],
        )
        self.dropped = len(out)
        for day, count in days.items():
            self._note(db, day, dropped=count, why={"waiting-addresses"})

    def _note(
        self,
        db: Database,
        day: str,
        *,
        taken: int = 0,
        taken_bytes: int = 0,
        left_out: int = 0,
        dropped: int = 0,
        why: set[str],
    ) -> None:
        row = db.execute("select why from intake where source_id = ? and day = ?", [self.source_id, day]).fetchone()
        words = why | set((row[0] or "").split() if row else ())
        db.execute(
            "insert into intake (source_id, day, taken, taken_bytes, left_out, dropped, why)"
            " values (?, ?, ?, ?, ?, ?, ?) on conflict (source_id, day) do update set"
            " taken = taken + excluded.taken, taken_bytes = taken_bytes + excluded.taken_bytes,"
            " left_out = left_out + excluded.left_out, dropped = dropped + excluded.dropped, why = excluded.why",
            [self.source_id, day, taken, taken_bytes, left_out, dropped, " ".join(sorted(words)) or None],
        )
