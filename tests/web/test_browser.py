"""In a real browser: hostile pages do nothing, good pages look right, and every request stays on loopback."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tarfile
from urllib.parse import quote, urlsplit

import pytest

from talkscraper.replay.wacz import write_wacz
from talkscraper.store import requisites
from talkscraper.store.articles import mark_gone
from tests.support.archives import SITE, extraction, published, store
from tests.support.clock import at
from tests.support.raw_server import Answer, RawServer
from tests.support.web_servers import Running

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(300),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: 'make browser-tools' installs it"),
]
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
]
HOSTILE = """<!doctype html><html><head><title>Innocent</title>
<meta http-equiv="refresh" content="0;url=http://evil.example/refresh">
<link rel="stylesheet" href="http://evil.example/e.css"><link rel="prefetch" href="http://evil.example/p">
<link rel="dns-prefetch" href="//evil.example"><style>@import "http://evil.example/i.css"; body{background:url(http://evil.example/b.png)}
@font-face{font-family:x;src:url(http://evil.example/f.woff2)} h1{font-family:x}
talkscraper-banner{display:none!important} *{visibility:hidden}</style>
<script>document.title = "scripted"; fetch("http://evil.example/fetch"); new Image().src = "http://evil.example/img";
top.location = "http://evil.example/top"; navigator.sendBeacon("http://evil.example/beacon");</script></head>
<body onload="document.title='handler'"><h1>Harbour</h1><img src="http://evil.example/x.png" onerror="document.title='onerror'">
<img src="/missing.png" onerror="document.title='onerror'"><iframe src="http://evil.example/frame"></iframe>
<iframe srcdoc="<script>parent.document.title='srcdoc'</script>"></iframe>
<form action="http://evil.example/steal"><input name="a" autofocus onfocus="document.title='focus'"><button>send</button></form>
<svg onload="document.title='svg'"><script>document.title='svgscript'</script></svg>
<a id="out" href="http://evil.example/out" target="_top" ping="http://evil.example/ping">out</a>
<a id="js" href="javascript:document.title='href'">js</a><video autoplay src="http://evil.example/v.mp4"></video>
<object data="http://evil.example/o"></object><embed src="http://evil.example/em">
<noscript><img src="http://evil.example/noscript.png"></noscript></body></html>"""


def arrived(outside):
    """The addresses outside of loopback that the proxy was asked for."""
    return [path for path in outside.log if ".example" in path]


@pytest.fixture(scope="module")
def outside():
    """Stands where the internet would: the browser's proxy for all but loopback. It answers nothing."""
    with RawServer(otherwise=Answer([], "close")) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def browser(outside):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*FLAGS, f"--proxy-server=http://127.0.0.1:{outside.port}"]
        )
        yield started
        started.close()


@pytest.fixture
def visit(browser, outside):
    """Opens pages; afterwards nothing may have left for outside, and whatever was asked for was ours or refused."""
    asked = []
    errors: list[str] = []
    outside.log.clear()
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.on("request", lambda request: asked.append(request))  # noqa: PLW0108  a builtin method won't do
    context.on("weberror", lambda error: errors.append(str(error.error)))

    def open_page(address: str):
        page = context.new_page()
        page.goto(address)
        page.wait_for_load_state("networkidle")
        return page

    open_page.context = context
    yield open_page
    refused = [request.url for request in asked if is_outside(request.url) and request.failure != "csp"]
    context.close()
    assert arrived(outside) == []
    assert refused == []
    assert errors == []


def is_outside(url):
    parts = urlsplit(url)
    return parts.scheme not in ("data", "blob", "about") and parts.hostname != "127.0.0.1"


def test_what_a_page_holds_besides_its_text_is_shown(built, serve, browser):
    """Frames, drawings from another file, shadow roots, objects; and a page that waits for scripts is visible."""
    drawing = '<svg xmlns="http://www.w3.org/2000/svg"><symbol id="a" viewBox="0 0 9 9"><rect width="9" height="9"/></symbol></svg>'
    built.respond(
        f"{SITE}/a",
        "2025-10-01 08:00",
        "<!doctype html><html><head><style>.wait{display:none} html{opacity:0}</style></head><body class=wait><h1 id=h>Harbour</h1>"
        "<iframe id=f src=/frame.html></iframe><iframe id=d srcdoc='<p id=p>inner</p>'></iframe>"
        "<svg width=50 height=50><use id=u href='/s.svg#a' width=50 height=50 /></svg>"
        "<div id=host><template shadowrootmode=open><p id=s>in the shadow</p></template></div>"
        "<object id=o data=/frame.html type=text/html></object>"
        "<noscript><div style='position:fixed;inset:0;background:red'>Enable scripts</div></noscript></body></html>",
    )
    built.respond(f"{SITE}/frame.html", "2025-10-01 08:00:01", "<h2 id=m>Map</h2>")
    built.respond(f"{SITE}/s.svg", "2025-10-01 08:00:02", drawing, mime="image/svg+xml")
    built.done()
    served = serve(built.folder)
    page = browser.new_context().new_page()
    page.goto(f"{served.replay}/web/20251001080000/{SITE}/a")
    assert page.locator("#h").is_visible()
    page.frame_locator("#f").locator("#m").wait_for()
    page.frame_locator("#d").locator("#p").wait_for()
    page.frame_locator("#o").locator("#m").wait_for()
    page.locator("#s").wait_for()
    assert page.evaluate("() => document.getElementById('u').getBoundingClientRect().width") == 50
    assert page.evaluate("() => getComputedStyle(document.querySelector('noscript div')).position") == "static"
    page.context.close()


def test_the_proxy_would_have_seen_what_leaves(browser, outside):
    """Proof that the check can fail: a page that does ask for outside is caught."""
    page = browser.new_page()
    page.set_content('<img src="http://seen.example/x.png">')
    page.wait_for_timeout(500)
    page.close()
    assert any("seen.example" in path for path in arrived(outside))


def test_a_hostile_page_runs_nothing_and_asks_for_nothing_outside(built, serve, visit):
    """Script, handlers, refresh, imports, frames, forms, media: the title stays, no request leaves."""
    built.respond(f"{SITE}/evil", "2025-10-01", HOSTILE)
    served = serve(built.done())
    page = visit(f"{served.replay}/web/20251001000000/{SITE}/evil")
    page.wait_for_timeout(1500)
    assert page.title() == "Innocent"
    assert page.url == f"{served.replay}/web/20251001000000/{SITE}/evil"
    page.locator("#js").evaluate("element => element.click()")
    page.locator("form button").evaluate("element => element.click()")
    page.wait_for_timeout(300)
    assert page.title() == "Innocent"
    assert page.evaluate("getComputedStyle(document.querySelector('talkscraper-banner')).visibility") == "visible"
    assert page.evaluate("document.querySelector('talkscraper-banner').getBoundingClientRect().height") > 20
    with page.expect_navigation(wait_until="networkidle"):
        page.locator("#out").evaluate("element => element.click()")
    assert page.locator("h1").inner_text() == "Not archived"


def test_raw_bytes_of_a_hostile_page_run_nothing_either(built, serve, visit):
    """A reader may open the id_ address in the browser: it is shown as text."""
    built.respond(f"{SITE}/evil", "2025-10-01", HOSTILE)
    served = serve(built.done())
    page = visit(f"{served.replay}/web/20251001000000id_/{SITE}/evil")
    page.wait_for_timeout(500)
    assert page.title() == ""
    assert page.locator("body").inner_text().startswith("<!doctype html><html><head><title>Innocent")


def test_archived_content_reaches_neither_the_reading_room_nor_a_cookie(built, serve, visit):
    """In the frame beside the text: an origin of its own, no parent, no cookie, no storage, no script."""
    capture = built.respond(f"{SITE}/evil", "2025-10-01", HOSTILE)
    article_id = store(built, capture, extraction(f"{SITE}/evil", "Evil", "The harbour wall holds."), "quay")
    served = serve(built.done())
    visit.context.add_cookies([{"name": "secret", "value": "1", "url": served.room}])
    page = visit(f"{served.room}/article/{article_id}")
    page.locator("iframe").scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    assert page.title().startswith("Evil")
    frame = next(each for each in page.frames if each.url.startswith(served.replay))
    for expression in ("document.cookie", "parent.document.title", "localStorage.length", "top.location.href"):
        told = frame.evaluate(f"() => {{ try {{ return String({expression}) }} catch (e) {{ return e.name }} }}")
        assert told == "SecurityError", expression
    assert frame.evaluate("() => origin") == "null"
    assert page.title().startswith("Evil")


def test_titles_urls_captions_and_snippets_with_markup_are_shown_as_text(built, serve, visit):
    """On the front page, in results, on the article's and the record's page: no element of theirs, no script."""
    from talkscraper.model import Image

    evil = '"><script>document.title="owned"</script><img src=x onerror="document.title=\'owned\'">'
    url = f"{SITE}/posts/1"
    capture = built.respond(url, "2025-10-01", "<p>x")
    article_id = store(
        built,
        capture,
        extraction(
            url,
            f"harbour {evil}",
            f"harbour {evil}",
            section=evil,
            description=evil,
            images=(Image(url=f"{SITE}/{evil}", caption=evil),),
        ),
        "quay",
    )
    served = serve(built.done())
    record = capture.id.strip("<>").removeprefix("urn:uuid:")
    for path in (
        "/",
        "/?q=harbour",
        f"/article/{article_id}",
        f"/capture/{record}",
        "/?q=%3Cscript%3E&source=%22%3E%3Cscript%3E",
        "/timeline?q=harbour",
    ):
        page = visit(f"{served.room}{path}")
        assert page.title() != "owned"
        assert page.locator("main script").count() == 0
        assert page.locator("img[onerror]").count() == 0


def test_a_good_page_replays_with_styles_pictures_fonts_and_links(built, serve, visit):
    """Also a picture by revisit, a font for a sandboxed page, and a link that leads to the archived next page."""
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
    )
    page_markup = '<!doctype html><html><head><title>Wall</title><link rel="stylesheet" href="/s.css"></head><body><h1>Harbour</h1><img id="i" src="/i.png"><p><a href="/next">next</a></body></html>'
    first = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", page_markup, coding="gzip")
    built.respond(f"{SITE}/s.css", "2025-10-01T08:00:01", "h1{color:rgb(1,2,3)}", mime="text/css", page=first)
    picture = built.respond(f"{SITE}/i.png", "2025-10-01T08:00:02", png, mime="image/png", page=first)
    built.respond(f"{SITE}/next", "2025-10-01T08:05:00", "<title>Next</title><h1>Next page</h1>")
    built.respond(f"{SITE}/a", "2025-10-05T08:00:00", page_markup)
    built.revisit(picture, "2025-10-05T08:00:02")
    served = serve(built.done())
    page = visit(f"{served.replay}/web/20251005/{SITE}/a")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(1, 2, 3)"
    assert page.evaluate("document.getElementById('i').naturalWidth") == 2
    page.click("text=next")
    page.wait_for_url(f"{served.replay}/web/20251001080500/{SITE}/next")
    assert page.title() == "Next"


def test_the_reading_room_is_usable_by_keyboard_and_without_scripts(built, serve, browser):
    """Without JavaScript: search, open an article, compare revisions."""
    url = f"{SITE}/posts/1"
    for number, day in ((12, "2025-10-01"), (21, "2025-10-02")):
        text = f"The harbour wall holds.\n\nEngineers counted {number} cracks."
        capture = built.respond(url, day, f"<p>{text}")
        store(built, capture, extraction(url, "Wall holds", text, published=published("2025-10-01")), "quay")
    served = serve(built.done())
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{served.room}/")
    page.keyboard.press("Tab")
    assert page.locator("input[type=search]").count() == 1
    page.fill("input[type=search]", "harbour")
    page.keyboard.press("Enter")
    page.click("text=Wall holds")
    page.click("text=Compare")
    assert page.locator(".diff del").inner_text().strip() == "12"
    assert page.locator(".diff ins").inner_text().strip() == "21"
    context.close()


@pytest.fixture(scope="module")
def viewer(tmp_path_factory):
    """ReplayWeb.page, as the operator would install it; skips where npm can't fetch it."""
    from talkscraper.errors import TalkscraperError
    from talkscraper.replay.viewer import install

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TALKSCRAPER_VIEWER", str(tmp_path_factory.mktemp("viewer")))
        try:
            install()
        except (TalkscraperError, subprocess.TimeoutExpired) as e:
            pytest.skip(f"no viewer: {e}")
        yield


SCRIPTED = """<!doctype html><html><head><title>T</title><link rel="stylesheet" href="/s.css"></head><body><h1 id="h">before</h1><script>
document.getElementById("h").textContent = "scripted";
fetch("http://evil.example/fetch").catch(() => 0);
new Image().src = "http://evil.example/image";
const frame = document.createElement("iframe"); document.body.append(frame);
try { frame.contentWindow.fetch.call(frame.contentWindow, "http://evil.example/fresh").catch(() => 0) } catch (e) {}
try { new WebSocket("ws://evil.example/socket") } catch (e) {}
try { navigator.sendBeacon("http://evil.example/beacon", "x") } catch (e) {}
const raw = document.createElement("div"); raw.innerHTML = "<img src='http://evil.example/inner'>"; document.body.append(raw);
try { location.href = "javascript:fetch('http://evil.example/href')" } catch (e) {}
</script></body></html>"""


def test_scripts_run_in_the_viewer_and_still_ask_for_nothing_outside(built, serve, browser, outside, viewer):
    """Through the banner's link; the page's own script ran, its styles came from the archive."""
    first = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", SCRIPTED)
    built.respond(f"{SITE}/s.css", "2025-10-01T08:00:01", "h1{color:rgb(1,2,3)}", mime="text/css", page=first)
    served = serve(built.done())
    outside.log.clear()
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served.replay}/web/20251001080000/{SITE}/a")
    assert "Open with scripts" in served.play(f"/web/20251001080000/{SITE}/a").text
    page.goto(f"{served.replay}/with-scripts/20251001080000/{SITE}/a")
    heading = page.frame_locator("iframe").locator("#h")
    heading.filter(has_text="scripted").wait_for(timeout=60_000)
    assert heading.evaluate("element => getComputedStyle(element).color") == "rgb(1, 2, 3)"
    page.wait_for_timeout(1000)
    context.close()
    assert arrived(outside) == []


