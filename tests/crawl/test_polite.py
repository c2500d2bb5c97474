"""Polite, provably: what the server saw, and what the report says of it.

Six newspapers with six habits are crawled in one run, each by its own host's rules.
"""

import itertools
import statistics
import subprocess
import time
from email.utils import formatdate
from types import SimpleNamespace

import pytest

from tests.support import crawls, pages, raw_server, servers

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own

HABITS = ("slow", "asks", "forbids", "broken", "busy", "shut")


@pytest.fixture(scope="module")
def polite(tmp_path_factory):
    """The newspapers and the crawl of all of them."""
    sites = {name: servers.SiteServer() for name in HABITS}
    archive = crawls.CrawlArchive(tmp_path_factory.mktemp("polite") / "archive")
    for site in sites.values():
        paths = [f"/posts/story-{n}" for n in (1, 2, 3)]
        site.add("/", pages.listing(*paths))
        for path in paths:
            site.add(path, pages.article(f"The story at {path}"))
    slow = sites["slow"]
    slow.add("/posts/story-1", b"", 301, headers={"Location": "/posts/story-4"})
    slow.add("/posts/story-4", pages.article("Story four").replace(b"</article>", b"<img src=/a.png></article>"))
    slow.add("/a.png", b"png", content_type="image/png")
    sites["asks"].add("/robots.txt", b"User-agent: *\nCrawl-delay: 0.4\n", content_type="text/plain")
    rules = b"User-agent: talkscraper\nDisallow: /posts/story-2\nDisallow: /secret/\n"
    sites["forbids"].add("/robots.txt", rules, content_type="text/plain")
    page = pages.article("Story one").replace(b"</article>", b"<img src=/secret/a.png></article>")
    sites["forbids"].add("/posts/story-1", page)
    sites["broken"].add("/robots.txt", b"broken", 500)
    soon = formatdate(time.time() + 12, usegmt=True)
    for path, busy in {
        "/posts/story-1": iter([servers.Reply(b"busy", 429, headers={"Retry-After": "1"})]),
        "/posts/story-2": iter([servers.Reply(b"busy", 503, headers={"Retry-After": soon})]),
    }.items():
        fine = servers.Reply(pages.article(f"The story at {path}"))
        sites["busy"].pages[path] = lambda _headers, busy=busy, fine=fine: next(busy, fine)
    many = [f"/posts/story-{n}" for n in range(50)]
    sites["shut"].add("/", pages.listing(*many))
    for path in many:
        sites["shut"].add(path, b"forbidden", 403)
    archive.write_sources(
        'contact = "https://example.org"\n'
        + "".join(
            f'[sources.{name}]\nname = "{name}"\nhomepage = "{site.base}/"\narticle_urls = ["/posts/"]\n'
            f"allow_private = true\ndelay = {0.3 if name == 'slow' else 0}\nconcurrency = {4 if name == 'slow' else 1}\n"
            for name, site in sites.items()
        )
    )
    run = archive.crawl()
    paths = {name: site.paths() for name, site in sites.items()}
    hosts = {name: run.summary["hosts"].get(site.base.removeprefix("http://")) for name, site in sites.items()}
    yield SimpleNamespace(sites=sites, archive=archive, run=run, paths=paths, hosts=hosts)
    for site in sites.values():
        site.close()


def _gap(site):
    """The gap as the server sees it, through its own scheduling: one request that it took late shortens one gap."""
    return statistics.median(later.at - earlier.at for earlier, later in itertools.pairwise(site.log))


def test_the_delay_is_kept_for_everything_and_measured(polite):
    """robots.txt, pages, redirects and pictures leave no closer than the delay; the report's figure is the server's."""
    assert {"/robots.txt", "/posts/story-4", "/a.png"} <= set(polite.paths["slow"])
    host = polite.hosts["slow"]
    assert host["requests"] == len(polite.paths["slow"])
    assert host["min_gap_s"] >= 0.3
    assert _gap(polite.sites["slow"]) >= 0.25
    ((stored, delay),) = polite.archive.rows("select min_gap_s, delay_s from run_sources where source_id = 'slow'")
    assert (stored, delay) == (host["min_gap_s"], 0.3)


def test_an_address_that_redirects_becomes_another_name_of_the_article(polite):
    """The article is one row; the old address leads to it."""
    base = polite.sites["slow"].base
    ((article,),) = polite.archive.rows("select id from articles where url = ?", f"{base}/posts/story-4")
    aliases = polite.archive.rows("select article_id, why from aliases where url = ?", f"{base}/posts/story-1")
    assert aliases == [(article, f"redirects to {base}/posts/story-4")]


def test_a_crawl_delay_in_robots_txt_wins_over_a_shorter_delay(polite):
    """It is kept from the first page on."""
    assert polite.hosts["asks"]["delay_s"] == 0.4
    assert _gap(polite.sites["asks"]) >= 0.35
    assert polite.run.source("asks")["new"] == 3


