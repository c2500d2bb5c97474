"""Which of the titles that a page tells is its headline."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import talkscraper
from tests.support.pages import FERRY_MARKUP

AT = datetime(2026, 3, 1, tzinfo=UTC)


def title(*, h1: str = "", og: str = "", title: str = "", url: str = "https://courier.example/news/1") -> str | None:
    """The title found on a page that tells these."""
    og = f'<meta property="og:title" content="{og}">' if og else ""
    page = f"<html lang=en><head><title>{title}</title>{og}</head><body><article><h1>{h1}</h1>{FERRY_MARKUP}</article>"
    found = talkscraper.extract(page.encode(), url, AT)
    assert found.article is not None
    return found.article.title


@pytest.mark.parametrize(
    ("h1", "og", "wanted"),
    [
        ("Ferry returns to the lake", "Transport: Ferry returns to the lake", "Transport: Ferry returns to the lake"),
        ("Transport: Ferry returns to the lake", "Ferry returns to the lake", "Ferry returns to the lake"),
        (
            "Ferry returns to the lake",
            "Lake county / Ferry returns to the lake",
            "Lake county / Ferry returns to the lake",
        ),
        # the site's own name is no kicker, and half of a title in two parts isn't one either
        ("Ferry returns to the lake", "Courier: Ferry returns to the lake", "Ferry returns to the lake"),
        (
            "What we learned from forty winters: Ferry returns to the lake",
            "Ferry returns to the lake",
            "What we learned from forty winters: Ferry returns to the lake",
        ),
        # another wording isn't the same headline: what the page shows counts
        ("Ferry returns to the lake", "Why a ferry sails again", "Ferry returns to the lake"),
    ],
)
def test_og_title_says_whether_the_kicker_belongs(h1, og, wanted):
    """Where it says the same but for that."""
    assert title(h1=h1, og=og, title=f"{h1} - Courier") == wanted


@pytest.mark.parametrize(
    ("h1", "wanted"),
    [
        ("Ferry returns to the lake | Opinion", "Ferry returns to the lake"),
        ("Ferry returns to the lake | News | Lake Courier", "Ferry returns to the lake"),
        ("Ferry returns to the lake – Courier", "Ferry returns to the lake"),
        ("Ferry returns to the lake | How the council paid", "Ferry returns to the lake | How the council paid"),
        ("Opinion | Ferry returns to the lake", "Opinion | Ferry returns to the lake"),
        ("Ferry returns to the lake – and stays", "Ferry returns to the lake – and stays"),
        ("He said «Ferry returns to the lake»", "He said «Ferry returns to the lake»"),
    ],
)
def test_what_stands_behind_bars_and_the_sites_name_are_cut(h1, wanted):
    """What stands before a bar must be a headline; quotation marks at the end aren't separators."""
    assert title(h1=h1, og=h1, title=h1) == wanted


def test_a_heading_that_is_the_blogs_name_is_no_headline():
    """<title> says more than og:title: that is the name."""
    found = title(
        h1="Notes From A Pier", og="Ferry returns to the lake", title="Notes From A Pier: Ferry returns to the lake"
    )
    assert found == "Ferry returns to the lake"


def test_one_word_from_the_middle_of_the_title_is_no_headline():
    """Both name the thing."""
    declared = "How the council, Harbourside and two banks saved the ferry"
    assert title(h1="Harbourside", og=declared, title=declared) == declared


@pytest.mark.parametrize("declared", ["Courier", "courier.example", "Untitled Document", "Ohne Titel", "News"])
def test_a_site_s_name_or_a_section_is_no_headline_beside_a_heading(declared):
    """Nothing agrees with the heading then, and it is believed all the same."""
    assert title(h1="Ferry returns to the lake", og=declared, title=declared) == "Ferry returns to the lake"
