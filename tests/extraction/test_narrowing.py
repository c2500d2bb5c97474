"""What trafilatura is given of a page: the box with the prose, without what it would delete first or nobody keeps."""

from lxml import etree

from talkscraper.extraction.block_reader import read_blocks
from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.main_content import find_prose
from talkscraper.html import parser

PROSE = "<p>" + "The wall held, and the boats behind it lay still until the morning came. " * 3 + "</p>"


def narrowed(inside: str) -> str:
    """What is left of a page, as markup."""
    tree, _ = parser.parse(
        f"<html><body><nav>Home</nav><main class=story>{inside}</main><footer>©</footer></body></html>"
    )
    body = tree.find("body")
    assert body is not None
    before = etree.tostring(tree)
    page = find_prose(read_blocks(body).text).page()
    assert etree.tostring(tree) == before, "the page itself isn't changed"
    return etree.tostring(page, encoding="unicode")


def test_the_box_with_the_prose_stands_in_shells_of_those_around_it() -> None:
    """Menus and footers beside it are gone; the names around it stay, because trafilatura looks for them."""
    page = narrowed(PROSE * 5)
    assert page.startswith('<html><body><main class="story"><p>')
    assert "Home" not in page
    assert "©" not in page


def test_boxes_of_a_foreign_name_go_unless_they_hold_prose() -> None:
    """A list of related articles would be left out of the text anyway; a paragraph in such a box may not be."""
    page = narrowed(
        PROSE * 3 + f"<div class=related><a href=/x>Another wall</a></div><div class=share>{PROSE}</div>" + PROSE
    )
    assert "Another wall" not in page
    assert 'class="share"' in page


def test_a_name_that_most_of_the_text_bears_says_nothing() -> None:
    """On a site that calls every paragraph's box a teaser, short ones of them stay as well."""
    page = narrowed(f"<div class=teaser>{PROSE}</div>" * 4 + "<div class=teaser><p>It held.</p></div>" + PROSE)
    assert "It held." in page


def test_empty_boxes_go_and_the_text_behind_them_stays() -> None:
    """What has no text weighs on trafilatura only; loose text after it moves up. A last child stays."""
    page = narrowed(PROSE * 4 + "<div id=slot></div>Loose words. " + PROSE + "<div id=last></div>")
    assert 'id="slot"' not in page
    assert "Loose words." in page
    assert 'id="last"' in page


def test_squeezed_letters_are_the_same_in_any_rendering() -> None:
    """Punctuation of any script, spaces and case don't count; letters and digits of any script do."""
    assert squeeze("“The  Wall” — held, 2025!") == squeeze("the wall HELD_2025") == "thewallheld2025"
    assert squeeze("Straße・港の壁、٣") == "strasse港の壁٣"
    assert squeeze("half a pair: \ud800") == "halfapair"
