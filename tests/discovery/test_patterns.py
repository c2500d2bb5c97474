"""Patterns learnt from addresses of one day: they find the articles of every other day, or none is learnt."""

import re
import subprocess
import sys
from datetime import UTC, date, datetime

import pytest

from talkscraper.discovery.dated_patterns import frozen_dates, generalised
from talkscraper.discovery.source_setup import add_url, check
from talkscraper.discovery.survey import SiteSurvey
from talkscraper.discovery.url_patterns import guess
from talkscraper.fixture_site import FixtureSite
from talkscraper.fixture_site.reply import html_page, not_found
from talkscraper.urls.shape import Shape, judge

MONTHS = ("ocak", "subat", "mart", "nisan", "mayis", "haziran", "temmuz", "agustos", "eylul", "ekim", "kasim",
          "aralik")  # fmt: skip
READ_ON = date(2026, 11, 27)
LATER = (
    date(2026, 11, 28),
    date(2026, 12, 3),
    date(2027, 1, 9),
    date(2027, 11, 27),
    date(2026, 8, 1),
    date(2031, 5, 30),
)
OTHERS = [
    f"https://quay.example/{each}" for each in ("", "news/", "about-us", "2026/", "sport/", "contact.html", "27/")
]

FORMS = [
    "/{d:%Y}/{slug}", "/{d:%Y}/{slug}/", "/{d:%Y}/{slug}.html", "/{d:%Y}/{d:%m}/{slug}", "/{d:%Y}/{d:%m}/{d:%d}/{slug}",
    "/{d:%Y}/{d:%b}/{d:%d}/{slug}", "/{d:%Y}/{d:%B}/{slug}", "/{d:%B}/{slug}", "/{d:%d}/{slug}", "/{d:%m}/{slug}",
    "/{d:%d}/{d:%m}/{d:%Y}/{slug}", "/{d:%d}-{d:%m}-{d:%Y}/{slug}", "/{d:%Y}-{d:%m}-{d:%d}/{slug}", "/{d:%Y%m%d}/{slug}",
    "/{d:%Y%m}/{slug}", "/{d:%y%m%d}/{slug}", "/{d:%Y}-{d:%m}/{slug}", "/{d:%Y}/w{d:%V}/{slug}", "/{d:%G}-W{d:%V}/{slug}",
    "/{d:%Y}/{d:%V}/{slug}", "/kw{d:%V}/{slug}", "/{d:%Y}/{d:%j}/{slug}", "/{d:%d}.{d:%m}.{d:%Y}/{slug}",
    "/edition-{d:%Y}-{d:%m}-{d:%d}/{slug}", "/{d:%Y}/{month}/{d:%d}/{slug}", "/{d:%d}-{month}-{d:%Y}/{slug}",
    "/{d:%A}/{slug}", "/news/{d:%Y}/{slug}", "/news/{d:%m}/{slug}", "/news/{d:%d}/{slug}.html", "/en/{d:%Y}/{d:%d}/{slug}",
    "/{d:%Y}/harbour/{slug}", "/{d:%Y}/{d:%m}/harbour/{slug}", "/archive{d:%Y}/{slug}", "/{d:%Y}_{d:%m}_{d:%d}/{slug}",
    "/{d:%Y%m%d}T0800/{slug}", "/{d:%Y}{month}/{slug}", "/{d:%Y}%E5%B9%B4{d:%m}%E6%9C%88/{slug}", "/a/{d:%Y}/{n}",
    "/{d:%Y}/{n}.html", "/issue-{issue}/{slug}", "/{issue}/{slug}", "/vol{issue}/no3/{slug}", "/{d:%m}/{d:%d}/{n}",
    "/{d:%Y}/{d:%m}/{d:%d}/{n}/", "/news/{d:%Y}-{slug}", "/{d:%Y}-{slug}", "/news/{n}-{slug}", "/{d:%Y%m%d}-{slug}.html",
]  # fmt: skip


def _addresses(form, day, how_many=12):
    issue = 1040 + (day - READ_ON).days
    return [
        "https://quay.example"
        + form.format(
            d=day, n=200_000 + issue * 100 + k, issue=issue, month=MONTHS[day.month - 1],
            slug=f"the-{'abcdefghijkl'[k]}-wall-of-the-harbour-is-higher",
        ).lower()
        for k in range(how_many)
    ]  # fmt: skip


@pytest.mark.parametrize("how_many", [5, 12])
@pytest.mark.parametrize("form", FORMS)
def test_what_is_learnt_on_one_day_finds_the_articles_of_every_other_day(form, how_many):
    """Of the next day, month and year, and of earlier ones; or no pattern is learnt, and addresses are judged by looks."""
    pattern = guess(_addresses(form, READ_ON, how_many), OTHERS)
    for day in LATER:
        for url in _addresses(form, day):
            if pattern is None:
                assert judge(url).shape is not Shape.SECTION, url
            else:
                assert re.search(pattern, url), (pattern, url)
    if pattern is not None:
        assert not any(re.search(pattern, other) for other in OTHERS)
        assert frozen_dates(pattern) == []


@pytest.mark.parametrize("form", [form for form in FORMS[:36] if form not in ("/{d:%B}/{slug}", "/{d:%A}/{slug}")])
def test_most_dated_forms_are_learnt(form):
    """A pattern there is, for folders that hold a date: an empty one would only be the easy way out."""
    assert guess(_addresses(form, READ_ON), ["https://quay.example/about-us"]) is not None


def test_a_folder_of_one_section_below_a_date_is_not_learnt():
    """All of the day's news were of one section; tomorrow's are of another."""
    pattern = guess([f"https://quay.example/2026/sport/the-{k}-match-of-the-day" for k in range(12)], [])
    assert pattern is not None
    assert re.search(pattern, "https://quay.example/2027/harbour/the-new-wall")


