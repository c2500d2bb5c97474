"""``max_archive``: a crawl ends before the archive's folder exceeds it, and says so until there is room again."""

from __future__ import annotations

import json
import random

import pytest

from tests.support import crawls, pages, servers

pytestmark = pytest.mark.timeout(600)  # each crawl is a process of its own

LIMIT = 4 * 2**20


def _size(archive) -> int:
    return sum(path.stat().st_size for path in archive.root.rglob("*") if path.is_file())


@pytest.fixture
def filling(tmp_path):
    """A newspaper whose pages would make the archive larger than it may be."""
    archive = crawls.CrawlArchive(tmp_path / "archive")
    with servers.SiteServer() as site:
        site.add("/", pages.listing(*(f"/posts/{number}" for number in range(60))))
        for number in range(60):
            picture = b"\x89PNG\r\n\x1a\n" + random.Random(number).randbytes(100_000)
            page = pages.article(f"Story {number}").replace(b"</p>", f'</p><img src="/{number}.png">'.encode(), 1)
            site.add(f"/posts/{number}", page)
            site.add(f"/{number}.png", picture, content_type="image/png")
        yield archive, site


def test_a_crawl_ends_before_the_folder_is_too_large_and_goes_on_when_there_is_room(filling):
    """Exit 4 and one line; status and its check say it; a raised limit clears the alarm and the rest is fetched."""
    archive, site = filling
    top = 'contact = "https://example.org/bot"\nmax_archive = "4M"'
    archive.sources_for(site, top=top)
    first = archive.crawl()
    assert (first.code, first.summary["reason"]) == (4, "max-archive"), first.stderr
    assert LIMIT * 0.5 < _size(archive) <= LIMIT
    (captured,) = archive.rows("select count(*) from captures")[0]

    asked = len(site.paths())
    again = archive.run("crawl", "--quiet")
    assert again.returncode == 4
    assert again.stderr == "" and again.stdout.count("\n") == 1, (again.stdout, again.stderr)
    assert "max_archive" in again.stdout and "talkscraper prune" in again.stdout
    assert len(site.paths()) == asked
    assert archive.rows("select count(*) from captures")[0] == (captured,)
    assert _size(archive) <= LIMIT

    status = archive.run("status")
    assert "4.0 MiB (max_archive)" in status.stdout and "nothing more is captured" in status.stdout, status.stdout
    check = archive.run("status", "--check")
    assert check.returncode == 3 and check.stdout.startswith("the archive: full: ") and check.stdout.count("\n") == 1
    size = json.loads(archive.run("status", "--json").stdout)["size"]
    assert size["is_full"] and size["max_archive"] == LIMIT and size["days_left"] == 0
    assert abs(size["bytes"] - _size(archive)) < LIMIT // 8

    archive.sources_for(site, top=top.replace("4M", "1G"))
    last = archive.crawl("--metrics", str(archive.root / "metrics.prom"))
    assert last.code == 0, last.stderr
    assert archive.rows("select count(*) from articles") == [(60,)]
    assert archive.run("status", "--check").returncode == 0
    metrics = (archive.root / "metrics.prom").read_text()
    assert f"talkscraper_archive_max_bytes {2**30}" in metrics
    assert 'talkscraper_archive_month_bytes{source="quay"}' in metrics
    # without any file's size being asked for but those of the last run
    assert archive.rows("select count(*) from warc_files where index_size is null")[0][0] <= 1
    size = json.loads(archive.run("status", "--json").stdout)["size"]
    folder = sum(each.stat().st_size for each in archive.root.rglob("*") if each.is_file())
    assert abs(size["bytes"] - folder) < 2**20
    assert size["month_by_source"]["quay"] > 6_000_000
    assert size["limited_by"] in ("max_archive", "disk")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('max_archive = "lots"', "max_archive: 'lots' is not a size"),
        ("max_archive = 0", "max_archive: 0 is less than 1"),
        ("max_archive = true", "max_archive must be a whole number"),
    ],
)
def test_a_limit_that_is_none_is_refused_with_its_line(tmp_path, line, told):
    """One line names file, line and key."""
    archive = crawls.CrawlArchive(tmp_path / "archive")
    archive.write_sources(f'contact = "https://example.org/bot"\n{line}\n')
    done = archive.run("crawl")
    assert done.returncode == 2 and f"sources.toml:2: {told}" in done.stderr, done.stderr
