"""``crawl --cluster`` where two groups meet on one host that is neither's: its delay, robots.txt and cookies hold."""

import itertools

import pytest

from tests.support import clustered, crawls, pages
from tests.support.servers import Reply, SiteServer

pytest.importorskip("distributed")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]  # each crawl is several processes
DELAY = 0.4
LEEWAY = DELAY / 2
"""By how much a server may be late in seeing a request, in seconds; two processes on one host leave no gap at all."""
ARTICLES = 6


@pytest.fixture
def cdn():
    """A host of pictures and articles, which gives a cookie to who has none."""
    with SiteServer() as site:
        site.add("/robots.txt", b"User-agent: *\nDisallow: /secret/\n", content_type="text/plain")
        for number, each in itertools.product(range(2), range(ARTICLES)):
            picture = clustered.PICTURE + bytes([number, each])
            answer = Reply(picture, 200, "image/png", {"Set-Cookie": f"visitor={number}; Path=/"})
            site.pages[f"/{number}-{each}.png"] = answer
            site.add(f"/secret/{number}-{each}.png", picture, content_type="image/png")
        site.add("/look.css", b"body { color: navy } " * 50, content_type="text/css")
        yield site


def newspapers_on(cdn, sites) -> None:
    """Let every page of both newspapers need pictures of the shared host."""
    for number, site in enumerate(sites):
        for each in range(ARTICLES):
            head = f'<link rel="stylesheet" href="{cdn.base}/look.css">'
            after = f'<img src="{cdn.base}/{number}-{each}.png"><img src="{cdn.base}/secret/{number}-{each}.png">'
            more = f"The newspaper {number} counted {each} boats in its harbour on that day, and a lighthouse."
            page = pages.article(f"Story {each} of {number}", more=more, head=head, after=after, day=1 + each)
            site.add(f"/posts/{number}-story-{each}", page)
        # an article of each has moved to the shared host
        moved = f"{cdn.base}/posts/{number}-moved"
        site.add(f"/posts/{number}-story-0", status=301, headers={"Location": moved})
        cdn.add(f"/posts/{number}-moved", pages.article(f"A story of {number} that has moved"))


def test_two_groups_keep_the_delay_robots_and_cookies_of_a_host_that_both_need(cdn, tmp_path):
    """As in a local crawl; and what both need from there is asked for by each group at most once."""
    with clustered.newspapers(2, ARTICLES) as sites:
        newspapers_on(cdn, sites)
        archives = [crawls.CrawlArchive(tmp_path / name) for name in ("cluster", "local")]
        logs = []
        for archive, options in zip(archives, (("--cluster", "local:2"), ()), strict=True):
            clustered.write_sources(archive, sites, delay=DELAY)
            cdn.log.clear()
            done = archive.crawl(*options)
            assert done.code == 0, done.stderr
            logs.append(list(cdn.log))
            assert clustered.shortest_gap(cdn.log) >= DELAY - LEEWAY
    assert archives[0].rows("select count(*) from shards") == [(2,)], "they are two groups"
    shared, alone = ([each.path for each in log] for log in logs)
    assert set(shared) == set(alone)
    assert not [path for path in shared if path.startswith("/secret/")]
    own = [path for path in shared if path not in ("/robots.txt", "/look.css")]
    assert len(own) == len(set(own))
    assert max(shared.count(path) for path in ("/robots.txt", "/look.css")) <= 2
    # nobody is sent the cookie that the other newspaper's reader was given
    sent = [{(each.path, each.headers.get("cookie")) for each in log if "-" in each.path} for log in logs]
    for path, cookie in sent[0]:
        number = path.removeprefix("/posts").strip("/")[0]
        assert cookie in (None, f"visitor={number}"), path
    tables = ("articles", "revisions", "urls", "aliases", "provenance", "requisites", "host_notes", "fetch_failures")
    found, wanted = (clustered.compared(archive.root) for archive in archives)
    assert {name: found[name] for name in tables} == {name: wanted[name] for name in tables}
    assert "all is well" in archives[0].run("verify", "--articles", "all").stdout


def test_sources_whose_articles_are_on_one_host_are_one_group(cdn, tmp_path):
    """Who names the host in ``hosts`` fetches articles from there, and one process does for both."""
    cdn.base = cdn.base.replace("127.0.0.1", "localhost")
    with clustered.newspapers(2, 3) as sites:
        for number, site in enumerate(sites):
            links = [f"{cdn.base}/posts/{number}-there-{each}" for each in range(4)]
            site.add("/", pages.listing(*links, *(f"/posts/{number}-story-{each}" for each in range(3))))
            for each, url in enumerate(links):
                page = pages.article(
                    f"Report {each} of {number}", more=f"The newspaper {number} was there {each} times."
                )
                cdn.add(url.removeprefix(cdn.base), page)
        archive = crawls.CrawlArchive(tmp_path / "archive")
        clustered.write_sources(archive, sites, delay=DELAY, extra='hosts = ["localhost"]')
        done = archive.crawl("--cluster", "local:2")
        assert done.code == 0, done.stderr
    assert clustered.shortest_gap(cdn.log) >= DELAY - LEEWAY
    asked = [each.path for each in cdn.log]
    assert len(asked) == len(set(asked)) == 1 + 8
    assert archive.rows("select count(*) from shards") == [(1,)]
    assert archive.rows("select source_id, count(*) from articles group by 1") == [("paper0", 7), ("paper1", 7)]
