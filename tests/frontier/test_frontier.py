"""Addresses from being named to being done."""

from datetime import timedelta

import pytest

from talkscraper.discovery.formats.sitemap import SITEMAP
from talkscraper.frontier import additions, lease_queue, outcomes
from talkscraper.frontier.model import Fate, Settlement
from talkscraper.store.database import iso
from talkscraper.store.takedowns import AT_KEY

LADDER = (timedelta(hours=1), timedelta(days=1))
POSTS = [f"https://quay.example/posts/{n}" for n in range(5)]


def _lease(db, now, limit=100, kinds=None):
    return lease_queue.lease(db, "quay", run_id=1, now=now, limit=limit, kinds=kinds)


def _row(db, url):
    row = db.execute(
        "select state, next_due, failures, reason, etag, payload_digest, gone_at, lying_validators from urls"
        " where url = ?", [url]
    ).fetchone()  # fmt: skip
    return dict(
        zip(("state", "next_due", "failures", "reason", "etag", "digest", "gone_at", "lying"), row, strict=True)
    )


def _settle(db, lease, now, fate, **more):
    outcomes.settle(db, lease, Settlement(fate=fate, **more), ladder=LADDER, now=now)


def test_naming_is_idempotent(db, link, now):
    """The same feed read in every run adds each article once, and mentions it on one day."""
    first = additions.note_links(db, "quay", [link(url) for url in POSTS * 2], via="feed", now=now)
    again = additions.note_links(db, "quay", [link(url) for url in POSTS], via="feed", now=now + timedelta(days=1))
    assert (first.named, first.new) == (5, 5)
    assert (again.named, again.new) == (5, 0)
    assert db.execute("select count(*), count(distinct day) from mentions").fetchone() == (5, 1)
    assert db.execute("select distinct last_listed_at from urls").fetchall() == [(iso(now + timedelta(days=1)),)]


@pytest.mark.parametrize(
    ("question", "index"),
    [
        (lease_queue.NEVER_FETCHED.replace("?", "1"), "urls_fresh (source_id=?)"),
        ("update urls set state = 'due' where requisites_pending = 1 and state = 'done'", "urls_pending (state=?)"),
        ("select kind, count(*) from urls where source_id = 'quay' and kind <> 'article' group by kind", "urls_seeds"),
        (f"select url from urls where {AT_KEY}".replace("?1", "'x'"), "urls_urlkey_end (<expr>=?)"),
        ("select count(*) from mentions where day >= '2025-11-01' and day <= '2025-11-30'", "urls_day (<expr>>"),
        ("select via from mentions where url = 'x'", "sqlite_autoindex_urls_1 (url=?)"),
        ("delete from signals where capture_id = 'x'", "signals_capture (capture_id=?)"),
        ("delete from signals where url = 'x'", "signals_1 (url=?)"),
    ],
)
def test_what_is_asked_all_the_time_costs_the_same_however_large_the_archive(db, question, index):
    """Looked up in an index, and in its order: nothing is gone through, nothing sorted."""
    plan = " ".join(row[3] for row in db.execute(f"explain query plan {question}").fetchall())
    assert index in plan
    assert "SCAN urls" not in plan
    assert "SCAN signals" not in plan
    assert "B-TREE" not in plan


def test_two_seeds_that_name_the_same_article_both_have_news(db, link, now):
    """The front page named it a moment before the feed: the feed still had something new, and keeps its pace."""
    earlier, later = now - timedelta(hours=2), now + timedelta(hours=2)
    additions.note_links(db, "quay", [link(POSTS[0])], via="homepage", now=now)
    of_feed = additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=now, since=earlier)
    assert (of_feed.new, of_feed.fresh) == (0, 1)
    again = additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=later, since=now)
    assert (again.new, again.fresh) == (0, 0)


def test_an_address_is_handed_out_once(db, link, now):
    """Two batches never hold the same address; the sum is everything."""
    additions.note_links(db, "quay", [link(url) for url in POSTS], via="feed", now=now)
    one, two, three = _lease(db, now, 3), _lease(db, now, 3), _lease(db, now, 3)
    assert len(one) == 3
    assert len(two) == 2
    assert three == []
    assert {lease.url for lease in one + two} == set(POSTS)


