"""An address that can't be asked for costs nobody but itself, wherever it stands and since when."""

import json
import sqlite3
from types import SimpleNamespace

import pytest

from talkscraper.urls.validity import is_address
from tests.support import crawls, pages, servers

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own

HOURS_OFF = "2025-10-20T08:00:00.000000+00:00"


def _bad(base):
    """Addresses on the newspaper's own host, and elsewhere, that some parser on a request's way chokes on."""
    host = base.removeprefix("http://").partition(":")[0]
    return [
        f"http://{host}:99999/posts/port-too-high", f"http://{host}:80:80/posts/two-ports",
        f"http://{host}: 80/posts/a-blank", f"http://{host}:-1/posts/negative", f"http://{host}:0/posts/none",
        f"http://{host}:٣/posts/arabic-digit", f"http://{host}:+80/posts/plus", f"http://{host}:8_0/posts/underscore",
        "http://[::1/posts/open", "http://[::1]x/posts/behind", "http://[1::1::1]/posts/twice", "http://[v1.a]/posts/v",
        "http://[::1%25eth0]/posts/zone", "http://℀.example/posts/nfkc", f"http://{'ü' * 60}.example/posts/long",
        f"http://{'a' * 64}.example/posts/label", f"http://{'a.' * 140}b/posts/name", "http://.quay.example/posts/dot",
        "http://quay..example/posts/dots", "http://qu ay.example/posts/blank", "http://%71.example/posts/escaped",
        "http:///posts/nobody", "http:posts/nothing", "javascript:alert(1)", "http://", "//", "http://me:pw@/posts/x",
        f"http://{host}:1\x1b]0;evil\x07/posts/escape", f"{base}/posts/" + "x" * 300_000, "http://\\\\/posts/slashes",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def crowded(tmp_path_factory):
    """A newspaper that names bad addresses in every place, an honest one beside it, and a crawl of both."""
    site, honest = servers.SiteServer(), servers.SiteServer()
    archive = crawls.CrawlArchive(tmp_path_factory.mktemp("bad") / "archive")
    bad, page = _bad(site.base), pages.article("The story with pictures")
    pictures = "".join(f'<img src="{each}"><div style="background: url({each})"></div>' for each in bad)
    claims = "".join(f'<link rel="{rel}" href="{bad[n]}">' for n in (0, 8) for rel in ("amphtml", "canonical"))
    data = '{"@type":"NewsArticle","headline":"A \\ud800 story","url":"http://a.example/\\ud800","image":"http://[x"}'
    site.add("/posts/pictures", page.replace(
        b"</head>", f'{claims}<meta property="og:url" content="{bad[2]}"><meta property="og:image" content="{bad[5]}">'
        f'<link rel="stylesheet" href="/a.css"><script type="application/ld+json">{data}</script></head>'.encode()
    ).replace(b"</article>", f'<img src="/first.png">{pictures}<img src="/last.png"></article>'.encode()))  # fmt: skip
    sheet = "".join(f'@import "{each}"; .a {{ background: url("{each}") }}\n' for each in bad[:-2])
    site.add("/a.css", f"{sheet} .b {{ background: url(/of-the-sheet.png) }}".encode(), content_type="text/css")
    moved = []
    for number, each in enumerate(bad):
        if each.isascii() and len(each) < 4000:
            moved.append(f"/posts/moved-{number}")
            site.add(moved[-1], b"", 302, headers={"Location": each})
    in_feed = [each.replace("&", "&amp;") for each in bad if "\x1b" not in each]
    site.add(
        "/feed.xml", pages.feed("", *in_feed, f"{site.base}/posts/of-the-feed"), content_type="application/rss+xml"
    )
    entries = [{"url": each, "title": "T \ud800"} for each in [*bad, "http://a.example/\ud800"]]
    entries.append({"url": f"{site.base}/posts/of-the-other-feed", "title": "A story"})
    other = {"version": "https://jsonfeed.org/version/1.1", "title": "Q \ud800", "items": entries}
    site.add("/feed.json", json.dumps(other).encode(), content_type="application/feed+json")
    places = "".join(f"<url><loc>{each}</loc></url>" for each in [*in_feed, f"{site.base}/posts/of-the-map"])
    site.add("/map.xml", f"<urlset>{places}</urlset>".encode(), content_type="application/xml")
    site.add("/robots.txt", "".join(f"Sitemap: {each}\n" for each in [*bad, f"{site.base}/map.xml"]).encode(),
             content_type="text/plain")  # fmt: skip
    announced = "".join(f'<link rel="alternate" type="application/rss+xml" href="{each}">' for each in bad)
    front = pages.listing("/posts/pictures", *bad, *moved, "/posts/last")
    site.add("/", front.replace(b"</title>", f"</title>{announced}".encode()))
    stories = ["/posts/last", "/posts/of-the-feed", "/posts/of-the-other-feed", "/posts/of-the-map"]
    for path in stories:
        site.add(path, pages.article(f"The story {path.rpartition('/')[2]}"))
    honest.add("/", pages.listing("/posts/honest"))
    honest.add("/posts/honest", pages.article("An honest story"))
    archive.write_sources(
        'contact = "https://example.org/bot"\n'
        f'[sources.quay]\nhomepage = "{site.base}/"\nallow_private = true\ndelay = 0\n'
        f'feeds = ["{site.base}/feed.xml", "{site.base}/feed.json"]\narticle_urls = ["/posts/"]\n'
        f'[sources.honest]\nhomepage = "{honest.base}/"\nallow_private = true\ndelay = 0\narticle_urls = ["/posts/"]\n'
    )
    run = archive.crawl("--max-time", "5m")
    yield SimpleNamespace(site=site, honest=honest, archive=archive, run=run, moved=moved, stories=stories)
    site.close()
    honest.close()


def test_every_honest_story_beside_bad_addresses_is_archived(crowded):
    """On the front page, in two feeds and in robots.txt's sitemap; of both sources; and the run ends by itself."""
    assert crowded.run.code in (0, 3), crowded.run.stderr
    assert "Traceback" not in crowded.run.stderr
    assert "max-time" not in crowded.run.stderr
    found = {url for (url,) in crowded.archive.rows("select url from urls where article_id is not null")}
    own = {f"{crowded.site.base}{path}" for path in (*crowded.stories, "/posts/pictures")}
    assert found == own | {f"{crowded.honest.base}/posts/honest"}
    assert crowded.run.source("honest")["diagnosis"] == "first"


def test_pictures_behind_bad_addresses_are_fetched_and_the_page_is_done(crowded):
    """Those before, after and in a style sheet; nothing is left pending."""
    assert {"/first.png", "/last.png", "/a.css", "/of-the-sheet.png"} <= set(crowded.site.paths())
    assert crowded.archive.rows("select count(*) from urls where requisites_pending = 1 or state = 'leased'") == [(0,)]


def test_a_redirect_to_a_bad_address_is_refused_by_name(crowded):
    """Each settles its own row: refused, or (where it only leads back to the site) as whatever was found there."""
    states = dict(crowded.archive.rows("select url, state || ' ' || reason from urls where url like '%/moved-%'"))
    followed = {f"{crowded.site.base}{path}" for path in crowded.moved} - set(states)
    assert not followed
    wrong = {
        url: state
        for url, state in states.items()
        if state not in ("refused redirect", "failed redirects", "gone answered 404")
    }
    assert not wrong


def test_no_bad_address_is_written_as_text_that_later_readers_choke_on(crowded):
    """Neither in the frontier nor as an article's canonical address; search and status read the archive."""
    urls = [url for (url,) in crowded.archive.rows("select url from urls")]
    assert [url for url in urls if not is_address(url)] == []
    assert crowded.archive.rows("select canonical_url from articles where canonical_url is not null") == []
    assert crowded.archive.run("search", "harbour", "--json").returncode == 0
    assert crowded.archive.run("status").returncode == 0


def test_bad_addresses_in_the_database_settle_their_own_rows(tmp_path):
    """Rows of every kind that an older version wrote: refused with a word, and no other address is kept from its turn."""
    site, archive = servers.SiteServer(), crawls.CrawlArchive(tmp_path / "archive")
    site.add("/", pages.listing("/posts/first"))
    site.add("/posts/first", pages.article("The first story"))
    archive.sources_for(site)
    assert archive.crawl("--max-time", "5m").code == 0
    bad = [each for each in _bad(site.base) if len(each) < 4000] + [f"{site.base}/posts/" + "x" * 300_000]
    connection = sqlite3.connect(archive.root / "talkscraper.db")
    with connection:
        for kind in ("article", "feed", "sitemap", "listing", "homepage"):
            for state in ("due", "leased", "done", "failed"):
                connection.executemany(
                    "insert or ignore into urls (url, urlkey, source_id, kind, state, next_due, priority, "
                    "discovered_at, discovered_via, last_listed_at, requisites_pending) "
                    "values (?, ?, 'quay', ?, ?, ?, 100, ?, 'x', ?, ?)",
                    [(f"{url}#{kind}{state}", url, kind, state, HOURS_OFF, HOURS_OFF, HOURS_OFF, state == "done")
                     for url in bad],
                )  # fmt: skip
    connection.close()
    site.add("/", pages.listing("/posts/first", "/posts/second"))
    site.add("/posts/second", pages.article("The second story"))
    run = archive.crawl("quay", "--max-time", "5m")
    assert "Traceback" not in run.stderr
    assert run.source()["new"] == 1
    rows = archive.rows("select state, reason, count(*) from urls where url like '%#%' group by 1, 2")
    assert rows == [("refused", "not-an-address", len(bad) * 20)]
    assert archive.rows("select count(*) from fetch_failures where error = 'not-an-address'") != [(0,)]
    assert all(asked.path in ("/", "/posts/first", "/posts/second", "/robots.txt") for asked in site.log)
    again = archive.crawl("quay", "--max-time", "5m")
    assert (again.code, again.source()["failed"]) == (0, 0)
    site.close()
