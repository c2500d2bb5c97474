"""Addresses that lead a crawl round in circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.discovery.model import LinkSet
from talkscraper.urls.canonical import cleaned
from talkscraper.urls.crawler_traps import trap

QUAY = "https://quay.example"


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/a" * 17, "deeper than"),
        ("/news/sport/news/sport/news/sport/x", "repeats"),
        ("/a/b/a/b", "repeats 'a/b'"),
        ("/news/news/news", "repeats 'news'"),
        ("/sport/page/501", "page 501"),
        ("/sport?page=99999", "of a list"),
        ("/?start=123456", "of a list"),
        ("/events/calendar/2031/07", "calendar"),
        ("/kalender/2099-01", "calendar"),
        ("/?month=2031-07", "calendar"),
        ("/?tribe-bar-date=2031-07-01", "calendar"),
        ("/posts/a?replytocom=77", "does something"),
        ("/posts/a?share=mail", "does something"),
        ("/posts/a?" + "&".join(f"p{n}=1" for n in range(11)), "more than 10 parameters"),
        ("/posts/a?x=1&x=2&x=3&x=4", "repeated"),
        ("/" + "a" * 2100, "longer than 2083"),
    ],
)
def test_a_trap_is_refused_with_its_reason(path, why):
    """Depth, repetition, endless lists, calendars, actions, parameters without end, length."""
    assert why in trap(QUAY + path)


@pytest.mark.parametrize("url", ["ftp://quay.example/a", "javascript:alert(1)", "http:///a", "http://[::1", "data:,x"])
def test_what_is_no_address_on_the_web_is_refused(url):
    """Only http and https, with a host."""
    assert trap(url)


@pytest.mark.parametrize(
    "path",
    [
        "/2025/10/28/the-wall-holds",
        "/news/uk/england/devon/2025/10/28/a/b/c",
        "/sport/page/2",
        "/?p=12345",
        "/calendar",
        "/posts/calendar-of-storms-2026",
        "/article.php?id=1&lang=en&section=2",
        "/new-york/new-york/mayor-elected",
        "/posts/a?page=2",
    ],
)
def test_an_ordinary_address_is_none(path):
    """Dated paths with sections, short lists, a calendar's first page, a word that occurs twice."""
    assert trap(QUAY + path) is None


def test_session_ids_make_no_new_addresses():
    """A page that hands every visitor a session names one address, not one per visit."""
    found = LinkSet(via=QUAY, most=100)
    for n in range(50):
        session = f"{n:032x}"
        for url in (
            f"{QUAY}/posts/wall;jsessionid={session}",
            f"{QUAY}/posts/wall?PHPSESSID={session}",
            f"{QUAY}/(S({session[:24]}))/posts/wall",
            f"{QUAY}/posts/wall?sid={session}&utm_source=x{n}",
        ):
            found.add(url, "article")
    assert list(found.links) == [f"{QUAY}/posts/wall"]


@given(st.text(max_size=200))
def test_no_address_breaks_the_rule(text):
    """Whatever a page writes; and cleaning doesn't turn a harmless one into a trap of another kind."""
    for url in (text, QUAY + "/" + text):
        verdict = trap(cleaned(url))
        assert verdict is None or verdict
