"""Why a source brought nothing."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from talkscraper.monitor.diagnosis import diagnose, of_times
from talkscraper.monitor.run_report import BAD, DIAGNOSES, Tally
from talkscraper.store.database import iso, open_writer

MONDAY = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
SOURCE = SimpleNamespace(id="quay", has_credentials=False)


def _workdays(weeks, until=MONDAY, hours=(8, 11, 14, 17)):
    """A newspaper that publishes four times a day from Monday to Friday."""
    day, found = until - timedelta(weeks=weeks), []
    while day < until:
        if day.weekday() < 5:
            found += [day.replace(hour=hour, minute=0) for hour in hours]
        day += timedelta(days=1)
    return [moment for moment in found if moment <= until]


@pytest.fixture
def db(tmp_path):
    """A database with one source."""
    database = open_writer(tmp_path / "db")
    database.execute("insert into sources (id, name, homepage) values ('quay', 'Q', 'https://quay.example/')")
    yield database
    database.close()


def _add_articles(db, times):
    for number, moment in enumerate(times):
        db.execute(
            "insert into articles (id, source_id, url, text, text_digest, word_count, first_captured_at,"
            " last_captured_at, last_changed_at, indexed_at, day, capture_id, extractor)"
            " values (?, 'quay', ?, '', '', 0, ?, ?, ?, ?, ?, 'c', 'x')",
            [str(number), f"https://quay.example/{number}", *[iso(moment)] * 4, moment.date().isoformat()],
        )


def test_a_silence_is_measured_by_what_articles_say_not_by_when_they_were_captured(db):
    """Polled once a day, a newspaper of every hour seems silent for a day each day; its articles know better."""
    now = MONDAY.replace(hour=20)
    births = [now - timedelta(hours=hours) for hours in range(30, 9 * 7 * 24)]
    for number, born in enumerate(births):
        captured = born.replace(hour=23, minute=30)
        db.execute(
            "insert into articles (id, source_id, url, text, text_digest, word_count, published_at, published_precision,"
            " first_captured_at, last_captured_at, last_changed_at, indexed_at, day, capture_id, extractor)"
            " values (?, 'quay', ?, '', '', 0, ?, 'minute', ?, ?, ?, ?, '', 'c', 'x')",
            [str(number), f"https://quay.example/{number}", iso(born), *[iso(captured)] * 4],
        )
    assert _judge(db, now) == "quiet"
    db.execute("update articles set published_precision = 'day'")
    assert _judge(db, now) == "ok"


def _judge(db, now=MONDAY, **figures):
    tally = Tally("quay")
    tally.seeds_answered = 1
    for name, value in figures.items():
        setattr(tally, name, value)
    return diagnose(db, source=SOURCE, tally=tally, now=now).word


def test_a_weekend_is_not_an_outage():
    """On Monday at nine nothing new since Friday evening: as in every week."""
    assert of_times(_workdays(9), MONDAY - timedelta(hours=1, minutes=30)).word == "ok"


def test_the_same_silence_on_a_working_day_is():
    """Sixty hours without a story until Thursday: never seen at this hour of the week."""
    thursday = MONDAY + timedelta(days=3)
    verdict = of_times([*_workdays(9), MONDAY], thursday)
    assert verdict.word == "quiet"
    assert "72 h" in verdict.detail


def test_a_source_that_is_seldom_looked_at_gets_the_time_of_a_look():
    """An article may have stood there since the last poll."""
    wednesday = MONDAY + timedelta(days=2, hours=12)
    times = [*_workdays(9), MONDAY]
    assert of_times(times, wednesday).word == "quiet"
    assert of_times(times, wednesday, poll=timedelta(hours=48)).word == "ok"


def test_a_newspaper_that_has_always_been_slow_is_not_called_quiet():
    """One story a fortnight."""
    times = [MONDAY - timedelta(days=14 * n) for n in range(6, 0, -1)]
    assert of_times(times, MONDAY - timedelta(days=1)).word == "ok"


def test_silence_is_not_judged_without_history():
    """A source of two weeks may be anything."""
    assert of_times(_workdays(2), MONDAY + timedelta(days=30)).word == "ok"


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({"moved_to": "https://other.example/"}, "moved"),
        ({"stopped_by": "blocked"}, "blocked"),
        ({"stopped_by": "unreachable"}, "unreachable"),
        ({"stopped_by": "max-pages"}, "stopped"),
        ({"seeds_answered": 0}, "idle"),
        ({"feeds_read": 2, "feeds_empty": 2}, "feed-empty"),
        ({"listings_read": 3, "listings_empty": 3}, "listing-broke"),
        ({"listings_read": 3, "listings_empty": 3, "seeds_unchanged": 1}, "ok"),
        ({"found": {1}, "fetched": 50, "failed": 1, "unchanged": 49}, "ok"),
        ({"found": {1}, "fetched": 20, "failed": 5, "unchanged": 15}, "failing"),
        ({"found": {1, 2, 3}, "fetched": 3, "new": 3}, "ok"),
    ],
)
def test_each_cause_has_its_word(db, figures, word):
    """In a source with articles of its own."""
    _add_articles(db, _workdays(9))
    assert _judge(db, **figures) == word


def test_pages_without_text_are_the_parsers_fault(db):
    """Three new pages, and not one with text: a redesign, not an odd page."""
    from collections import Counter

    _add_articles(db, _workdays(9))
    assert _judge(db, found={1, 2, 3}, fetched=3, failed=3, page_kinds=Counter({"empty": 3})) == "parser-broke"
    assert _judge(db, found={1}, fetched=1, failed=1, page_kinds=Counter({"empty": 1})) == "failing"


def test_a_first_crawl_without_articles_says_so(db):
    """Wrong patterns in sources.toml look like this."""
    assert _judge(db, listings_read=1, listings_empty=1) == "no-articles"


def test_every_word_is_explained():
    """And what makes exit code 3 is among them."""
    assert set(DIAGNOSES) >= BAD


def _refused(count, after):
    return {f"https://quay.example/story/{number}": after for number in range(count)}


@pytest.mark.parametrize(
    ("figures", "word"),
    [
        ({"listings_read": 1, "listings_empty": 1, "passed_over": _refused(4, None)}, "pattern-narrow"),
        ({"feeds_read": 1, "feeds_empty": 1, "passed_over": _refused(1, None)}, "pattern-narrow"),
        ({"found": set(range(17)), "feeds_read": 1, "passed_over": _refused(3, MONDAY)}, "pattern-narrow"),
        ({"found": set(range(17)), "feeds_read": 1, "passed_over": _refused(2, MONDAY)}, "ok"),
        ({"found": set(range(17)), "feeds_read": 1, "passed_over": _refused(9, MONDAY - timedelta(days=9))}, "ok"),
        ({"found": set(range(17)), "feeds_read": 1, "passed_over": _refused(9, None)}, "ok"),
        ({"found": set(range(17)), "feeds_read": 1, "new": 1, "passed_over": _refused(9, MONDAY)}, "ok"),
        (
            {
                "found": set(range(5)),
                "feeds_read": 1,
                "passed_over": _refused(3, MONDAY) | {f"https://quay.example/v/{n}": None for n in range(15)},
            },
            "ok",
        ),
    ],
)
def test_a_pattern_that_refuses_all_that_is_new_is_told(db, figures, word):
    """All of it, or a row of newer ones that isn't chance; videos that the newsroom always named are no sign."""
    _add_articles(db, _workdays(9))
    db.execute(
        "insert into urls (url, urlkey, source_id, kind, state, discovered_at, named) values"
        " ('https://quay.example/1', 'k', 'quay', 'article', 'done', ?, null)",
        [iso(MONDAY - timedelta(hours=3))],
    )
    assert _judge(db, **figures) == word


def test_what_was_told_stays_told_while_the_feeds_say_the_same(db):
    """A feed that hasn't changed isn't read, and clears nothing."""
    _add_articles(db, _workdays(9))
    db.execute("insert into runs (id, started_at) values (1, ?)", [iso(MONDAY)])
    db.execute("insert into run_sources (run_id, source_id, diagnosis) values (1, 'quay', 'pattern-narrow: 3 of them')")
    assert _judge(db, seeds_unchanged=1) == "pattern-narrow"
    assert _judge(db, new=1, found={1}) == "ok"
    assert _judge(db, feeds_read=1, found={1}) == "ok"
