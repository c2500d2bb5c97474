"""The scanners of small syntaxes: what they find, and that hostile text costs no more than its length."""

import itertools
import random
import time

import pytest

from talkscraper.discovery import rights
from talkscraper.discovery.model import Unreadable
from talkscraper.discovery.seed_format import read_document
from talkscraper.discovery.seed_text import unpacked
from talkscraper.fetch.requisites import of_css, of_module, of_page, roles_of
from talkscraper.html import attributes, srcset
from talkscraper.html.charset import decode
from talkscraper.html.parser import parse
from talkscraper.replay.address_rewriter import Context
from talkscraper.replay.cdxfilter import parse_filter
from talkscraper.replay.html_rewrite import rewrite_html, rewrite_stylesheet
from talkscraper.sources.model import Source
from talkscraper.store import agencies
from talkscraper.urls.canonical import urlkey
from talkscraper.warc import arc
from talkscraper.warc.content_coding import MAX_MEMBERS, UndecodableContent, decode_content

CONTEXT = Context(url="http://quay.example/", timestamp="20250101000000")
BOUND_S = 60
"""Far beyond what half a megabyte takes on any machine; the quadratic scanners took minutes to years."""
BIG = 600_000


def test_candidates_of_a_srcset_are_read_and_counted_as_html_says():
    """Commas inside an address stay; a list without end is cut."""
    assert srcset.candidates("a.jpg, /w_2,h_3/b.jpg 2x,c.jpg 300w") == [
        ("a.jpg", ""),
        ("/w_2,h_3/b.jpg", "2x"),
        ("c.jpg", "300w"),
    ]
    assert len(srcset.candidates("a.jpg 1x, " * 10_000)) == srcset.MAX_CANDIDATES


def _cut_tag_by_tag(markup: str) -> str:
    parts, taken = [], 0
    for tag in attributes.tags_of(markup):
        if tag["more"] is not None:
            parts.append(markup[taken : tag.start("more")])
            taken = tag.end("more")
    return "".join((*parts, markup[taken:]))


def test_no_tag_with_too_many_attributes_is_missed():
    """The quick look that spares most pages the search by tag comes to the same, however a tag hides its end."""
    pieces = [" a", ' b="x"', "c='>'", "/d", ' e="<p>"', 'f=""', ' g = "h>i"', " =", '"', "'", "<", "<a", ">", "</b "]
    pieces += ["<!--", "-->", "<script>", "</script", " j='\"'", "k='\">'"]
    chance = random.Random(16)
    for count in itertools.islice(itertools.cycle((5, 250, 258, 300)), 400):
        weights = [chance.choice((0, 0, 0, 1, 30)) for _ in pieces]
        weights[chance.randrange(len(pieces))] = 30
        opening = chance.choice(("<a ", "<div x", "</p ", "<!-- ", "<script>", "<a x='>"))
        markup = opening + "".join(chance.choices(pieces, weights, k=count)) + chance.choice((">", "", '">', "'>"))
        assert attributes.bounded(markup) == _cut_tag_by_tag(markup), markup


def test_attributes_beyond_the_cap_are_cut_and_nothing_else():
    """In tags, whatever their values hold; not in scripts or comments."""
    many = " ".join(f"a{n}='>'" for n in range(2 * attributes.MAX_ATTRIBUTES))
    page = f"<!-- <p {many}> --><script>x<p {many}></script><p {many}>text</p><p id=b>more</p>"
    kept = attributes.bounded(page)
    assert kept.startswith(page[: page.index("</script>")])
    assert kept.endswith(">text</p><p id=b>more</p>")
    first, second = parse(kept)[0].iter("p")
    assert len(first.attrib) == attributes.MAX_ATTRIBUTES
    assert second.get("id") == "b"


def test_markup_without_such_tags_is_left_as_it_is():
    """The very same string."""
    page = "<html><body class='a b'><p>text < more</p><!-- open"
    assert attributes.bounded(page) is page


def test_a_path_is_covered_by_a_location_with_stars():
    """Stars stand for anything, a dollar for the end."""
    covered = rights._matches
    assert covered("/a*c$", "/abc")
    assert covered("/a*c$", "/acbc")
    assert not covered("/a*c$", "/abcd")
    assert covered("/a*c", "/abcd")
    assert not covered("/ab*b$", "/ab")
    assert covered("/*", "/")


def test_many_gzip_members_are_refused_and_some_are_read():
    """Each costs its own length, not all that follows."""
    import gzip

    member = gzip.compress(b"x")
    assert unpacked(member * 500) == b"x" * 500
    with pytest.raises(Unreadable, match="members"):
        unpacked(member * (MAX_MEMBERS + 1))
    with pytest.raises(UndecodableContent, match="members"):
        decode_content(member * (MAX_MEMBERS + 1), [("Content-Encoding", "gzip")], 1 << 30)