@pytest.fixture
def files(tmp_path):
    """A folder of files with ranges on loopback, as any web server serves a package; the viewer's are in it."""
    from starlette.applications import Starlette
    from starlette.staticfiles import StaticFiles

    from talkscraper.replay.viewer import data_folder

    folder = tmp_path / "served"
    shutil.copytree(data_folder(), folder)
    app = Starlette()
    app.mount("/", StaticFiles(directory=folder, html=True))
    with Running(app) as server:
        yield folder, server.base


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000002000000020802000000fdd49a730000000c49444154789c63606060000000040001f61738550000000049454e44ae426082"
)
SHARED_STYLE = "@font-face{font-family:quay;src:url(/f.woff2)} h1{color:rgb(1,2,3);font-family:quay}"
STYLED = '<!doctype html><html><head><title>{0}</title><link rel="stylesheet" href="/s.css"></head><body><h1 id="h">{0}</h1><img id="i" src="/i.png"><p>The harbour wall holds.</p></body></html>'


def test_a_wacz_opens_in_replayweb_page(viewer, files, built, reader, browser, outside):
    """The player finds the pages, and shows one with its text, style and picture, all out of the package."""
    first = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", STYLED.format("First"), coding="gzip")
    built.respond(f"{SITE}/s.css", "2025-10-01T08:00:01", "h1{color:rgb(1,2,3)}", mime="text/css", page=first)
    built.respond(f"{SITE}/i.png", "2025-10-01T08:00:02", PNG, mime="image/png", page=first)
    ids = [store(built, first, extraction(first.url, "First", "The harbour wall holds."))]
    built.done()
    folder, origin = files
    write_wacz(reader(), built.folder, ids, folder / "first.wacz", title="Harbour", made_at=at("2025-12-01"))
    page = opened_in_player(browser, outside, f"{origin}/?source={origin}/first.wacz", first.url, "20251001080000")
    assert page.locator("#h").evaluate("element => getComputedStyle(element).color") == "rgb(1, 2, 3)"
    assert page.locator("#i").evaluate("element => element.naturalWidth") == 2
    assert "The harbour wall holds." in page.locator("body").inner_text()


