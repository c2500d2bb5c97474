"""One invented page for each way in which a date is told, or in which a date was once found wrongly."""

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from lxml import etree

from talkscraper.extraction import extract
from talkscraper.extraction.dates import find_dates
from talkscraper.extraction.page import Page

GOLDEN = Path(__file__).parents[1] / "golden" / "dates"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))


def read(name: str) -> Page:
    case = EXPECTED[name]
    body = (GOLDEN / f"{name}.html").read_bytes()
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Page.read(body, case["url"], datetime.fromisoformat(case["captured_at"]), headers)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_page_tells_its_dates(name: str) -> None:
    """The day, instant, precision, offset, modified day and rule of this page are the expected ones."""
    case, page = EXPECTED[name], read(name)
    found = find_dates(page, case["language"], page.tree.find(".//h1"))
    published = found.published
    told = {
        "published": published.day.isoformat() if published else None,
        "precision": published.precision.value if published else None,
        "offset": published.offset_minutes if published else None,
        "instant": published.instant if published and case["instant"] else None,
        "modified": found.modified.day.isoformat() if found.modified else None,
        "rule": found.published_rule,
    }
    expected = {key: case[key] for key in told}
    expected["instant"] = datetime.fromisoformat(case["instant"]) if case["instant"] else None
    assert told == expected, f"{case['why']}; read from {published.raw if published else None!r}"


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_whole_extraction_tells_the_same_day(name: str) -> None:
    """With the headline and the language that the extraction finds by itself, the printed day is the same."""
    case = EXPECTED[name]
    body = (GOLDEN / f"{name}.html").read_bytes()
    found = extract(
        body, case["url"], datetime.fromisoformat(case["captured_at"]), {"Content-Type": "text/html; charset=utf-8"}
    )
    assert found.article is not None, found.reason
    published = found.article.published
    assert (published.day.isoformat() if published else None) == case["published"]


def test_every_page_is_expected_and_every_expectation_has_its_page() -> None:
    """No golden page is left out of the comparison."""
    assert {p.stem for p in GOLDEN.glob("*.html")} == set(EXPECTED)
    assert len(EXPECTED) >= 100


def test_pages_cover_the_languages_and_scripts_of_the_goal() -> None:
    """At least 12 languages and 8 scripts are there."""
    languages = {case["language"] for case in EXPECTED.values()}
    assert len(languages) >= 12
    assert {"ru", "ar", "zh", "ja", "ko", "hi", "th", "el", "he", "bn", "ta", "ka", "hy", "fa"} <= languages


def test_a_page_s_tree_is_left_as_it_was() -> None:
    """Finding dates changes nothing for whoever reads the tree next."""
    for name in ("footer-only", "en-updated-first", "blogger-header"):
        page = read(name)
        before = etree.tostring(page.tree)
        find_dates(page, "en", None)
        assert etree.tostring(page.tree) == before


def test_no_golden_date_is_later_than_its_capture() -> None:
    """Captured ten years earlier, no page tells a date after its capture."""
    for name, case in EXPECTED.items():
        body = (GOLDEN / f"{name}.html").read_bytes()
        captured = datetime.fromisoformat("2015-06-15T12:00:00Z")
        page = Page.read(body, case["url"], captured, {"Content-Type": "text/html; charset=utf-8"})
        found = find_dates(page, case["language"], None)
        for told in (found.published, found.modified):
            assert told is None or told.day <= date(2015, 6, 16), name