def test_what_names_articles_goes_first_then_the_newest(db, link, now):
    """A budget is spent on the front page, then feeds, then today's articles."""
    links = [
        link(POSTS[0], declared_at=now - timedelta(days=9)),
        link(POSTS[1], declared_at=now - timedelta(hours=1)),
        link("https://quay.example/section", "listing"),
        link("https://quay.example/feed", "feed"),
    ]
    additions.note_links(db, "quay", links, via="test", now=now)
    assert [lease.kind for lease in _lease(db, now, 2)] == ["feed", "listing"]
    assert [lease.url for lease in _lease(db, now, 1)] == [POSTS[1]]


def test_a_killed_run_loses_nothing(db, link, now):
    """Whatever was leased is due again for the next run; what was done stays done."""
    additions.note_links(db, "quay", [link(url) for url in POSTS], via="feed", now=now)
    leases = _lease(db, now)
    _settle(db, leases[0], now, Fate.CHANGED, status=200, payload_digest="sha1:A")
    assert lease_queue.give_back(db, now=now + timedelta(hours=3)) == 4
    assert len(_lease(db, now + timedelta(hours=3))) == 5  # the one that is done has reached its first rung


def test_a_page_whose_pictures_were_cut_short_is_taken_up_again(db, link, now):
    """The mark survives the run, and makes the page due."""
    additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=now)
    (lease,) = _lease(db, now)
    _settle(db, lease, now, Fate.CHANGED, status=200, payload_digest="sha1:A", requisites_pending=True)
    assert _lease(db, now) == []
    assert lease_queue.resume_requisites(db, now=now) == 1
    (again,) = _lease(db, now)
    assert again.requisites_pending
    outcomes.requisites_done(db, again.id)
    _settle(db, again, now, Fate.UNCHANGED, status=304)
    assert lease_queue.resume_requisites(db, now=now) == 0


def test_an_article_climbs_its_ladder_and_rests(db, link, now):
    """One hour, one day, never again."""
    additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=now)
    dues = []
    moment = now
    for _ in range(3):
        (lease,) = _lease(db, moment)
        _settle(db, lease, moment, Fate.UNCHANGED, status=304)
        due = _row(db, POSTS[0])["next_due"]
        dues.append(due)
        if due is None:
            break
        moment = now + LADDER[len(dues) - 1]
    assert dues == [iso(now + LADDER[0]), iso(now + LADDER[1]), None]
    assert _row(db, POSTS[0])["state"] == "done"


def test_an_article_that_is_found_late_starts_on_its_own_rung(db, link, now):
    """Published nine hours before we saw it: the one-hour rung has passed, whoever tells the time."""
    nine_hours_ago = now - timedelta(hours=9)
    additions.note_links(db, "quay", [link(POSTS[0]), link(POSTS[1], declared_at=nine_hours_ago)], via="x", now=now)
    for lease in _lease(db, now):
        told = nine_hours_ago if lease.url == POSTS[0] else None
        _settle(db, lease, now, Fate.CHANGED, status=200, published_at=told)
    assert {_row(db, url)["next_due"] for url in POSTS[:2]} == {iso(nine_hours_ago + timedelta(days=1))}


def test_a_feed_that_fails_is_backed_off_and_never_dropped(db, link, now):
    """Fifty failures later it is still due within a week, and one success puts it back into its rhythm."""
    feed = "https://quay.example/feed"
    additions.note_links(db, "quay", [link(feed, "feed")], via="homepage", now=now)
    moment, rests = now, []
    for _ in range(50):
        (lease,) = _lease(db, moment)
        _settle(db, lease, moment, Fate.FAILED, status=500, reason="status-500")
        due = _row(db, feed)["next_due"]
        rests.append(due)
        moment += timedelta(days=7)
    assert all(due is not None for due in rests)
    assert _row(db, feed)["failures"] == 50
    (lease,) = _lease(db, moment)
    _settle(db, lease, moment, Fate.CHANGED, status=200)
    row = _row(db, feed)
    assert (row["state"], row["failures"], row["next_due"]) == ("done", 0, iso(moment + timedelta(minutes=90)))


