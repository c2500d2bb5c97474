"""What stands among an article's paragraphs: captions, lists of headlines, sentences."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

import talkscraper
from talkscraper.extraction.block_reader import read_blocks
from talkscraper.extraction.insets import insets
from talkscraper.html.charset import without_second_encoding
from talkscraper.html.parser import parse
from tests.support.pages import FERRY

AT = datetime(2026, 3, 1, tzinfo=UTC)
FIRST, SECOND, THIRD = FERRY
LAST = "The first crossing is on Sunday at ten, with the band of the fire brigade and without a fare, said the council."


def paragraphs(inner: str, *, after: str = "", url: str = "https://courier.example/news/ferry-returns") -> list[str]:
    """The paragraphs found of an article with something in its middle, and something below its last paragraph."""
    page = (
        "<html lang=en><head><title>Ferry returns to the lake</title></head><body><article>"
        f"<h1>Ferry returns to the lake</h1><p>{FIRST}</p><p>{SECOND}</p>{inner}<p>{THIRD}</p><p>{LAST}</p>{after}"
        "</article></body></html>"
    )
    article = talkscraper.extract(page.encode(), url, AT).article
    assert article is not None
    return article.text.split("\n\n")


def test_a_caption_that_is_shown_again_beside_its_picture_is_no_paragraph():
    """Sliders print it in the figure, and once more in a box over the picture."""
    caption = "The yard has seen a burst of orders since the lake was dredged by the new council."
    slide = (
        f'<div class=screen><figure><img src=a.jpg alt=""><figcaption>{caption}</figcaption></figure>'
        f"<div class=words><div>{caption}</div></div></div>"
    )
    assert paragraphs(slide) == [FIRST, SECOND, THIRD, LAST]


@pytest.mark.parametrize("between", ["", "<div></div>"])
def test_a_line_under_a_picture_that_says_what_the_picture_s_description_says_is_a_caption(between):
    """It stands right under it."""
    said = "Carpenters at the old ferry in the yard"
    assert paragraphs(f'<img src=a.jpg alt="{said}">{between}<p>{said}</p>') == [FIRST, SECOND, THIRD, LAST]


def test_a_line_above_a_picture_that_is_described_alike_is_text():
    """It names what the chart below it shows."""
    said = "Chart 1: crossings of the ferry by year, in hundreds"
    assert paragraphs(f'<p>{said}</p><img src=a.png alt="{said}">') == [FIRST, SECOND, said, THIRD, LAST]


@pytest.mark.parametrize(
    "item",
    [
        '<li><strong>{kicker}</strong> <a href="/news/{slug}">{title}</a></li>',
        '<li><a href="/news/{slug}"><b>{kicker}</b> {title}</a></li>',
        '<li><a href="https://www.courier.example/news/{slug}">{title}</a></li>',
    ],
)
def test_a_list_of_headlines_of_other_articles_is_left_out(item):
    """With a keyword before each or without, and without any heading over them."""
    rows = (
        ("Bridge:", "council-looks-for-a-painter", "Council looks for somebody to paint it"),
        ("Pike again?", "why-the-pike-are-back-in-the-lake", "Why anglers see so many of them"),
        ("School:", "a-roof-for-the-school-at-last", "A roof at last before the winter comes"),
    )
    items = "".join(item.format(kicker=k, slug=s, title=t) for k, s, t in rows)
    assert paragraphs(f"<ul>{items}</ul>") == [FIRST, SECOND, THIRD, LAST]


@pytest.mark.parametrize(("above", "left_out"), [("It wrote these guides down:", 0), ("It wrote guides down.", 2)])
def test_a_list_of_headlines_that_a_sentence_introduces_is_the_article_s(above, left_out):
    """The article refers to them."""
    slugs = ("how-to-row-a-ferry-by-hand", "how-to-caulk-an-old-oak-hull")
    items = "".join(f'<li><a href="/news/{slug}">{slug.replace("-", " ")}</a></li>' for slug in slugs)
    tree, _ = parse(f"<body><p>{FIRST}</p><p>{above}</p><ul>{items}</ul><p>{LAST}</p></body>")
    blocks = read_blocks(tree.find("body")).text
    assert len(list(insets(blocks, range(len(blocks)), "courier.example"))) == left_out


@pytest.mark.parametrize(
    "items",
    [
        ["The <a href='/news/dredging-of-the-lake-is-over'>dredging of the lake</a> took two winters",
         "The <a href='/news/school-children-row-to-school'>children of the other shore</a> had to row"],
        ["Oak from the <a href='https://wood.example/forest-of-the-north'>forest of the northern shore</a>, 40 planks",
         "Paint in the colour of the church's own <a href='/news/boat-of-the-church'>boat</a>, 12 buckets"],
    ],
)  # fmt: skip
def test_a_list_of_facts_with_links_stays(items):
    """Its items say more than a headline."""
    found = paragraphs("<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>")
    assert len(found) == 5
    assert found[2].count("\n") == 1


def test_a_sentence_that_is_nearly_all_link_stays_among_paragraphs_in_boxes():
    """Each paragraph of some sites has a box of its own."""
    sentences = (FIRST, SECOND, f'It <a href="/f">{THIRD[5:-1].lower()}</a>.', LAST, FIRST.replace("old", "new"))
    text = "".join(f'<div class=b><div class=c><p class="para x1">{each}</p></div></div>' for each in sentences)
    page = f"<html lang=en><body><main><h1>Ferry returns to the lake</h1>{text}</main></body></html>"
    article = talkscraper.extract(page.encode(), "https://courier.example/news/ferry-returns", AT).article
    assert article is not None
    assert article.text.split("\n\n")[2] == f"It {THIRD[5:-1].lower()}."


@pytest.mark.parametrize("cell", ["30 min", "Rest for 2 minutes", "5 comments"])
def test_minutes_in_tables_and_lists_are_facts(cell):
    """A reading time stands by itself."""
    rows = "".join(f"<tr><td>Crossing {n}</td><td>{cell}</td></tr>" for n in ("north", "south", "west"))
    assert f"Crossing south | {cell}" in "\n".join(paragraphs(f"<table>{rows}</table>"))


def test_an_empty_element_named_br_ends_a_paragraph():
    """Pages that a script has built from a newsroom's markup have it for the ``br`` of that."""
    end = '<span class="id-r br" data-pos="4"></span>'
    joined = f"{FIRST}{end}{SECOND}{end}{THIRD}{end}{LAST}"
    page = f"<html lang=en><body><main><h1>Ferry returns to the lake</h1><div class=story>{joined}</div></main></body>"
    article = talkscraper.extract(page.encode(), "https://courier.example/news/ferry-returns", AT).article
    assert article is not None
    assert article.text.split("\n\n") == [FIRST, SECOND, THIRD, LAST]


