"""Where a newsroom's feeds and sitemaps are, and which pattern its articles have."""

import re

import pytest

from talkscraper.discovery.page_links import parse_page
from talkscraper.discovery.probe import MAX_PER_KIND, guesses, probe
from talkscraper.discovery.url_patterns import guess

HOME = "https://quay.example/"


def _page(head="", body=""):
    return f"<html><head>{head}</head><body>{body}</body></html>".encode()


def test_a_homepage_announces_feeds_and_sitemaps():
    """link rel=alternate by type, a feed elsewhere too; not the comments' feed, nor WordPress' API."""
    head = (
        '<link rel="alternate" type="application/rss+xml" title="News" href="/feed">'
        '<link rel="alternate" type="application/atom+xml" href="https://feeds.elsewhere.example/quay">'
        '<link rel="alternate" type="application/feed+json" href="/feed.json">'
        '<link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">'
        '<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/2">'
        '<link rel="alternate" hreflang="de" href="/de/"><link rel="sitemap" href="/sitemap.xml">'
    )
    found = probe(parse_page(_page(head, '<a href="/sitemap-news.xml.gz">Sitemap</a><a href="/rss">RSS</a>'), HOME))
    assert [link.url for link in found if link.kind == "feed"] == [
        "https://quay.example/feed",
        "https://feeds.elsewhere.example/quay",
        "https://quay.example/feed.json",
    ]
    assert [link.url for link in found if link.kind == "sitemap"] == [
        "https://quay.example/sitemap.xml",
        "https://quay.example/sitemap-news.xml.gz",
    ]


def test_links_in_the_page_count_where_its_head_announces_nothing():
    """A footer's RSS link, on the site's own host."""
    found = probe(
        parse_page(_page(body='<a href="/rss.xml">RSS</a><a href="https://other.example/rss.xml">RSS</a>'), HOME)
    )
    assert [link.url for link in found] == ["https://quay.example/rss.xml"]


def test_a_page_that_announces_a_thousand_feeds_gets_a_few():
    """Some sites have one per author."""
    head = "".join(f'<link rel="alternate" type="application/rss+xml" href="/f/{n}">' for n in range(1000))
    assert len(probe(parse_page(_page(head), HOME))) == MAX_PER_KIND


def test_the_usual_places_are_on_the_site_itself():
    """For a newsroom that announces nothing; the news sitemap first."""
    found = guesses("https://quay.example/en/")
    assert next(link.url for link in found if link.kind == "sitemap") == "https://quay.example/news-sitemap.xml"
    assert {link.kind for link in found} == {"feed", "sitemap"}
    assert all(link.url.startswith("https://quay.example/") for link in found)


@pytest.mark.parametrize(
    ("articles", "others", "pattern"),
    [
        (
            [f"https://quay.example/posts/story-{n}" for n in range(9)],
            ["https://quay.example/posts"],
            "/posts/[^/?#]+$",
        ),
        (
            [f"https://quay.example/2025/10/{n:02}/a-story-of-the-day" for n in range(10, 20)],
            ["https://quay.example/2025/10/"],
            r"/\d{4}/\d{1,2}/\d{1,2}/[^/?#]+",
        ),
        (
            [f"https://quay.example/{folder}/a-story-1234{n}.html" for n, folder in enumerate("abcdefghij", 560)],
            ["https://quay.example/sport"],
            r"[-_/]\d{5,}\.[a-z]{3,5}$",
        ),
        ([f"https://quay.example/posts/{n}" for n in range(4)], [], None),
        ([f"https://quay.example/{'abcdefghi'[n]}/story" for n in range(9)], [], None),
        (
            [f"https://quay.example/posts/story-{n}" for n in range(9)],
            ["https://quay.example/posts/about-us"],
            None,
        ),
    ],
)
def test_a_pattern_is_guessed_from_examples_or_not_at_all(articles, others, pattern):
    """It matches the articles and none of the other addresses; where no pattern does, the heuristic stays."""
    found = guess(articles, others)
    assert found == pattern
    if found:
        assert all(re.search(found, url) for url in articles)
