"""Sitemaps, news sitemaps, indexes, and robots.txt's lines that name them."""

import gzip
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.crawl.seed_reader import read_seed
from talkscraper.discovery import sitemaps
from talkscraper.discovery.model import Unreadable
from talkscraper.discovery.robots import MAX_SITEMAPS, sitemaps_of
from talkscraper.discovery.seed_format import read_document
from talkscraper.sources.model import Source


def parse_sitemap(body, url):
    return read_document("sitemap", body, url, Source(id="quay", name="The Quay", homepage="https://quay.example/"))


URL = "https://quay.example/sitemap.xml"
SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
NEWS = f'{SPACE} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'


def _urlset(*entries, space=SPACE):
    urls = "".join(f"<url><loc>{loc}</loc>{more}</url>" for loc, more in entries)
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {space}>{urls}</urlset>'.encode()


def _index(*locs):
    return (
        f'<?xml version="1.0"?><sitemapindex {SPACE}>'
        + "".join(f"<sitemap><loc>{loc}</loc></sitemap>" for loc in locs)
        + "</sitemapindex>"
    ).encode()


def _news(loc, day, title="The wall holds"):
    return (
        loc,
        (
            "<news:news><news:publication><news:name>Q</news:name><news:language>EN</news:language></news:publication>"
            f"<news:publication_date>{day}</news:publication_date><news:title>{title}</news:title></news:news>"
        ),
    )


def test_a_news_sitemap_gives_title_language_and_time_newest_first():
    """Google's extension; the cap of a crawl then takes the oldest away."""
    body = _urlset(
        _news("https://quay.example/a", "2025-10-27"), _news("https://quay.example/b", "2025-10-28T09:40:00+03:00"),
        space=NEWS,
    )  # fmt: skip
    found = parse_sitemap(body, URL)
    assert found.form == "news"
    assert [link.url for link in found.links] == ["https://quay.example/b", "https://quay.example/a"]
    first = found.links[0]
    assert (first.title, first.language) == ("The wall holds", "en")
    assert first.declared_at == datetime(2025, 10, 28, 6, 40, tzinfo=UTC)


def test_a_plain_sitemap_gives_pages_with_the_day_they_changed():
    """lastmod is when a page changed, never when it was published."""
    (link,) = parse_sitemap(_urlset(("https://quay.example/a", "<lastmod>2025-10-28</lastmod>")), URL).links
    assert (link.declared_at, link.modified_at) == (None, datetime(2025, 10, 28, tzinfo=UTC))


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_an_index_names_sitemaps_packed_or_not(pack):
    """By the magic number, whatever the name or header says."""
    found = parse_sitemap(pack(_index("https://quay.example/1.xml.gz", "/2.xml")), URL)
    assert found.form == "index"
    assert [(link.kind, link.url) for link in found.links] == [
        ("sitemap", "https://quay.example/1.xml.gz"),
        ("sitemap", "https://quay.example/2.xml"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_urlset(("https://quay.example/a", ""))[:-10], id="cut"),
        pytest.param(_urlset(("https://quay.example/a", ""), space=""), id="no namespace"),
        pytest.param(_urlset((" \n https://quay.example/a \n", "<lastmod>soon</lastmod>")), id="blanks"),
        pytest.param(b"https://quay.example/a\nhttps://quay.example/b\n", id="plain text"),
        pytest.param(
            b'<s:urlset xmlns:s="u"><s:url><s:loc>https://quay.example/a</s:loc></s:url></s:urlset>', id="prefixes"
        ),
        pytest.param(gzip.compress(_urlset(("https://quay.example/a", "")))[:-6], id="gzip that is cut"),
        pytest.param(
            gzip.compress(_urlset(("https://quay.example/a", ""))[:90])
            + gzip.compress(_urlset(("https://quay.example/a", ""))[90:]),
            id="gzip of two members",
        ),
        pytest.param(_urlset(("https://quay.example/a?x=1&y=2", ""), ("https://quay.example/a", "")), id="ampersand"),
    ],
)
def test_a_broken_sitemap_still_names_its_pages(body):
    """Cut, without namespace, as text, with prefixes."""
    assert "https://quay.example/a" in [link.url for link in parse_sitemap(body, URL).links]


