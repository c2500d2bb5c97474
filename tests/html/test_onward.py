"""Where a page leads without a redirect: refreshes as browsers read them, and single frames."""

import pytest

from talkscraper.html.onward import onward_of, onward_of_header
from talkscraper.html.parser import parse

URL = "https://news.example/a/stub"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("0;url=/b", "https://news.example/b"),
        (" 5 ; URL = 'b c' ", "https://news.example/a/b%20c"),
        ('0, "b"x', "https://news.example/a/b"),
        ("0 /b", "https://news.example/b"),
        (".5;url=\\b", "https://news.example/b"),
        ("10;url=//other.example/", "https://other.example/"),
        ("11;url=/b", None),
        ("0;url=javascript:alert(1)", None),
        ("-1;url=/b", None),
        ("soon;url=/b", None),
        ("0x;url=/b", None),
        ("", None),
    ],
)
def test_a_refresh_is_read_as_a_browser_reads_it(value, url):
    """HTML §4.2.5.3; only within ten seconds."""
    found = onward_of_header(value, URL)
    assert (found.url if found else None) == url


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        ('<meta http-equiv=Refresh content="0; url=b">', "https://news.example/a/b"),
        ('<base href="/c/"><meta http-equiv=refresh content="0; url=b">', "https://news.example/c/b"),
        ('<!-- <meta http-equiv=refresh content="0; url=b"> -->', None),
        ('<frameset><frame src="b"><frame src="about:blank"></frameset>', "https://news.example/a/b"),
        ('<frameset><frame src="b"><frame src="c"></frameset>', None),
        ('<frameset><frame src="https://other.example/"></frameset>', None),
        ('<body><div><iframe src="b"></iframe></div></body>', "https://news.example/a/b"),
        ('<body>News<iframe src="b"></iframe></body>', None),
        ('<body><img src="x"><iframe src="b"></iframe></body>', None),
        ('<body><iframe src="b" width="1" height="1"></iframe></body>', None),
        ('<body><iframe src="b" style="display: none"></iframe></body>', None),
        ('<body><iframe src="https://ads.example/"></iframe></body>', None),
        ("<p>News", None),
    ],
)
def test_a_page_leads_on_by_meta_refresh_or_a_single_frame_of_its_site(markup, url):
    """A player, an advertisement or a counter is no way on."""
    found = onward_of(parse(markup)[0], URL, _base(markup))
    assert (found.url if found else None) == url


def _base(markup):
    return "https://news.example/c/" if "<base" in markup else URL
