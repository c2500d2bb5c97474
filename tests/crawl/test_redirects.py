"""Where pages lead: redirects as servers really send them, cookies that they want back, and loops."""

import gzip

import pytest

from tests.support import pages
from tests.support.servers import Reply

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own


def _moved(location, **headers):
    """A redirect whose Location has exactly these bytes."""
    raw = location if isinstance(location, bytes) else location.encode()
    return Reply(b"", 302, headers={"Location": raw.decode("latin-1"), **headers})


def _urls_of_articles(archive):
    return {url.rpartition("/")[2] for (url,) in archive.rows("select url from articles")}


def _aliases(archive):
    rows = archive.rows("select aliases.url, articles.url from aliases join articles on articles.id = article_id")
    return {old.rpartition("/")[2]: new.rpartition("/")[2] for old, new in rows}


def test_the_bytes_of_a_location_lead_to_the_same_page_in_crawl_rows_and_import(archive, site, tmp_path):
    """Raw UTF-8 and Latin-1 bytes, a fragment, backslashes: followed, stored and found again under one spelling."""
    leads = {
        "utf": ("/posts/dyke-über-noon".encode(), "dyke-%C3%BCber-noon"),
        "latin": ("/posts/dyke-über-dusk".encode("latin-1"), "dyke-%FCber-dusk"),
        "anchor": (b"/posts/dyke-at-dawn#comments", "dyke-at-dawn"),
        "backslash": (b"\\posts\\dyke-at-night", "dyke-at-night"),
    }
    site.add("/", pages.listing(*(f"/posts/{name}" for name in leads), "\\posts\\lock-gate"))
    for number, (name, (location, address)) in enumerate(leads.items()):
        site.pages[f"/posts/{name}"] = _moved(location)
        site.add(f"/posts/{address}", pages.article(f"Report number {number} on the dyke"))
    site.add("/posts/lock-gate", pages.article("The lock gate stands open"))
    archive.sources_for(site, extra="requisites = false\nsitemaps = []\nfeeds = []")
    run = archive.crawl()
    assert run.code == 0, run.stderr
    assert _urls_of_articles(archive) == {address for _, address in leads.values()} | {"lock-gate"}
    assert _aliases(archive) == {name: address for name, (_, address) in leads.items()}
    targets = archive.rows("select redirect_to from captures where redirect_to is not null")
    assert {target for (target,) in targets} == {f"{site.base}/posts/{address}" for _, address in leads.values()}

    imported = type(archive)(tmp_path / "imported")
    imported.write_sources('contact = "https://example.org/bot"\n')
    assert imported.run("import", str(archive.root / "warc")).returncode == 0
    assert _aliases(imported) == _aliases(archive)


def test_a_cookie_set_by_a_redirect_to_itself_is_sent_back_and_redacted(archive, site):
    """It lives for the one chain: every page is asked for twice, and the WARC doesn't show its value."""

    def gate(page):
        def answer(headers):
            known = "pass=harbourmaster" in headers.get("cookie", "")
            return Reply(page) if known else _moved("?", **{"Set-Cookie": "pass=harbourmaster; Path=/"})

        return answer

    site.pages["/"] = gate(pages.listing("/posts/one-wall"))
    site.pages["/posts/one-wall"] = gate(pages.article("One wall too many"))
    archive.sources_for(site, extra="requisites = false\nsitemaps = []\nfeeds = []")
    run = archive.crawl()
    assert run.code == 0, run.stderr
    assert run.source()["new"] == 1
    assert [path for path in site.paths() if path.startswith("/posts/")] == ["/posts/one-wall"] * 2
    assert archive.rows("select count(*) from aliases") == [(0,)]
    (warc,) = (archive.root / "warc").glob("*.warc.gz")
    kept = gzip.decompress(warc.read_bytes())
    assert kept.count(b"Cookie: [redacted]") == 2
    assert b"Cookie: pass=" not in kept.replace(b"Set-Cookie: pass=", b"")


def test_a_redirect_loop_is_told_at_the_second_identical_response(archive, site):
    """Two requests, not eleven, and a sentence that says what happens."""
    site.pages["/"] = _moved("/")
    archive.sources_for(site, extra="sitemaps = []\nfeeds = []")
    run = archive.crawl()
    assert run.code == 3
    assert site.paths().count("/") == 2
    assert f"a redirect loop: {site.base}/ leads to itself" in run.stderr
