"""A page without scripts, from which nothing leaves the archive."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html

from talkscraper.html.srcset import candidates
from talkscraper.replay.address_rewriter import AddressRewriter, Context
from talkscraper.replay.html_rewrite import next_image_target, rewrite_html, rewrite_stylesheet

PAGE = "http://news.example/posts/a"
CONTEXT = Context(url=PAGE, timestamp="20251028143000")
HERE = "/web/20251028143000"


def rewritten(markup, context=CONTEXT, **options):
    body = markup.encode() if isinstance(markup, str) else markup
    return rewrite_html(body, "text/html; charset=utf-8", context, **options).decode()


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<a href="/b">x</a>', f'<a href="{HERE}/http://news.example/b">x</a>'),
        ('<a href="b?x=1&amp;y=2#part">x</a>', f'<a href="{HERE}/http://news.example/posts/b?x=1&amp;y=2#part">x</a>'),
        ('<a href="#part">x</a>', '<a href="#part">x</a>'),
        ('<a href="mailto:a@b.example">x</a>', '<a href="mailto:a@b.example">x</a>'),
        ('<a href=" java\nscript:alert(1)">x</a>', "<a>x</a>"),
        ('<a href="data:text/html,x">x</a>', "<a>x</a>"),
        (
            '<a href="//cdn.example/x" target="_top" onclick="x()" ping="/p">x</a>',
            f'<a href="{HERE}/http://cdn.example/x">x</a>',
        ),
        ('<img src="i.png" onerror="x()">', f'<img src="{HERE}im_/http://news.example/posts/i.png">'),
        (
            '<img src="data:image/gif;base64,R0" data-src="/late.png">',
            f'<img src="{HERE}im_/http://news.example/late.png"',
        ),
        ('<amp-img src="/i.png"></amp-img>', f'<img src="{HERE}im_/http://news.example/i.png">'),
        (
            '<img src="/_next/image?url=%2Fa.png&amp;w=640&amp;q=75">',
            f"{HERE}im_/http://news.example/_next/image?url=%2Fa.png&amp;w=640&amp;q=75",
        ),
        (
            '<iframe src="/f" srcdoc="<script>x</script>"></iframe>',
            f'<iframe src="{HERE}if_/http://news.example/f" srcdoc=',
        ),
        (
            '<iframe srcdoc="<img src=/i.png onerror=x()><script>y()</script>"></iframe>',
            f'&lt;img src="{HERE}im_/http://news.example/i.png"&gt;',
        ),
        (
            '<object data="/d.svg" width="9"><p>none</p></object>',
            f'<img width="9" src="{HERE}im_/http://news.example/d.svg">',
        ),
        ('<object data="/f.html"></object>', f'<iframe src="{HERE}if_/http://news.example/f.html"></iframe>'),
        (
            '<object data="/f" type="text/html">none</object>',
            f'<iframe src="{HERE}if_/http://news.example/f"></iframe>',
        ),
        ('<embed src="/e.png" type="image/png" onload="x()">', f'<img src="{HERE}im_/http://news.example/e.png">'),
        ('<embed src="/e.mp4">', f'<video src="{HERE}oe_/http://news.example/e.mp4" controls=""></video>'),
        ('<object data="/e.pdf"></object>', f'<a href="{HERE}/http://news.example/e.pdf">e.pdf</a>'),
        ('<object data="/e.swf"><p>instead</p></object>', "<div><p>instead</p></div>"),
        ('<object data="javascript:x()"><p>instead</p></object>', "<div><p>instead</p></div>"),
        (
            '<div><template shadowrootmode="open" onclick="x()"><slot></slot><script>y()</script></template>z</div>',
            '<div><template shadowrootmode="open"><slot></slot></template>z</div>',
        ),
        ("<div><template><p>y</p></template>z</div>", "<div>z</div>"),
        (
            '<video src="/v.mp4" poster="/p.jpg"></video>',
            f'<video src="{HERE}oe_/http://news.example/v.mp4" poster="{HERE}im_/http://news.example/p.jpg">',
        ),
        (
            '<link rel="stylesheet" href="/s.css" integrity="x" crossorigin>',
            f'<link rel="stylesheet" href="{HERE}cs_/http://news.example/s.css">',
        ),
        ('<link rel="stylesheet" media="print" onload="this.media=\'all\'" href="/s.css">', 'media="all"'),
        ('<link rel="preload" as="style" href="/s.css">', f'<link rel="stylesheet" as="style" href="{HERE}cs_/'),
        ('<div style="background:url(/b.png)">x</div>', f'url("{HERE}oe_/http://news.example/b.png")'),
        (
            "<style>@import \"/i.css\"; a{b:url('c.png')}</style>",
            f'@import "{HERE}cs_/http://news.example/i.css"; a{{b:url("{HERE}oe_/http://news.example/posts/c.png")}}',
        ),
        (
            '<svg><image xlink:href="/i.png"/><use href="#x"/></svg>',
            f'xlink:href="{HERE}im_/http://news.example/i.png"',
        ),
        ('<base href="http://other.example/d/"><a href="x">x</a>', f'<a href="{HERE}/http://other.example/d/x">x</a>'),
        ("<p>a<script>x()</script>b</p>", "<p>ab</p>"),
        (
            '<noscript><img src="/n.png"></noscript>',
            f'<noscript><img src="{HERE}im_/http://news.example/n.png"></noscript>',
        ),
    ],
)
def test_each_kind_of_address_is_put_into_the_archive(markup, expected):
    """Links, pictures, frames, media, styles: rewritten, or gone."""
    assert expected in rewritten(f"<html><body>{markup}</body></html>")


HOSTILE = """<!doctype html><html manifest="/m"><head><base href="http://evil.example/">
<meta http-equiv="refresh" content="0;url=http://evil.example/"><meta http-equiv=Content-Security-Policy content="x">
<meta name=referrer content=unsafe-url><link rel=dns-prefetch href=//evil.example><link rel=preload as=script href=/s.js>
<link rel=import href=/i.html><link rel=modulepreload href=/m.js><script src=/s.js></script></head>
<body onload="x()" background="http://evil.example/bg.png"><form action="http://evil.example/steal" method=post>
<input name=a autofocus onfocus=x()><button formaction="javascript:x()">go</button></form>
<object data="http://evil.example/o"><embed src="http://evil.example/e"></object><svg onload=x()><animate onbegin=x() attributeName=href to=javascript:x()>
<a xlink:href="javascript:x()">x</a></svg><iframe src="javascript:x()"></iframe><img srcset="http://evil.example/1.png 1x, http://evil.example/2.png 2x">
<template><script>x()</script></template><a href="http://evil.example/go">out</a></body></html>"""


def test_a_hostile_page_keeps_no_script_no_handler_no_directive_and_no_outside_address():
    """Every attribute is looked at, after a parse of what a browser would get."""
    tree = html.document_fromstring(rewritten(HOSTILE))
    for element in tree.iter():
        assert element.tag not in ("script", "base", "embed", "object", "template", "animate")
        for name, value in element.attrib.items():
            assert not name.startswith("on"), (element.tag, name)
            assert name not in ("action", "formaction", "ping", "manifest", "http-equiv", "srcdoc", "autofocus")
            assert "javascript:" not in value
            if "evil.example" in value:
                assert value.startswith("/web/") or ", /web/" in value, (element.tag, name, value)
    assert next(meta.attrib for meta in tree.iter("meta")) == {"charset": "utf-8"}


def test_only_sizes_of_a_picture_that_are_archived_are_offered():
    """A browser would choose one that is missing."""
    context = Context(url=PAGE, timestamp="20251028143000", is_archived=lambda url: url.endswith("640.png"))
    markup = '<img srcset="/320.png 320w, /640.png 640w, /1080.png 1080w">'
    assert f'srcset="{HERE}im_/http://news.example/640.png 640w"' in rewritten(markup, context)


def test_a_srcset_is_read_as_browsers_do():
    """URLs may hold commas; descriptors may be missing."""
    assert candidates("a,b.png 1x, c.png 2x,d.png") == [("a,b.png", "1x"), ("c.png", "2x"), ("d.png", "")]


def test_the_banner_comes_first_in_the_body_and_the_doctype_stays():
    """The doctype decides how browsers lay a page out."""
    text = rewritten('<!DOCTYPE html><html><body class="a>b"><p>x</p></body></html>', banner="<b-anner></b-anner>")
    assert text.startswith("<!DOCTYPE html>\n")
    assert re.search(r'<body class="a(>|&gt;)b" style="[^"]*"><b-anner></b-anner><p>x</p>', text)
    assert not rewritten("<html><body>quirks</body></html>").startswith("<!DOCTYPE")


def test_a_page_in_another_encoding_is_served_in_utf8_and_says_so():
    """Shift_JIS bytes, declared in the page only."""
    body = '<html><head><meta charset="Shift_JIS"></head><body>港の経済</body></html>'.encode("shift_jis")
    out = rewrite_html(body, "text/html", CONTEXT)
    assert "港の経済".encode() in out
    assert out.count(b"charset") == 1


def test_css_keeps_its_shape_and_loses_what_leads_outside():
    """Escapes don't hide an address; data images and what is in comments stay as they are."""
    css = '@charset "utf-8"; a{b:url( "x.png" )} /* url(http://evil.example/c) */ @import url(y.css); c{d:url(data:image/png;base64,AA)} e{f:url(\\68ttp://evil.example/z)} g{h:url(javascript:x)}'
    out = rewrite_stylesheet(css.encode(), "text/css", CONTEXT).decode()
    assert f'a{{b:url( "{HERE}oe_/http://news.example/posts/x.png" )}} /* url(http://evil.example/c) */' in out
    assert f'@import url("{HERE}cs_/http://news.example/posts/y.css")' in out
    assert "d:url(data:image/png;base64,AA)" in out
    assert f'f:url("{HERE}oe_/http://evil.example/z")' in out
    assert 'h:url("about:invalid")' in out


