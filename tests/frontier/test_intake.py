"""What a source's pages name is bounded, and what a large newsroom names is still taken in, day by day."""

from datetime import timedelta

import pytest

from talkscraper.discovery.formats import sitemap
from talkscraper.frontier import additions, intake, lease_queue, outcomes
from talkscraper.frontier.model import Fate, Settlement
from talkscraper.store.database import iso

SITEMAP = "https://quay.example/sitemap.xml"


def _note(db, links, now, *, lists_old=True, max_new=50_000, via=SITEMAP):
    return additions.note_links(db, "quay", links, via=via, now=now, max_new=max_new, lists_old=lists_old)


def _posts(link, count, *, start=0, declared_at=None, length=0):
    return [
        link(f"https://quay.example/posts/{n}".ljust(length, "x"), declared_at=declared_at)
        for n in range(start, start + count)
    ]


def _known(db):
    return db.execute("select count(*) from urls where kind = 'article'").fetchone()[0]


def _day(db, now):
    return db.execute("select taken, left_out, dropped, why from intake where day = ?", [iso(now)[:10]]).fetchone()


def test_a_days_addresses_are_counted_and_the_rest_is_left_for_the_next(db, link, now):
    """A sitemap of old articles gets four fifths of a day's room; all of it is known after as many days as it takes."""
    links = _posts(link, 20)
    found = _note(db, links, now, max_new=10)
    assert (found.new, found.left_out) == (8, {"new-addresses": 12})
    assert _day(db, now) == (8, 12, 0, "new-addresses")
    again = _note(db, links, now + timedelta(hours=3), max_new=10)
    assert again.new == 0, "the same day is full"
    for later in (1, 2):
        _note(db, links, now + timedelta(days=later), max_new=10)
    assert _known(db) == 20


def test_news_has_room_when_a_sitemap_of_old_articles_has_used_its_own(db, link, now):
    """A front page, a feed, and what a sitemap says was published lately use the rest of the day's room."""
    _note(db, _posts(link, 50), now, max_new=10)
    of_feed = _note(db, _posts(link, 1, start=100), now, lists_old=False, max_new=10, via="feed")
    of_news = _note(db, _posts(link, 1, start=200, declared_at=now - timedelta(hours=5)), now, max_new=10)
    assert (of_feed.new, of_news.new) == (1, 1)
    assert _note(db, _posts(link, 5, start=300), now, lists_old=False, max_new=10).new == 0, "and then it is full too"