def _page(inside: str) -> bytes:
    return f"<html><body>{inside}</body></html>".encode()


MANY = " ".join(f"a{n}=1" for n in range(150_000))
HOSTILE = {
    "css comments": lambda: of_css(b"/*a" * (BIG // 3), "http://a/"),
    "css urls": lambda: of_css(b"url(" * (BIG // 4), "http://a/"),
    "css open strings": lambda: of_css(b"url('" * (BIG // 5), "http://a/"),
    "css imports": lambda: of_css(b"@import /*" * (BIG // 10), "http://a/"),
    "css replay comments": lambda: rewrite_stylesheet(b"/*a" * (BIG // 3), "text/css", CONTEXT),
    "css replay urls": lambda: rewrite_stylesheet(b"url( " * (BIG // 5), "text/css", CONTEXT),
    "css replay imports": lambda: rewrite_stylesheet(b"@import '" * (BIG // 9), "text/css", CONTEXT),
    "css replay spaces": lambda: rewrite_stylesheet(b"@charset" + b" " * BIG, "text/css", CONTEXT),
    "css replay addresses": lambda: rewrite_stylesheet(b"url(a)" * (BIG // 6), "text/css", CONTEXT),
    "css numbers": lambda: (of_css(b"1" * BIG, "http://a/"), of_css(b"a{b:url(x);c:" + b"1" * BIG, "http://a/")),
    "module imports": lambda: of_module(b"from'./" * (BIG // 7), "http://a/"),
    "module spaces": lambda: of_module(b"from" + b" " * BIG, "http://a/"),
    "inner documents": lambda: of_page(_page("<iframe srcdoc='<p>" * (BIG // 18)), "http://a/", roles=roles_of(True)),
    "css blocks": lambda: of_css(b"url(x)" + b"{" * BIG, "http://a/"),
    "css functions": lambda: of_css(b"url(x)" + b"a(" * (BIG // 2), "http://a/"),
    "css escapes": lambda: of_css(b"url(x)" + b"\\61 " * (BIG // 4), "http://a/"),
    "css replay blocks": lambda: rewrite_stylesheet(b"url(x)" + b"([{" * (BIG // 3), "text/css", CONTEXT),
    "srcset": lambda: of_page(_page(f"<img srcset='{'a' * BIG} b'>"), "http://a/"),
    "srcset of spaces": lambda: of_page(_page(f"<img srcset='a{' ' * BIG}b{' ,' * BIG}'>"), "http://a/"),
    "srcset replay": lambda: rewrite_html(_page(f"<img srcset='{'a ' * BIG}'>"), "text/html", CONTEXT),
    "style attribute": lambda: of_page(_page(f"<p style='{'url(' * (BIG // 4)}'>"), "http://a/"),
    "attributes": lambda: of_page(_page(f"<p {MANY}>x"), "http://a/"),
    "attributes replay": lambda: rewrite_html(_page(f"<p {MANY}>x"), "text/html", CONTEXT),
    "attributes in a feed": lambda: read_document(
        "feed",
        b"<feed><entry " + b" ".join(b"a%d='1'" % n for n in range(40_000)) + b"><id>x</id></entry></feed>",
        "http://a/",
        Source(id="a", name="A", homepage="http://a/"),
    ),
    "tags in tags": lambda: attributes.bounded(("<a" * 127 + ">") * (BIG // 255)),
    "values that hold what ends a tag": lambda: attributes.bounded("='>'" * (BIG // 4)),
    "a value without end after many that hold it": lambda: attributes.bounded(
        "<a " + "b='>' " * 60 + 'c="' + "z" * BIG
    ),
    "tags without end": lambda: attributes.bounded("<a b='" * (BIG // 6)),
    "body tags": lambda: rewrite_html(_page(f"<style>{'<body ' * (BIG // 6)}</style>"), "text/html", CONTEXT),
    "content type": lambda: decode(b"<html>x", "text/html; charset=" + " " * BIG + "!"),
    "meta charset": lambda: decode(b"<meta charset=" + b" " * BIG + b"!", None),
    "arc line": lambda: arc._line(b"http:a " + b"1 12345678 a " * (BIG // 13)),
    "tdmrep": lambda: rights._matches("/" + "*a" * 200 + "*b$", "/" + "a" * BIG),
    "filter": lambda: parse_filter("~url:(.{0,20}){0,20}!")({"url": "a" * BIG}),
    "filter of options": lambda: parse_filter("~url:" + "([^!]?){20}" * 12 + "!")({"url": "a" * BIG}),
    "address": lambda: urlkey("http://h/%" + "25" * BIG),
    "wire": lambda: agencies._signatures().end.search("\n" * BIG),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_costs_no_more_than_its_length(name):
    """Half a megabyte of what made scanners quadratic, cubic or worse is read in a moment."""
    began = time.perf_counter()
    HOSTILE[name]()
    assert time.perf_counter() - began < BOUND_S
