"""Backfills: older articles by sitemaps, paged lists and archives by date, interrupted and resumed."""

from __future__ import annotations

import datetime as dt
import json
import random
import signal
import subprocess

import pytest

from talkscraper.archive_folder import ArchiveFolder
from tests.support import pages
from tests.support.crawls import CrawlArchive
from tests.support.servers import Reply, SiteServer
from tests.support.waiting import wait_until

SINCE = "2024-01-01"
DAYS = [dt.date(2022, 1, 5) + dt.timedelta(days=40 * number) for number in range(30)]
"""Three years and a quarter."""
POSTS = {f"/posts/story-{number}": day for number, day in enumerate(DAYS)}
NEWEST = sorted(POSTS, key=lambda path: POSTS[path], reverse=True)
WANTED = {path for path, day in POSTS.items() if day >= dt.date(2024, 1, 1)}
PLAIN = "requisites = false\nrecrawl = []"


def add_posts(site: SiteServer) -> None:
    for path, day in POSTS.items():
        body = pages.article(f"The wall of the quay, part {path[-2:]}")
        site.add(path, body.replace(b"2025-10-20T08:00", f"{day}T08:00".encode()))


def links(paths, *, dated: bool = False) -> str:
    return "".join(
        f'<article><h2><a href="{path}">The wall of the quay and its town</a></h2>'
        + (f'<time datetime="{POSTS[path]}">{POSTS[path]}</time>' if dated else "")
        + "</article>"
        for path in paths
    )


def page(*parts: str) -> bytes:
    return f"<!doctype html><html><head><title>Quay</title></head><body><main>{''.join(parts)}</main></body></html>".encode()


def monthly_sitemaps(site: SiteServer) -> None:
    """A sitemap index with a sitemap for each month, named by robots.txt."""
    months = sorted({day.replace(day=1) for day in DAYS})
    site.add("/robots.txt", f"Sitemap: {site.base}/sitemap.xml\n".encode(), content_type="text/plain")
    names = "".join(f"<sitemap><loc>{site.base}/sitemap-{month:%Y-%m}.xml</loc></sitemap>" for month in months)
    site.add("/sitemap.xml", f"<sitemapindex>{names}</sitemapindex>".encode(), content_type="text/xml")
    for month in months:
        posts = "".join(
            f"<url><loc>{site.base}{path}</loc></url>" for path, day in POSTS.items() if day.replace(day=1) == month
        )
        site.add(f"/sitemap-{month:%Y-%m}.xml", f"<urlset>{posts}</urlset>".encode(), content_type="text/xml")
    site.add("/", page(links(NEWEST[:2])))


def paged(site: SiteServer, *, dated: bool = True) -> None:
    """A front page with four posts, and older ones page by page."""
    for number, first in enumerate(range(0, len(NEWEST), 4), 1):
        older = f'<a href="/page/{number + 1}/">Older posts</a>' if first + 4 < len(NEWEST) else ""
        site.add("/" if number == 1 else f"/page/{number}/", page(links(NEWEST[first : first + 4], dated=dated), older))


def by_month(site: SiteServer) -> None:
    """A page for each month, each linking to the month before, down to the year 1."""
    site.add("/", page(links(NEWEST[:2]), '<a href="/2025/03/">March</a>'))
    for year in range(2015, dt.datetime.now(dt.UTC).year + 1):
        for month in range(1, 13):
            posts = [path for path, day in POSTS.items() if (day.year, day.month) == (year, month)]
            before = f"/{year}/{month - 1:02}/" if month > 1 else f"/{year - 1}/12/"
            site.add(f"/{year}/{month:02}/", page(links(posts), f'<a href="{before}" rel="prev">previous month</a>'))


def archived(archive: CrawlArchive) -> set[str]:
    return {"/" + row[0].partition("://")[2].partition("/")[2] for row in archive.rows("select url from articles")}