def test_next_js_pictures_lead_to_the_picture_itself():
    """When no resized one was kept."""
    assert (
        next_image_target("http://news.example/_next/image?url=%2Fmedia%2Fa.png&w=640&q=75")
        == "http://news.example/media/a.png"
    )
    assert next_image_target("http://news.example/a.png") is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_crash_the_rewriter(body):
    """Whatever is captured, the reader gets a page."""
    out = rewrite_html(body, None, CONTEXT)
    assert b"<script" not in out.lower()


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet="url()@import'\"\\/*:;{} a\n1", max_size=120))
def test_no_style_sheet_crashes_the_rewriter_or_leaves_its_element(text):
    """Nothing ends the style element or the attribute it stands in."""
    assert "</" not in AddressRewriter(PAGE, CONTEXT).style(text.replace("</", ""))


def test_a_refresh_is_shown_as_a_link_instead_of_being_followed():
    """In front of the page, by header or meta; not one that reloads the page."""
    from talkscraper.replay.address_rewriter import Context
    from talkscraper.replay.html_rewrite import rewrite_html

    def shown(body, refresh=None):
        context = Context(url="https://news.example/a", timestamp="20260302090000", refresh=refresh)
        return rewrite_html(body, "text/html", context).decode()

    link = 'href="/web/20260302090000/https://news.example/b"'
    by_meta = shown(b'<meta http-equiv="refresh" content="0; url=/b"><p>Wait')
    assert link in by_meta
    assert "http-equiv" not in by_meta
    assert link in shown(b"", "2; url=/b")
    assert link in shown(b'<html><head><meta http-equiv="refresh" content="0; url=/b"></head></html>')
    assert link in shown(b"<html><head><title>Moved</title></head></html>", "0; url=/b")
    assert "leads on" not in shown(b'<head></head><frameset><frame src="/c"></frameset>', "0; url=/b")
    assert "leads on" not in shown(b'<meta http-equiv="refresh" content="5"><p>Wait')


