"""What a page needs to be shown again."""

from hypothesis import given
from hypothesis import strategies as st

from talkscraper.fetch.requisites import (
    MAX_BYTES,
    MAX_MEDIA_BYTES,
    PER_PAGE,
    of_css,
    of_module,
    of_page,
    of_srcset,
    roles_of,
)
from talkscraper.html.address_attributes import Role

BASE = "https://example.org/posts/a"


def test_styles_pictures_and_fonts_are_found_wherever_they_are_named():
    """link, img, srcset, style elements and attributes, posters and icons; scripts and links to pages are not."""
    page = b"""<html><head><base href="/assets/">
      <link rel=stylesheet href="main.css"><link rel="preload" as=font href="f.woff2"><link rel="icon" href="i.png">
      <link rel=canonical href="/posts/a"><script src="app.js"></script>
      <style>@import "more.css"; body { background: url('bg.png') }</style></head>
      <body><img src="a.jpg" srcset="a-640.jpg 640w, a-1080.jpg 1080w, a-2048.jpg 2048w"><a href="/posts/b">b</a>
      <picture><source srcset="b.webp 1x, b2.webp 2x"></picture><video poster="v.jpg"></video>
      <div style="background:url(d.png)"></div><img src="data:image/gif;base64,AA"></body></html>"""
    found = of_page(page, BASE).urls
    names = [url.removeprefix("https://example.org/assets/") for url in found]
    assert set(names) == {
        "main.css", "f.woff2", "i.png", "more.css", "bg.png", "a.jpg", "a-640.jpg", "a-1080.jpg", "a-2048.jpg",
        "b.webp", "b2.webp", "v.jpg", "d.png",
    }  # fmt: skip
    assert names.index("main.css") < names.index("a.jpg") < names.index("a-640.jpg")


def test_what_replay_shows_is_found_by_all_its_attributes():
    """Those of lazy loaders, of AMP, of drawings and of old HTML."""
    page = b"""<html><body background="body.png"><img data-original="original.png"><img data-lazy-src="lazy-src.png">
      <img data-lazy="lazy.png"><img data-lazy-srcset="small.png 640w, large.png 1080w"><amp-img src="amp.png"></amp-img>
      <svg><image xlink:href="image.png"/><use href="sprite.svg#a"/><use xlink:href="other.svg#b"/><use href="#c"/></svg>
      <table><tr><td background="cell.png">x</td></tr></table><input type="image" src="button.png"><img src="#"><img src="">
      <p style="background:image-set('set.png' 1x)"></p><iframe src="frame.html"></iframe></body></html>"""
    names = {url.removeprefix("https://example.org/posts/") for url in of_page(page, BASE).urls}
    assert names == {
        "body.png", "original.png", "lazy-src.png", "lazy.png", "small.png", "large.png", "amp.png", "image.png",
        "sprite.svg", "other.svg", "cell.png", "button.png", "set.png",
    }  # fmt: skip


def test_other_roles_are_found_where_they_are_asked_for():
    """Scripts and frames, for example."""
    page = b"<script src=a.js></script><iframe src=b.html></iframe><link rel=modulepreload href=c.js><img src=d.png>"
    found = of_page(page, "https://example.org/", roles={Role.SCRIPT, Role.FRAME})
    assert found.urls == ["https://example.org/a.js", "https://example.org/c.js", "https://example.org/b.html"]


def test_the_content_type_decides_on_the_charset_of_a_style_sheet():
    """Its addresses are read in it."""
    css = "p { background: url(brücke.png) }".encode("latin-1")
    assert of_css(css, BASE, "text/css; charset=iso-8859-1").urls == ["https://example.org/posts/br%C3%BCcke.png"]


def test_a_style_sheet_names_fonts_and_further_style_sheets():
    """url() quoted or not, @import with and without url(); comments and data: are left out."""
    css = b"""@import url(base.css); @import 'x.css'; /* url(no.png) */
      @font-face { src: url("../f/a.woff2") format("woff2"), url(../f/a.woff) } p { background: url( 'p.png' ) }
      i { background: url(data:image/png;base64,AAAA) }"""
    assert of_css(css, "https://cdn.example/css/main.css").urls == [
        "https://cdn.example/css/base.css",
        "https://cdn.example/css/x.css",
        "https://cdn.example/f/a.woff2",
        "https://cdn.example/f/a.woff",
        "https://cdn.example/css/p.png",
    ]


def test_of_many_sizes_three_are_kept():
    """Next.js writes eight sizes of each picture; a phone's, a laptop's and a large screen's are enough."""
    srcset = ", ".join(f"/_next/image?url=%2Fa.jpg&w={w}&q=75 {w}w" for w in (640, 750, 828, 1080, 1200, 1920, 2048))
    assert of_srcset(srcset) == [f"/_next/image?url=%2Fa.jpg&w={w}&q=75" for w in (640, 1080, 1920)]


