"""A style sheet, font and picture that several pages share: captured once, and needed by each of them."""

from __future__ import annotations

import sqlite3
from pathlib import PurePosixPath
from urllib.parse import urlsplit

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.fetch.requisites import MAX_BYTES, PER_PAGE
from talkscraper.replay.package_selection import pages_of, with_requisites
from talkscraper.store.database import open_reader
from tests.support import crawls, pages

PAIRS = "select page_capture_id, capture_id from requisites order by 1, 2"


def needed(archive):
    """What each capture of a story needs, by the story's name and the run."""
    rows = archive.rows(
        "select page.url, page.run_id, captures.url from requisites"
        " join captures page on page.id = requisites.page_capture_id"
        " join captures on captures.id = requisites.capture_id"
    )
    found: dict[tuple[str, int], set[str]] = {}
    for page, run, url in rows:
        found.setdefault((PurePosixPath(urlsplit(page).path).name, run), set()).add(urlsplit(url).path)
    return found


def publish(site, *, first: str, second: str):
    """Two stories with the same style sheet, which names a font and another sheet, and the same logo."""
    head = '<link rel="stylesheet" href="/main.css"><link rel="icon" href="/logo.png">'
    site.add("/", pages.listing("/posts/one", "/posts/two"))
    for name, title in (("one", first), ("two", second)):
        site.add(f"/posts/{name}", pages.article(title, head=head))


def test_every_page_has_what_it_shares_with_others(archive, site):
    """Also a later capture of one of them, and the same after the database was lost; 'verify' misses a lost pair."""
    publish(site, first="The wall is raised", second="The ferry is late")
    site.add("/main.css", b'@import "/more.css"; @font-face{src:url(/font.woff2)}', content_type="text/css")
    site.add("/more.css", b"body{background:url(/stone.png)}", content_type="text/css", delay=1)
    site.add("/font.woff2", b"wOF2 font", content_type="font/woff2")
    site.add("/logo.png", b"", 302, headers={"Location": "/logo-2.png"})
    site.add("/logo-2.png", b"\x89PNG logo", content_type="image/png")
    site.add("/stone.png", b"\x89PNG stone", content_type="image/png")
    archive.sources_for(site, extra='recrawl = "always"')
    whole = {"/main.css", "/more.css", "/font.woff2", "/stone.png", "/logo.png", "/logo-2.png"}
    first = archive.crawl()
    assert first.code == 0, first.stderr
    assert sorted(site.paths()) == sorted({*site.paths()}), "nothing is fetched twice"
    assert needed(archive) == {("one", 1): whole, ("two", 1): whole}

    publish(site, first="The wall is raised", second="The ferry is late again")
    site.add("/main.css", b"changed, but nobody looks so soon", content_type="text/css")
    assert archive.crawl().code == 0
    assert site.paths().count("/main.css") == 1
    assert needed(archive) == {("one", 1): whole, ("two", 1): whole, ("two", 2): whole}

    with_second = packaged(archive, "two")
    assert whole | {"/posts/two"} == with_second, "a package of one page is complete"

    elsewhere = crawls.CrawlArchive(archive.root.with_name("elsewhere"))
    assert archive.run("wacz", str(archive.root / "two.wacz"), "ferry").returncode == 0
    assert elsewhere.run("import", str(archive.root / "two.wacz")).returncode == 0
    assert needed(elsewhere)["two", None] == whole, "whoever imports the package knows what the page needs"

    before = archive.rows(PAIRS)
    with sqlite3.connect(archive.root / "talkscraper.db") as connection:
        connection.execute("delete from requisites")
    assert archive.run("verify").returncode != 0
    assert archive.run("repair").returncode == 0
    assert archive.rows(PAIRS) == before
    assert archive.run("verify").returncode == 0

    for path in archive.root.glob("talkscraper.db*"):
        path.unlink()
    assert archive.run("import", str(archive.root / "warc")).returncode == 0
    assert archive.rows(PAIRS) == before


def test_scripts_and_frames_are_captured_with_their_page(archive, site):
    """A level of frames with what they need, modules with what they import; media and further frames aren't."""
    site.add("/", pages.listing("/posts/one", "/posts/two"))
    inside = '<iframe src="/frame.html"></iframe><script type="module" src="/app.mjs"></script><video src="/film.mp4"></video>'
    for name, title in (("one", "The wall is raised"), ("two", "The ferry is late")):
        site.add(f"/posts/{name}", pages.article(title, after=inside, head='<script src="/old.js"></script>'))
    site.add(
        "/frame.html",
        b"<link rel=stylesheet href=/frame.css><img src=/map.png><script src=/map.js></script>"
        b"<iframe src=/deeper.html></iframe><audio src=/sound.mp3></audio>",
    )
    site.add("/frame.css", b"p { background: url(/sea.png) }", content_type="text/css")
    site.add("/app.mjs", b'import "./part.mjs"', content_type="text/javascript")
    for path, content_type in (
        ("/part.mjs", "text/javascript"), ("/old.js", "text/javascript"), ("/map.js", "text/javascript"),
        ("/map.png", "image/png"), ("/sea.png", "image/png"), ("/film.mp4", "video/mp4"), ("/sound.mp3", "audio/mpeg"),
        ("/deeper.html", "text/html"),
    ):  # fmt: skip
        site.add(path, path.encode(), content_type=content_type)
    archive.sources_for(site)
    run = archive.crawl()
    assert run.code == 0, run.stderr
    whole = {"/frame.html", "/frame.css", "/map.png", "/map.js", "/sea.png", "/app.mjs", "/part.mjs", "/old.js"}
    assert needed(archive) == {("one", 1): whole, ("two", 1): whole}
    assert archive.rows("select count(*) from articles") == [(2,)]
    assert archive.run("extract").returncode == 0
    assert archive.rows("select count(*) from articles") == [(2,)], "a frame is no article"