def test_what_is_embedded_and_not_archived_leaves_its_fallback():
    """A browser without the file shows what the object holds; an embed holds nothing."""
    context = Context(url=PAGE, timestamp="20251028143000", is_archived=lambda _: False)
    text = rewritten('<p><object data="/d.svg"><b>chart</b></object><embed src="/e.png"></p>', context)
    assert "<div><b>chart</b></div>" in text
    assert "e.png" not in text


def test_documents_in_documents_end():
    """The frames of a frame in an attribute aren't shown, and no more than ten frames."""
    deep = rewritten("""<iframe srcdoc="<iframe srcdoc='<p>deep</p>'></iframe>"></iframe>""")
    assert "deep" not in deep
    many = rewritten("".join(f"<iframe srcdoc='<p>frame {n}</p>'></iframe>" for n in range(12)))
    assert len(re.findall("frame [0-9]+&lt;/p", many)) == 10


@pytest.mark.parametrize(
    "markup",
    [
        '<html><head><style>body{display:none}</style></head><body class="x"><article><h1>H</h1></article></body></html>',
        '<html class="no-js"><head><style>@media all{.no-js body{ DISPLAY : none !important }}</style></head><body><h1>H</h1></body></html>',
        '<html><head><style>.wait{color:red;display:none}</style></head><body class="on wait"><h1>H</h1></body></html>',
        '<html><body style="display: none; color: red"><h1>H</h1></body></html>',
        "<html><body hidden><h1>H</h1></body></html>",
    ],
)  # fmt: skip
def test_a_body_hidden_until_scripts_run_is_shown(markup):
    """By a rule of its name or class, its own style, or an attribute."""
    body = html.fromstring(rewritten(markup)).find("body")
    style = body.get("style")
    assert "visibility:visible!important;opacity:1!important" in style
    assert "hidden" not in body.attrib
    assert "display:block!important" in style or "none" not in style


