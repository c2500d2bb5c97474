"""Feeds as newsrooms write them, and as an attacker would."""

import gzip
import json
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.discovery import feeds
from talkscraper.discovery.model import Unreadable
from talkscraper.discovery.page_links import parse_page
from talkscraper.discovery.seed_format import read_document
from talkscraper.sources.model import Source

QUAY = Source(id="quay", name="The Quay", homepage="https://quay.example/")


def parse_feed(body, url, content_type=None):
    return read_document("feed", body, url, QUAY, content_type)


URL = "https://quay.example/feed"
POST = "https://quay.example/posts/wall"
OCTOBER = datetime(2025, 10, 28, 6, 40, tzinfo=UTC)


def _rss(items, head="", prologue='<?xml version="1.0" encoding="utf-8"?>', version="2.0"):
    return f'{prologue}<rss version="{version}"><channel><title>The Quay</title>{head}{items}</channel></rss>'.encode()


ITEM = (
    f"<item><title>The wall holds</title><link>{POST}</link><pubDate>Tue, 28 Oct 2025 09:40:00 +0300</pubDate></item>"
)
RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://quay.example/"><title>The Quay</title>'
    f'</channel><item rdf:about="{POST}"><title>The wall holds</title><link>{POST}</link>'
    "<dc:date>2025-10-28T09:40:00+03:00</dc:date></item></rdf:RDF>"
).encode()
ATOM = (
    b'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en-GB" xml:base="https://quay.example/posts/">'
    b'<title>The Quay</title><link rel="self" href="/feed"/><link rel="next" href="/feed?page=2"/>'
    b'<entry><title type="html">The &amp;lt;b&amp;gt;wall&amp;lt;/b&amp;gt; holds</title>'
    b'<link rel="enclosure" href="a.mp3"/><link rel="alternate" type="text/html" href="wall"/>'
    b"<published>2025-10-28T06:40:00Z</published><updated>2025-10-28T08:00:00Z</updated></entry></feed>"
)
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Quay",
        "language": "en",
        "next_url": "/feed?page=2",
        "items": [
            {"id": "1", "url": "/posts/wall", "title": "The wall holds", "date_published": "2025-10-28T06:40:00Z"},
            {"id": "2"},
            "no item",
            {"id": "https://quay.example/posts/by-id", "title": 7},
        ],
    }
).encode()


@pytest.mark.parametrize(
    ("body", "form"),
    [
        pytest.param(_rss(ITEM), "rss", id="rss-2.0"),
        pytest.param(_rss(ITEM, version="0.91"), "rss", id="rss-0.91"),
        pytest.param(RDF, "rdf", id="rss-1.0"),
        pytest.param(ATOM, "atom", id="atom"),
        pytest.param(JSON, "json", id="json"),
    ],
)
def test_each_kind_of_feed_names_its_articles_with_titles_and_times(body, form):
    """RSS 0.91, 1.0 and 2.0, Atom, JSON Feed: the same article from all of them, at the same instant in UTC."""
    feed = parse_feed(body, URL)
    assert (feed.form, feed.title) == (form, "The Quay")
    first = feed.links[0]
    assert (first.url, first.title, first.declared_at, first.via) == (POST, "The wall holds", OCTOBER, URL)


def test_atom_says_when_an_entry_changed_and_where_its_older_part_is():
    """xml:base, rel, language, updated and the next page (RFC 5005)."""
    feed = parse_feed(ATOM, URL)
    assert feed.links[0].modified_at == datetime(2025, 10, 28, 8, 0, tzinfo=UTC)
    assert (feed.language, feed.next_url) == ("en-gb", "https://quay.example/feed?page=2")


def test_a_json_feed_with_odd_items_gives_the_sound_ones():
    """An item without an address, one that is no object, a title that is a number."""
    feed = parse_feed(JSON, URL)
    assert [link.url for link in feed.links] == [POST, "https://quay.example/posts/by-id"]
    assert feed.next_url == "https://quay.example/feed?page=2"


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ("<link>/posts/wall?utm_source=rss</link>", POST),
        ('<guid isPermaLink="true">https://quay.example/posts/wall</guid>', POST),
        ("<guid>https://quay.example/posts/wall</guid>", POST),
        ('<guid isPermaLink="false">https://quay.example/posts/wall</guid>', None),
        ("<guid>tag:quay.example,2025:1</guid>", None),
        (
            '<link>https://feeds.example/~r/1</link><f:origLink xmlns:f="u">https://quay.example/posts/wall</f:origLink>',
            POST,
        ),
        ("<link><![CDATA[ https://quay.example/posts/wall ]]></link>", POST),
        ("<link>https://quay.example/posts/wall#comments</link>", POST),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>ftp://quay.example/posts/wall</link>", None),
        ("<link></link>", None),
    ],
)
def test_an_items_address_is_the_one_a_reader_would_open(item, url):
    """Original link, link, permanent guid; without tracking parameters; nothing that isn't http."""
    found = parse_feed(_rss(f"<item><title>t</title>{item}</item>"), URL).links
    assert [link.url for link in found] == ([url] if url else [])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_rss(ITEM)[:-40], id="cut in the middle"),
        pytest.param(b"\n\n  " + _rss(ITEM), id="blank before the prologue"),
        pytest.param(b"<!-- made by hand -->" + _rss(ITEM, prologue=""), id="no prologue"),
        pytest.param(b"PHP Warning: mysql is deprecated\n" + _rss(ITEM), id="a warning before it"),
        pytest.param(_rss("<item><title>Fish & Chips &nbsp; &copy; <b></title></item>" + ITEM), id="bare ampersands"),
        pytest.param(_rss("<item><title>\x00\x0b</title></item>" + ITEM), id="control characters"),
        pytest.param(_rss("<item><title>x</item>" + ITEM), id="tags that don't close"),
        pytest.param(gzip.compress(_rss(ITEM)), id="gzip nobody declared"),
        pytest.param("\ufeff".encode() + _rss(ITEM), id="byte order mark"),
        pytest.param(_rss(ITEM).decode().replace("utf-8", "utf-16").encode("utf-16"), id="utf-16"),
    ],
)
def test_a_broken_feed_still_names_what_it_names(body):
    """The feeds of real newsrooms are often not well-formed, and readers read them all the same."""
    assert POST in [link.url for link in parse_feed(body, URL).links]