def test_a_wacz_of_a_page_that_shares_its_style_is_complete(viewer, files, built, reader, browser, outside):
    """Style sheet, font and logo were captured for the first page; a package of the second only has them too."""
    first = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", STYLED.format("First"))
    shared = [
        built.respond(f"{SITE}/s.css", "2025-10-01T08:00:01", SHARED_STYLE, mime="text/css", page=first),
        built.respond(f"{SITE}/i.png", "2025-10-01T08:00:02", PNG, mime="image/png", page=first),
        built.respond(f"{SITE}/f.woff2", "2025-10-01T08:00:03", b"wOF2 of the quay", mime="font/woff2", page=first),
    ]
    second = built.respond(f"{SITE}/b", "2025-10-02T08:00:00", STYLED.format("Second"))
    with built.db.conn:
        requisites.add(built.db, [(second.id, each.id) for each in shared])
    ids = [store(built, second, extraction(second.url, "Second", "The harbour wall holds."))]
    built.done()
    folder, origin = files
    report = write_wacz(reader(), built.folder, ids, folder / "two.wacz", title="Two", made_at=at("2025-12-01"))
    assert report.records == 4
    page = opened_in_player(browser, outside, f"{origin}/?source={origin}/two.wacz", second.url, "20251002080000")
    assert page.locator("#h").inner_text() == "Second"
    assert page.locator("#h").evaluate("element => getComputedStyle(element).color") == "rgb(1, 2, 3)"
    assert page.locator("#i").evaluate("element => element.naturalWidth") == 2
    font = page.locator("#h").evaluate("() => fetch('/f.woff2').then(answer => answer.text())")
    assert font == "wOF2 of the quay"


