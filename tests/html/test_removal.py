"""Taking an element out of a page leaves everything else of it."""

from __future__ import annotations

import pytest
from lxml import html

from talkscraper.html.removal import take_out


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ("<div>a<p id=x>b</p>c</div>", "<div>ac</div>"),
        ("<div><b>a</b><p id=x>b<i>c</i></p>d</div>", "<div><b>a</b>d</div>"),
        ("<div><p id=x></p></div>", "<div></div>"),
        # references to what no text may hold: read by the parser, and refused where it is written again
        ("<div>a<p id=x>b</p>c&#1;d&#xFFFE;e</div>", "<div>acde</div>"),
    ],
)
def test_the_text_after_it_stays(page, left):
    """In the element before it, or in its parent."""
    tree = html.fromstring(page)
    take_out(tree.get_element_by_id("x"))
    assert html.tostring(tree, encoding="unicode") == left


def test_the_root_stays():
    """It has no parent to be taken out of."""
    tree = html.fromstring("<div>a</div>")
    take_out(tree)
    assert html.tostring(tree) == b"<div>a</div>"