def test_what_robots_txt_disallows_is_not_asked_for(polite):
    """Neither as a page nor as a picture; the reason is kept for completeness."""
    assert not {"/posts/story-2", "/secret/a.png"} & set(polite.paths["forbids"])
    source = polite.run.source("forbids")
    assert (source["new"], source["skipped"], source["diagnosis"]) == (2, 1, "first")
    url = f"{polite.sites['forbids'].base}/posts/story-2"
    assert polite.archive.rows("select state, reason from urls where url = ?", url) == [("refused", "robots")]
    shown = polite.archive.run("status", "--completeness", "--source", "forbids").stdout
    assert "2 of 3 archived" in shown
    assert f"missing {url}: refused: robots" in shown


def test_a_robots_txt_that_fails_forbids_everything(polite):
    """RFC 9309: 5xx is 'unreachable', so nothing is fetched until it can be read. (404 is 'no rules': the others.)"""
    assert set(polite.paths["broken"]) == {"/robots.txt"}
    assert polite.run.source("broken")["diagnosis"] == "unreachable"
    assert polite.run.code == 3


def test_retry_after_is_waited_out_as_seconds_and_as_a_date(polite):
    """429 and 503 with a short pause: the whole host waits, and every page comes."""
    assert polite.run.source("busy")["new"] == 3
    log = polite.sites["busy"].log
    first = next(n for n, asked in enumerate(log) if asked.path == "/posts/story-1")
    assert log[first + 1].at - log[first].at >= 0.95, "nothing else is sent to the host meanwhile"
    assert polite.paths["busy"].count("/posts/story-2") == 2


def test_a_site_that_shuts_its_door_is_not_hammered(polite):
    """Ten refusals in a row, and the other forty addresses are left for another day."""
    assert polite.run.source("shut")["diagnosis"] == "blocked"
    assert sum(path.startswith("/posts/") for path in polite.paths["shut"]) <= 30


def test_rules_are_kept_for_a_day(archive, quay):
    """An hourly run doesn't ask for robots.txt every hour."""
    archive.sources_for(quay, extra=f'feeds = ["{quay.base}/feed.xml"]')
    archive.crawl("--max-pages", "2")
    archive.crawl()
    assert quay.paths().count("/robots.txt") == 1


def test_a_long_pause_ends_the_hosts_part_and_binds_the_next_run(archive, quay):
    """Retry-After: 3600: no page is lost, none is asked for again before the hour is over, even by a named run."""
    for name in (1, 2):
        quay.add(f"/posts/story-{name}", b"slow down", 429, headers={"Retry-After": "3600"})
    archive.sources_for(quay)
    run = archive.crawl()
    assert (run.code, run.source()["diagnosis"]) == (3, "blocked")
    before = len(quay.log)
    again = archive.crawl("quay")
    assert len(quay.log) == before
    assert again.code == 3
    assert archive.rows("select count(*) from urls where kind = 'article' and state = 'due'") == [(2,)]
    assert "nothing is sent to it until" in archive.run("status").stdout


def test_two_runs_on_one_machine_share_a_hosts_delay(archive, quay, tmp_path):
    """Two archives, two processes, one newspaper: together they keep the distance that each promised."""
    other = crawls.CrawlArchive(tmp_path / "other")
    for each in (archive, other):
        each.sources_for(quay, extra="delay = 0.3")
    runs = [subprocess.Popen(each.command("crawl"), stdout=subprocess.DEVNULL) for each in (archive, other)]
    assert [run.wait(110) for run in runs] == [0, 0]
    assert quay.paths().count("/posts/story-1") == 2
    assert _gap(quay) >= 0.25


def test_a_request_is_repeated_in_the_hosts_next_turn_if_a_kept_connection_breaks(tmp_path):
    """A server reads a request and hangs up: what is sent again waits as long as any other request."""
    times = []
    with raw_server.RawServer() as site:

        def answer(path, before, _on_connection):
            times.append((path, time.monotonic()))
            if path == "/posts/story-2" and not before:
                return raw_server.Answer([], "close")
            body = pages.listing(*(f"/posts/story-{n}" for n in (1, 2, 3))) if path == "/" else pages.article(path)
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(body)}\r\n\r\n"
            return raw_server.Answer([head.encode() + body])

        site.answer = answer
        archive = crawls.CrawlArchive(tmp_path / "archive")
        archive.write_sources(
            'contact = "https://example.org"\n[sources.quay]\nname = "Quay"\nallow_private = true\ndelay = 0.5\n'
            f'homepage = "{site.base}/"\narticle_urls = ["/posts/"]\nrequisites = false\n'
        )
        assert archive.crawl().code == 0
    assert [path for path, _ in times].count("/posts/story-2") == 2
    assert min(later - earlier for (_, earlier), (_, later) in itertools.pairwise(times)) >= 0.25
