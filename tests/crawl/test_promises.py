"""What an operator is promised of the second look: revisions, liars, what is gone, budgets, rights.

Two newspapers are crawled on three days: one changes in every way that a page can change, one wishes not to be mined.
"""

import json
import re
import sqlite3
from types import SimpleNamespace

import pytest

from tests.support import crawls, pages, servers

pytestmark = pytest.mark.timeout(600)  # each crawl is a process of its own

WISHES = ("store-flagged", "ignore", "skip-text", "skip")


def _liar(site, path, truth, content_type="text/html"):
    """A page whose server says 'not modified' whatever has become of it: it never changes its ETag."""
    lies = SimpleNamespace(told=0, truth=truth)

    def answer(headers):
        if headers.get("if-none-match") == '"always the same"':
            lies.told += 1
            return servers.Reply(b"", 304, None, {"ETag": '"always the same"'})
        return servers.Reply(lies.truth, content_type=content_type, headers={"ETag": '"always the same"'})

    site.pages[path] = answer
    return lies


def _changed(**parts):
    first = pages.PARAGRAPHS[0]
    for old, new in parts.items():
        first = first.replace(old, new)
    return (first, *pages.PARAGRAPHS[1:])


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Three days of the newspaper, and what the server and the archive say of them."""
    site, archive = servers.SiteServer(), crawls.CrawlArchive(tmp_path_factory.mktemp("promises") / "archive")
    names = ("liar", "typo", "number", "headline", "furniture", "front", "missing", "back", "same")
    site.add("/", pages.listing(*(f"/posts/{name}" for name in names)))
    for name in names:
        site.add(f"/posts/{name}", pages.article(f"The story called {name}"))
    site.add("/posts/number", pages.article("The story called number", paragraphs=_changed(three="12")))
    page = _liar(site, "/posts/liar", pages.article("The story of a liar"))
    feed = _liar(site, "/feed.xml", pages.feed(site.base, "/posts/same"), "application/rss+xml")
    archive.sources_for(site, extra=f'recrawl = "always"\nfeeds = ["{site.base}/feed.xml"]')
    first = archive.crawl()
    assert first.code == 0, first.stderr

    page.truth = pages.article("The story of a liar", paragraphs=_changed(metre="mile"))
    feed.truth = pages.feed(site.base, "/posts/hidden", "/posts/same")
    site.add("/posts/hidden", pages.article("The story that a feed hid"))
    site.add(
        "/posts/typo",
        pages.article("The story called typo", paragraphs=_changed(inspected="inspectid", storms="stroms")),
    )
    site.add("/posts/number", pages.article("The story called number", paragraphs=_changed(three="17")))
    site.add("/posts/headline", pages.article("The story that was once called otherwise"))
    furniture = pages.article("The story called furniture")
    furniture = furniture.replace(b"</main>", b"<aside><p>Most read: 17 other stories, as of 14:05.</p></aside></main>")
    site.add("/posts/furniture", furniture.replace(b"<body>", b'<body class="night"><!-- served by web7 -->'))
    site.add("/posts/front", b"", 302, headers={"Location": "/"})
    site.add("/posts/missing", b"no", 404)
    site.add("/posts/back", b"no", 410)
    second = archive.crawl()
    lied_to = page.told, feed.told

    connection = sqlite3.connect(archive.root / "talkscraper.db")
    with connection:  # a week goes by
        connection.execute(
            "update urls set full_fetch_at = '2025-01-01T00:00:00Z' where url like '%/posts/liar' or kind = 'feed'"
        )
    connection.close()
    site.add("/posts/back", pages.article("The story called back"))
    mark = len(site.log)
    third = archive.crawl()
    asked_on_third = {asked.path: asked.headers for asked in site.log[mark:]}
    mark = len(site.log)
    fourth = archive.crawl()
    asked_on_fourth = {asked.path: asked.headers for asked in site.log[mark:]}
    yield SimpleNamespace(
        site=site, archive=archive, first=first, second=second, third=third, fourth=fourth, lied_to=lied_to,
        asked_on_third=asked_on_third, asked_on_fourth=asked_on_fourth,
    )  # fmt: skip
    site.close()


def _article(days, name):
    ((article, revisions, gone_at, gone_reason),) = days.archive.rows(
        "select id, revision_count, gone_at, gone_reason from articles where url = ?", f"{days.site.base}/posts/{name}"
    )
    kinds = days.archive.rows("select change from revisions where article_id = ? order by number", article)
    return SimpleNamespace(
        id=article, revisions=revisions, kinds=[kind for (kind,) in kinds], gone_at=gone_at, why=gone_reason
    )


@pytest.mark.parametrize(("name", "kind"), [("typo", "typo"), ("number", "number"), ("headline", "headline")])
def test_a_change_of_the_article_is_a_revision_of_its_kind(days, name, kind):
    """And 'diff' shows the words, in the terminal and as HTML."""
    article = _article(days, name)
    assert article.revisions == 2
    assert kind in article.kinds[1]
    told = days.archive.run("diff", article.id)
    assert told.returncode == 0
    assert kind in told.stdout
    if name == "typo":
        assert "stroms" in told.stdout
        page = days.archive.run("diff", article.id, "--html").stdout
        assert re.search(r"<ins[^>]*>[^<]*stroms", page)


@pytest.mark.parametrize("name", ["furniture", "same"])
def test_a_change_around_the_article_is_none(days, name):
    """Another sidebar, a comment, a class: the bytes differ, the article doesn't."""
    assert _article(days, name).revisions == 1