@pytest.mark.parametrize(
    ("title", "declared", "really"),
    [
        ("Die Mauer hält", "iso-8859-1", "utf-8"),
        ("Die Mauer hält", "utf-8", "windows-1252"),
        ("Preis: 5 € “heute”", "iso-8859-1", "windows-1252"),
        ("港の防波堤が耐えた夜、潮見町", "shift_jis", "cp932"),
        ("Стена выдержала ночной шторм", "windows-1251", "windows-1251"),
        ("港の防波堤が耐えた夜", "no-such-charset", "utf-8"),
    ],
)
def test_the_charset_is_what_the_bytes_are_in(title, declared, really):
    """A declaration that is wrong doesn't garble a title: UTF-8 bytes are UTF-8, Latin-1 is Windows' superset of it."""
    prologue = f'<?xml version="1.0" encoding="{declared}"?>'
    body = _rss(f"<item><title>{title}</title><link>{POST}</link></item>", prologue=prologue).decode().encode(really)
    assert parse_feed(body, URL).links[0].title == title


def test_a_charset_that_only_the_content_type_declares_is_used():
    """In feeds, sitemaps and pages alike."""
    title = "Die Brücke über den Kanal"
    body = _rss(f"<item><title>{title}</title><link>{POST}</link></item>", prologue="").decode().encode("latin-1")
    (entry,) = parse_feed(body, URL, "application/rss+xml; charset=iso-8859-1").links
    assert entry.title == title
    sitemap = "<urlset><url><loc>https://quay.example/brücke</loc></url></urlset>".encode("latin-1")
    (found,) = read_document("sitemap", sitemap, URL, QUAY, "text/xml; charset=ISO-8859-1").links
    assert found.url == "https://quay.example/br%C3%BCcke"
    page = f"<html><body><a href=/a>{title}</a></body></html>".encode("latin-1")
    assert [anchor.text for anchor in parse_page(page, URL, "text/html; charset=latin1").anchors] == [title]


def test_entities_can_not_be_declared_so_none_explode():
    """A billion laughs, quadratic blow-up, and an external entity: cut out with the document type, in no time."""
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    dtd = f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lol}<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    item = f"<item><title>&l11; &x; fine</title><link>{POST}</link></item>"
    before = time.process_time()
    feed = parse_feed(_rss(item, prologue=f'<?xml version="1.0"?>{dtd}'), URL)
    assert time.process_time() - before < 5
    (link,) = feed.links
    assert "root:" not in link.title
    assert len(link.title) < 100
    assert link.url == POST


def test_a_parameter_entity_does_not_fetch_anything(monkeypatch):
    """No network and no file is touched, whatever the document type asks for."""
    import socket

    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("went to the network"))
    dtd = '<!DOCTYPE rss SYSTEM "http://127.0.0.1:1/evil.dtd" [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]>'
    assert len(parse_feed(_rss(ITEM, prologue=dtd), URL).links) == 1


def test_a_huge_feed_is_cut_at_its_cap():
    """A feed of every article since 1998: the first five thousand, and the word that there were more."""
    items = "".join(f"<item><link>https://quay.example/posts/{n}</link></item>" for n in range(feeds.MAX_ENTRIES + 500))
    feed = parse_feed(_rss(items), URL)
    assert len(feed.links) == feeds.MAX_ENTRIES
    assert feed.truncated
    assert not parse_feed(_rss(ITEM), URL).truncated


def test_a_feed_nested_without_end_costs_itself_only():
    """A hundred thousand open tags: the parser's own limit ends it."""
    feed = parse_feed(_rss(ITEM + "<item>" * 100_000), URL)
    assert [link.url for link in feed.links] in ([], [POST])