@pytest.mark.parametrize(
    ("scope", "paths"),
    [
        ("true", {"/a.css", "/a.js", "/a.html"}), ('"all"', {"/a.css", "/a.js", "/a.html", "/a.mp3"}),
        ('"page"', {"/a.css"}), ("false", set()),
    ],
)  # fmt: skip
def test_the_setting_says_what_is_captured(archive, site, scope, paths):
    """Each value of ``requisites`` in sources.toml."""
    site.add("/", pages.listing("/posts/one"))
    inside = "<script src=/a.js></script><iframe src=/a.html></iframe><audio src=/a.mp3></audio>"
    site.add("/posts/one", pages.article("The wall", head="<link rel=stylesheet href=/a.css>", after=inside))
    archive.sources_for(site, extra=f"requisites = {scope}")
    assert archive.crawl().code == 0
    assert {path for path in site.paths() if path.startswith("/a.")} == paths


def test_a_page_full_of_pictures_has_its_fonts(archive, site):
    """Its style sheet names as many as the page; what is beyond is counted by the run and by ``status``."""
    pictures = "".join(f"<img src=/{n}.png>" for n in range(PER_PAGE + 20))
    site.add("/", pages.listing("/posts/one"))
    site.add("/posts/one", pages.article("The wall", head="<link rel=stylesheet href=/a.css>", after=pictures))
    site.add("/a.css", b"@font-face{src:url(/a.woff2)} i{background:url(/tile.png)}", content_type="text/css")
    archive.sources_for(site, extra="concurrency = 16")
    run = archive.crawl()
    assert {"/a.css", "/a.woff2", "/tile.png"} < {*site.paths()}
    assert sum(path.endswith(".png") for path in site.paths()) == PER_PAGE
    assert run.source()["capped"] == "requisites (21 left out)"
    assert "more requisites than a page may have" in run.stderr
    assert "requisites (21 left out)" in archive.run("status").stdout


def test_what_is_too_large_is_cut_and_told(archive, site):
    """Neither a script without an end nor a page's hundreds of megabytes are received in whole."""
    site.add("/", pages.listing("/posts/one"))
    site.add(
        "/posts/one", pages.article("The wall", head="<script src=/large.js></script><script src=/small.js></script>")
    )
    site.add("/large.js", b"/" * (MAX_BYTES + 1), content_type="text/javascript")
    site.add("/small.js", b"1", content_type="text/javascript")
    archive.sources_for(site)
    run = archive.crawl()
    assert run.code == 0
    assert run.source()["capped"] == "requisite-bytes (1 left out)"
    assert archive.rows("select url, truncated from captures where url like '%.js' order by 1") == [
        (f"{site.base}/large.js", "length"),
        (f"{site.base}/small.js", None),
    ]


def test_a_framed_article_is_found_again_when_articles_are_derived(archive, site):
    """Its page has the same bytes as the frame; the rows of the rebuilt database are those of the crawl."""
    site.add("/", pages.listing("/posts/one", "/posts/two"))
    site.add("/posts/one", pages.article("The wall", after="<iframe src=/posts/two></iframe>"))
    site.add("/posts/two", pages.article("The ferry"), delay=0.5)
    archive.sources_for(site)
    assert archive.crawl().code == 0
    assert archive.rows("select title from articles order by 1") == [("The ferry",), ("The wall",)]
    for path in archive.root.glob("talkscraper.db*"):
        path.unlink()
    assert archive.run("import", str(archive.root / "warc")).returncode == 0
    assert archive.rows("select title from articles order by 1") == [("The ferry",), ("The wall",)]


def packaged(archive, name):
    """The paths of what a package of a story holds."""
    connection = open_reader(ArchiveFolder(archive.root).database)
    try:
        ids = [row[0] for row in connection.execute("select id from articles where url like ?", [f"%/{name}"])]
        return {urlsplit(each.url).path for each in with_requisites(connection, pages_of(connection, ids)).values()}
    finally:
        connection.close()