def test_gone_is_told_with_day_and_reason_and_the_article_stays(days):
    """404, and a redirect to the front page."""
    for name, reason in (("missing", "404"), ("front", "front page")):
        article = _article(days, name)
        assert article.gone_at[:10] == days.second.summary["started_at"][:10]
        assert reason in article.why
        assert "harbour office" in days.archive.run("show", article.id).stdout
    assert days.second.source()["gone"] == 3


def test_what_is_gone_is_not_asked_for_again_in_every_run(days):
    """Only when something names it anew, a day later."""
    assert not {"/posts/missing", "/posts/front"} & set(days.asked_on_third)


def test_a_server_that_lies_is_found_out_and_asked_without_conditions(days):
    """It says 304 of a page that has changed; the weekly full fetch shows it, and it isn't believed again."""
    assert days.lied_to == (1, 1), "on the second day it was believed"
    assert "if-none-match" not in days.asked_on_third["/posts/liar"], "a week later it was asked in full"
    assert _article(days, "liar").revisions == 2
    assert "if-none-match" not in days.asked_on_fourth["/posts/liar"], "and from then on"
    assert days.archive.rows("select lying_validators from urls where url like '%/posts/liar'") == [(1,)]


def test_a_feed_that_lies_is_found_out_too(days):
    """Once a day it is asked in full; what it hid is archived, and from then on it is asked without conditions."""
    assert days.second.source()["new"] == 0
    assert days.archive.rows("select count(*) from articles where url like '%/posts/hidden'") == [(1,)]
    assert "if-none-match" not in days.asked_on_fourth["/feed.xml"]
    assert days.archive.rows("select lying_validators from urls where kind = 'feed'") == [(1,)]


def test_identical_bytes_cost_no_extraction_and_no_second_copy(days):
    """A page without validators comes in full; its record is a revisit, its row stays."""
    rows = days.archive.rows(
        "select record_type from captures where url like '%/posts/same' order by captured_at, rowid"
    )
    assert rows[0] == ("response",)
    assert {kind for (kind,) in rows[1:]} == {"revisit"}
    assert days.archive.rows("select page_kinds from run_sources where run_id = 4") == [("{}",)]


def test_budgets_end_a_source_or_the_run_and_nothing_is_lost(archive, other_site, quay):
    """max_pages and max_bytes of a source, --max-bytes of the run: exit code 4, and the next run goes on."""
    other_site.add("/", pages.listing(*(f"/posts/b{n}" for n in range(6))))
    for n in range(6):
        other_site.add(f"/posts/b{n}", pages.article(f"The other story number {n}"))
    sources = 'contact = "https://example.org"\n' + "".join(
        f'[sources.{name}]\nname = "{name}"\nhomepage = "{site.base}/"\narticle_urls = ["/posts/"]\ndelay = 0\n'
        f"allow_private = true\n{budget}\n"
        for name, site, budget in (("quay", quay, "max_pages = 1"), ("other", other_site, "max_pages = 4"))
    )
    archive.write_sources(sources)
    first = archive.crawl()
    assert first.code == 4, first.stderr
    assert {name: source["fetched"] for name, source in first.summary["sources"].items()} == {"quay": 1, "other": 4}
    assert first.source("other")["diagnosis"] == "stopped"
    archive.write_sources(sources.replace("max_pages = 1", 'max_bytes = "1"').replace("max_pages = 4", ""))
    second = archive.crawl("quay", "other")
    assert second.code == 4
    assert second.source()["diagnosis"] == "stopped"
    assert archive.rows("select count(*) from articles where source_id = 'other'") == [(6,)]
    third = archive.crawl("other", "--max-bytes", "1")
    assert (third.code, third.summary["reason"]) == (4, "max-bytes")


