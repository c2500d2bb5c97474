"""find_dates as a whole: the same on every machine, bounded on hostile pages, told in provenance."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from talkscraper.extraction.dates import DateFindings, find_dates
from talkscraper.extraction.dates.finder import iso_text
from talkscraper.extraction.dates.machine_formats import parse
from talkscraper.extraction.page import Page

CAPTURED = datetime(2025, 10, 29, 12, 0, tzinfo=UTC)
PROSE = "<p>" + "The wall held, and the boats behind it lay still until the morning came. " * 6 + "</p>"


def find(markup: str, url: str = "https://gazette.example.com/posts/wall", **options: object) -> DateFindings:
    page = Page.read(markup.encode(), url, CAPTURED, {"Content-Type": "text/html; charset=utf-8"})
    return find_dates(page, "en", page.tree.find(".//h1"), **options)  # type: ignore[arg-type]


def article(byline: str, head: str = "") -> str:
    return f"<html lang='en'><head>{head}</head><body><h1>Harbour wall holds</h1>{byline}{PROSE}</body></html>"


SNIPPET = """
from datetime import datetime, UTC
from talkscraper.extraction.page import Page
from talkscraper.extraction.dates import find_dates
for line in ("yesterday at 18:40", "October 28", "3 hours ago", "Monday 18:40", "2 days ago", "28/10/25"):
    markup = f"<html lang=en><h1>Harbour wall holds</h1><p class=date>{line}</p>" + "<p>long text here</p>" * 30
    page = Page.read(markup.encode(), "https://gazette.example.com/", datetime(2025, 10, 29, 12, tzinfo=UTC), None)
    print(find_dates(page, "en", page.tree.find(".//h1")).published)
"""


def test_the_machine_s_clock_and_zone_change_nothing() -> None:
    """The same page read in four time zones gives the same instants."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", SNIPPET], env={**os.environ, "TZ": zone}, capture_output=True, check=True, text=True
        ).stdout
        for zone in ("UTC", "Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu")
    }
    assert len(outputs) == 1
    assert "2025, 10, 28, 18, 40" in outputs.pop()


def test_rivals_of_another_day_are_told_in_order() -> None:
    """A second rule that names another day is kept as a rival, with its rule."""
    found = find(
        article(
            "<p>x</p>",
            '<meta property="article:published_time" content="2025-10-28T08:00:00Z"><meta name="dc.date" content="2025-10-20">',
        )
    )
    assert found.published_rule == "meta article:published_time"
    assert [(r.value, r.rule) for r in found.rivals] == [("2025-10-20", "meta dc.date")]


def test_order_and_zone_of_a_source_are_used() -> None:
    """What a source's settings say about its dates wins over what the page's language suggests."""
    found = find(article("<p class='date'>03/04/2025 10:00</p>"), order="DMY", zone=ZoneInfo("Africa/Nairobi"))
    assert found.published is not None
    assert found.published.day == date(2025, 4, 3)
    assert found.published.instant == datetime(2025, 4, 3, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025", "2025"),
        ("2025-10", "2025-10"),
        ("2025-10-28", "2025-10-28"),
        ("2025-10-28T18:40:00+03:00", "2025-10-28T15:40:00Z"),
    ],
)
def test_told_is_as_exact_as_the_page(text: str, expected: str) -> None:
    """Provenance prints a year as a year and an instant in UTC."""
    found = parse(text)
    assert found is not None
    assert iso_text(found) == expected


def test_a_utc_time_keeps_the_day_that_the_url_names() -> None:
    """02:41 UTC on the 19th was still the 18th in the newsroom; the instant isn't touched."""
    head = '<meta property="article:published_time" content="2025-10-19T02:41:41Z">'
    found = find(article("<p>x</p>", head), "https://gazette.example.com/2025/10/18/wall").published
    assert found is not None
    assert (found.day, found.instant) == (date(2025, 10, 18), datetime(2025, 10, 19, 2, 41, 41, tzinfo=UTC))
    far = find(article("<p>x</p>", head), "https://gazette.example.com/2025/10/12/wall").published
    assert far is not None
    assert far.day == date(2025, 10, 19)


META = '<meta property="article:published_time" content="{}">'


