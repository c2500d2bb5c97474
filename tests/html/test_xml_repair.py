"""XML as programs really write it: what a reader still finds in it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from talkscraper.html.xml import elements, text_of
from talkscraper.html.xml_repair import MAX_ODD_TAGS, repaired

ITEMS = frozenset({"item"})


def _texts(document):
    return [[(each.tag.rpartition("}")[2], text_of(each)) for each in item] for item in elements(document, ITEMS)]


def _item(number, title="t"):
    return f"<item><title>{title}</title><link>/{number}</link></item>"


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("less than <6 berths", "less than <6 berths"),
        ("a < b", "a < b"),
        ("<- back", "<- back"),
        ("I <3 boats", "I <3 boats"),
        ("ends with <", "ends with <"),
        ("Fish & Chips", "Fish & Chips"),
        ("AT&T &nbsp;&copy; 2026", "AT&T © 2026"),
        ("a <b and don't know", "a <b and don't know"),
        ("x ]]> y", "x ]]> y"),
        ("<![CDATA[ a < b & c ]]>", "a < b & c"),
        ("<![CDATA[ one ]]><![CDATA[ two ]]>", "one two"),
        ("<![CDATA[ no end", "no end"),
        ("A <b>bold word", "A bold word"),
        ("A line<br>break", "A linebreak"),
        ("<!-- note -->wall", "wall"),
        ("<?php echo $a->b ?>wall", "wall"),
        ("stray</i> end", "stray end"),
    ],
)
def test_what_is_no_markup_is_text_and_loses_no_later_item(title, read):
    document = f"<rss><channel>{_item(1)}{_item(2, title)}{_item(3, '<![CDATA[ three ]]>')}{_item(4)}</channel></rss>"
    found = _texts(document)
    assert [dict(item).get("link") for item in found] == ["/1", "/2", "/3", "/4"]
    assert found[1][0] == ("title", read)


@pytest.mark.parametrize(
    "before",
    [
        "<br />\n<b>Warning</b>:  Undefined index in <b>/srv/feed.php</b> on line <b>3</b><br />\n",
        "Deprecated: it is < 8 & old\n",
        "<!-- cached --><!-- twice -->",
        "\ufeff \n\ufeff",
        "<p>unclosed",
        "</div>",
    ],
)
def test_what_stands_before_the_root_hides_nothing(before):
    assert len(_texts(f'{before}<?xml version="1.0"?><rss><channel>{_item(1)}{_item(2)}</channel></rss> junk')) == 2


@pytest.mark.parametrize(
    ("document", "links"),
    [
        (f"<rss>{_item(1)}<item><title>x</title><link>/2</link><desc>cut her", ["/1", "/2"]),
        (f"<rss>{_item(1)}<item><title>x</title><link>/2-is-cu", ["/1", None]),
        (f"<rss>{_item(1)}<item><title>x</title><link>/2</li", ["/1", "/2"]),
        (f"<rss><item><link>/1</link><item><link>/2</link></rss>{_item(3)}", ["/1", "/2", "/3"]),
        ("<RSS><Item><Link>/1</LINK></item></Rss>", ["/1"]),
        (f"<rss>{_item(1)}</rss><rss>{_item(2)}</rss>", ["/1", "/2"]),
    ],
)
def test_of_what_is_cut_or_not_closed_the_whole_parts_count(document, links):
    assert [dict(item).get("link") for item in _texts(document)] == links


def test_an_undeclared_prefix_has_its_usual_meaning_a_declared_one_its_own():
    usual = next(elements("<rss><item><media:title>x</media:title></item></rss>", ITEMS))
    assert usual[0].tag == "{http://search.yahoo.com/mrss/}title"
    document = "<rss><item xmlns:media='u:other'><media:title q:x='1' bare a=b>x</media:title></item></rss>"
    own = next(elements(document, ITEMS))
    assert own[0].tag == "{u:other}title"
    assert own[0].get("a") == "b"
    assert [each.tag for each in elements("<s:rss><s:item/></s:rss>", ITEMS)] == ["{urn:prefix:s}item"]


def test_an_attribute_may_hold_any_character():
    document = (
        """<rss><item><link title="a > b" href='/1'/><link title="5 < 6" href="/2"/><link href="/3></item></rss>"""
    )
    item = next(elements(document, ITEMS))
    assert [each.get("href") for each in item] == ["/1", "/2", "/3"]


@given(st.text(alphabet=st.sampled_from(list("<>/!?[]-&;=\"' aItem:CDATA\x00\ufeff")), max_size=200))
def test_whatever_is_repaired_is_well_formed(text):
    etree.fromstring(repaired(text, ITEMS).encode())


@pytest.mark.parametrize(
    "unit",
    [
        *(
            "<",
            "<a ",
            '<a b="',
            "<![CDATA[",
            "<!--",
            '<!DOCTYPE "',
            "<!DOCTYPE [",
            "<?php ",
            "<?x ",
            "<!a ",
            "&",
            "<x>",
        ),
        *('="<a <a <a"', "<a x=\"<a x='", "</x>", "<![CDATA[</item>"),
    ],
)
def test_the_time_grows_with_the_length_alone(unit):
    """Eight times as much of anything takes about eight times as long, not sixty-four."""

    def seconds(count):
        begin = time.process_time()
        repaired("<item>" + unit * count, ITEMS)
        return time.process_time() - begin

    few = max(0.01, min(seconds(2 * MAX_ODD_TAGS) for _ in range(3)))
    assert seconds(16 * MAX_ODD_TAGS) < 40 * few