def test_what_holds_the_article_is_shown_and_nothing_else():
    """Containers that fade in are visible; a menu that is closed stays closed."""
    text = rewritten(
        "<style>#app{display:none}.menu{display:none}</style><body><div id=app><main><article><h1>H</h1></article></main></div>"
        "<nav class=menu>m</nav></body>"
    )
    assert re.search('<div id="app" style="[^"]*display:block!important"', text)
    assert '<nav class="menu">' in text


def test_a_note_about_scripts_covers_nothing():
    """It is text in its place; pictures for readers without scripts stay as they were."""
    text = rewritten(
        '<body><noscript><style>#app, main{display:none}</style><div class="wall" id="w" style="position:fixed;inset:0">Scripts!</div></noscript>'
        '<noscript><img class="lazy" src="/i.png"></noscript><noscript><style>.lazy{display:none}</style></noscript></body>'
    )
    assert "<div>Scripts!</div>" in text
    assert "main{" not in text
    assert '<img class="lazy"' in text
    assert ".lazy{display:none}" in text


def test_a_drawing_used_from_another_file_is_put_into_the_page():
    """A sandboxed page may not take it from there; its own references still lead to its parts, and no script comes along."""
    sprite = (
        '<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script><style>*{display:none}</style><linearGradient id="g"/>'
        '<symbol id="a" onload="x()"><path fill="url(#g)" d="M0 0"/><use href="#b"/></symbol><symbol id="b"/></svg>'
    )
    context = Context(
        url=PAGE,
        timestamp="20251028143000",
        drawing=lambda url: sprite if url == "http://news.example/s.svg" else None,
    )
    text = rewritten(
        '<svg><use href="/s.svg#a"/><use xlink:href="/s.svg#b"/><use href="/s.svg#none"/><use href="/t.svg#a"/><use href="#own"/></svg>',
        context,
    )
    used = re.findall('<use (?:xlink:)?href="([^"]*)"', text.partition("position:absolute")[0])
    assert used == [
        "#talkscraper-0-a", "#talkscraper-0-b", f"{HERE}im_/http://news.example/s.svg#none",
        f"{HERE}im_/http://news.example/t.svg#a", "#own",
    ]  # fmt: skip
    assert 'id="talkscraper-0-a"' in text
    assert "#talkscraper-0-g" in text
    assert '<use href="#talkscraper-0-b">' in text
    assert "x()" not in text
    assert "display:none" not in text