def test_a_page_cannot_ask_for_more_than_the_cap():
    """Ten thousand pictures: a hundred are fetched, the others counted."""
    page = b"<html>" + b"".join(b"<img src=/%d.png>" % n for n in range(10_000))
    found = of_page(page, BASE)
    assert (len(found.requisites), found.left_out) == (PER_PAGE, 10_000 - PER_PAGE)


def test_what_a_page_needs_most_comes_first():
    """Styles and fonts, pictures in the text, scripts, frames; then backgrounds, other sizes and media."""
    page = b"""<html><body style="background:url(back.png)"><video src="film.mp4"></video><iframe src="frame.html"></iframe>
      <script src="app.js"></script><img src="a.jpg" srcset="b.jpg 640w"><object data="drawing.svg"></object>
      <style>i { background: url(tile.png) } @font-face { src: url(f.woff2) }</style><link rel=stylesheet href=main.css>"""
    found = of_page(page, BASE, roles=roles_of("all"))
    assert [(str(each.role), each.url.rpartition("/")[2]) for each in found.requisites] == [
        ("font", "f.woff2"), ("style", "main.css"), ("image", "a.jpg"), ("script", "app.js"),
        ("frame", "frame.html"), ("frame", "drawing.svg"),
        ("image", "back.png"), ("media", "film.mp4"), ("image", "b.jpg"), ("image", "tile.png"),
    ]  # fmt: skip
    assert [each.priority for each in found.requisites[:6]] == [-1, -1, -2, -3, -4, -4]
    assert {each.max_bytes for each in found.requisites} == {MAX_BYTES, MAX_MEDIA_BYTES}


def test_each_scope_takes_its_roles():
    """By default scripts and frames too; media only on request; nothing where it is switched off."""
    page = b"<link rel=stylesheet href=c><script src=s></script><embed src=e><audio src=m></audio><img src=i>"
    names = {
        scope: [url[-1] for url in of_page(page, BASE, roles=roles_of(scope)).urls]
        for scope in (True, "page", "all", False)
    }
    assert names == {True: ["c", "i", "s", "e"], "page": ["c", "i"], "all": ["c", "i", "s", "e", "m"], False: []}


def test_scripts_that_a_browser_does_not_fetch_are_left_out():
    """Data in a script element has an address that nothing asks for."""
    page = b"""<script type="application/json" src=a.json></script><script type="text/template" src=b></script>
      <script type="text/javascript" src=c.js></script><script type=module src=d.mjs></script><script nomodule src=e.js></script>"""
    found = of_page(page, BASE, roles=roles_of(True)).requisites
    assert [(each.url.rpartition("/")[2], each.is_module) for each in found] == [
        ("c.js", False), ("d.mjs", True), ("e.js", False),
    ]  # fmt: skip


def test_a_module_names_what_it_imports_by_address():
    """Static imports, also minified ones and those of a module in the page; not names, and not calls."""
    module = b"""import{a}from"./a.js";import "../b.js"; export * from '/c.js'; import d from "d"; import("./e.js");
      let text = 'from nowhere'; x.from("./f.js"); import g from "https://cdn.example/g.js" """
    assert of_module(module, "https://example.org/js/main.js").urls == [
        "https://example.org/js/a.js", "https://example.org/b.js", "https://example.org/c.js", "https://cdn.example/g.js",
    ]  # fmt: skip
    page = b"<script type=module>import './inline.js'</script><script>import './classic.js'</script>"
    assert of_page(page, BASE, roles=roles_of(True)).urls == ["https://example.org/posts/inline.js"]


def test_a_page_in_an_attribute_is_searched():
    """The pictures of ``srcdoc`` belong to the page; a document in a document isn't opened."""
    page = b"""<iframe srcdoc="<base href='/in/'><img src=a.png><iframe srcdoc='<img src=b.png>'></iframe>"></iframe>"""
    assert of_page(page, BASE, roles=roles_of(True)).urls == ["https://example.org/in/a.png"]


def test_a_page_that_frames_itself_is_not_fetched_again():
    """A frame of the same address would be the same page."""
    assert of_page(b"<iframe src='#top'></iframe><iframe src='a#b'></iframe>", BASE, roles=roles_of(True)).urls == []


@given(st.binary(max_size=400))
def test_no_bytes_break_the_finder(body):
    """Whatever a server sends, only absolute http addresses come out."""
    found = (of_page(body, BASE, roles=roles_of("all")), of_css(body, BASE), of_module(body, BASE))
    assert all(url.startswith(("http://", "https://")) for named in found for url in named.urls)