def test_an_address_that_is_a_trap_is_refused_with_its_reason():
    """A feed can't lead the crawl round in circles either."""
    trap = "https://quay.example/" + "a/" * 40
    feed = parse_feed(_rss(f"<item><link>{trap}</link></item>{ITEM}"), URL)
    assert [link.url for link in feed.links] == [POST]
    assert [refused.reason for refused in feed.refused] == ["deeper than 16 path segments"]


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"   \n", "empty"),
        (b"<!DOCTYPE html><html><body>Service unavailable</body></html>", "a web page"),
        (b"hello", "not a feed"),
        (b"{}", "without items"),
        (b'{"items": 3}', "without items"),
        (b'{"items": [', "can't be read"),
        (b"[" * 100_000, "can't be read"),
        (b"\x1f\x8bgarbage", "gzip"),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), "not a feed"),
    ],
)
def test_what_is_no_feed_is_refused_with_one_line(body, why):
    """An error page, an empty answer, JSON of another kind, a picture."""
    with pytest.raises(Unreadable, match=why) as caught:
        parse_feed(body, URL)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body):
    """Whatever comes, either links or one refusal come out."""
    for piece in (body, b"<rss><channel><item><link>" + body, b"<feed><entry><link href='" + body):
        try:
            found = parse_feed(piece, URL).links
        except Unreadable:
            continue
        assert all(link.url.startswith(("http://", "https://")) for link in found)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Tue, 28 Oct 2025 06:40:00 GMT", OCTOBER),
        ("28 Oct 2025 09:40:00 +0300", OCTOBER),
        ("2025-10-28T06:40:00Z", OCTOBER),
        ("2025-10-28 06:40", OCTOBER),
        ("2025-10-28", datetime(2025, 10, 28, tzinfo=UTC)),
        ("yesterday", None),
        ("0001-01-01T00:00:00Z", None),
        ("Tue, 99 Oct 2025 06:40:00 GMT", None),
        ("9" * 500, None),
        ("", None),
    ],
)
def test_times_are_read_or_left_out(text, moment):
    """RFC 822 and ISO 8601 in the spellings that occur; what isn't a time is not guessed."""
    item = f"<item><link>{POST}</link><pubDate>{text}</pubDate></item>"
    assert parse_feed(_rss(item), URL).links[0].declared_at == moment


@pytest.mark.parametrize(
    ("item", "title"),
    [
        ("<media:title>IMG_1.JPG</media:title><title>Ramp to close</title>", "Ramp to close"),
        ("<dc:title>By DC</dc:title><title>Ramp to close</title>", "Ramp to close"),
        ("<dc:title>By DC</dc:title>", "By DC"),
        ("<media:title>IMG_1.JPG</media:title>", None),
        ("<media:content><media:title>no</media:title></media:content><title>Ramp</title>", "Ramp"),
    ],
)
def test_an_items_title_is_its_own_not_its_pictures(item, title):
    """Whether or not the prefix is declared."""
    for head in ("", "<x xmlns:media='http://search.yahoo.com/mrss/'/>"):
        (link,) = parse_feed(_rss(f"<item>{item}<link>{POST}</link></item>", head=head), URL).links
        assert link.title == title


@pytest.mark.parametrize(
    ("item", "url"),
    [
        ('<guid isPermaLink="true">/posts/wall</guid>', POST),
        (f"<link/>{POST}<guid>1</guid>", POST),
        (f'<atom:link rel="self" href="https://quay.example/feed"/><link>{POST}</link>', POST),
        (f'<atom:link href="https://quay.example/other"/><link>{POST}</link>', POST),
        (f'<source:link>https://quay.example/s</source:link><atom:link href="{POST}"/>', POST),
    ],
)
def test_an_items_address_stands_in_many_places(item, url):
    assert [link.url for link in parse_feed(_rss(f"<item>{item}</item>"), URL).links] == [url]


@pytest.mark.parametrize(
    ("link", "base", "url", "read"),
    [
        ("https://quay.example/", "", "https://feeds.example/quay", POST),
        ("https://feeds.example/", "", "https://quay.example/feed", POST),
        ("https://quay.example/", "", "https://feeds.example/quay?x", POST),
        ("https://other.example/", "", "https://feeds.example/quay", "https://feeds.example/posts/wall"),
        ("", "https://quay.example/", "https://feeds.example/quay", POST),
        ("", "http://localhost/", "https://quay.example/feed", POST),
        ("", "https://quay.example/en/", "https://quay.example/feed", POST),
    ],
)
def test_a_relative_address_leads_to_the_source_where_it_can(link, base, url, read):
    """xml:base, the feed's own address, the channel's link: the first on one of the source's hosts."""
    attribute = f' xml:base="{base}"' if base else ""
    item = f"<item{attribute}><title>t</title><link>/posts/wall</link></item>"
    found = parse_feed(_rss(item, head=f"<link>{link}</link>"), url).links
    assert [each.url for each in found] == [read]


def test_an_entry_of_atom_without_rel_or_with_its_full_name_has_an_address():
    entry = '<entry><link rel="http://www.iana.org/assignments/relation/alternate" href="/a"/></entry>'
    body = f'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/b"/></entry>{entry}</feed>'.encode()
    assert [link.url[-2:] for link in parse_feed(body, URL).links] == ["/b", "/a"]
