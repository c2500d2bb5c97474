"""Addresses in CSS: which forms name one, and that replacing them leaves all else as it is."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.html import css
from talkscraper.html.address_attributes import Role


def _found(text):
    return [(found.address, found.role) for found in css.addresses(text)]


def test_addresses_in_styles_are_those_that_a_browser_reads():
    """Quoted, plain, escaped and imported ones; none in comments, strings or malformed urls."""
    text = (
        "@import 'a.css'; @import/**/url(b.css) print; /* url(no.png) */ p{background:url( \"c (1).png\" )}"
        r"q{src:URL(d\.woff)} r{content:'url(no.png)'} s{background:url(no no.png)} t{x:myurl(no.png)} u{y:url('z"
    )
    assert _found(text) == [
        ("a.css", Role.STYLE),
        ("b.css", Role.STYLE),
        ("c (1).png", Role.IMAGE),
        ("d.woff", Role.IMAGE),
        ("z", Role.IMAGE),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@import'a.css';", ["a.css"]),
        ("@import url(a.css) layer(x) supports(display:grid) screen;", ["a.css"]),
        ('@IMPORT "a.css" layer;p{content:"no"}', ["a.css"]),
        ("@namespace url(http://www.w3.org/1999/xhtml);@namespace s 'no';p{a:url(b)}", ["b"]),
        ("@-moz-document url(http://no/), url-prefix('no'){p{a:url(b)}}", ["b"]),
        ('@charset "no";', []),
        ("p{a:image-set('b.png' 1x, \"c.png\" type('image/png') 2x, url(d.png) 3x)}", ["b.png", "c.png", "d.png"]),
        ("p{a:-webkit-image-set(url('b(1).png') 1x)}", ["b(1).png"]),
        (r"p{a:u\72l(b.png);c:\75 rl('d.png');e:\000075RL(f.png)}", ["b.png", "d.png", "f.png"]),
        (r"p{a:url(b\29 c.png);d:url('\65.png')}", ["b)c.png", "e.png"]),
        ("p{a:url('b\\\nc.png')}", ["bc.png"]),
        ("p{a:url(  b.png\n)}", ["b.png"]),
        ("p{a:url('it\\'s.png')}", ["it's.png"]),
        ("p{content:'/*';a:url(b.png);content:'*/'}", ["b.png"]),
        ("p{a:'unfinished\n;b:url(c.png)}", ["c.png"]),
        ("p{--x:url(b.png);a:cross-fade(url(c.png), url('d.png'))}", ["b.png", "c.png", "d.png"]),
        ("p{a:src('b.png')}", ["b.png"]),
        ("p{a:local('no') format('no')}", []),
        ("<!-- p{a:url(b.png)} -->", ["b.png"]),
        ("p{a:" + "1" * 6000 + ";b:url(c.png)}", ["c.png"]),
        (".md\\:flex{content:'\\f101'}", []),
    ],
)
def test_each_form_that_names_an_address_is_read_and_nothing_else(text, expected):
    """Names of namespaces, conditions, formats and plain strings are no addresses."""
    assert [address for address, _ in _found(text)] == expected


def test_addresses_of_fonts_are_known_by_their_rule():
    """Also inside of @media."""
    assert _found("@media print{@font-face{src:url(a.woff2)}p{b:url(c.png)}}") == [
        ("a.woff2", Role.FONT),
        ("c.png", Role.IMAGE),
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r", "\f"])
def test_only_the_addresses_are_replaced(newline):
    """Comments, spaces, newlines and addresses that stay the same are the very same characters."""
    text = newline.join(
        (
            '@charset "utf-8";',
            "/* url(kept) */ @import  'a.css' ;",
            'p { background : url( "b.png" ) , url(c.png ) ; mask: url(#kept) }',
            "q { d: url(data:image/png;base64,AA==) ; content: 'é\\27' }",
        )
    )
    replaced = css.rewritten(
        text, lambda found: found.address if found.address.startswith(("#", "data:")) else f'/w/"{found.address}'
    )
    expected = text.replace("'a.css'", '"/w/%22a.css"').replace('"b.png"', '"/w/%22b.png"')
    assert replaced == expected.replace("url(c.png )", 'url("/w/%22c.png")')
    assert css.rewritten(text, lambda found: found.address) == text


def test_only_so_many_addresses_and_characters_of_one_style_sheet_are_read():
    """The first ones; what follows isn't replaced."""
    assert len(list(css.addresses("url(a)" * (css.MAX_ADDRESSES + 5)))) == css.MAX_ADDRESSES
    assert _found(" " * css.MAX_LENGTH + "url(a)") == []


@given(st.text(alphabet="url()@import-set'\"\\/*:;{}[] a\n\r\f1é\ud800", max_size=80))
def test_no_style_sheet_breaks_the_scanner(text):
    """Each address is where it is said to be, and replacing it leaves the others as they are."""
    found = list(css.addresses(text))
    assert all(0 <= each.start < each.end <= len(text) for each in found)
    assert all(one.end <= other.start for one, other in pairwise(found))
    assert css.rewritten(text, lambda each: each.address) == text
    again = list(css.addresses(css.rewritten(text, lambda each: "x.png")))
    assert [each.role for each in again] == [each.role for each in found]