def opened_in_player(browser, outside, player, url, timestamp):
    """The frame in which the player shows a page, when its heading is there."""
    outside.log.clear()
    page = browser.new_context().new_page()
    page.goto(f"{player}#view=pages&url={quote(url, safe='')}&ts={timestamp}")
    frame = page.frame_locator("iframe")
    frame.locator("#h").wait_for(timeout=120_000)
    assert arrived(outside) == []
    return frame


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    """axe-core, which judges pages as assistive technology meets them; skips where npm can't fetch it."""
    folder = tmp_path_factory.mktemp("axe")
    try:
        subprocess.run(
            ["npm", "pack", "--silent", "axe-core@4.10.2"], cwd=folder, capture_output=True, check=False, timeout=120
        )
        with tarfile.open(next(folder.glob("*.tgz"))) as tar:
            return tar.extractfile("package/axe.min.js").read().decode()
    except (OSError, StopIteration, subprocess.TimeoutExpired):
        pytest.skip("axe-core can't be fetched through npm")


def collect(built, name, *refs, note):
    """Put articles into a collection."""
    from talkscraper.collections import add
    from talkscraper.store.database import open_reader

    with contextlib.closing(open_reader(built.folder.database)) as connection:
        add(connection, built.folder, name, refs, note=note, now=at("2025-11-01"))


