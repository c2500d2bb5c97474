"""Elements stand where a browser has them, whichever optional tags a page leaves out."""

import time
from datetime import UTC, datetime

import pytest
from lxml import etree

from talkscraper import extract
from talkscraper.html.parser import parse
from talkscraper.model import PageKind

BOUND_S = 60
"""Far beyond what half a megabyte takes on any machine."""

STORY = (
    "<h1>Tide mill turns again</h1><p class=date>3 May 2026"
    "<p>The tide mill at Oxley turned for the first time since the war, and ground a sack of barley before noon."
    "<p>Its wheel was rebuilt by nine carpenters, who found the old drawings behind the panels of the vestry."
    "<p>The miller, who is twenty-four, says that she will grind on two tides a day until the end of September."
)


def body_of(markup: str) -> str:
    """The body of a page, serialised."""
    body = parse(markup)[0].find("body")
    return "" if body is None else etree.tostring(body, encoding="unicode")


@pytest.mark.parametrize("container", ["article", "main", "section", "header", "x-story", "figure"])
def test_an_element_that_isnt_the_heads_begins_the_body(container):
    """Neither <html>, <head> nor <body> need be written; libxml2 leaves such elements in the head."""
    root, _ = parse(f"<!doctype html><meta charset=utf-8><title>T</title><{container}><p>a</{container}>")
    assert [child.tag for child in root.find("head")] == ["meta", "title"]
    assert etree.tostring(root.find("body"), encoding="unicode") == f"<body><{container}><p>a</p></{container}></body>"


def test_the_body_keeps_the_order_of_the_page():
    """What libxml2 put in the head goes before what it put in the body, with the texts between."""
    assert body_of("<title>T</title><header>a</header>b<div>c</div><main>d</main>") == (
        "<body><header>a</header>b<div>c</div><main>d</main></body>"
    )
    assert body_of("<head><title>T</title><header>a</header><body class=k>b<main>c</main>") == (
        '<body class="k"><header>a</header>b<main>c</main></body>'
    )


def test_an_empty_unknown_element_in_the_head_takes_no_metadata_along():
    """What the head declares after it stays the head's."""
    root, _ = parse("<head><x-loader></x-loader><link rel=canonical href=/a></head><body><p>a</body>")
    assert [child.tag for child in root.find("head")] == ["link"]


@pytest.mark.parametrize("end", ["</body></html>", "</html>", "</body>", "</HTML >"])
def test_what_follows_an_early_end_is_in_the_body(end):
    """A fragment that brings its own end tags doesn't end the page."""
    assert body_of(f"<body><p>a</p>{end}<div>b</div></body></html>") == "<body><p>a</p><div>b</div></body>"
    again = "<html><head><title>b</title></head><body><p>c</p></body></html>"
    assert body_of(f"<body><p>a</p>{end}{again}").count("<body") == 1
    assert "<p>c</p>" in body_of(f"<body><p>a</p>{end}{again}")


def test_an_end_tag_in_a_script_or_comment_ends_nothing():
    """Scripts that write pages name the tag too; what they hold isn't changed."""
    script = '<script>write("</body></html>")</script>'
    body = parse(f"<body>{script}<p>a</p></html>")[0].find("body")
    assert etree.tostring(body, encoding="unicode", method="html") == f"<body>{script}<p>a</p></body>"
    assert body_of("<body><p>a</p></body></html><!-- </html> made in 3 ms --> \n") == "<body><p>a</p></body>"


def test_a_paragraph_ends_before_the_elements_that_html_5_added():
    """Its end tag may be left out before <figure> as before <div>; its attributes stay with its text."""
    assert body_of("<body><p class=k>a<figure>b</figure><p>c<section><p>d</section>e") == (
        '<body><p class="k">a</p><figure>b</figure><p>c</p><section><p>d</p></section>e</body>'
    )


def test_an_element_without_content_holds_nothing():
    """<source>, <track> and <wbr> need no slash; libxml2 takes what follows for theirs."""
    assert body_of('<body><picture><source srcset="a"><source srcset="b"><img src="c">d</picture>e<wbr>f<i>g</i>') == (
        '<body><picture><source srcset="a"/><source srcset="b"/><img src="c"/>d</picture>e<wbr/>f<i>g</i></body>'
    )


@pytest.mark.parametrize(
    "opening",
    [
        "<article>",
        "<main id=story>",
        "<header><nav><a href=/>Home</a></nav></header><main><article>",
        "<section><header>",
        "<style>p{}</style><x-page><article>",
        "<p>Our cookies<main>",
    ],
)
def test_a_page_without_head_and_body_is_read(opening):
    """Its article is found whole."""
    page = f"<!doctype html><html lang=en><meta charset=utf-8><title>Tide mill turns again</title>{opening}{STORY}"
    found = extract(page.encode(), "https://mill.example/tide-mill-turns-again", datetime(2026, 5, 4, tzinfo=UTC))
    assert found.page_kind is PageKind.ARTICLE
    assert found.article is not None
    assert found.article.title == "Tide mill turns again"
    assert [paragraph[:9] for paragraph in found.article.text.split("\n\n")] == ["The tide ", "Its wheel", "The mille"]


@pytest.mark.parametrize(
    "markup",
    [
        "<p><section>" * 1000 + "<i>x</i>" * 50_000,
        "<title>x</title>" + "<article>x</article>" * 30_000,
        "<body>" + "</html><head><body>x" * 30_000,
        "<body>" + "</html>x<script>" * 30_000,
        "<body>" + "</html><!-- " * 50_000,
        "<body><p>" + "<section></section>x" * 30_000,
        "<body></body>" + "<div>x</div></body>" * 30_000,
        "<body>" + "<source>&#1;<i>x</i>" * 30_000,
        "<body>" + "<wbr>x<p>y" * 30_000,
        "<p a\"b='&#1;' c='&#1;'>&#1;<section>&#1;</section>&#2;",
        "<title>x</title><article>&#1;</article>&#2;<body>&#3;<p>x",
    ],
)
def test_hostile_pages_cost_no_more_than_their_length(markup):
    """Every move takes constant time, and characters that lxml refuses to write don't fail it."""
    started = time.perf_counter()
    parse(markup)
    assert time.perf_counter() - started < BOUND_S
