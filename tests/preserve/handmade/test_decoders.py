"""One decoder: what a crawl could read of a lying or damaged coding, extract, import, replay and cite read alike."""

import gzip
import sqlite3
import zlib
from types import SimpleNamespace

import pytest

from tests.support import cli, crawls, pages, servers

pytestmark = pytest.mark.timeout(400)  # a crawl and some commands, each a process of its own


def _bad_crc(page):
    return gzip.compress(page, mtime=0)[:-8] + b"HARBOUR!"


STORIES = {
    "plain-called-gzip": (lambda page: page, "gzip"),
    "plain-called-br": (lambda page: page, "br"),
    "plain-called-zstd": (lambda page: page, "zstd"),
    "plain-called-utf8": (lambda page: page, "utf-8"),
    "gzip-said-twice": (lambda page: gzip.compress(page, mtime=0), "gzip, gzip"),
    "gzip-with-a-bad-checksum": (_bad_crc, "gzip"),
    "deflate-with-a-bad-checksum": (lambda page: zlib.compress(page)[:-4] + b"WALL", "deflate"),
    "gzip-without-its-end": (lambda page: gzip.compress(page, mtime=0)[:-8], "gzip"),
}


def texts(root):
    connection = sqlite3.connect(root / "talkscraper.db")
    try:
        return dict(connection.execute("select url, text from articles"))
    finally:
        connection.close()


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """A newspaper whose every story has something wrong with its coding, crawled once."""
    site, archive = servers.SiteServer(), crawls.CrawlArchive(tmp_path_factory.mktemp("coded") / "archive")
    for name, (pack, coding) in STORIES.items():
        page = pages.article(f"The keeper and the {name.replace('-', ' ')}")
        site.add(f"/posts/{name}", pack(page), headers={"Content-Encoding": coding})
    site.add("/posts/gone", b"<h1>no such story</h1>", 404, headers={"Content-Encoding": "gzip"})
    site.add("/", pages.listing(*(f"/posts/{name}" for name in (*STORIES, "gone"))))
    archive.sources_for(site)
    run = archive.crawl()
    yield SimpleNamespace(base=site.base, root=archive.root, archive=archive, run=run)
    site.close()


def test_a_crawl_reads_every_story(crawled):
    """Browsers show these pages, so each becomes an article; a 404 with a lying coding is gone, and no error."""
    assert crawled.run.code == 0, crawled.run.stderr
    assert set(texts(crawled.root)) == {f"{crawled.base}/posts/{name}" for name in STORIES}
    assert all("stones are brought in by barge" in text for text in texts(crawled.root).values())
    assert crawled.archive.rows("select state from urls where url like '%/posts/gone'") == [("gone",)]


def test_extract_and_import_give_the_same_texts(crawled, tmp_path):
    """The same captures, read again here and imported elsewhere: word for word what the crawl read."""
    before = texts(crawled.root)
    cli.run_json(crawled.root, "extract", "--from-start")
    assert texts(crawled.root) == before
    cli.run_json(tmp_path / "other", "import", "--copy", crawled.root / "warc")
    assert texts(tmp_path / "other") == before


def test_replay_and_citations_read_them_too(crawled):
    """The decoded page is the page, and a citation of it holds."""
    for name in STORIES:
        url = f"{crawled.base}/posts/{name}"
        assert "stones are brought in by barge" in cli.run(crawled.root, "replay", "--decode", url).stdout, name
        cited = crawled.root.parent / f"{name}.txt"
        cited.write_text(cli.run(crawled.root, "cite", url).stdout)
        checked = cli.run(crawled.root, "cite", "--check", cited)
        assert checked.returncode == 0, (name, checked.stdout, checked.stderr)


def test_an_article_stays_when_its_page_cannot_be_read_now(crawled):
    """A record that isn't the one that was recorded is named, and costs no article."""
    before = texts(crawled.root)
    url = f"{crawled.base}/posts/plain-called-br"
    connection = sqlite3.connect(crawled.root / "talkscraper.db")
    with connection:
        (digest,) = connection.execute("select payload_digest from captures where url = ?", [url]).fetchone()
        connection.execute("update captures set payload_digest = 'sha1:' || ? where url = ?", ["A" * 32, url])
    done = cli.run(crawled.root, "extract", "--from-start")
    with connection:
        connection.execute("update captures set payload_digest = ? where url = ?", [digest, url])
    connection.close()
    assert done.returncode == 1
    assert f"{url}" in done.stdout + done.stderr and "isn't the one that was recorded" in done.stdout + done.stderr
    assert texts(crawled.root) == before
