"""The database is derived: thrown away and imported from warc/ again, it says the same."""

import json

import pytest

from talkscraper.fixture_site import FixtureSite
from tests.support import cli, crawls, pages, servers
from tests.support.derived_rows import TABLES, derived_rows

PARAGRAPHS = (
    "The harbour office said on Tuesday that the wall would be raised by a metre before the winter storms come in.",
    "Residents of the lower town have asked for the work since the flood of the year before last, and waited long.",
)

ALL_TABLES = {
    **TABLES,
    "article_days": "select * from article_days order by source_id, day",
    "files": "select name, path, size, sha256, records, opened_at, origin from warc_files order by name",
    "signals": "select scope, url, signal, value from signals where scope in ('page', 'header') order by url, signal",
}


def told(root):
    return derived_rows(root, ALL_TABLES)


def differences(before, after):
    found = []
    for table, rows in before.items():
        others = after[table]
        if len(rows) != len(others):
            found.append((table, len(rows), len(others)))
        found += [
            (table, key, row[key], other[key])
            for row, other in zip(rows, others, strict=False)
            for key in row
            if row[key] != other[key]
        ]
    return found


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """The bundled newsroom, crawled on two days: a correction, an article gone, new ones, revisits."""
    root = tmp_path_factory.mktemp("crawled") / "archive"
    archive = crawls.CrawlArchive(root)
    with FixtureSite() as newsroom:
        archive.write_sources(newsroom.sources_toml())
        assert archive.crawl().code == 0
        newsroom.next_day()
        assert archive.crawl().code == 0
    return root


def test_the_database_comes_back_from_the_warcs(crawled):
    """Articles, revisions, captures, images, provenance and aliases are those of the live crawl."""
    before = told(crawled)
    assert len(before["articles"]) > 5 and any(row["revision_count"] > 1 for row in before["articles"])
    assert any(row["gone_at"] for row in before["articles"])
    for path in crawled.glob("talkscraper.db*"):
        path.unlink()
    for path in (crawled / "index").iterdir():
        path.unlink()
    done = cli.run_json(crawled, "import", crawled / "warc")
    assert done["ok"] and done["captures_new"] == len(before["captures"])
    assert done["articles_new"] == len(before["articles"])
    assert differences(before, told(crawled)) == []
    assert cli.run_json(crawled, "verify")["ok"]


def test_extracting_again_changes_nothing(crawled):
    """The same extractor over the same captures derives the same rows."""
    before = told(crawled)
    read = cli.run_json(crawled, "extract")["pages"]
    assert read["new"] == read["revised"] == read["changed"] == 0 and read["pages"] > 5
    assert differences(before, told(crawled)) == []


def test_importing_again_does_nothing(crawled):
    """What the archive has is skipped, file by file, and no page is read again."""
    before = told(crawled)
    done = cli.run_json(crawled, "import", crawled / "warc")
    assert [file["state"] for file in done["files"]] == ["known"] * len(before["files"])
    assert done["captures_new"] == done["articles_new"] == 0 and not json.dumps(done["page_kinds"]).strip("{}")
    assert differences(before, told(crawled)) == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_what_pages_did_between_crawls_comes_back_too(tmp_path):
    """A redirect, a text that changes and changes back, a copy at another address, a page that is gone or sent home."""
    site = servers.SiteServer()
    try:
        archive = crawls.CrawlArchive(tmp_path / "archive")
        paths = [f"/posts/{name}" for name in ("steady", "flips", "moves", "copy", "goes", "home", "turns", "old-name")]
        stories = {path: pages.article(f"Story of {path}", paragraphs=(f"{path} " * 12, *PARAGRAPHS)) for path in paths}
        site.add("/", pages.listing(*paths))
        for path, page in stories.items():
            site.add(path, page)
        site.add("/posts/copy", stories["/posts/steady"])
        site.add("/posts/old-name", b"", 301, headers={"Location": "/posts/new-name"})
        site.add("/posts/new-name", pages.article("Under a new name", paragraphs=("New " * 20, *PARAGRAPHS)))
        selectors = '[sources.quay.selectors]\ndrop = ".promo"\n'
        archive.sources_for(site, extra=f'recrawl = "always"\n{selectors}')
        assert archive.crawl().code == 0
        other = pages.article("Story of flips, changed", paragraphs=("Now otherwise. " * 12, *PARAGRAPHS))
        site.add("/posts/flips", other)
        site.add("/posts/goes", b"gone", 410)
        site.add("/posts/home", b"", 302, headers={"Location": "/"})
        site.add("/posts/turns", b"<html><body><h1>Log in</h1></body></html>")
        site.add("/posts/moves", b"", 302, headers={"Location": "/posts/moved-here"})
        site.add("/posts/moved-here", stories["/posts/moves"])
        archive.crawl()
        site.add("/posts/flips", stories["/posts/flips"])
        archive.crawl()
    finally:
        site.close()
    root = archive.root
    before = told(root)
    assert any(row["revision_count"] == 3 for row in before["articles"])
    assert sum(row["gone_at"] is not None for row in before["articles"]) == 2
    for path in root.glob("talkscraper.db*"):
        path.unlink()
    done = cli.run_json(root, "import", root / "warc")
    assert done["ok"]
    assert differences(before, told(root)) == []
    read = cli.run_json(root, "extract")["pages"]
    assert read["new"] == read["revised"] == read["changed"] == 0
    assert differences(before, told(root)) == []