def test_an_article_that_fails_is_left_in_peace_until_it_is_named_anew(db, link, now):
    """Four tries; then only a source that still names it, a day later, brings it back."""
    additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=now)
    moment = now
    for _ in range(4):
        (lease,) = _lease(db, moment)
        _settle(db, lease, moment, Fate.FAILED, reason="timeout")
        moment += timedelta(days=1)
    assert _lease(db, moment + timedelta(days=300)) == []
    additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=moment + timedelta(days=1))
    assert len(_lease(db, moment + timedelta(days=1))) == 1


def test_gone_has_its_day_and_is_final_for_articles_only(db, link, now):
    """An article's 404 is recorded; a section's 404 is asked again."""
    additions.note_links(db, "quay", [link(POSTS[0]), link("https://quay.example/s", "listing")], via="x", now=now)
    for lease in _lease(db, now):
        _settle(db, lease, now, Fate.GONE, status=404, reason="answered 404")
    article, section = _row(db, POSTS[0]), _row(db, "https://quay.example/s")
    assert (article["state"], article["next_due"], article["gone_at"]) == ("gone", None, iso(now))
    assert (section["state"], section["next_due"]) == ("failed", iso(now + timedelta(hours=1)))


def test_a_host_that_asked_for_a_pause_keeps_its_addresses_due(db, link, now):
    """Deferred is neither failed nor done: due again when the pause is over."""
    additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=now)
    (lease,) = _lease(db, now)
    _settle(db, lease, now, Fate.DEFERRED, reason="paused", retry_at=now + timedelta(hours=2))
    row = _row(db, POSTS[0])
    assert (row["state"], row["failures"], row["next_due"]) == ("due", 0, iso(now + timedelta(hours=2)))


def test_validators_are_kept_through_a_304_and_replaced_by_a_200(db, link, now):
    """A 304 without ETag doesn't wipe the one we have."""
    additions.note_links(db, "quay", [link(POSTS[0])], via="feed", now=now)
    (lease,) = _lease(db, now)
    _settle(db, lease, now, Fate.CHANGED, status=200, etag='"1"', payload_digest="sha1:A")
    lease_queue.make_articles_due(db, "quay", now=now)
    (lease,) = _lease(db, now)
    assert (lease.etag, lease.payload_digest) == ('"1"', "sha1:A")
    _settle(db, lease, now, Fate.UNCHANGED, status=304)
    assert _row(db, POSTS[0])["etag"] == '"1"'


def test_a_taken_down_address_is_never_handed_out(db, link, now):
    """A takedown binds the crawl, however often a feed names the page."""
    additions.note_links(db, "quay", [link(url) for url in POSTS], via="feed", now=now)
    db.execute(
        "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt)"
        " select url, urlkey, 'delete', 'court', ?, '' from urls where url = ?", [iso(now), POSTS[2]]
    )  # fmt: skip
    assert POSTS[2] not in {lease.url for lease in _lease(db, now)}


@pytest.mark.parametrize(
    "url", ["https://quay.example/" + "a" * 3000, "ftp://quay.example/a", "file:///etc/passwd", "javascript:alert(1)"]
)
def test_an_address_that_is_no_address_never_enters(db, link, now, url):
    """Only http and https, and not longer than 2083 characters."""
    found = additions.note_links(db, "quay", [link(url)], via="feed", now=now)
    assert (found.new, found.refused) == (0, 1)
    assert db.execute("select count(*) from urls").fetchone() == (0,)


def test_a_source_cannot_be_flooded_with_seeds(db, link, now):
    """A hostile sitemap index that names fifty thousand sitemaps gets as many as the cap."""
    links = [link(f"https://quay.example/s/{n}.xml", "sitemap") for n in range(3000)]
    found = additions.note_links(db, "quay", links, via="index", now=now)
    assert found.new == SITEMAP.max_seeds
    assert found.refused == 3000 - SITEMAP.max_seeds


def test_a_declared_day_in_the_future_is_not_believed(db, link, now):
    """It would keep the page at the head of every batch, and off the ladder."""
    additions.note_links(db, "quay", [link(POSTS[0], declared_at=now + timedelta(days=400))], via="feed", now=now)
    (lease,) = _lease(db, now)
    assert lease.declared_at is None