@pytest.mark.parametrize(
    ("byline", "head", "expected"),
    [
        # an import's day is declared, the article's is printed
        ("<p class=date>4 March 2019</p>", META.format("2024-08-07T12:00:00Z"), "2019-03-04"),
        # a day apart, and no zone explains it
        ("<p class=date>15 October 2025</p>", META.format("2025-10-16T22:00:00Z"), "2025-10-15"),
        # a day apart as the zones are
        ("<p class=date>15 October 2025</p>", META.format("2025-10-16T02:00:00Z"), "2025-10-16"),
        # later, and declared nowhere
        ("<p class=date>15 October 2025</p>", META.format("2025-03-01T02:00:00Z"), "2025-03-01"),
        # later, and declared as the publication elsewhere
        (
            "<p class=posted-on>15 October 2025</p>",
            META.format("2025-03-01T02:00:00Z") + '<meta name="date" content="2025-10-15">',
            "2025-10-15",
        ),
        # later, and declared as the change
        (
            "<p class=posted-on>15 October 2025</p>",
            META.format("2025-03-01T02:00:00Z") + '<meta property="article:modified_time" content="2025-10-15">'
            '<meta name="date" content="2025-10-15">',
            "2025-03-01",
        ),
        # it calls itself a change
        ("<p class=date>Updated: 4 March 2019</p>", META.format("2024-08-07T12:00:00Z"), "2024-08-07"),
    ],
)
def test_what_is_declared_is_held_against_what_is_printed(byline: str, head: str, expected: str) -> None:
    """On a page older than three days a clear day at the headline wins where the declaration can't be meant."""
    found = find(article(byline, head)).published
    assert found is not None
    assert found.day.isoformat() == expected


def test_news_of_these_days_is_believed_as_declared() -> None:
    """Within three days of the capture the page isn't searched at all."""
    found = find(article("<p class=date>4 March 2019</p>", META.format("2025-10-28T12:00:00Z"))).published
    assert found is not None
    assert found.day == date(2025, 10, 28)


def test_the_masthead_s_day_is_nobody_s() -> None:
    """Newspapers print the reader's day above everything; the box says so."""
    page = article("<p>12 October 2025</p>").replace(
        "<h1>", "<div id='todays-date'><p class=date>Wednesday, October 29, 2025</p></div><h1>"
    )
    found = find(page).published
    assert found is not None
    assert found.day == date(2025, 10, 12)


@pytest.mark.parametrize(("told", "expected"), [("but has been updated since", 2019), ("in the print edition", 2022)])
def test_first_published_and_changed_since(told: str, expected: int) -> None:
    """Where the foot says "originally published … but updated", the day at the top is the update's."""
    foot = f"<p>This article was originally published on 26 September 2019 {told}, and is checked every year.</p>"
    page = article("<p class=date>30 September 2022</p>").replace("</body>", PROSE * 6 + foot + "</body>")
    found = find(page).published
    assert found is not None
    assert found.day.year == expected


@pytest.mark.parametrize(
    ("foot", "expected"),
    [
        ("<p>16 February 2025</p>", date(2025, 2, 16)),
        ("<p>16 February 2025</p><p>3 March 2025</p>", None),
        ("<p>The wall was begun on 16 February 2025 and was finished by the men of the harbour in June.</p>", None),
    ],
)
def test_the_only_day_that_a_page_shows_is_its_own(foot: str, expected: date | None) -> None:
    """Far from the headline a day is believed if it stands alone and no other one does."""
    page = article("").replace("</body>", PROSE * 5 + foot + "</body>")
    found = find(page).published
    assert (found.day if found else None) == expected


def test_json_ld_that_was_rendered_as_a_meta_element_is_read() -> None:
    """Remix and its like do so where scripts aren't rendered."""
    told = '{"@type":"Article","datePublished":"2025-10-17T09:00:00-05:00"}'
    found = find(article("", f"<meta name='script:ld+json' content='{told}'>"))
    assert found.published_rule == "jsonld datePublished"


def test_an_empty_page_has_no_dates() -> None:
    """Nothing in, nothing out."""
    assert find("") == DateFindings()


@pytest.mark.parametrize(
    "markup",
    [
        article("<p class='date'>" + "28 October 2025 " * 20_000 + "</p>"),
        article("".join(f"<p class='date'>{i % 28 + 1} October 2025</p>" for i in range(20_000))),
        article("<p class='date'>" + "1/" * 100_000 + "</p>"),
        article("<p class='date'>" + "9" * 500_000 + "</p>"),
        article("<p class='date'>" + "posted on " * 50_000 + "</p>"),
        article("<div class='date'>" * 300 + "x" + "</div>" * 300),
        article("<p>" + "<time datetime='2025-10-28'>x</time>" * 20_000 + "</p>"),
        article("<p>x</p>", "".join(f"<meta name='date' content='{'1' * 10_000}'>" for _ in range(200))),
    ],
)
def test_hostile_pages_end(markup: str) -> None:
    """Pages made of nothing but dates, digits or labels are answered, and with no day after the capture."""
    found = find(markup)
    assert found.published is None or found.published.instant <= CAPTURED + timedelta(days=1)