def test_a_box_has_the_name_of_the_inline_element_around_it():
    """Web components are no block-level elements to the parser, and hold them."""
    standfirst = "After eleven years in the yard the boat carries the children of the other shore again."
    page = (
        "<html lang=en><body><main><x-part><h1>Ferry returns to the lake</h1></x-part>"
        f'<x-part class="excerpt"><div>{standfirst}</div></x-part><x-part><p>By Ola Kern</p></x-part><div class=story>'
        f"<p>{FIRST}</p><p>{SECOND}</p><p>{THIRD}</p><p>{LAST}</p></div></main></body></html>"
    )
    article = talkscraper.extract(page.encode(), "https://courier.example/news/ferry-returns", AT).article
    assert article is not None
    assert article.lead == standfirst


@pytest.mark.parametrize(
    "meant", ["The ferry’s back — “at last”", "Fähre zurück – „endlich“", "Паром вернулся — «наконец»", "渡し船が戻る…"]
)
def test_text_that_was_encoded_twice_is_read_as_it_was_meant(meant):
    """UTF-8 taken for Latin-1 and encoded once more, in the whole page."""
    twice = meant.encode().decode("latin-1")
    assert (
        without_second_encoding(twice if "\u00e2\u0080" in twice else f"{twice}\u00e2\u0080\u0099")[: len(meant)]
        == meant
    )
    assert without_second_encoding(meant) == meant


def test_a_page_that_was_encoded_twice_has_its_apostrophes():
    """In title, text and authors."""
    page = (
        "<html lang=en><head><title>The ferry’s back on the lake</title></head><body><article>"
        f"<h1>The ferry’s back on the lake</h1><p>{FIRST}</p><p>It’s “ours again”, said the master — and waved.</p>"
        f"<p>{SECOND}</p><p>{THIRD}</p></article></body></html>"
    )
    article = talkscraper.extract(
        page.encode().decode("latin-1").encode(), "https://courier.example/news/f", AT
    ).article
    assert article is not None
    assert article.title == "The ferry’s back on the lake"
    assert "It’s “ours again”, said the master — and waved." in article.text
