"""trafilatura's expressions give the same elements, in the same order, when they are evaluated in Python."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

import pytest
import trafilatura.core
import trafilatura.main_extractor
from lxml import etree
from trafilatura import xpaths

from talkscraper.extraction.fast_expressions import MAX_LENGTH, AttributeExpression, fast
from talkscraper.extraction.trafilatura_copy import Disposable, bare_extraction
from talkscraper.html import parser

_NAMESPACES = {"re": "http://exslt.org/regular-expressions"}
_PAGES = sorted((Path(__file__).parents[1] / "golden" / "articles").rglob("*.html"))[::6]
_LISTS = {
    name: value
    for name, value in vars(xpaths).items()
    if isinstance(value, list) and all(isinstance(each, etree.XPath) for each in value)
}
_LONG = "x" * (MAX_LENGTH + 1)
_MARKUP = f"""<body id=top class="Page">
<div class="post-body">one<div class="post-body">two</div></div><div class="post-body" id="art-content">three</div>
<section id="related" class="plain"><p class="Teaser">a</p><p style="DISPLAY:none">b</p><p style="display:none">c</p></section>
<p class="cookie" id="x">d</p><p id="x" class="cookie">e</p><p style="hidden" id="y">f</p><p id="y" style="hidden">g</p>
<ol id="comments-7"><li>h</ol><div id="disqus_thread">i</div><ul id="disqus_thread"><li>j</ul>
<div class="infinite-scroll"><h1>k</h1></div><div class="infinite-scroll">l</div><div class="{_LONG} share-">m</div>
<div role="Navigation">n</div><span data-lp-replacement-content>o</span><div aria-hidden="true">p</div>
<div class="">q</div><div>r</div><article role="article">s</article><div CLASS="fullTEXT">t</div></body>"""


def _expressions() -> list[etree.XPath]:
    return [each for found in _LISTS.values() for each in found]


def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path, namespaces=_NAMESPACES)


@pytest.mark.parametrize("markup", [_MARKUP, *(page.read_text(encoding="utf-8") for page in _PAGES)])
def test_the_same_elements_in_the_same_order(markup: str) -> None:
    """Each of trafilatura's expressions selects what it selects as XPath, also the second time."""
    tree, _ = parser.parse(markup)
    for expression in _expressions():
        quick = fast(expression)
        assert list(quick(tree)) == list(quick(tree)) == list(expression(tree)), expression.path


def test_the_expressions_of_the_main_pass_are_understood() -> None:
    """If trafilatura writes them in another form one day, nothing breaks, but this tells that the time is lost."""
    lists = ("OVERALL_DISCARD_XPATH", "RAW_TREE_PRUNE_XPATH", "REMOVE_COMMENTS_AND_LISTS_XPATH", "TEASER_DISCARD_XPATH")
    for name in lists:
        assert all(isinstance(fast(each), AttributeExpression) for each in _LISTS[name]), name


@pytest.mark.parametrize(
    "path",
    [
        ".//header",
        "//div[@class='tags']//a[@href]",
        ".//*[self::div][@class='a' and @id='b']",
        ".//*[self::div][not(@class='a')]",
        ".//*[self::div][re:test(@class, 'a?')]",
        ".//*[self::div][contains(@class, '')]",
        ".//*[self::div][@class='a'][last()]",
        ".//*[self::div][@class='a'][2]",
        ".//*[self::div or self::p][@class='a']/p",
        ".//*[self::div][@class='a' or .//p]",
    ],
)
def test_other_forms_stay_expressions_or_mean_the_same(path: str) -> None:
    """What isn't understood wholly isn't evaluated in part."""
    expression = _compiled(path)
    tree, _ = parser.parse("<div class=a id=b><p class=a>x</p></div><div class=a><div class=a></div></div><div>y</div>")
    assert list(fast(expression)(tree)) == list(expression(tree))


def test_trafilatura_itself_stays_as_it_is() -> None:
    """Who calls trafilatura in the same process gets its own functions and expressions."""
    copied = bare_extraction()
    assert copied is not trafilatura.core.bare_extraction
    assert trafilatura.main_extractor.OVERALL_DISCARD_XPATH is xpaths.OVERALL_DISCARD_XPATH
    assert all(isinstance(each, etree.XPath) for each in xpaths.OVERALL_DISCARD_XPATH)
    assert copied.__globals__["extract_content"] is not trafilatura.core.extract_content


@pytest.mark.parametrize("fast_mode", [True, False])
@pytest.mark.parametrize("page", _PAGES, ids=lambda page: page.stem)
def test_the_same_text(page: Path, fast_mode: bool) -> None:
    """The copy extracts what trafilatura extracts, in both modes."""
    tree, _ = parser.parse(page.read_text(encoding="utf-8"))
    url = "https://news.example/2025/story"
    options = {"url": url, "include_comments": False, "fast": fast_mode}
    own, theirs = bare_extraction()(tree, **options), trafilatura.bare_extraction(tree, **options)
    assert (own and own.text) == (theirs and theirs.text)
    given = bare_extraction()(Disposable(deepcopy(tree)), **options)
    assert (given and given.text) == (theirs and theirs.text)


def test_boxes_of_links_are_sought_again_where_one_was_deleted() -> None:
    """A box that consists of links only once a list in it is gone goes in the second round, as trafilatura does it."""
    prose = "".join(f"<p>{'The harbour wall was mended before the storms. ' * 3}{n}</p>" for n in range(12))
    links = "".join(f"<li><a href=/{n}>Another story of that week, the {n}th</a></li>" for n in range(3))
    box = f"<div><blockquote><a href=/x>What the others wrote</a></blockquote><ul>{links}</ul></div>"
    tree, _ = parser.parse(f"<body><article><div>{prose}{box}{prose}</div></article></body>")
    options = {"url": "https://news.example/2025/story", "include_comments": False, "fast": True}
    own, theirs = bare_extraction()(tree, **options), trafilatura.bare_extraction(tree, **options)
    assert own.text == theirs.text
    assert "What the others wrote" not in own.text
