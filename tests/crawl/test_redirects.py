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


def _refresh(content, *, head=""):
    markup = f'<html><head>{head}<meta http-equiv="refresh" content="{content}"></head><body>One moment</body></html>'
    return Reply(markup.encode())


def test_pages_that_lead_on_are_followed_like_redirects(archive, site, tmp_path):
    """By Refresh header, meta refresh, one frame, an iframe and nothing else: alias, both captures, also by import."""
    stubs = {
        "header": Reply(b"", headers={"Refresh": "0; url=/posts/header-told"}),
        "meta": _refresh("3; URL='meta-told'"),
        "frame": Reply(b'<html><frameset rows="100%,*"><frame src="/posts/frame-told"></frameset></html>'),
        "iframe": Reply(b'<html><body><script>1</script><iframe src="iframe-told"></iframe></body></html>'),
    }
    site.pages["/"] = _refresh("0; url=/front.html")
    site.add("/front.html", pages.listing(*(f"/posts/{name}" for name in stubs)))
    for number, (name, stub) in enumerate(stubs.items()):
        site.pages[f"/posts/{name}"] = stub
        site.add(f"/posts/{name}-told", pages.article(f"Tale number {number} of the lock keeper"))
    archive.sources_for(site, extra="requisites = false\nsitemaps = []\nfeeds = []")
    run = archive.crawl()
    assert run.code == 0, run.stderr
    assert _aliases(archive) == {name: f"{name}-told" for name in stubs}
    kept = {url.rpartition("/")[2] for (url,) in archive.rows("select url from captures where status = 200")}
    assert kept >= {*stubs, *(f"{name}-told" for name in stubs), "", "front.html"}

    imported = type(archive)(tmp_path / "imported")
    imported.write_sources('contact = "https://example.org/bot"\n')
    assert imported.run("import", str(archive.root / "warc")).returncode == 0
    assert _aliases(imported) == _aliases(archive)
    columns = "select url, refresh_to, page_kind from captures where asked_as = 'article' order by url"
    assert imported.rows(columns) == archive.rows(columns)


def test_a_page_with_content_of_its_own_is_not_left(archive, site):
    """A reload, a long delay, a way on for readers without scripts: the article stays that of its page."""
    heads = {
        "reloads": '<meta http-equiv="refresh" content="5">',
        "later": '<meta http-equiv="refresh" content="300; url=/other">',
        "quiet": '<noscript><meta http-equiv="refresh" content="0; url=/other"></noscript>',
        "away": '<meta http-equiv="refresh" content="9; url=http://elsewhere.example/">',
    }
    site.add("/", pages.listing(*(f"/posts/{name}" for name in heads)))
    for number, (name, head) in enumerate(heads.items()):
        page = pages.article(f"Number {number} in the harbour's log").replace(b"<head>", b"<head>" + head.encode(), 1)
        assert head.encode() in page
        site.add(f"/posts/{name}", page)
    archive.sources_for(site, extra="requisites = false\nsitemaps = []\nfeeds = []")
    run = archive.crawl()
    assert run.code == 0, run.stderr
    assert _urls_of_articles(archive) == set(heads)
    assert "/other" not in site.paths()
    assert len([path for path in site.paths() if path.startswith("/posts/")]) == len(heads)


def test_refreshes_end_off_site_and_in_a_loop(archive, site):
    """They are bounded as redirects are, and the reason is told."""
    site.add("/", pages.listing("/posts/away", "/posts/round"))
    site.pages["/posts/away"] = _refresh("0; url=http://elsewhere.example/")
    site.pages["/posts/round"] = _refresh("0; url=/posts/trip")
    site.pages["/posts/trip"] = _refresh("0; url=/posts/round")
    archive.sources_for(site, extra="requisites = false\nsitemaps = []\nfeeds = []")
    run = archive.crawl()
    fates = dict(archive.rows("select url, reason from urls where kind = 'article'"))
    assert fates == {f"{site.base}/posts/away": "redirect", f"{site.base}/posts/round": "redirects"}
    assert "a redirect loop" in run.stderr
    assert site.paths().count("/posts/round") == 2