def test_a_reader_puts_an_article_into_a_collection_and_takes_it_out(built, serve, browser):
    """With the headers that a browser really sends."""
    capture = built.respond(f"{SITE}/posts/1", "2025-10-28", "<p>x")
    store(built, capture, extraction(f"{SITE}/posts/1", "Wall holds", "It holds."), "quay")
    served = serve(built.done(), allow_collections=True)
    context = browser.new_context()
    page = context.new_page()
    page.goto(served.room)
    page.get_by_role("link", name="Wall holds").first.click()
    page.get_by_label("Collection", exact=True).fill("harbour")
    page.get_by_label("Note").fill("<i>look</i>")
    page.get_by_role("button", name="Add").click()
    page.wait_for_url(f"{served.room}/collections/harbour")
    page.get_by_text("<i>look</i>").wait_for()
    page.get_by_role("button", name="Take out: Wall holds").click()
    page.get_by_text("This collection is empty.").wait_for()
    context.close()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "light"),
        (1000, "dark"),
        (1600, "light"),
        pytest.param(360, "dark", marks=pytest.mark.slow),
        pytest.param(1000, "light", marks=pytest.mark.slow),
        pytest.param(1600, "dark", marks=pytest.mark.slow),
    ],
)
def test_every_page_is_accessible_and_fits_its_screen(built, serve, browser, axe, scheme, width):
    """No finding of axe, no sideways scrolling, in light and dark, on a phone, a small and a large screen."""
    url = f"{SITE}/posts/a-rather-long-address-without-any-break-in-it-" + "x" * 60
    from talkscraper.model import Access, Image

    for day, text in (
        ("2025-10-01", "The harbour wall holds.\n\nTwelve cracks."),
        ("2025-10-02", "The harbour wall holds.\n\nNo cracks."),
    ):
        capture = built.respond(url, day, f"<p>{text}")
        article_id = store(
            built,
            capture,
            extraction(
                url,
                "Wall holds",
                text,
                published=published("2025-10-01"),
                images=(Image(url=url + ".png", caption="The wall"),),
            ),
            "quay",
        )
    text = "The harbour quay is long, and nobody who walks there looks at the water. " * 3
    for number in range(30):
        other = f"{SITE}/posts/{number}"
        gone = store(
            built,
            built.respond(other, "2025-10-03", f"<p>{number}"),
            extraction(
                other,
                f"Quay {number}",
                f"{text}\n\nWhat comes next\n\n{text}",
                section="Harbour" if number % 2 else "World",
                tags=(f"tag {number}", "Fish"),
                description="What the council wants of the harbour.",
            ),
            "pier" if number % 3 else "quay",
        )
    wire = "TOWN (AP) — The ferry waits. " + " ".join(f"Berth {number} was measured twice." for number in range(30))
    special = {
        name: store(built, built.respond(f"{SITE}/{name}", "2025-10-05", "<p>x"), extraction(f"{SITE}/{name}", title, told, **more), name)
        for name, title, told, more in (
            ("marsa", "سور الميناء صامد", "قال مدير الميناء إن السور صامد. harbour", {"language": "ar"}),
            ("minato", "港の防波堤", "港湾局は木曜日、防波堤が持ちこたえていると発表した。", {"language": "ja"}),
            ("closed", "Only a part", "The harbour is the beginning …", {"access": Access.PAYWALLED, "truncated": True}),
            ("corrected", "Corrected", "The harbour has a wall.", {"corrections": ("The wall is older.",)}),
            ("wire-of-a-paper-with-a-rather-long-name-" + "y" * 40, "The ferry waits", wire, {}),
            ("echo", "The ferry waits", wire, {}),
            *((f"paper-{number}", f"Boat {number}", f"A boat named {number} sails.", {}) for number in range(16)),
        )
    }  # fmt: skip
    mark_gone(built.db, other, reason="answered 410", now=at("2025-10-04"))
    built.db.conn.commit()
    served = serve(built.done(), allow_collections=True)
    collect(built, "harbour", article_id, note="A note.\nAnd " + "x" * 90)
    record = capture.id.strip("<>").removeprefix("urn:uuid:")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    paths = (
        "/",
        "/?q=harbour+wall&source=quay&source=pier&order=oldest",
        "/?q=harbour",
        "/?q=%22bad",
        "/?q=zanzibarite",
        "/?q=harbour&access=nonsense",
        "/?q=ferry&copies=collapse",
        *(f"/article/{special[name]}?q=harbour" for name in ("marsa", "minato", "closed", "corrected")),
        f"/article/{article_id}?q=harbour+wall",
        f"/article/{gone}",
        f"/article/{article_id}/diff?a=1&b=2",
        f"/capture/{record}",
        "/timeline?q=harbour",
        "/changes",
        "/changes?source=quay&source=pier&kind=number&kind=gone",
        "/timeline?q=boat&by=source",
        "/export.csv?q=%22bad",
        "/timeline?q=harbour&q=wall&source=quay&unit=day",
        "/timeline?q=harbour&by=source",
        "/timeline?by=nonsense",
        "/kwic",
        "/kwic?q=harbour&sort=left",
        "/sources",
        "/help",
        "/collections",
        "/collections/harbour",
        "/nothing",
    )
    # colours alone differ between the schemes
    rules = "" if scheme == "light" else ", runOnly: ['color-contrast']"
    findings: list[tuple[str, str]] = []
    for origin, path in [
        *((served.room, path) for path in paths),
        (served.replay, "/"),
        (served.replay, f"/web/*/{url}"),
        (served.replay, "/web/2025/http://none.example/"),
        (served.replay, "/web/not-a-page"),
    ]:
        page.goto(origin + path)
        found = page.evaluate(
            axe
            + f"; axe.run(document, {{iframes: false{rules}}})"
            + ".then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target + ' ' + n.failureSummary).slice(0, 3).join(' | ')))"
        )
        findings += [(path, each) for each in found]
        wide = page.evaluate("document.documentElement.scrollWidth")
        findings += [(path, f"is {wide} wide")] if wide > width else []
    context.close()
    assert findings == []


