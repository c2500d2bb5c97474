"""A style sheet, font and picture that several pages share: captured once, and needed by each of them."""

from __future__ import annotations

import sqlite3
from pathlib import PurePosixPath
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
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


def packaged(archive, name):
    """The paths of what a package of a story holds."""
    connection = open_reader(ArchiveFolder(archive.root).database)
    try:
        ids = [row[0] for row in connection.execute("select id from articles where url like ?", [f"%/{name}"])]
        return {urlsplit(each.url).path for each in with_requisites(connection, pages_of(connection, ids)).values()}
    finally:
        connection.close()