def backfill(archive: CrawlArchive, *arguments: str, code: int = 0) -> dict:
    done = archive.run("backfill", "quay", "--json", *(arguments or ("--since", SINCE)))
    assert done.returncode == code, (done.stdout[-2000:], done.stderr[-3000:])
    return json.loads(done.stdout)


SITES = {"sitemaps": monthly_sitemaps, "paged": paged, "months": by_month}


@pytest.mark.parametrize("shape", SITES)
def test_a_backfill_brings_what_was_published_since_a_day_and_nothing_older(site, archive, shape):
    """By whichever door a site has; a second call has nothing to do and says so."""
    add_posts(site)
    SITES[shape](site)
    archive.sources_for(site, extra=PLAIN)
    report = backfill(archive)
    assert archived(archive) == WANTED
    assert (report["reason"], report["progress"]["state"], report["progress"]["oldest"]) == ("done", "done", SINCE)
    assert report["progress"]["fetched"] == len(WANTED)
    site.log.clear()
    assert backfill(archive)["reason"] == "complete"
    assert site.paths() == []


@pytest.mark.slow
@pytest.mark.parametrize("shape", SITES)
def test_killed_at_any_moment_it_goes_on_and_brings_the_same(site, archive, shape):
    """Wherever ``kill -9`` comes, nothing is lost and no article is fetched by two calls for nothing."""
    add_posts(site)
    SITES[shape](site)
    archive.sources_for(site, extra=PLAIN)
    chance = random.Random(shape)
    for _ in range(3):
        asked = len(site.log) + chance.randrange(2, 8)
        with subprocess.Popen(
            archive.command("backfill", "quay", "--since", SINCE),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        ) as process:  # fmt: skip
            wait_until(lambda asked=asked, process=process: len(site.log) >= asked or process.poll() is not None)
            process.send_signal(signal.SIGKILL)
    backfill(archive)
    assert archived(archive) == WANTED


def test_a_budget_ends_it_with_4_and_status_shows_how_far_it_came(site, archive):
    add_posts(site)
    paged(site)
    archive.sources_for(site, extra=PLAIN)
    report = backfill(archive, "--since", SINCE, "--max-pages", "6", code=4)
    assert (report["reason"], report["fetched_now"], report["progress"]["fetched"]) == ("max-pages", 6, 6)
    (source,) = json.loads(archive.run("status", "--json").stdout)["sources"]
    assert source["backfill"]["fetched"] == 6
    assert source["backfill"]["left"] == 2
    assert source["backfill"]["oldest"] == str(min(POSTS[path] for path in NEWEST[:8]))
    assert "oldest day reached" in archive.run("status").stdout
    plan = json.loads(archive.run("backfill", "quay", "--since", SINCE, "--dry-run", "--json").stdout)
    assert [door["next_url"] for door in plan["doors"]] == [f"{site.base}/page/3/"]
    assert (plan["state"], plan["left"]) == ("open", 2)
    assert archive.rows("select exit_code, reason from runs") == [(4, "max-pages")]


def test_the_row_of_a_run_has_the_exit_code_of_its_command(site, archive):
    """A cap on new addresses ends a backfill with 4, a door that waits with 3, the end with 0; so do their rows say."""
    add_posts(site)
    paged(site)
    archive.sources_for(site, extra=f"{PLAIN}\nmax_new = 5")
    assert backfill(archive, code=4)["reason"] == "new-addresses"
    assert archive.rows("select exit_code, reason from runs order by id desc limit 1") == [(4, "new-addresses")]
    site.add("/page/2/", b"busy", 500)
    archive.sources_for(site, extra=PLAIN)
    backfill(archive, "--since", SINCE, "--again", code=3)
    assert archive.rows("select exit_code, reason from runs order by id desc limit 1") == [(3, "waiting")]