COLUMNS = """() => [...document.querySelectorAll(".text p")].map(paragraph => {
  const range = document.createRange(), lines = new Map(), walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());)
    for (let at = 0; at < node.length; at++) {
      range.setStart(node, at); range.setEnd(node, at + 1);
      const line = Math.round(range.getBoundingClientRect().bottom);
      lines.set(line, (lines.get(line) || 0) + 1);
    }
  return Math.max(...lines.values());
})"""
"""The number of characters in the longest line of each paragraph of an article."""


def test_an_article_is_read_in_lines_of_at_most_seventy_letters_and_its_marks_are_walked_by_keys(built, serve, visit):
    """At every width; ``n`` and ``p`` go from mark to mark and round, not while something is typed."""
    text = "The council of Tilly will fill the cavities under its oldest wall before winter, it said on Tuesday. " * 8
    url = f"{SITE}/posts/1"
    article_id = store(
        built, built.respond(url, "2025-10-01", "<p>x"), extraction(url, "Tilting", f"{text}\n\n{text}"), "quay"
    )
    served = serve(built.done())
    page = visit(f"{served.room}/article/{article_id}?q=tilly")
    for width in (360, 1000, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert [each for each in page.evaluate(COLUMNS) if not 30 <= each <= 70] == [], width
    seen = []
    for key in ("n", "n", "p", "p", "p"):
        page.keyboard.press(key)
        seen.append(page.evaluate("document.activeElement.id"))
    assert seen == ["hit-1", "hit-2", "hit-1", "hit-16", "hit-15"]
    page.locator("[data-hit='1']").dispatch_event("click")
    page.wait_for_function("document.activeElement.id === 'hit-16'")
    assert page.locator("[data-hit-count]").inner_text() == "16 of 16"


def test_facets_are_beside_the_results_on_a_wide_screen_and_folded_above_them_on_a_phone(built, serve, browser):
    """Without scripts, too; printed, results say what was searched and revisions are listed."""
    for number in range(4):
        url = f"{SITE}/posts/{number}"
        capture = built.respond(url, "2025-10-01", f"<p>{number}")
        found = extraction(url, f"Wall {number}", "The harbour wall.", section="World" if number % 2 else "Sport")
        article_id = store(built, capture, found, "quay")
    served = serve(built.done())
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 900})
    page = context.new_page()
    page.goto(f"{served.room}/?q=harbour&tag=&source=quay")
    world, first = page.locator(".facets a", has_text="World"), page.locator(".hits li").first
    assert not world.is_visible()
    summary = page.locator(".narrow > summary")
    assert summary.bounding_box()["y"] < first.bounding_box()["y"]
    summary.click()
    assert world.is_visible()
    page.set_viewport_size({"width": 1600, "height": 900})
    page.goto(f"{served.room}/?q=harbour&source=quay")
    assert world.is_visible()
    assert not summary.is_visible()
    assert world.bounding_box()["x"] > first.bounding_box()["x"] + first.bounding_box()["width"]
    world.click()
    page.wait_for_url("**section=World**")
    assert page.locator(".count").inner_text() == "2 articles"
    page.emulate_media(media="print")
    assert page.locator(".print-only").inner_text() == "Search: harbour · source: Quay · section: World"
    assert not page.locator(".facets").first.is_visible()
    page.goto(f"{served.room}/article/{article_id}")
    assert page.locator(".rail li").is_visible()
    context.close()


