"""What is in sources.toml is read: also under another name, after it was mended, and after it was away."""

import json

from tests.support import pages

DAY = "2026-03-{:02}T{:02}:00:00+00:00"
PRINTED = "2025-10-{:02}T{:02}:00:00+00:00"
"""The articles of these tests are of the 20th, at eight in the morning."""


def _write(archive, site, name, keys="", *, home="/"):
    archive.write_sources(
        f'contact = "https://example.org/bot"\n[sources.{name}]\nname = "The Quay"\nhomepage = "{site.base}{home}"\n'
        f"allow_private = true\ndelay = 0\nrequisites = false\n{keys}\n"
    )


def _status(archive):
    return {each["source_id"]: each for each in json.loads(archive.run("status", "--json").stdout)["sources"]}


def _newspaper(site):
    feed = '<link rel="alternate" type="application/rss+xml" href="/feed.xml">'
    site.add("/", pages.listing("/posts/one").replace(b"</head>", feed.encode() + b"</head>"))
    site.add("/feed.xml", pages.feed(site.base, "/posts/two"), content_type="application/rss+xml")
    for number in ("one", "two"):
        site.add(f"/posts/{number}", pages.article(f"Story {number} of the harbour"))


PATTERN = "article_urls = ['/posts/[^/?#]+$']"


def test_a_source_with_another_name_goes_on_with_the_addresses_of_its_former_one(archive, site, crawl_at):
    """It is read in the same hour, though nothing was due; what the feed names later is found; status tells of the old."""
    _newspaper(site)
    _write(archive, site, "old", PATTERN)
    assert crawl_at(DAY.format(2, 9)).source("old")["new"] == 2
    _write(archive, site, "new", PATTERN)
    site.log.clear()
    renamed = crawl_at(DAY.format(2, 9))
    assert {"/", "/feed.xml"} <= set(site.paths())
    assert renamed.code == 0
    assert renamed.source("new")["diagnosis"] == "ok"
    assert "source old is no longer in sources.toml; new has its homepage" in renamed.stderr
    assert archive.rows("select distinct source_id from urls") == [("new",)]
    assert archive.rows("select distinct source_id from articles") == [("old",)]
    site.add("/feed.xml", pages.feed(site.base, "/posts/two", "/posts/three"), content_type="application/rss+xml")
    site.add("/posts/three", pages.article("Story three of the harbour"))
    later = crawl_at(DAY.format(2, 12))
    assert later.source("new")["new"] == 1
    assert "no longer" not in later.stderr, "said once"
    assert _status(archive)["old"]["away"] == "no longer in sources.toml"
    assert _status(archive)["new"]["away"] is None


def test_another_name_and_another_homepage_at_once_are_followed_by_what_the_new_one_names(archive, site, crawl_at):
    """What names articles and was the former source's is read anew, and what it names is the new one's."""
    _newspaper(site)
    site.add("/home", site.pages["/"].body)
    _write(archive, site, "old", PATTERN)
    site.add("/posts/two", b"", 500)
    crawl_at(DAY.format(2, 9))
    _write(archive, site, "new", PATTERN, home="/home")
    site.add("/posts/two", pages.article("Story two of the harbour"))
    site.log.clear()
    crawl_at(DAY.format(2, 10))
    assert {"/home", "/feed.xml"} <= set(site.paths())
    crawl_at(DAY.format(3, 10))
    assert archive.rows("select source_id from articles where url like '%/two'") == [("new",)]


def test_a_mended_source_is_due_at_once_and_what_was_refused_is_considered_again(archive, site, crawl_at):
    """Its pattern named nothing, its feed was wrong: an hour later, mended, all is read, however unchanged."""
    _newspaper(site)
    _write(archive, site, "quay", f'article_urls = ["/stories/"]\nfeeds = ["{site.base}/no-feed.xml"]')
    for day in range(2, 8):
        broken = crawl_at(DAY.format(day, 9))
    assert broken.source("quay")["new"] == 0
    _write(archive, site, "quay", f'{PATTERN}\nfeeds = ["{site.base}/feed.xml"]')
    mended = crawl_at(DAY.format(7, 9))
    assert mended.source("quay")["new"] == 2
    site.log.clear()
    crawl_at(DAY.format(7, 9))
    assert site.log == [], "once"
    _write(archive, site, "quay", f'{PATTERN}\nfeeds = ["{site.base}/feed.xml"]\nmax_pages = 50')
    crawl_at(DAY.format(7, 9))
    assert site.log == [], "a budget is no mending"


def test_a_source_that_was_disabled_is_due_when_it_is_enabled(archive, site, crawl_at):
    """Though it is the only one, and runs in between had nothing to crawl."""
    _newspaper(site)
    _write(archive, site, "quay", PATTERN)
    crawl_at(DAY.format(2, 9))
    _write(archive, site, "quay", f"{PATTERN}\nenabled = false")
    away = archive.run("crawl")
    assert away.returncode == 2
    assert "enabled = false" in away.stderr
    assert _status(archive)["quay"]["away"] == "disabled"
    _write(archive, site, "quay", PATTERN)
    site.log.clear()
    crawl_at(DAY.format(2, 9))
    assert "/" in site.paths()
    assert _status(archive)["quay"]["away"] is None


def test_a_broken_front_page_stays_told_while_only_articles_are_looked_at(archive, site, crawl_at):
    """And while it answers that nothing has changed; once it names articles again, it is well."""
    site.add("/", pages.listing("/posts/one"))
    site.add("/posts/one", pages.article("Story one of the harbour"))
    _write(archive, site, "quay", f'{PATTERN}\nrecrawl = ["4h", "5h", "6h", "1d"]')
    crawl_at(PRINTED.format(20, 9))
    site.add("/", b"<!doctype html><html><head><title>Q</title></head><body><div id=app></div></body></html>")
    broken = crawl_at(PRINTED.format(20, 12))
    assert (broken.code, broken.source("quay")["diagnosis"]) == (3, "listing-broke")
    site.log.clear()
    again = crawl_at(PRINTED.format(20, 13))
    assert site.paths() == ["/posts/one"]
    assert (again.code, again.source("quay")["diagnosis"]) == (3, "listing-broke")
    unchanged = crawl_at(PRINTED.format(20, 14), "quay")
    assert "/" in site.paths()
    assert unchanged.source("quay")["diagnosis"] == "listing-broke"
    assert _status(archive)["quay"]["diagnosis"].startswith("listing-broke")
    site.add("/", pages.listing("/posts/one", "/posts/two"))
    site.add("/posts/two", pages.article("Story two of the harbour"))
    assert crawl_at(PRINTED.format(20, 20), "quay").source("quay")["diagnosis"] == "ok"


def test_one_pages_error_says_nothing_of_its_source(archive, site, crawl_at):
    """The front page is asked, and answers; when it doesn't either, that is told."""
    site.add("/", pages.listing("/posts/one"))
    site.add("/posts/one", pages.article("Story one of the harbour"))
    _write(archive, site, "quay", f'{PATTERN}\nrecrawl = ["2h", "10h"]')
    crawl_at(PRINTED.format(20, 9))
    site.add("/posts/one", b"", 500)
    site.log.clear()
    one = crawl_at(PRINTED.format(20, 10))
    assert one.source("quay")["diagnosis"] == "failing"
    assert "/posts/one" in one.source("quay")["detail"]
    assert "/" in site.paths(), "the front page tells whether it is one page or all"
    site.add("/", b"", 503)
    assert crawl_at(PRINTED.format(20, 18)).source("quay")["diagnosis"] in ("unreachable", "blocked")