def test_alternates_and_images_are_no_pages_of_their_own():
    """xhtml:link and image:loc stand inside an entry, and are left out."""
    more = (
        '<xhtml:link xmlns:xhtml="u" rel="alternate" hreflang="de" href="https://quay.example/de/a"/>'
        '<image:image xmlns:image="i"><image:loc>https://quay.example/a.png</image:loc></image:image>'
    )
    assert [link.url for link in parse_sitemap(_urlset(("https://quay.example/a", more)), URL).links] == [
        "https://quay.example/a"
    ]


def test_a_sitemap_of_a_million_pages_is_cut_at_the_protocols_limit(monkeypatch):
    """What is beyond the cap is left out, and said."""
    monkeypatch.setattr(sitemaps, "MAX_URLS", 300)
    found = parse_sitemap(_urlset(*((f"https://quay.example/p/{n}", "") for n in range(400))), URL)
    assert (len(found.links), found.truncated) == (300, True)


def test_an_index_of_twenty_thousand_sitemaps_is_cut():
    """Spam hosts announce that many."""
    found = parse_sitemap(_index(*(f"https://quay.example/{n}.xml" for n in range(20_000))), URL)
    assert (len(found.links), found.truncated) == (sitemaps.MAX_SITEMAPS, True)


def test_an_index_that_names_itself_is_not_followed():
    """The simplest circle."""
    assert parse_sitemap(_index(URL, "https://quay.example/2.xml"), URL).links[0].url == "https://quay.example/2.xml"


def test_a_gzip_bomb_is_not_unpacked():
    """64 MiB and no more."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as out:
        for _ in range(80):
            out.write(bytes(1 << 20))
    assert len(packed.getvalue()) < 100_000
    with pytest.raises(Unreadable, match="larger than 67108864 bytes"):
        parse_sitemap(packed.getvalue(), URL)


def test_a_gzip_within_a_gzip_is_no_sitemap():
    """One layer is what the protocol knows."""
    with pytest.raises(Unreadable):
        parse_sitemap(gzip.compress(gzip.compress(_index("https://quay.example/1.xml"))), URL)


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>404</body></html>", b"\x89PNG" + bytes(50), b"{}", b"Not found", b"a\n" * 100]
)
def test_what_is_no_sitemap_is_refused_with_one_line(body):
    """Error pages with status 200 are common in the usual places."""
    with pytest.raises(Unreadable) as caught:
        parse_sitemap(body, URL)
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(body):
    """Only absolute http addresses come out."""
    for piece in (body, b"<urlset><url><loc>" + body):
        try:
            found = parse_sitemap(piece, URL).links
        except Unreadable:
            continue
        assert all(link.url.startswith(("http://", "https://")) for link in found)


def test_a_plain_sitemaps_pages_must_look_like_articles_a_news_sitemaps_need_not(source):
    """A sitemap lists the small print too; one for news lists news."""
    pages = ("https://quay.example/privacy-policy", "https://quay.example/2025/10/28/the-wall-holds")
    plain = read_seed("sitemap", _urlset(*((each, "") for each in pages)), URL, source(), frozenset({"quay.example"}))
    assert [link.url for link in plain.links] == [pages[1]]
    news = _urlset(_news("https://quay.example/k/short", "2025-10-28"), space=NEWS)
    assert len(read_seed("sitemap", news, URL, source(), frozenset({"quay.example"})).links) == 1


def test_robots_txt_names_sitemaps_in_any_spelling():
    """Anywhere in the file, in any case, relative or not, with comments; each once."""
    body = (
        "User-agent: *\nDisallow: /\nSITEMAP: https://quay.example/a.xml # news\r\n sitemap : /b.xml\n"
        "Sitemap:https://quay.example/a.xml\nSitemap: ftp://quay.example/c.xml\nSitemap:\n#Sitemap: /d.xml\n"
    )
    found = sitemaps_of(body, "https://quay.example/robots.txt")
    assert [link.url for link in found] == ["https://quay.example/a.xml", "https://quay.example/b.xml"]
    assert {link.kind for link in found} == {"sitemap"}


def test_a_robots_txt_names_no_more_sitemaps_than_the_cap():
    """Of a hundred thousand, the first ones."""
    body = "".join(f"Sitemap: https://quay.example/{n}.xml\n" for n in range(100_000))
    assert len(sitemaps_of(body, "https://quay.example/robots.txt")) == MAX_SITEMAPS


@given(st.text(max_size=200))
def test_no_robots_txt_breaks_the_reader(body):
    """Whatever a site serves there."""
    assert all(
        link.url.startswith("http") for link in sitemaps_of("Sitemap: " + body, "https://quay.example/robots.txt")
    )
