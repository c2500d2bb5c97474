"""The timeline: several searches, division by a field, what a share is of, units, pages of periods."""

from datetime import UTC, date, datetime

import pytest

from talkscraper.errors import QueryError
from talkscraper.export.timeline_csv import timeline_csv
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.match_parts import joined, within
from talkscraper.store.periods import backwards, last_day, period_of, periods, suiting
from talkscraper.store.timeline import MAX_TERMS, document, timeline
from tests.support.row_archives import START, article, published

SOURCES = {"quay": ("The Quay", "https://quay.example.de/"), "pier": ("The Pier", "https://pier.example.com/")}


@pytest.fixture
def shelf(archive):
    """Twelve articles of two sources in two languages, on the first days of two months."""

    def add_sources(db):
        for name, (title, homepage) in SOURCES.items():
            db.execute("insert into sources (id, name, homepage) values (?, ?, ?)", [name, title, homepage])

    archive.writer.run(add_sources)
    for number in range(12):
        what = article(
            f"https://news.test/{number}",
            "The wall stands. " + ("Nets are torn." if number % 2 else "Oysters are cheap."),
            title=f"Piece {number}",
            language="de" if number % 3 == 0 else "en",
            section="Harbour" if number % 4 == 0 else "harbour" if number % 4 == 1 else None,
            published=published(datetime(2025, 8 + number // 6, 1 + number % 6, tzinfo=UTC)),
        )
        archive.store(archive.capture(what.url, START), what, source_id="quay" if number < 8 else "pier")
    return archive


def drawn(archive, *texts, by=None, unit=None, most_periods=800, **filters):
    connection = open_reader(archive.path)
    try:
        requests = [SearchRequest(text=each, **filters) for each in texts]
        return timeline(connection, requests, by=by, unit=unit, most_periods=most_periods)
    finally:
        connection.close()


def share(found):
    """The numbers of the only series, and of what they are a share."""
    (series,) = found.series
    assert sum(each.matches for each in series.points) == series.matches
    return series.matches, series.articles, found.base


@pytest.mark.parametrize(
    ("text", "filters"),
    [
        ("oysters source:quay", {}),
        ("oysters", {"source": "quay"}),
        ("source:QUAY oysters", {"source": "quay"}),
        ("source:(quay OR nobody) oysters", {}),
        ("(source:quay oysters)", {}),
        ("oysters -source:pier", {}),
    ],
)
def test_a_filter_restricts_both_numbers_wherever_it_is_written(shelf, text, filters):
    """In words, in options, in brackets, by exclusion."""
    found = drawn(shelf, text, unit="month", **filters)
    assert share(found)[:2] == (4, 8)
    assert [(each.matches, each.total) for each in found.series[0].points] == [(3, 6), (1, 2)]


@pytest.mark.parametrize(
    ("text", "filters", "expected"),
    [
        ("oysters", {}, (6, 12, "all 12 articles")),
        ("oysters", {"source": "quay", "language": "de"}, (2, 3, "the 3 articles of The Quay in German")),
        ("oysters lang:de", {}, (2, 4, "the 4 articles in German")),
        ("oysters", {"language": "de"}, (2, 4, "the 4 articles in German")),
        ("oysters -lang:de", {}, (4, 8, "the 8 articles except those in German")),
        ("oysters section:harbour", {}, (3, 6, "the 6 articles in the section harbour")),
        (
            "oysters since:2025-09",
            {"until": "2025-09-03"},
            (2, 3, "the 3 articles, from 1 September 2025 to 3 September 2025"),
        ),
        ("oysters words:>900", {}, None),
        ("oysters words:<900", {}, (6, 12, "the 12 articles with at most 899 words")),
        ("", {"source": "pier"}, (4, 4, "the 4 articles of The Pier")),
        ("oysters OR source:pier", {}, (8, 12, "all 12 articles")),
        ("oysters -torn", {}, (6, 12, "all 12 articles")),
        ("title:1", {}, (1, 12, "all 12 articles")),
        ("torn title:1", {}, (1, 1, "the 1 article with “1” in the title")),
        ("torn", {"title": "1"}, (1, 1, "the 1 article with “1” in the title")),
        ("nothing", {}, None),
    ],
)
def test_what_a_share_is_of_is_said(shelf, text, filters, expected):
    """Filters are in the denominator and in its name; words aren't, nor alternatives of which one is a word."""
    found = drawn(shelf, text, **filters)
    if expected is None:
        assert (found.series, found.matches, found.periods) == ((), 0, ())
    else:
        assert share(found) == expected


def test_several_searches_share_their_periods_and_keep_their_own_filters(shelf):
    """A word that isn't found has its line, too; the base is said once if it is the same."""
    found = drawn(shelf, "oysters", "torn source:pier", "nothing", unit="month")
    assert [(each.key, each.matches, each.articles) for each in found.series] == [
        ("oysters", 6, 12),
        ("torn source:pier", 2, 4),
        ("nothing", 0, 12),
    ]
    assert found.base is None
    assert {tuple(point.start for point in each.points) for each in found.series} == {
        (date(2025, 8, 1), date(2025, 9, 1))
    }
    with pytest.raises(QueryError, match="at most"):
        drawn(shelf, *map(str, range(MAX_TERMS + 1)))


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("source", [("quay", 4, 8), ("pier", 2, 4)]),
        ("language", [("en", 4, 8), ("de", 2, 4)]),
        ("section", [("harbour", 3, 6), ("unknown", 3, 6)]),
        ("country", [("DE", 4, 8), ("unknown", 2, 4)]),
    ],
)
def test_a_search_divided_by_a_field_has_the_totals_of_each_value(shelf, by, expected):
    """Sections that differ in capitals are one, as their filter finds them; no value is a series of its own."""
    found = drawn(shelf, "oysters", by=by, unit="month")
    assert [(each.key, each.matches, each.articles) for each in found.series] == sorted(
        expected, key=lambda each: (-each[1], each[0].replace("unknown", ""))
    )
    whole = drawn(shelf, "oysters", unit="month").series[0]
    for at, point in enumerate(whole.points):
        assert sum(each.points[at].matches for each in found.series) == point.matches
        assert sum(each.points[at].total for each in found.series) == point.total


