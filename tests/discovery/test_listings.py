"""Front pages and sections: which of their links are articles, which are sections, where the list goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.discovery import listings
from talkscraper.discovery.listings import page_number, read_listing
from talkscraper.discovery.model import Unreadable
from talkscraper.discovery.page_links import parse_page
from talkscraper.sources.model import Source

HOME = "https://quay.example/"
FRONT = """<!doctype html><html lang="en"><head><title>The Quay</title></head><body>
<header><nav><a href="/">Home</a><a href="/sport">Sport</a><a href="/world/">World</a><a href="/about-us">About us</a>
<a href="/login">Log in</a></nav></header>
<main>
<article><a href="/2025/10/28/the-wall-holds"><img alt="waves" src="w.png"></a>
<h2><a href="/2025/10/28/the-wall-holds?utm_source=front#top">The wall holds against the October storm</a></h2></article>
<h3><a href="/world/ferry-that-runs-on-leftover-heat">A ferry that runs on leftover heat</a></h3>
<h3><a href="/k/short-slug">Short slug</a></h3>
<h3><a href="/gale">Gale</a></h3>
<a href="https://elsewhere.example/2025/10/28/not-ours-at-all">Not ours</a>
<a href="mailto:desk@quay.example">Write to us</a><a href="javascript:void(0)">Menu</a><a href="#main">Skip</a>
<a href="/tag/storms">Storms</a><a href="/2025/10/28/wall.pdf">As PDF</a>
</main><footer><a href="/privacy-policy">Privacy policy</a><a href="/contact">Contact</a></footer></body></html>"""


def _listing(body, url, source):
    return read_listing(parse_page(body, url), source)


def _urls(found, kind="article"):
    return [link.url for link in found if link.kind is kind]


def test_a_front_page_gives_articles_and_the_sections_of_its_menu(source):
    """Without patterns: by the looks of addresses; each once, cleaned, with its longest words; nothing of others."""
    found = _listing(FRONT.encode(), HOME, source())
    assert _urls(found.links) == [
        "https://quay.example/2025/10/28/the-wall-holds",
        "https://quay.example/world/ferry-that-runs-on-leftover-heat",
    ]
    assert found.articles[0].title == "The wall holds against the October storm"
    assert _urls(found.links, "listing") == ["https://quay.example/sport", "https://quay.example/world/"]
    assert found.title == "The Quay"


def test_with_patterns_only_what_matches_is_an_article(source):
    """The source's own word counts, whatever an address looks like."""
    assert _urls(_listing(FRONT.encode(), HOME, source("/k/[^/?#]+$")).links) == ["https://quay.example/k/short-slug"]


def test_words_tell_what_an_address_does_not(source):
    """A bare slug is a headline's when it repeats the words of its own link; in the menu the same is a section."""
    page = (
        b'<nav><a href="/harbour-storm-wall">Harbour storm wall</a></nav>'
        b'<main><a href="/flood-wall-repaired">The flood wall is repaired before the winter</a>'
        b'<a href="/harbour-life">More stories about anything at all here</a></main>'
    )
    assert _urls(_listing(page, HOME, source()).links) == ["https://quay.example/flood-wall-repaired"]


def test_a_section_gives_articles_and_its_next_page_but_no_sections(source):
    """Sections are taken from the front page only: a site's menu stands on every page."""
    page = FRONT.replace("</main>", '<a rel="next" href="/sport?page=2">Older</a></main>').encode()
    found = _listing(page, "https://quay.example/sport", source()).links
    assert len(_urls(found)) == 2
    assert _urls(found, "listing") == ["https://quay.example/sport?page=2"]


@pytest.mark.parametrize(
    ("url", "words", "followed"),
    [
        ("/sport?page=2", "2", False),
        ("/sport?page=2", "Next page", True),
        ("/sport/page/3/", "Older posts", True),
        ("/sport?page=5", "weiter »", True),
        ("/sport?page=6", "Next", False),
        ("/sport?page=1", "Next", False),
        ("/calendar?month=12", "Next", False),
        ("https://elsewhere.example/sport?page=2", "Next", False),
        ("/sport?page=99999999", "→", False),
    ],
)
def test_a_list_is_followed_to_its_fifth_page(source, url, words, followed):
    """Endless pagination ends by itself: the number says how far a list goes, and a link without one isn't followed."""
    page = f'<main><a href="{url}">{words}</a></main>'.encode()
    found = _listing(page, "https://quay.example/sport", source("/never/")).links
    assert bool(_urls(found, "listing")) == followed


def test_a_source_that_names_its_sections_gets_no_others(source):
    """What sources.toml gives isn't looked for."""
    configured = source(seeds=(("sections", ("https://quay.example/only",)),))
    assert _urls(_listing(FRONT.encode(), HOME, configured).links, "listing") == []


def test_a_page_of_a_hundred_thousand_links_is_cut(source):
    """The cap of one page, and the word that there was more."""
    page = b"<main>" + b"".join(b"<a href=/posts/story-%d>x</a>" % n for n in range(100_000)) + b"</main>"
    found = _listing(page, HOME, source("/posts/"))
    assert len(found.articles) == listings.MAX_LINKS
    assert found.truncated


def test_base_and_charset_are_the_pages_own(source):
    """<base href>, Shift_JIS by meta, and an address in another script."""
    page = (
        '<html><head><meta charset="shift_jis"><base href="https://quay.example/news/"></head><body><main>'
        '<a href="2025/10/28/防波堤.html">港の防波堤が耐えた夜</a></main></body></html>'
    ).encode("shift_jis")
    (link,) = _listing(page, HOME, source()).articles
    assert link.url == "https://quay.example/news/2025/10/28/%E9%98%B2%E6%B3%A2%E5%A0%A4.html"
    assert link.title == "港の防波堤が耐えた夜"


@pytest.mark.parametrize("body", [b"", b"  \n ", b"\x00\x00\x00"])
def test_an_empty_page_is_refused(source, body):
    """Nothing that a browser would show."""
    with pytest.raises(Unreadable):
        _listing(body, HOME, source())


def test_a_page_nested_without_end_is_read_or_refused(source):
    """Half a million open tags don't end the process."""
    page = b"<div>" * 500_000 + b'<a href="/2025/10/28/deep">deep</a>'
    try:
        found = _listing(page, HOME, source()).links
    except Unreadable:
        return
    assert len(found) <= 1


def test_a_port_of_a_private_newsroom_is_its_own_only(source):
    """Where the host is an address, another port is another server."""
    home = "http://127.0.0.1:8001/"
    page = b'<main><a href="http://127.0.0.1:6379/posts/a">x</a><a href="/posts/b">y</a></main>'
    assert _urls(_listing(page, home, source("/posts/", homepage=home)).links) == ["http://127.0.0.1:8001/posts/b"]


@given(st.binary(max_size=400))
def test_no_bytes_break_the_reader(body):
    """Whatever a server sends."""
    quay = Source(id="quay", name="The Quay", homepage=HOME)
    for piece in (body, b"<html><body><main><a href='" + body):
        try:
            found = _listing(piece, HOME, quay).links
        except Unreadable:
            continue
        assert all(link.url.startswith("https://quay.example") for link in found)


@pytest.mark.parametrize(
    ("url", "number"),
    [("/sport?page=2", 2), ("/sport/page/12", 12), ("/sport/3/", 3), ("/2025/10/28/a", None), ("/sport?p=7&x=1", 7)],
)
def test_page_numbers_are_read_from_addresses(url, number):
    """Query and path."""
    assert page_number("https://quay.example" + url) == number