@pytest.mark.slow
def test_the_plan_of_a_complete_backfill_says_that_it_is(site, archive):
    """And how to begin anew, instead of doors that won't be walked."""
    add_posts(site)
    by_month(site)
    archive.sources_for(site, extra=PLAIN)
    backfill(archive)
    assert archive.rows("select exit_code, reason from runs") == [(0, "done")]
    shown = archive.run("backfill", "quay", "--since", SINCE, "--dry-run").stdout
    assert "is complete; --again begins anew" in shown
    assert "door" not in shown
    plan = json.loads(archive.run("backfill", "quay", "--since", SINCE, "--dry-run", "--json").stdout)
    assert (plan["state"], plan["doors"]) == ("done", [])
    again = archive.run("backfill", "quay", "--since", SINCE, "--dry-run", "--again").stdout
    assert "begins" in again
    assert f"{site.base}/" in again


@pytest.mark.slow
def test_undated_lists_end_where_their_articles_are_too_old(site, archive):
    """The dates are known only from the articles' own pages, which are fetched before the next page of the list."""
    add_posts(site)
    paged(site, dated=False)
    archive.sources_for(site, extra=PLAIN)
    backfill(archive)
    assert archived(archive) >= WANTED
    assert "/page/5/" not in site.paths()
    older = archive.rows(
        "select next_due from urls join articles on articles.id = article_id where published_at < ?", SINCE
    )
    assert older
    assert set(older) == {(None,)}


@pytest.mark.slow
@pytest.mark.parametrize("end", ["first page again", "front page by redirect", "the same for ever", "always others"])
def test_lists_that_never_end_are_left(site, archive, end):
    """A page beyond the last that repeats one, leads to one or invents nothing new ends a list."""
    add_posts(site)
    paged(site)
    last = max(int(path.split("/")[2]) for path in site.pages if path.startswith("/page/"))
    older = f'<a href="/page/{last + 1}/">Older posts</a>'
    site.add(f"/page/{last}/", page(links(NEWEST[-2:], dated=True), older))

    def beyond(number: int) -> Reply:
        following = f'<a rel="next" href="/page/{number + 1}/">Older posts</a>'
        some = NEWEST[:4] if end == "first page again" else NEWEST[-2:]
        if end == "always others":
            some = random.Random(number).sample(NEWEST, 4)
        return Reply(page(links(some, dated=True), following))

    for number in range(last + 1, last + 40):
        if end == "front page by redirect":
            site.add(f"/page/{number}/", b"", 302, headers={"Location": "/"})
        else:
            site.pages[f"/page/{number}/"] = beyond(number)
    archive.sources_for(site, extra=PLAIN)
    report = backfill(archive, "--since", "2001-01-01")
    assert archived(archive) == set(POSTS)
    assert report["progress"]["state"] == "done"
    assert f"/page/{last + 5}/" not in site.paths()


@pytest.mark.slow
def test_an_archive_without_articles_isnt_walked_to_the_year_one(site, archive):
    """Pages for every month, for ever, with links to the one before: two years without an article are enough."""
    add_posts(site)
    by_month(site)
    archive.sources_for(site, extra=PLAIN)
    backfill(archive, "--since", "1850-01-01")
    assert archived(archive) == set(POSTS)
    assert "/2022/01/" in site.paths()
    assert "/2019/12/" not in site.paths()


