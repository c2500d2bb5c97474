"""Newspapers of several hosts for crawls on a cluster, and what such a crawl must leave as a local one does."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.support import pages, sql
from tests.support.crawls import CrawlArchive
from tests.support.servers import Request, SiteServer

PICTURE = b"\x89PNG" + bytes(range(256)) * 8
COMPARED = {
    "articles": "select id, source_id, url, title, text_digest, revision_count, published_at, access, gone_at is null"
    " from articles order by id",
    "revisions": "select article_id, number, text_digest, kinds from revisions order by 1, 2",
    "urls": "select url, source_id, kind, state, etag, failures, last_status, next_due is null, article_id,"
    " discovered_via, requisites_pending from urls order by url",
    "captures": "select url, payload_digest, status, source_id, record_type, asked_as, page_kind, article_id,"
    " content_digest from captures order by 1, 2, 3, 5",
    "requisites": "select p.url, c.url from requisites r join captures p on p.id = r.page_capture_id"
    " join captures c on c.id = r.capture_id order by 1, 2",
    "provenance": "select article_id, field, value, rule from provenance order by 1, 2",
    "signals": "select source_id, scope, url, signal, value from signals order by url, signal",
    "aliases": "select url, article_id, why from aliases order by url",
    "article_events": "select article_id, kind, reason from article_events order by 1, 2",
    "clusters": "select id, cluster_id is null from articles order by id",
    "host_notes": "select host, robots_status, robots_body from host_notes order by host",
    "request_days": "select day, host, requests from request_days order by 1, 2",
    "intake": "select source_id, taken, left_out, dropped from intake order by source_id",
    "fetch_failures": "select source_id, url, error, detail from fetch_failures order by url",
    "run_sources": "select run_id, source_id, found, fetched, new, revised, unchanged, failed, skipped, page_kinds,"
    " diagnosis, left_out, capped from run_sources order by 1, 2",
    "runs": "select id, command, exit_code, reason from runs order by id",
    "by_hand": "select url, source_id, outcome, detail, article_id from requests_by_hand order by url",
    "article_days": "select * from article_days order by 1, 2",
    "backfills": "select source_id, kind, url, state, page, found, fetched from backfills order by url",
    "backfill_urls": "select source_id, url, page, state from backfill_urls order by url",
}
"""What must be equal, but for ids, times and places."""


@contextlib.contextmanager
def newspapers(count: int, articles: int, *, etags: bool = True) -> Iterator[list[SiteServer]]:
    """Serve newspapers of so many articles each: with requisites, a page that is missing and one that is forbidden."""
    with contextlib.ExitStack() as stack:
        sites = []
        for number in range(count):
            site = stack.enter_context(contextlib.closing(SiteServer(etags=etags)))
            write_newspaper(site, number, articles)
            sites.append(site)
        yield sites


def write_newspaper(site: SiteServer, number: int, articles: int) -> None:
    """Write the pages of one newspaper."""
    paths = [f"/posts/{number}-story-{each}" for each in range(articles)]
    site.add("/", pages.listing(*paths, f"/posts/{number}-missing", f"/posts/{number}-secret"))
    site.add("/robots.txt", b"User-agent: *\nDisallow: /posts/*-secret\n", content_type="text/plain")
    site.add("/look.css", b"body { background: url(/ground.png) } " + b"/* harbour */" * 100, content_type="text/css")
    site.add("/ground.png", PICTURE, content_type="image/png")
    for each, path in enumerate(paths):
        head, after = '<link rel="stylesheet" href="/look.css">', f'<img src="/{each % 3}.png">'
        site.add(f"/{each % 3}.png", PICTURE + bytes([number, each % 3]), content_type="image/png")
        more = (
            f"The newspaper {number} counted {each} boats in its harbour on that day, {each * 7} nets and a lighthouse."
        )
        site.add(path, pages.article(f"Story {each} of {number}", more=more, head=head, after=after, day=1 + each % 27))


def write_sources(archive: CrawlArchive, sites: list[SiteServer], *, delay: float = 0.0, extra: str = "") -> None:
    """Write sources.toml: a source for each site."""
    archive.write_sources(
        'contact = "https://example.org/bot"\n'
        + "".join(
            f'[sources.paper{number}]\nname = "Paper {number}"\nhomepage = "{site.base}/"\nallow_private = true\n'
            f"article_urls = ['/posts/[^/?#]+$']\ndelay = {delay}\n{extra}\n"
            for number, site in enumerate(sites)
        )
    )


def crawling(archive: CrawlArchive, *arguments: str) -> subprocess.Popen[str]:
    """Begin to crawl with two workers of this machine, in a session of their own."""
    return subprocess.Popen(
        archive.command("crawl", "--cluster", "local:2", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def descendants(pid: int, word: str) -> list[int]:
    """Return the processes of the session of a process whose command line has a word."""
    found = []
    for line in subprocess.run(
        ["ps", "-eo", "pid,sid,args"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[1:]:
        number, session, args = line.split(None, 2)
        if int(session) == pid and word in args:
            found.append(int(number))
    return found


def stories_fetched(sites: list[SiteServer]) -> int:
    """Return how many requests for articles have come."""
    return sum("story" in path for site in sites for path in site.paths())


def compared(root: Path, *without: str) -> dict[str, list[tuple[object, ...]]]:
    """Return what two archives of the same sites must have in common."""
    return {name: sql.rows(root, query) for name, query in COMPARED.items() if name not in without}


def shortest_gap(log: list[Request]) -> float:
    """Return the shortest time between the starts of two requests to a server, in seconds."""
    times = sorted(each.at for each in log)
    return min((later - earlier for earlier, later in itertools.pairwise(times)), default=float("inf"))