def test_the_filters_of_the_timeline_are_folded_on_a_phone_and_open_on_a_wide_screen(built, serve, browser):
    """Without scripts; the chart begins on the first screen. Printed, the searches are named, and nothing is to click."""
    for number in range(4):
        url = f"{SITE}/posts/{number}"
        found = extraction(
            url, "Wall", "The harbour wall.", published=published(f"2025-09-0{number + 1}"), language="la"
        )
        store(built, built.respond(url, "2025-10-01", f"<p>{number}"), found, "quay")
    served = serve(built.done())
    context = browser.new_context(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto(f"{served.room}/timeline?q=harbour&by=language")
    divided = page.get_by_label("Divided by")
    assert not divided.is_visible()
    box = page.locator(".chart").first.bounding_box()
    assert box["y"] + 60 < 740
    page.locator(".unfolded > summary").click()
    assert divided.is_visible()
    page.set_viewport_size({"width": 1000, "height": 740})
    page.goto(f"{served.room}/timeline?q=harbour&by=language&source=quay")
    assert divided.is_visible()
    assert not page.locator(".unfolded > summary").is_visible()
    page.emulate_media(media="print")
    assert page.locator(".print-only").inner_text() == "Search: harbour · source: Quay · divided by language"
    for path in ("/timeline?q=harbour", "/?q=harbour", "/kwic?q=harbour", "/changes"):
        page.goto(served.room + path)
        assert [each.inner_text() for each in page.locator(".results-head a").all() if each.is_visible()] == []
    context.close()


def tricks(out):
    """Pages that would reach ``out``, each in its own way: (path, Content-Type, body, headers of the answer)."""
    hint = f'<link rel="preconnect" href="{out}/hint">'
    hints = (
        f'<link rel="dns-prefetch" href="{out}"><link rel="prefetch" href="{out}/prefetch">'
        f'<link rel="preload" as="image" href="{out}/preload"><link rel="modulepreload" href="{out}/module">'
        f'<link rel="prerender" href="{out}/prerender"><link rel="manifest" href="{out}/manifest">'
        f'<link rel="stylesheet preconnect" href="{out}/both"><link rel="pingback" href="{out}/pingback">'
    )
    svg = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    html = 'xmlns="http://www.w3.org/1999/xhtml"'
    link = f'<link {html} rel="preconnect" href="{out}/xml-link"/>'
    drawing = (
        f'<svg {svg}>{link}<image href="{out}/image"/><use href="{out}/use#a"/>'
        f'<foreignObject><iframe {html} src="{out}/frame"/>{link}</foreignObject>'
        f'<style>@import "{out}/import"; rect {{ fill: url({out}/fill#x) }}</style><rect width="9" height="9"/>'
        f'<script href="{out}/script"/><feImage href="{out}/fe"/></svg>'
    )
    page = "text/html; charset=utf-8"
    return [
        ("/hints", page, f"{hint}{hints}<p>x", ()),
        ("/svg-style", page, f"<svg><style><br>{hint}</style></svg>", ()),
        ("/math-style", page, f"<math><style><p>{hint}</style></math>", ()),
        ("/noscript", page, f"<noscript><p title='</noscript>{hint}'></noscript>", ()),
        ("/noembed", page, f"<noembed><p title='</noembed>{hint}'></noembed><xmp><p title='</xmp>{hint}'></xmp>", ()),
        ("/comment", page, f"<!-- --!>{hint}--><svg></p><style><a id='</style>{hint}'>", ()),
        ("/table", page, f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;{hint}'>", ()),
        ("/svg", page, drawing, ()),
        ("/refresh", page, f'<meta http-equiv="refresh" content="0;url={out}/refresh"><p>x', ()),
        ("/base", page, f'<base href="{out}/"><img src="base.png"><a href="x">x</a>', ()),
        ("/frames", page, f'<iframe srcdoc="{hint.replace(chr(34), "&quot;")}<img src={out}/doc>"></iframe>', ()),
        (
            "/data",
            page,
            f"<iframe src='data:text/html,{hint}'></iframe><iframe src='data:image/svg+xml,{drawing}'>",
            (),
        ),
        ("/object", page, f'<object data="{out}/o"></object><embed src="{out}/e"><applet code="{out}/a">', ()),
        ("/media", page, f'<video autoplay poster="{out}/p" src="{out}/v"></video><audio autoplay src="{out}/a">', ()),
        (
            "/styles",
            page,
            (
                f'<style>@import "{out}/i"; @import url({out}/j); @font-face{{font-family:f;src:url({out}/f)}} '
                f"body{{font-family:f;background:u\\72l({out}/b);cursor:url({out}/c),auto}}</style>"
                f'<p style="background:image-set(\'{out}/set\' 1x)">x</p><p background="{out}/bg">'
            ),
            (),
        ),
        (
            "/form",
            page,
            f'<form action="{out}/f"><input type="image" src="{out}/i" autofocus formaction="{out}/fa">',
            (),
        ),
        (
            "/picture",
            page,
            f'<picture><source srcset="{out}/s 1x"><img src="{out}/i" srcset="{out}/t 2x"></picture>',
            (),
        ),
        ("/frameset", page, f'<frameset><frame src="{out}/frame"></frameset>', ()),
        (
            "/headers",
            page,
            "<p>x",
            (
                ("Link", f"<{out}/l>; rel=preload; as=image, <{out}>; rel=preconnect"),
                ("Refresh", f"0; url={out}/header"),
                ("Content-Security-Policy", f"report-uri {out}/csp"),
                ("NEL", '{"report_to":"x","max_age":100}'),
                ("Report-To", f'{{"group":"x","max_age":100,"endpoints":[{{"url":"{out}/report"}}]}}'),
                ("Speculation-Rules", f'"{out}/rules"'),
                ("SourceMap", f"{out}/map"),
            ),
        ),
        ("/twofold", "application/pdf;,text/html", f"{hint}<img src='{out}/twofold'>", ()),
        ("/no-type", "nonsense", f"<html>{hint}<img src='{out}/untyped'>", ()),
        ("/pdf", "application/pdf", f"<html>{hint}<img src='{out}/pdf'>", ()),
        ("/a.svg", "image/svg+xml", drawing, ()),
        ("/b.svg", "image/svg+xml", f'<?xml-stylesheet href="{out}/pi.css" type="text/css"?>{drawing}', ()),
        ("/c.svg", "image/svg+xml", f'<?xml-stylesheet href="{out}/pi.xsl" type="text/xsl"?>{drawing}', ()),
        ("/broken.svg", "image/svg+xml", f"<svg {svg}>{link}<image href='{out}/broken'/>", ()),
        ("/a.xml", "text/xml", f'<?xml-stylesheet href="{out}/x.css" type="text/css"?><a>{link}</a>', ()),
        ("/b.xml", "application/xml", f'<?xml-stylesheet href="{out}/x.xsl" type="text/xsl"?><a>{link}</a>', ()),
        ("/c.xml", "application/rss+xml", f'<!DOCTYPE a SYSTEM "{out}/dtd"><a>{link}<b/></a>', ()),
        (
            "/a.xhtml",
            "application/xhtml+xml",
            f"<html {html}><head>{link}</head><body><img src='{out}/x'/></body></html>",
            (),
        ),
        ("/a.mml", "application/mathml+xml", f'<math xmlns="http://www.w3.org/1998/Math/MathML">{link}</math>', ()),
        (
            "/mixed",
            "multipart/x-mixed-replace;boundary=b",
            f"--b\r\nContent-Type: text/html\r\n\r\n{hint}\r\n--b--",
            (),
        ),
    ]


def test_no_trick_of_a_page_opens_a_connection(built, serve, browser, tmp_path):
    """Each as a page, in a frame, as a requisite and as raw bytes: not even a connection without a request is made."""
    everything = RawServer(otherwise=Answer([], "close"))
    collection = tricks(everything.base)
    for path, mime, body, headers in collection:
        built.respond(f"{SITE}{path}", "2025-10-01", body, mime=mime, headers=headers)
    served = serve(built.done())
    # only a profile that is kept connects ahead
    context = browser.browser_type.launch_persistent_context(
        tmp_path / "profile", executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
    )
    page = context.new_page()

    def visit(address):
        # what is only saved is no page, and tells that by an error
        with contextlib.suppress(Exception):
            page.goto(address)
            page.wait_for_timeout(100)

    with RawServer() as control:
        control.page("/", f'<svg><style><br><link rel="preconnect" href="{everything.base}"></style></svg>')
        control.otherwise = Answer([], "close")
        visit(f"{control.base}/")
        page.wait_for_timeout(1000)
    assert everything.connections, "the check could not fail"
    everything.connections = 0
    found = {}
    for path, *_ in collection:
        for modifier in ("", "oe_", "id_"):
            visit(f"{served.replay}/web/20251001000000{modifier}/{SITE}{path}")
            if everything.connections:
                found[modifier, path] = everything.connections
                everything.connections = 0
    page.wait_for_timeout(1000)
    context.close()
    everything.close()
    assert found == {}
    assert everything.connections == 0


def test_a_drawing_is_still_a_picture(built, serve, visit):
    """As an image of a page, and by itself: what draws is there."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="7" height="9"><rect width="7" height="9" fill="red"/></svg>'
    built.respond(f"{SITE}/a.svg", "2025-10-01", svg, mime="image/svg+xml")
    built.respond(f"{SITE}/a", "2025-10-01", '<h1>Wall</h1><img id="i" src="/a.svg">')
    served = serve(built.done())
    page = visit(f"{served.replay}/web/20251001000000/{SITE}/a")
    assert page.evaluate("document.getElementById('i').naturalWidth") == 7
    page = visit(f"{served.replay}/web/20251001000000/{SITE}/a.svg")
    assert page.evaluate("document.querySelector('rect').getBBox().height") == 9
