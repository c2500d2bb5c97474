"""Dates in addresses, and archives by date."""

from __future__ import annotations

from datetime import date

import pytest

from talkscraper.urls.date_archives import address_of, pattern_of, patterns
from talkscraper.urls.page_numbers import page_number, unnumbered
from talkscraper.urls.periods import period, period_of_article, period_of_document

HOST = "https://quay.example"


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("/2024/05/12/wall", "2024-05-12", "2024-05-12"),
        ("/news/2024/5/wall", "2024-05-01", "2024-05-31"),
        ("/2024-05-12-wall", "2024-05-12", "2024-05-12"),
        ("/20240512/wall", "2024-05-12", "2024-05-12"),
        ("/2024/wall", "2024-01-01", "2024-12-31"),
        ("/elections/2024/wall", None, None),
        ("/posts/wall-of-2024", None, None),
        ("/posts/202405", None, None),
        ("/2024/02/31/wall", "2024-02-01", "2024-02-29"),
    ],
)
def test_an_articles_address_is_dated_by_whole_folders_only(path, first, last):
    """A year inside a slug, or below a topic, is what an article is about."""
    found = period_of_article(HOST + path)
    assert (found and (str(found.first), str(found.last))) == ((first, last) if first else None)


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [
        ("/sitemap-2024-05.xml", "2024-05-01", "2024-05-31"),
        ("/sitemaps/posts_2024_5.xml.gz", "2024-05-01", "2024-05-31"),
        ("/sitemap-202405.xml", "2024-05-01", "2024-05-31"),
        ("/sitemap.xml?yyyy=2024&mm=05&dd=12", "2024-05-12", "2024-05-12"),
        ("/sitemap-2024.xml", "2024-01-01", "2024-12-31"),
        ("/post-sitemap12.xml", None, None),
        ("/sitemap-20240.xml", None, None),
    ],
)
def test_a_sitemaps_address_names_its_month(path, first, last):
    found = period_of_document(HOST + path)
    assert (found and (str(found.first), str(found.last))) == ((first, last) if first else None)


@pytest.mark.parametrize(
    ("path", "pattern", "earlier"),
    [
        ("/2024/05/", "/{year}/{month}/", "/2023/01/"),
        ("/archive/2024-05-01", "/archive/{year}-{month}-{day}", "/archive/2023-01-09"),
        ("/archive/20240501.html", "/archive/{year}{month}{day}.html", "/archive/20230109.html"),
        ("/?m=202405", "/?m={year}{month}", "/?m=202301"),
        (
            "/old?date=2024-05-01&view=list",
            "/old?date={year}-{month}-{day}&view=list",
            "/old?date=2023-01-09&view=list",
        ),
        ("/old?month=2024-05", "/old?month={year}-{month}", "/old?month=2023-01"),
        ("/old?year=2024&month=5", "/old?year={year}&month={m}", "/old?year=2023&month=1"),
        ("/posts/wall-2024", None, None),
        ("/2024/05/12/wall", None, None),
        ("/posts?id=2024", None, None),
    ],
)
def test_an_archive_page_gives_those_of_other_days(path, pattern, earlier):
    found = pattern_of(HOST + path)
    assert found == (HOST + pattern if pattern else None)
    if found is not None:
        unit = "day" if "{day}" in found else "month"
        assert address_of(found, period(2023, 1, 9, unit=unit)) == HOST + earlier


def test_one_month_without_a_leading_zero_shows_that_none_has_one():
    assert patterns([f"{HOST}/2024/12/", f"{HOST}/2024/5/"]) == [f"{HOST}/{{year}}/{{m}}/"]


def test_the_period_before_the_first_year_is_none():
    """An archive without bounds ends."""
    assert period(1, 1).before() is None
    assert period(2024, 1).before() == period(2023, 12)
    assert period(2024, 3, 1).before().first == date(2024, 2, 29)


def test_the_month_of_an_archive_is_no_page_number():
    assert page_number(f"{HOST}/2024/05/") is None
    assert page_number(f"{HOST}/2024/05/page/3/") == 3
    assert page_number(f"{HOST}/news?page=12") == 12
    assert unnumbered(f"{HOST}/news/page/3/") == unnumbered(f"{HOST}/news/") == f"{HOST}/news"
