"""A feed reader's list of feeds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.discovery.model import Unreadable
from talkscraper.discovery.opml import MAX_FEEDS, parse_opml

OPML = """<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>Coast</title></head><body>
<outline text="Harbours"><outline text="The Quay" type="rss" xmlUrl="https://quay.example/feed" htmlUrl="https://quay.example/news/"/>
<outline text="The Quay: sport" xmlUrl="https://www.quay.example/sport/feed"/></outline>
<outline title="港新聞" xmlUrl="https://minato.example/rss"/><outline text="no feed" htmlUrl="https://x.example/"/>
<outline text="evil" xmlUrl="file:///etc/passwd"/><outline text="evil" xmlUrl="javascript:alert(1)"/>
</body></opml>"""


def test_feeds_of_one_site_are_one_newsroom():
    """Nested outlines, names in any script; what is no feed on the web is left out."""
    found = parse_opml(OPML.encode(), "coast.opml")
    assert [(each.homepage, each.name, each.feeds) for each in found] == [
        ("https://quay.example/", "The Quay", ["https://quay.example/feed", "https://www.quay.example/sport/feed"]),
        ("https://minato.example/", "港新聞", ["https://minato.example/rss"]),
    ]


def test_a_newsroom_has_no_more_feeds_than_the_cap():
    """A list with one feed per author."""
    outlines = "".join(f'<outline xmlUrl="https://quay.example/f/{n}"/>' for n in range(500))
    (newsroom,) = parse_opml(f"<opml><body>{outlines}</body></opml>".encode(), "x")
    assert len(newsroom.feeds) == MAX_FEEDS


@pytest.mark.parametrize("body", [b"", b"<rss/>", b"<opml><body/></opml>", b"\x89PNG", b"<opml>" + b"<outline>" * 9999])
def test_what_names_no_feeds_is_refused(body):
    """By the file's name, in one line."""
    with pytest.raises(Unreadable, match=r"^list\.opml: "):
        parse_opml(body, "list.opml")


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body):
    """A list from anywhere."""
    try:
        found = parse_opml(b"<opml><outline xmlUrl='" + body, "x")
    except Unreadable:
        return
    assert all(feed.startswith("http") for each in found for feed in each.feeds)
