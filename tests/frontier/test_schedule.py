"""When to look again."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from talkscraper.frontier import schedule

NOW = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
LADDER = [timedelta(hours=1), timedelta(days=1), timedelta(days=7)]


def test_an_interval_starts_short_shrinks_with_news_and_grows_without():
    """90 minutes at first; a fifth less after news, half more after none."""
    assert schedule.next_interval(None, changed=False) == timedelta(minutes=90)
    assert schedule.next_interval(10 * 3600, changed=True) == timedelta(hours=8)
    assert schedule.next_interval(10 * 3600, changed=False) == timedelta(hours=15)


def test_looking_early_does_not_put_a_feed_to_sleep():
    """Ten manual runs in an hour find nothing new: the interval stays."""
    early = timedelta(minutes=5)
    assert schedule.next_interval(10 * 3600, changed=False, elapsed=early) == timedelta(hours=10)
    assert schedule.next_interval(10 * 3600, changed=True, elapsed=early) == timedelta(hours=8)


@given(st.lists(st.booleans(), max_size=60))
def test_an_interval_never_leaves_its_bounds(history):
    """Between 90 minutes and 90 days, whatever a site does."""
    seconds = None
    for changed in history:
        interval = schedule.next_interval(seconds, changed=changed)
        assert schedule.MIN_INTERVAL <= interval <= schedule.MAX_INTERVAL
        seconds = round(interval.total_seconds())


@given(st.integers(1, 10_000))
def test_a_seed_is_never_dropped(failures):
    """However often it failed, a feed is asked again within a week."""
    assert timedelta(0) < schedule.retry_seed(failures) <= timedelta(days=7)


def test_an_article_is_given_up_after_its_tries():
    """A page that never answers doesn't cost a request for ever."""
    rests = [schedule.retry_article(failures) for failures in range(1, 6)]
    assert rests[:3] == [timedelta(hours=4), timedelta(hours=8), timedelta(hours=16)]
    assert rests[3:] == [None, None]


def test_an_article_climbs_the_ladder_of_its_source():
    """Each rung once, in order, and then it is left in peace."""
    assert schedule.next_rung(LADDER, NOW, NOW) == NOW + timedelta(hours=1)
    assert schedule.next_rung(LADDER, NOW - timedelta(hours=1), NOW) == NOW + timedelta(hours=23)
    assert schedule.next_rung(LADDER, NOW - timedelta(days=2), NOW) == NOW + timedelta(days=5)
    assert schedule.next_rung(LADDER, NOW - timedelta(days=8), NOW) is None
    assert schedule.next_rung([], NOW, NOW) is None


@given(st.integers(0, 10**7))
def test_a_page_that_was_found_late_is_not_fetched_for_every_rung_it_missed(age):
    """The next look is always in the future."""
    due = schedule.next_rung(LADDER, NOW - timedelta(seconds=age), NOW)
    assert due is None or due > NOW
