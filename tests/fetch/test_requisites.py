"""What a page needs to be shown again."""

from hypothesis import given
from hypothesis import strategies as st

from talkscraper.fetch.requisites import PER_PAGE, of_css, of_page, of_srcset
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
    found = of_page(page, BASE)
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
    names = {url.removeprefix("https://example.org/posts/") for url in of_page(page, BASE)}
    assert names == {
        "body.png", "original.png", "lazy-src.png", "lazy.png", "small.png", "large.png", "amp.png", "image.png",
        "sprite.svg", "other.svg", "cell.png", "button.png", "set.png",
    }  # fmt: skip


def test_other_roles_are_found_where_they_are_asked_for():
    """Scripts and frames, for example."""
    page = b"<script src=a.js></script><iframe src=b.html></iframe><link rel=modulepreload href=c.js><img src=d.png>"
    found = of_page(page, "https://example.org/", roles={Role.SCRIPT, Role.FRAME})
    assert found == ["https://example.org/a.js", "https://example.org/b.html", "https://example.org/c.js"]


def test_the_content_type_decides_on_the_charset_of_a_style_sheet():
    """Its addresses are read in it."""
    css = "p { background: url(brücke.png) }".encode("latin-1")
    assert of_css(css, BASE, "text/css; charset=iso-8859-1") == ["https://example.org/posts/br%C3%BCcke.png"]


def test_a_style_sheet_names_fonts_and_further_style_sheets():
    """url() quoted or not, @import with and without url(); comments and data: are left out."""
    css = b"""@import url(base.css); @import 'x.css'; /* url(no.png) */
      @font-face { src: url("../f/a.woff2") format("woff2"), url(../f/a.woff) } p { background: url( 'p.png' ) }
      i { background: url(data:image/png;base64,AAAA) }"""
    assert of_css(css, "https://cdn.example/css/main.css") == [
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
    """Ten thousand pictures, and a hundred are fetched."""
    page = b"<html>" + b"".join(b"<img src=/%d.png>" % n for n in range(10_000))
    assert len(of_page(page, BASE)) == PER_PAGE


@given(st.binary(max_size=400))
def test_no_bytes_break_the_finder(body):
    """Whatever a server sends, only absolute http addresses come out."""
    assert all(url.startswith(("http://", "https://")) for url in of_page(body, BASE) + of_css(body, BASE))