@pytest.mark.parametrize(("length", "most"), [(2000, 8 * 2**20 // 2000), (400, 8 * 2**20 // 400)])
def test_long_addresses_fill_a_day_by_their_bytes(db, link, now, length, most):
    """A packed sitemap of 300 kB that unpacks to 100 MB of addresses leaves a database of some 40 MB, not of 1 GB."""
    found = _note(db, _posts(link, most + 100, length=length), now, lists_old=False)
    assert found.new == most
    pages, size = db.execute("select page_count, page_size from pragma_page_count, pragma_page_size").fetchone()
    assert pages * size < 64 * 2**20


def test_an_address_that_is_only_known_is_kept_lean(db, link, now):
    """Three copies of its text at most: the row's address and key, and one index; mentions has none of its own."""
    before = db.execute("pragma page_count").fetchone()[0]
    _note(db, _posts(link, 1000, length=100), now)
    after = db.execute("pragma page_count").fetchone()[0]
    assert (after - before) * 4096 / 1000 < 750
    assert db.execute("select count(*), min(day), min(via) from mentions").fetchone() == (1000, iso(now)[:10], SITEMAP)


def test_what_waits_is_bounded_and_the_oldest_goes_first(db, link, now, monkeypatch):
    """News displaces the oldest that was never fetched; what was fetched, failed or is archived stays."""
    monkeypatch.setattr(intake, "MAX_WAITING", 10)
    old = [link(f"https://quay.example/old/{n}", declared_at=now - timedelta(days=900 - n)) for n in range(8)]
    _note(db, old, now)
    db.execute("update urls set last_fetched_at = ?, state = 'failed' where url like '%/old/0'", [iso(now)])
    db.execute("update urls set last_fetched_at = ?, state = 'done' where url like '%/old/1'", [iso(now)])
    db.execute(
        "insert into fetch_failures (url, failed_at, error) values ('https://quay.example/old/0', ?, 'x'),"
        " ('https://quay.example/old/2', ?, 'x')", [iso(now), iso(now)]
    )  # fmt: skip
    later = now + timedelta(days=1)
    found = _note(db, _posts(link, 6, start=50), later, lists_old=False, via="feed")
    assert (found.new, found.dropped) == (6, 2)
    left = {row[0].rpartition("/")[2] for row in db.execute("select url from urls where url like '%/old/%'").fetchall()}
    assert left == {"0", "1", "4", "5", "6", "7"}
    assert db.execute("select url from fetch_failures").fetchall() == [("https://quay.example/old/0",)]
    assert _day(db, now)[2] == 2, "told on the day on which they had become known"


def test_what_is_old_waits_outside_when_too_many_wait(db, link, now, monkeypatch):
    """It displaces nothing, and comes in when there is room."""
    monkeypatch.setattr(intake, "MAX_WAITING", 10)
    links = _posts(link, 15)
    found = _note(db, links, now)
    assert (found.new, found.dropped, found.left_out) == (10, 0, {"waiting-addresses": 5})
    for lease in lease_queue.lease(db, "quay", run_id=1, now=now, limit=10):
        outcomes.settle(db, lease, Settlement(fate=Fate.CHANGED, status=200), ladder=(), now=now)
    assert _note(db, links, now + timedelta(days=1)).new == 5
    assert _known(db) == 15


def test_what_was_dropped_can_come_back(db, link, now, monkeypatch):
    """The sitemap that named it isn't believed to be unchanged the next time."""
    monkeypatch.setattr(intake, "MAX_WAITING", 3)
    _note(db, [link(SITEMAP, "sitemap")], now, via="robots")
    (lease,) = lease_queue.lease(db, "quay", run_id=1, now=now, limit=1)
    _note(db, _posts(link, 3), now)
    outcomes.settle(
        db, lease, Settlement(fate=Fate.CHANGED, status=200, etag='"1"', payload_digest="sha1:A"), ladder=(), now=now
    )
    _note(db, _posts(link, 1, start=9), now + timedelta(hours=1), lists_old=False, via="feed")
    row = db.execute("select etag, payload_digest from urls where url = ?", [SITEMAP]).fetchone()
    assert row == (None, None)


def test_what_named_too_much_is_read_again_on_the_next_day_as_if_for_the_first_time(db, link, now):
    """However long its interval has become: an unchanged sitemap would else never be read again."""
    _note(db, [link(SITEMAP, "sitemap")], now, via="robots")
    db.execute("update urls set interval_s = 86400 * 30")
    (lease,) = lease_queue.lease(db, "quay", run_id=1, now=now, limit=1)
    outcomes.settle(
        db,
        lease,
        Settlement(fate=Fate.UNCHANGED, status=200, etag='"1"', payload_digest="sha1:A", named=50_000, incomplete=True),
        ladder=(),
        now=now,
    )
    row = db.execute("select etag, payload_digest, next_due, named from urls where url = ?", [SITEMAP]).fetchone()
    assert row[:2] == (None, None)
    assert row[2] <= iso(now)[:10].replace("24", "25") + "T00:00:00Z"
    assert row[3] == 50_000


def test_seeds_over_their_cap_are_told(db, link, now):
    """A sitemap index of three thousand sitemaps."""
    found = _note(db, [link(f"https://quay.example/s/{n}.xml", "sitemap") for n in range(3000)], now)
    assert found.left_out == {"seeds": 3000 - sitemap.SITEMAP.max_seeds}


def test_a_refused_address_counts_as_waiting_and_a_takedown_stays(db, link, now, monkeypatch):
    """A site whose robots.txt forbids all that its sitemap names can't grow the frontier for ever either."""
    monkeypatch.setattr(intake, "MAX_WAITING", 4)
    _note(db, _posts(link, 4), now)
    for lease in lease_queue.lease(db, "quay", run_id=1, now=now, limit=4):
        retry = now + timedelta(days=7)
        outcomes.settle(db, lease, Settlement(fate=Fate.REFUSED, reason="robots", retry_at=retry), ladder=(), now=now)
    db.execute("update urls set reason = 'takedown' where url like '%/0'")
    found = _note(db, _posts(link, 3, start=20), now + timedelta(days=1), lists_old=False, via="feed")
    assert (found.new, found.dropped) == (3, 3)
    assert db.execute("select count(*) from urls where reason = 'takedown'").fetchone() == (1,)
