"""The kinds of seeds and the formats of their documents, as the modules of discovery/formats declare them."""

import subprocess
import sys

import pytest

from talkscraper.discovery.model import Unreadable
from talkscraper.discovery.seed_format import SeedDocument, read_document, seed_formats
from talkscraper.sources.seed_kinds import ARTICLE, priority_of, seed_keys, seed_kind, seed_kinds

URL = "https://quay.example/seed"
DOCUMENTS = [
    b"",
    b"<html><body>x",
    b"<rss><channel><item>",
    b'<feed xmlns="http://www.w3.org/2005/Atom"><entry>',
    b'{"items": []}',
    b"<urlset><url>",
    b"<sitemapindex><sitemap>",
    b"https://quay.example/a\nhttps://quay.example/b\n",
    b"\x00\xff\xfe" * 100,
]


RSS = b"<rss><channel><image><url>https://quay.example/i.png</url></image><item><link>/posts/a</link></item></channel></rss>"
ATOM = b'<feed xmlns="http://www.w3.org/2005/Atom"><entry><link href="/posts/a"/></entry></feed>'
JSON = b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"url": "/posts/a"}]}'
URLSET = b"<urlset><url><loc>https://quay.example/posts/a</loc></url></urlset>"
TEXT = b"https://quay.example/posts/a\nhttps://quay.example/posts/a?x=1\n"
PAGE = b"<!doctype html><html><body><a href='/posts/a'>The wall</a></body></html>"
WARNING = b"<br />\n<b>Warning</b>: a <url> is missing in <b>/srv/x.php</b><br />\n<?xml version='1.0'?>"


@pytest.mark.parametrize(
    ("kind", "body", "read_as"),
    [
        *((kind, body, kind) for kind, body in (("feed", RSS), ("sitemap", URLSET), ("listing", PAGE))),
        *(("sitemap", body, "feed") for body in (RSS, ATOM, JSON, WARNING + RSS, b"<!-- <urlset> -->" + RSS)),
        *(("feed", body, "sitemap") for body in (URLSET, TEXT, WARNING + URLSET)),
        ("feed", PAGE, "listing"),
        ("sitemap", PAGE, "listing"),
        ("listing", RSS, "feed"),
        ("homepage", b"<?xml version='1.0'?>" + ATOM, "feed"),
        ("listing", URLSET, "sitemap"),
        ("feed", b"<html><body>Error</body></html><?xml version='1.0'?>" + RSS, "feed"),
        ("homepage", b"<title>x</title><p><feed>no</feed><a href='/posts/a'>The wall</a>", "homepage"),
    ],
)
def test_a_seed_is_read_as_what_its_bytes_are(source, kind, body, read_as):
    """Whatever sources.toml, robots.txt or a page call it."""
    found = read_document(kind, body, URL, source("/posts/"))
    assert [link.url for link in found.articles][:1] == ["https://quay.example/posts/a"]
    assert (found.kind or kind) == read_as


@pytest.mark.parametrize("body", DOCUMENTS)
def test_no_document_has_two_formats_of_a_kind(source, body):
    document = SeedDocument(body, URL, source())
    found = [each.kind.name for each in seed_formats() if each.recognises(document)]
    assert len(found) == len(set(found))


def test_every_kind_has_a_format_and_every_format_a_kind():
    assert {each.kind.name for each in seed_formats()} == set(seed_kinds())
    assert all(each.kind == seed_kind(each.kind.name) for each in seed_formats())
    assert {kind.key for kind in seed_kinds().values()} - {None} == set(seed_keys())


def test_a_kind_that_is_not_declared_is_refused_by_name(source):
    with pytest.raises(ValueError, match="'gopher' is no kind of seed"):
        read_document("gopher", b"", URL, source())
    with pytest.raises(ValueError, match="'gopher'"):
        priority_of("gopher")
    assert priority_of(ARTICLE) == 0


def test_what_has_no_format_of_its_kind_is_refused_with_a_hint(source):
    with pytest.raises(Unreadable, match="not a feed but a web page"):
        read_document("feed", b"<!doctype html><title>x</title>", URL, source())
    with pytest.raises(Unreadable, match="empty, not a sitemap"):
        read_document("sitemap", b" \n", URL, source())


def test_declarations_import_no_parser():
    """Whatever reads sources.toml imports them, and 'search' must start fast."""
    script = (
        "import sys\n"
        "from talkscraper.discovery.seed_format import seed_formats\n"
        "assert seed_formats()\n"
        "print([m for m in ('lxml', 'scrapy', 'sqlite_utils', 'charset_normalizer') if m in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]", "a module of discovery/formats imports these: import them inside its reader"