SIGNALS = b"User-agent: *\nContent-Signal: search=yes\nUser-agent: GPTBot\nContent-Signal: ai-train=no\n"


@pytest.mark.parametrize(("policy", "stored", "asked"), [("store-flagged", 1, 1), ("skip-text", 0, 1), ("skip", 0, 0)])
def test_a_content_signal_is_obeyed_as_the_sources_policy_says(archive, quay, policy, stored, asked):
    """robots.txt denies a use for everybody: that reserves all pages of its host."""
    quay.add("/robots.txt", b"User-agent: *\nContent-Signal: search=yes, ai-train=no\n", content_type="text/plain")
    quay.add("/posts/story-1", pages.article("Story one"))
    archive.sources_for(quay, extra=f'tdm = "{policy}"')
    archive.crawl()
    assert archive.rows("select count(*) from articles where url like '%/story-1'") == [(stored,)]
    assert quay.paths().count("/posts/story-1") == asked
    assert archive.rows("select scope, value from signals where signal = 'content-signal'") == [
        ("robots", "search=yes, ai-train=no")
    ]


@pytest.fixture(scope="module")
def wishes(tmp_path_factory):
    """Four newspapers with the same wishes, and a source with each policy."""
    sites = {policy: servers.SiteServer() for policy in WISHES}
    archive = crawls.CrawlArchive(tmp_path_factory.mktemp("wishes") / "archive")
    entries = [{"location": "/posts/reserved*", "tdm-reservation": 1}]
    for site in sites.values():
        site.add("/robots.txt", SIGNALS, content_type="text/plain")
        site.add("/.well-known/tdmrep.json", json.dumps(entries).encode(), content_type="application/json")
        site.add("/", pages.listing("/posts/free", "/posts/noai", "/posts/header", "/posts/reserved"))
        site.add("/posts/free", pages.article("The free story"))
        site.add(
            "/posts/noai", pages.article("The story with a wish", head='<meta name="robots" content="noai, noarchive">')
        )
        site.add("/posts/header", pages.article("The story with a header"), headers={"tdm-reservation": "1"})
        site.add("/posts/reserved", pages.article("The reserved story"))
    archive.write_sources(
        'contact = "https://example.org"\n'
        + "".join(
            f'[sources.{policy}]\nname = "{policy}"\nhomepage = "{site.base}/"\narticle_urls = ["/posts/"]\ndelay = 0\n'
            f'allow_private = true\ntdm = "{policy}"\n'
            for policy, site in sites.items()
        )
    )
    run = archive.crawl()
    yield SimpleNamespace(sites=sites, archive=archive, run=run)
    for site in sites.values():
        site.close()


@pytest.mark.parametrize(
    ("policy", "stored", "asked"),
    [
        ("store-flagged", {"free", "noai", "header", "reserved"}, {"free", "noai", "header", "reserved"}),
        ("ignore", {"free", "noai", "header", "reserved"}, {"free", "noai", "header", "reserved"}),
        ("skip-text", {"free"}, {"free", "noai", "header", "reserved"}),
        ("skip", {"free"}, {"free", "noai", "header"}),
    ],
)
def test_a_wish_is_obeyed_as_the_sources_policy_says(wishes, policy, stored, asked):
    """tdmrep.json, a header, a meta element: stored with the signal, without text, or not asked for at all."""
    urls = wishes.archive.rows("select url from articles where source_id = ?", policy)
    assert {url.rpartition("/")[2] for (url,) in urls} == stored
    posts = {path.rpartition("/")[2] for path in wishes.sites[policy].paths() if path.startswith("/posts/")}
    assert posts == asked


def test_a_wish_is_kept_with_the_day_on_which_it_was_seen(wishes):
    """Whatever the policy: so that 'allowed when it was fetched' can be shown later."""
    day = wishes.run.summary["started_at"][:10]
    for policy in WISHES:
        rows = wishes.archive.rows(
            "select scope, signal, first_seen_at from signals where source_id = ? and signal != 'tdm-policy'", policy
        )
        signals = {signal for _, signal, _ in rows}
        assert {"content-signal", "noai", "noarchive", "tdm-reservation"} <= signals
        assert {moment[:10] for _, _, moment in rows} == {day}
