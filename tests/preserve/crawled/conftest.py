"""An archive made by two crawls of a small newspaper on loopback; tests get copies of it."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import cli, pages, sql
from tests.support.crawls import CrawlArchive
from tests.support.servers import SiteServer

SECRET = "zanzibarite"
"""A word that stands in the article which is taken down, and nowhere else."""
PICTURE = b"\x89PNG\r\n\x1a\n" + random.Random(7).randbytes(9000)
HERE = Path(__file__).parent
PATIENCE_S = 400
"""The crawls before the first test count as its time, and machines may be busy."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """More patience for the tests of this folder that don't say otherwise."""
    for item in items:
        if HERE in item.path.parents and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(PATIENCE_S))


def publish(paper: SiteServer) -> None:
    """The newspaper's pages of the first day."""
    links = "".join(f'<li><a href="/posts/{name}">Story {name}</a></li>' for name in ("kept", "taken", "other"))
    paper.add("/", f"<html><head><title>Quay</title></head><body><ul>{links}</ul></body></html>".encode())
    for name, title, words, picture in (
        ("taken", "The secret of the wall", f"They call it {SECRET}.", '<img src="/a.png">'),
        ("kept", "The wall is raised", "It is tall.", '<img src="/b.png">'),
        ("other", "Boats leave the basin", "Forty boats.", ""),
    ):
        path = f"/posts/{name}"
        text = (*pages.PARAGRAPHS[:2], f"{words} An engineer called the old wall sound but too low.")
        link = f'<link rel="canonical" href="{paper.base}{path}">'
        paper.add(path, pages.article(title, paragraphs=text, head=link, after=picture))
    for path in ("/a.png", "/b.png"):
        paper.add(path, PICTURE, content_type="image/png")


class CrawledArchive(CrawlArchive):
    """The archive of the newspaper at ``base``."""

    def __init__(self, root: Path, base: str) -> None:
        super().__init__(root)
        self.base = base

    def run(self, *arguments: str) -> Any:
        """Run a command to its end, in this process (but for crawls)."""
        return (cli.run if arguments[0] == "crawl" else cli.run_here)(self.root, *arguments)

    def json(self, *arguments: str) -> Any:
        """What a command prints with --json."""
        done = self.run(*arguments, "--json")
        assert done.stdout.strip(), done.stderr
        return json.loads(done.stdout)

    def verified(self) -> list[str]:
        """What ``verify`` finds, notes left out."""
        report = self.json("verify")
        found = [*report["findings"], *(each for file in report["files"] for each in file["findings"])]
        return [f"{each['file']}: {each['message']}" for each in found if each["level"] != "note"]


@pytest.fixture(scope="session")
def paper() -> Iterator[SiteServer]:
    """The newspaper; its pages may be changed between crawls."""
    with SiteServer(etags=True) as made:
        publish(made)
        yield made


@pytest.fixture(scope="session")
def crawled(paper: SiteServer, tmp_path_factory: pytest.TempPathFactory) -> CrawledArchive:
    """Two crawls of two days: two WARCs, four revisits at least. Not to be changed."""
    archive = CrawledArchive(tmp_path_factory.mktemp("crawled") / "archive", paper.base)
    archive.sources_for(paper, top="", extra='recrawl = "always"\nrequisites = true')
    for _ in range(2):
        done = archive.run("crawl", "quay")
        assert done.returncode == 0, done.stderr
        # as if it had been yesterday: the next crawl begins another file
        sql.execute(
            archive.root, "update warc_files set opened_at = strftime('%Y-%m-%dT%H:%M:%SZ', opened_at, '-1 day')"
        )
    return archive


@pytest.fixture
def archive(crawled: CrawledArchive, paper: SiteServer, tmp_path: Path) -> Iterator[CrawledArchive]:
    """A copy of the crawled archive, to be changed; the newspaper is as on its first day again afterwards."""
    root = tmp_path / "archive"
    shutil.copytree(crawled.root, root)
    first_day = dict(paper.pages)
    paper.log.clear()
    yield CrawledArchive(root, crawled.base)
    paper.pages = first_day
