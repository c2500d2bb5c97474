"""Pages and drawings as markup: however a browser reads them, no other tags are in them than those that were cleaned."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from talkscraper.replay.address_rewriter import Context
from talkscraper.replay.html_rewrite import rewrite_html, rewrite_svg

PAGE = "http://news.example/a"
EVIL = "http://evil.example"
CONTEXT = Context(url=PAGE, timestamp="20251001000000")
HINT = f'<link rel="preconnect" href="{EVIL}">'
TAG = re.compile(r"</?([A-Za-z][^\s/>]*)")


def page(markup):
    return rewrite_html(f"<!doctype html><body>{markup}".encode(), "text/html; charset=utf-8", CONTEXT).decode()


@pytest.mark.parametrize(
    "markup",
    [
        f"<svg><style><br>{HINT}</style></svg>",
        f"<math><style><p>{HINT}</style></math>",
        f"<svg><style>&lt;br&gt;{HINT}</style></svg>",
        f"<style><!--</style>{HINT}--></style>",
        f"<svg><title><style></title>{HINT}</style></svg>",
        f"<svg><desc><style>a{{}}</desc>{HINT}</style></svg>",
        f"<noscript><p title='</noscript>{HINT}'></noscript>",
        f"<noembed><p title='</noembed>{HINT}'></noembed>",
        f"<noframes><p title='</noframes>{HINT}'></noframes>",
        f"<xmp><p title='</xmp>{HINT}'></xmp>",
        f"<iframe><p title='</iframe>{HINT}'></iframe>",
        f"<textarea></textarea x='>{HINT}'></textarea>",
        f"<plaintext>{HINT}",
        f"<listing>\n\n{HINT}</listing>",
        f"<select><style></select>{HINT}</style></select>",
        f"<table><style></table>{HINT}</style></table>",
        f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;{HINT}'>",
        f"<form><math><mtext></form><form><mglyph><style></math>{HINT}",
        f"<svg></p><style><a id='</style>{HINT}'>",
        f"<title><p title='</title>{HINT}'>",
        f"<p x<y='{HINT}'>text",
        f"<![CDATA[{HINT}]]>",
        f"<!-- --!>{HINT}-->",
        f"<?php {HINT} ?>",
        f"<link rel='stylesheet preconnect dns-prefetch' href='{EVIL}/a'>",
        f"<link rel='icon' rel='preconnect' href='{EVIL}'>",
    ],
)
def test_no_hint_to_connect_survives_however_it_is_hidden(markup):
    """Neither as an element nor as text that a browser could take for one."""
    shown = page(f"{markup}<p>after")
    assert not re.search(r"<link[^>]*(preconnect|prefetch)", shown, re.IGNORECASE)
    for link in re.findall(r"<link[^>]*>", shown):
        assert 'href="/web/' in link
    # what is written again is the same: the tree is what it says
    again = rewrite_html(shown.encode(), "text/html; charset=utf-8", CONTEXT).decode()
    assert [each.lower() for each in TAG.findall(again) if each != "meta"] == [
        each.lower() for each in TAG.findall(shown) if each != "meta"
    ]


def test_a_style_keeps_what_it_says():
    """Only what could be a tag is escaped: comparisons and the comment that means nothing are as they were."""
    shown = page("<style><!-- @media (width < 600px) { a > b { content: 'x</p>y' } } --></style>")
    assert "(width < 600px)" in shown
    assert "a > b" in shown
    assert r"'x\3c /p>y'" in shown
    assert "<!--" not in shown


def test_text_attributes_and_line_breaks_come_through():
    """Characters that mean something in markup, the first line break of <pre>, and a page in another language."""
    shown = page('<p title="a &amp; b &quot;c&quot; &lt;d&gt;">1 &lt; 2 &amp;amp; Ærø\u00a0ø</p><pre>\n\nx</pre><br>y')
    assert "<p title='a &amp; b \"c\" &lt;d&gt;'>1 &lt; 2 &amp;amp; Ærø\u00a0ø</p>" in shown
    assert "<pre>\n\nx</pre><br>y" in shown


def drawing(inner, *, before="", attributes=""):
    source = (
        f'{before}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xmlns:h="http://www.w3.org/1999/xhtml" viewBox="0 0 9 9" {attributes}>{inner}</svg>'
    )
    return rewrite_svg(source.encode(), "image/svg+xml", CONTEXT)


@pytest.mark.parametrize(
    ("inner", "before"),
    [
        (f'<h:link rel="preconnect" href="{EVIL}"/>', ""),
        (f'<foreignObject><h:iframe src="{EVIL}"/></foreignObject>', ""),
        (f'<script href="{EVIL}/s.js"/>', ""),
        (f'<image href="{EVIL}/i.png"/><image xlink:href="{EVIL}/i.png"/>', ""),
        (f'<use href="{EVIL}/u.svg#a"/><use xlink:href="data:text/html,x"/>', ""),
        (f'<style>@import "{EVIL}/i.css"; a {{ fill: url({EVIL}/f.svg#x) }}</style>', ""),
        (f'<style><![CDATA[@import "{EVIL}/i.css";]]></style>', ""),
        (f'<rect fill="url({EVIL}/f.svg#x)" style="filter:url({EVIL}/g)" mask="ur\\6c({EVIL})"/>', ""),
        (f'<animate attributeName="href" to="{EVIL}"/><set attributeName="href" to="{EVIL}"/>', ""),
        (f'<feImage href="{EVIL}/fe.png"/><text xml:base="{EVIL}/">x</text>', ""),
        (f'<a href="{EVIL}/a" ping="{EVIL}/p" onclick="x()"><text>x</text></a>', ""),
        ("", f'<?xml-stylesheet href="{EVIL}/x.css" type="text/css"?>'),
        ("", f'<?xml-stylesheet href="{EVIL}/x.xsl" type="text/xsl"?>'),
        ("&x;", f'<!DOCTYPE svg [<!ENTITY x SYSTEM "{EVIL}/e">]>'),
        ("&x;", '<!DOCTYPE svg [<!ENTITY x "&#60;script/>">]>'),
        ("", f'<!DOCTYPE svg SYSTEM "{EVIL}/svg.dtd">'),
    ],
)
def test_a_drawing_reaches_nothing_outside(inner, before):
    """Elements of other kinds, references, styles, animations, instructions and entities."""
    shown = drawing(inner + '<circle r="2"/>', before=before).decode()
    root = ET.fromstring(shown)
    assert root.find("{http://www.w3.org/2000/svg}circle") is not None
    assert root.get("viewBox") == "0 0 9 9"
    assert "<!" not in shown
    assert "<?xml-" not in shown
    for element in root.iter():
        assert element.tag.startswith("{http://www.w3.org/2000/svg}")
        for value in (*element.attrib.values(), element.text or ""):
            # an address of outside stands only behind the archive's own
            assert EVIL not in re.sub(r"/web/\d+[a-z_]*/" + re.escape(EVIL), "", value)
            assert "\\" not in value


def test_what_is_no_drawing_is_told():
    """Broken XML, and XML of another kind: it is shown as text."""
    assert rewrite_svg(b"<svg", "image/svg+xml", CONTEXT) is None
    assert rewrite_svg(b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "image/svg+xml", CONTEXT) is None
    assert rewrite_svg(b"", "image/svg+xml", CONTEXT) is None
