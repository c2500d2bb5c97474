"""find_dates as a whole: the same on every machine, bounded on hostile pages, told in provenance."""

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from talkscraper.extraction.dates import DateFindings, find_dates
from talkscraper.extraction.dates.finding import told
from talkscraper.extraction.dates.machine import parse
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
    assert told(found) == expected


def test_a_utc_time_keeps_the_day_that_the_url_names() -> None:
    """02:41 UTC on the 19th was still the 18th in the newsroom; the instant isn't touched."""
    head = '<meta property="article:published_time" content="2025-10-19T02:41:41Z">'
    found = find(article("<p>x</p>", head), "https://gazette.example.com/2025/10/18/wall").published
    assert found is not None
    assert (found.day, found.instant) == (date(2025, 10, 18), datetime(2025, 10, 19, 2, 41, 41, tzinfo=UTC))
    far = find(article("<p>x</p>", head), "https://gazette.example.com/2025/10/12/wall").published
    assert far is not None
    assert far.day == date(2025, 10, 19)


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
