"""The same exchanges give the same rows whether they were crawled, imported, extracted again or recovered."""

from __future__ import annotations

import json
import shutil

import pytest

DAYS = [f"2026-03-0{day}T09:00:00+00:00" for day in (2, 3, 4)]


def article(make, name, **more):
    """A page of this story, with text of its own."""
    return make.article(f"Story of {name}", paragraphs=(f"About {name}. " * 12, *make.paragraphs), **more)


def publish(make, site):
    """The first day: plain stories, a redirect, shared requisites, rights reserved by page, header and site."""
    names = ("steady", "flips", "goes", "home", "becomes-binary", "moved", "meta", "header", "site-wide", "moves-twice")
    style = '<link rel="stylesheet" href="/main.css">'
    site.add("/", make.listing(*(f"/posts/{name}" for name in names)))
    site.add(
        "/robots.txt", b"\xef\xbb\xbfUser-agent: *\nContent-Signal: search=yes\nDisallow: /private/\n",
        content_type="text/plain",
    )  # fmt: skip
    entries = [{"location": "/posts/site-wide*", "tdm-reservation": 1}]
    site.add("/.well-known/tdmrep.json", json.dumps(entries).encode(), content_type="application/json")
    for name in names:
        site.add(f"/posts/{name}", article(make, name, head=style))
    site.add("/main.css", b"body{background:url(/sea.png)}", content_type="text/css")
    site.add("/sea.png", b"\x89PNG\r\n\x1a\n" + bytes(500), content_type="image/png")
    site.add("/posts/moved", b"", 301, headers={"Location": "/posts/moved-here"})
    site.add("/posts/moved-here", article(make, "moved-here"))
    site.add("/posts/meta", article(make, "meta", head='<meta name="tdm-reservation" content="1">'))
    site.add("/posts/header", article(make, "header"), headers={"tdm-reservation": "1"})


def change(make, site):
    """The second day: a revision, articles that are gone, a payload that is no page, a changed robots.txt."""
    site.add("/posts/flips", article(make, "flips, corrected"))
    site.add("/posts/goes", b"gone", 410)
    site.add("/posts/home", b"", 302, headers={"Location": "/"})
    site.add("/posts/becomes-binary", b"\x00\x01\x02" * 300, content_type="application/octet-stream")
    site.add("/posts/moved-here", article(make, "moved-here, corrected"))
    site.add("/posts/moves-twice", b"", 302, headers={"Location": "/posts/moved-twice"})
    site.add("/posts/moved-twice", article(make, "moved-twice"))
    site.add("/robots.txt", b"User-agent: *\nContent-Signal: search=yes, ai-train=yes\n", content_type="text/plain")


def change_back(make, site):
    """The third day: texts and robots.txt as on the first one, byte for byte."""
    publish(make, site)
    site.add("/posts/goes", b"gone", 410)


@pytest.fixture(scope="module")
def crawled(make, tmp_path_factory):
    """An archive of three crawls. Not to be changed."""
    root = tmp_path_factory.mktemp("crawled") / "archive"
    root.mkdir()
    site = make.Site()
    try:
        publish(make, site)
        (root / "sources.toml").write_text(
            f'[sources.quay]\nname = "The Quay"\nhomepage = "{site.base}/"\narticle_urls = [\'/posts/[^/?#]+$\']\n'
            'allow_private = true\ndelay = 0\nrecrawl = "always"\nrequisites = true\ntdm = "skip-text"\n'
        )
        make.crawl_at(root, DAYS[0])
        change(make, site)
        make.crawl_at(root, DAYS[1])
        change_back(make, site)
        make.crawl_at(root, DAYS[2])
    finally:
        site.close()
    return root


def test_the_crawls_met_every_case(crawled, make):
    """The archive holds a revision that was taken back, gone articles, aliases, reservations and shared requisites."""
    rows = make.rows_of(crawled)
    articles = {row["url"].rpartition("/")[2]: row for row in rows["articles"]}
    assert {"steady", "flips", "goes", "home", "becomes-binary", "moved-here"} <= set(articles)
    assert not {"meta", "header", "site-wide"} & set(articles)
    assert articles["flips"]["revision_count"] == 3
    assert articles["goes"]["gone_at"] and articles["goes"]["gone_reason"] == "answered 410"
    assert [row for row in rows["aliases"] if row["url"].endswith("/moved")]
    assert {row["scope"].split()[0] for row in rows["signals"]} >= {"robots", "site", "header", "meta"}
    pages = [row["page_capture_id"] for row in rows["requisites"]]
    assert len(pages) > len({row["capture_id"] for row in rows["requisites"]})
    assert any(row["record_type"] == "revisit" for row in rows["captures"])


def test_an_import_into_another_archive_gives_the_rows_of_the_crawl(crawled, make, differences, tmp_path):
    """Copied into an empty archive with the same sources.toml, the WARC files derive every row that the crawls wrote."""
    root = tmp_path / "archive"
    root.mkdir()
    shutil.copy(crawled / "sources.toml", root)
    make.command(root, "import", crawled / "warc", "--copy")
    assert differences(make.rows_of(crawled), make.rows_of(root)) == []


def test_extracting_again_gives_the_rows_of_the_crawl(crawled, make, differences, tmp_path):
    """``extract`` over the captures of the crawls changes no row."""
    root = tmp_path / "archive"
    shutil.copytree(crawled, root)
    make.command(root, "extract")
    assert differences(make.rows_of(crawled), make.rows_of(root)) == []


def test_recovery_of_a_lost_database_gives_the_rows_of_the_crawl(crawled, make, differences, tmp_path):
    """Without its database, ``repair`` derives every row from the WARC files, and keeps no text of a reserved page."""
    root = tmp_path / "archive"
    shutil.copytree(crawled, root)
    for path in root.glob("talkscraper.db*"):
        path.unlink()
    make.command(root, "repair")
    assert differences(make.rows_of(crawled), make.rows_of(root)) == []


def test_recovery_of_a_torn_file_gives_the_rows_of_the_crawl(crawled, make, differences, tmp_path):
    """A killed run leaves an open file and no rows for it: ``repair`` finishes it and derives the same rows."""
    root = tmp_path / "archive"
    shutil.copytree(crawled, root)
    for path in [*root.glob("talkscraper.db*"), *(root / "index").iterdir()]:
        path.unlink()
    for path in (root / "warc").glob("*.warc.gz"):
        path.rename(path.with_name(path.name + ".open"))
    make.command(root, "repair")
    assert differences(make.rows_of(crawled), make.rows_of(root)) == []