def test_two_searches_are_divided_by_the_same_values(shelf):
    """Each value has a series of each search, named by both."""
    found = drawn(shelf, "oysters", "torn", by="source")
    assert [each.key for each in found.series] == ["oysters: quay", "torn: quay", "oysters: pier", "torn: pier"]
    assert found.series[0].name == "oysters: The Quay"


def test_a_unit_is_honoured_however_long_the_time(shelf):
    """With an outlier 25 years before, weeks are weeks: the newest of them, and the page says so and how to go on."""
    old = article("https://news.test/old", "Oysters of old.", published=published(datetime(2000, 1, 5, tzinfo=UTC)))
    shelf.page(old)
    found = drawn(shelf, "oysters", unit="week", most_periods=10)
    assert (found.unit, len(found.periods), found.earlier) == ("week", 10, date(2025, 6, 29))
    assert any("newest 10 weeks" in note and "2000-01-05" in note for note in found.notes)
    (series,) = found.series
    assert (series.matches, series.articles) == (7, 13)
    assert sum(each.matches for each in series.points) == 6
    before = drawn(shelf, "oysters", unit="week", until=found.earlier)
    assert [(str(each.start), each.matches) for each in before.series[0].points] == [("2000-01-03", 1)]
    every = drawn(shelf, "oysters", unit="day", most_periods=20_000)
    assert (every.earlier, len(every.periods)) == (None, (date(2025, 9, 5) - date(2000, 1, 5)).days + 1)


def test_csv_is_in_long_form_and_json_has_the_same_numbers(shelf):
    """A row for each period and series; a series that a spreadsheet would run is kept from it."""
    found = drawn(shelf, "oysters", "-torn", unit="month")
    assert "".join(timeline_csv(found)).split() == [
        "period,series,matches,total,share",
        "2025-08-01,oysters,3,6,0.500000",
        "2025-09-01,oysters,3,6,0.500000",
        "2025-08-01,'-torn,3,6,0.500000",
        "2025-09-01,'-torn,3,6,0.500000",
    ]
    series = document(found)["series"][0]
    assert series["points"][0] == {
        "period": "2025-08-01",
        "until": "2025-08-31",
        "matches": 3,
        "total": 6,
        "share": 0.5,
    }


def test_periods_are_days_iso_weeks_and_months():
    """Also at both ends of the calendar."""
    assert period_of(date(2025, 1, 1), "week") == date(2024, 12, 30)
    assert last_day(date(2024, 2, 1), "month") == date(2024, 2, 29)
    for unit in ("day", "week", "month"):
        assert next(iter(periods(date.min, date.min, unit))) == date.min
        assert list(periods(date.max, date.max, unit)) == [period_of(date.max, unit)]
        assert backwards(date.min, date.min, unit, 5) == (date.min,)
        assert len(backwards(date.min, date.max, unit, 5)) == 5
        first, last = date(2023, 11, 29), date(2024, 3, 1)
        assert tuple(periods(first, last, unit)) == backwards(first, last, unit, 1000)
    assert [suiting(date(2025, 1, 1), day) for day in (date(2025, 2, 1), date(2025, 9, 1), date(2027, 1, 1))] == [
        "day",
        "week",
        "month",
    ]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('harbour "AND (source" source:a', 1),
        ('"a ""b"" OR c" lang:de -source:(x OR y)', 3),
        ("(((wall lang:de) source:a) section:b) -lang:fr", 4),
        ("wall OR lang:de", 0),
        ("(lang:de OR lang:fr) wall", 1),
    ],
)
def test_filters_are_told_from_words_in_any_expression(text, kept):
    """Quotation marks and operators inside of words aren't syntax."""
    parts = within(prepare(SearchRequest(text=text)).parsed.match)
    assert len(parts) == kept
    assert all(each.columns == {"marks"} for each in parts)
    assert joined(parts).count("(") == joined(parts).count(")")
