"""Small newspapers on loopback, and archives to crawl them into."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support import pages
from tests.support.crawls import CrawlArchive, CrawlRun
from tests.support.servers import SiteServer


@pytest.fixture
def site() -> Iterator[SiteServer]:
    """An empty newspaper."""
    with SiteServer() as server:
        yield server


@pytest.fixture
def other_site() -> Iterator[SiteServer]:
    """A second one."""
    with SiteServer() as server:
        yield server


@pytest.fixture
def archive(tmp_path: Path) -> CrawlArchive:
    """An archive folder, empty."""
    return CrawlArchive(tmp_path / "archive")


@pytest.fixture
def quay(site: SiteServer) -> SiteServer:
    """A newspaper with a front page, a feed and four articles."""
    paths = [f"/posts/story-{n}" for n in range(1, 5)]
    site.add("/robots.txt", b"User-agent: *\nDisallow: /private/\n", content_type="text/plain")
    site.add("/", pages.listing(*paths[:2]))
    site.add("/feed.xml", pages.feed(site.base, *paths[1:]), content_type="application/rss+xml")
    for number, path in enumerate(paths, 1):
        site.add(path, pages.article(f"Story number {number} from the harbour"))
    return site


@pytest.fixture
def crawl_at(archive: CrawlArchive) -> Callable[..., CrawlRun]:
    """Crawls by a clock that stands: ``crawl_at("2026-03-02T09:00:00+00:00")``."""
    return archive.crawl_at