@pytest.mark.parametrize(
    ("pattern", "dates"),
    [
        (r"/2026/[^/?#]+$", ["2026"]),
        (r"/27/[^/?#]+$", ["27"]),
        (r"/11/[^/?#]+/$", ["11"]),
        (r"/november/[^/?#]+\.html$", ["november"]),
        (r"/20261127/[^/?#]+$", ["20261127"]),
        (r"/202611/[^/?#]+$", ["202611"]),
        (r"/2026\-11\-27/[^/?#]+$", ["2026-11-27"]),
        (r"/27\.11\.2026/[^/?#]+$", ["27.11.2026"]),
        (r"/2026\-w48/[^/?#]+$", ["2026-w48"]),
        ("/2026年11月/[^/?#]+$", ["2026年11月"]),
        (r"/2026%E5%B9%B411%E6%9C%88/[^/?#]+$", ["2026%E5%B9%B411%E6%9C%88"]),
        (r"/w48/[^/?#]+$", ["w48"]),
        (r"^https://quay\.example/2026/11/", ["2026", "11"]),
        (r"/edition\-2026\-11\-27/[^/?#]+$", ["edition-2026-11-27"]),
        (r"/\d{4}/[^/?#]+$", []),
        (r"/20\d\d/\d\d/[^/?#]+$", []),
        (r"/(?:2025|2026)/[^/?#]+$", []),
        (r"/posts/[^/?#]+$", []),
        (r"/world-cup-2026/[^/?#]+$", []),
        (r"/1047/[^/?#]+$", []),
        (r"[-_/]\d{5,}\.[a-z]{3,5}$", []),
        (r"/[0-9/]+/x", []),
    ],
)
def test_a_date_in_a_pattern_is_seen(pattern, dates):
    """Written out, whatever its form; not in classes of characters, choices, or the name of an event."""
    assert frozen_dates(pattern) == dates


@pytest.mark.parametrize(
    ("folder", "expression"),
    [
        ("news", None),
        ("sport", None),
        ("issue12", r"issue\d+"),
        ("2026%E5%B9%B411%E6%9C%88", r"\d{4}%E5%B9%B4\d+%E6%9C%88"),
        ("27-ao%C3%BBt", r"\d+\-[^/?#]+"),
        ("h%C3%A4fen", None),
        ("2026", r"\d{4}"),
    ],
)
def test_only_folders_with_dates_and_numbers_are_made_general(folder, expression):
    """The names of folders stay as they are."""
    assert generalised(folder) == expression


class Dated:
    """A newsroom whose addresses hold the day; a test says which day it is."""

    name = "dated"
    day = 0

    def __init__(self, form):
        self.form, self.today = form, READ_ON

    def answer(self, target, _base):
        paths = [url.removeprefix("https://quay.example") for url in _addresses(self.form, self.today)]
        if target == "/":
            return html_page("<ul>" + "".join(f"<li><a href='{p}'>The wall of the harbour {p}</a></li>" for p in paths))
        return not_found()


@pytest.mark.parametrize("form", ["/{d:%Y}/{slug}", "/{d:%d}/{slug}", "/{d:%m}/{slug}"])
def test_a_newsroom_added_today_is_found_whole_a_month_and_a_year_later(form, tmp_path):
    """As many articles as on the first day, by the pattern that was written then."""
    toml, site = tmp_path / "sources.toml", Dated(form)
    toml.write_text('contact = "https://example.org/us"\n')
    with FixtureSite(sites=(site,)) as running:
        (homepage,) = running.homepages
        added = add_url(toml, homepage, now=datetime(2026, 11, 27, tzinfo=UTC), allow_private=True)
        assert "article_urls" in added.block
        for site.today in LATER:
            (found,) = check(toml, (), now=datetime(2027, 11, 27, tzinfo=UTC))
            assert isinstance(found, SiteSurvey)
            assert (len(found.articles), found.problems) == (12, ())


def test_check_names_a_pattern_that_an_older_version_learnt(tmp_path):
    """While it still matches, and when nothing does any more."""
    toml, site = tmp_path / "sources.toml", Dated("/{d:%Y}/{slug}")
    with FixtureSite(sites=(site,)) as running:
        (homepage,) = running.homepages
        toml.write_text(
            f'contact = "https://example.org/us"\n[sources.quay]\nhomepage = "{homepage}"\nallow_private = true\n'
            "delay = 0\narticle_urls = ['/2026/[^/?#]+$']\n"
        )
        for site.today, articles in ((READ_ON, 12), (date(2027, 1, 9), 0)):
            (found,) = check(toml, ("quay",), now=datetime(2027, 1, 9, tzinfo=UTC))
            assert isinstance(found, SiteSurvey)
            assert len(found.articles) == articles
            assert any("holds the date 2026" in problem and r"\d{4}" in problem for problem in found.problems)


def test_a_crawl_warns_of_a_pattern_that_holds_a_date(tmp_path):
    """Where nothing is found any more, completeness can't tell: nothing is missing of what isn't wanted."""
    site = Dated("/{d:%Y}/{slug}")
    site.today = date(2027, 1, 9)
    with FixtureSite(sites=(site,)) as running:
        (homepage,) = running.homepages
        (tmp_path / "sources.toml").write_text(
            f'contact = "https://example.org/us"\n[sources.quay]\nhomepage = "{homepage}"\nallow_private = true\n'
            "delay = 0\narticle_urls = ['/2026/[^/?#]+$']\n"
        )
        done = subprocess.run(
            [sys.executable, "-m", "talkscraper", "--archive", str(tmp_path), "crawl"],
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
    assert "WARNING quay: article_urls: '/2026/[^/?#]+$' holds the date 2026" in done.stderr