@pytest.mark.slow
def test_a_crawl_during_a_backfill_comes_first_and_finds_todays_news(site, archive):
    """The backfill lets go of the lock as soon as a crawl wants it, and goes on by itself when that is done."""
    add_posts(site)
    paged(site)
    archive.sources_for(site, extra=f"{PLAIN}\ndelay = 0.2")
    with subprocess.Popen(
        archive.command("backfill", "quay", "--since", SINCE, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        wait_until(lambda: any(path.startswith("/posts/") for path in site.paths()))
        site.add("/posts/today", pages.article("News of today from the quay"))
        site.add("/", page('<h2><a href="/posts/today">News of today from the quay</a></h2>', links(NEWEST[:4])))
        begun = len(site.log)
        crawled = archive.crawl("quay")
        assert crawled.code == 0, crawled.stderr
        assert crawled.source()["new"] >= 1
        output, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    after = site.paths()[begun:]
    assert "/posts/today" in after
    assert archived(archive) >= WANTED | {"/posts/today"}
    report = json.loads(output)
    assert len(report["runs"]) == 2
    assert ("backfill", "yielded") in archive.rows("select command, reason from runs")


def test_a_second_backfill_is_refused_with_75_and_the_holder_named(site, archive):
    archive.sources_for(site, extra=PLAIN)
    with ArchiveFolder(archive.root).lock(what="backfill"):
        done = archive.run("backfill", "quay", "--since", SINCE)
    assert done.returncode == 75
    assert "talkscraper backfill" in done.stderr


@pytest.mark.slow
def test_crawls_finish_a_backfill_when_nothing_else_is_due(site, archive):
    """A small share of each crawl, after today's news; what a backfill brought isn't looked at by the ladder."""
    add_posts(site)
    by_month(site)
    archive.sources_for(site, extra=PLAIN)
    backfill(archive, "--since", SINCE, "--max-pages", "1", code=4)
    site.add("/posts/today", pages.article("News of today from the quay"))
    site.add("/", page('<h2><a href="/posts/today">News of today from the quay</a></h2>', links(NEWEST[:2])))
    site.log.clear()
    assert archive.crawl("quay").code == 0
    asked = site.paths()
    months = [position for position, path in enumerate(asked) if path.startswith("/20")]
    assert asked.index("/posts/today") < min(months)
    for _ in range(4):
        archive.crawl()
    (source,) = json.loads(archive.run("status", "--json").stdout)["sources"]
    assert source["backfill"]["state"] == "done"
    assert archived(archive) >= WANTED


@pytest.mark.slow
def test_a_door_that_fails_is_told_and_tried_again(site, archive):
    """Exit code 3; what can be tried again isn't complete."""
    add_posts(site)
    paged(site)
    site.add("/page/2/", b"busy", 500)
    archive.sources_for(site, extra=PLAIN)
    report = backfill(archive, code=3)
    assert (report["reason"], report["progress"]["state"]) == ("waiting", "open")
    assert report["progress"]["retry_at"]


@pytest.mark.parametrize(
    "arguments", [(), ("--since", "yesterday"), ("--since", "2024-05-01", "--until", "2024-04-01")]
)
def test_a_backfill_needs_a_day(site, archive, arguments):
    """Refused in one line, before anything is fetched."""
    archive.sources_for(site, extra=PLAIN)
    done = archive.run("backfill", "quay", *arguments)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert site.paths() == []


@pytest.mark.parametrize("shape", ["sitemaps", "paged"])
def test_since_bounds_what_a_crawl_may_bring(site, archive, shape):
    """Sitemaps of earlier months aren't fetched, and earlier articles aren't stored as due."""
    add_posts(site)
    SITES[shape](site)
    archive.sources_for(site, extra=f"{PLAIN}\nsince = 2024-01-01\nuntil = 2024-12-31")
    run = archive.crawl("quay")
    assert run.code == 0, run.stderr
    asked = site.paths()
    assert "/sitemap-2023-12.xml" not in asked
    assert "/sitemap-2025-01.xml" not in asked
    due = archive.rows("select url from urls where kind = 'article' and next_due is not null")
    assert due == []
    if shape == "sitemaps":
        named = {path for path, day in POSTS.items() if day.year == 2024}
        # the front page names the newest without their dates
        assert archived(archive) == named | set(NEWEST[:2])
        outside = archive.rows("select count(*) from urls where reason = 'out-of-bounds' and state = 'done'")
        assert outside == [(len(set(NEWEST[:2]) - named),)]


@pytest.mark.slow
def test_a_backfill_leaves_half_of_the_day_s_requests_to_the_daily_work(tmp_path):
    archive = CrawlArchive(tmp_path / "a")
    with SiteServer() as site:
        add_posts(site)
        monthly_sitemaps(site)
        archive.sources_for(site, extra=f"{PLAIN}\nmax_requests_per_day = 12")
        assert archive.run("backfill", "quay", "--since", SINCE).returncode == 4
        assert len(site.log) == 6
        archive.crawl()
        assert len(site.log) == 12
