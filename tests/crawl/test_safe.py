"""Safe from the page: one test per danger. The dangers all stand on one newspaper, which is crawled once."""

import gzip
import zlib
from types import SimpleNamespace

import brotli
import pytest

from tests.support import crawls, pages, servers

pytestmark = pytest.mark.timeout(400)  # each crawl is a process of its own

BOMB = bytes(64 << 20)


@pytest.fixture(scope="module")
def trapped(tmp_path_factory):
    """A newspaper full of traps, a private neighbour, and the crawl of it."""
    site, spy, archive = (
        servers.SiteServer(),
        servers.SiteServer(),
        crawls.CrawlArchive(tmp_path_factory.mktemp("safe") / "archive"),
    )
    neighbour = spy.base.replace("127.0.0.1", "localhost")
    spy.add("/a.png", b"secret", content_type="image/png")
    stories = {
        "/posts/fine": (pages.article("A story without a trap"), 200, {}),
        "/posts/metadata": (b"", 302, {"Location": "http://169.254.169.254/latest/meta-data/"}),
        "/posts/elsewhere": (b"", 302, {"Location": f"{neighbour}/a.png"}),
        "/posts/file": (b"", 302, {"Location": "file:///etc/passwd"}),
        "/posts/escape": (b"", 302, {"Location": "http://\x1b]0;evil\x07.example/"}),
        "/posts/spy": (
            pages.article("The story with a spy").replace(
                b"</article>", f'<img src="{neighbour}/a.png"></article>'.encode()
            ),
            200,
            {},
        ),
        "/posts/port": (b"", 302, {"Location": f"{spy.base}/a.png"}),
        "/posts/neighbour": (
            pages.article("The story with a neighbour").replace(
                b"</article>", f'<img src="{spy.base}/a.png"></article>'.encode()
            ),
            200,
            {},
        ),
        "/posts/gzip": (gzip.compress(BOMB), 200, {"Content-Encoding": "gzip"}),
        "/posts/br": (brotli.compress(BOMB, quality=5), 200, {"Content-Encoding": "br"}),
        "/posts/deflate": (zlib.compress(BOMB), 200, {"Content-Encoding": "deflate"}),
        "/posts/large": (b"<html>" + b"x" * (17 << 20), 200, {}),
        "/posts/loop": (b"", 302, {"Location": "/posts/loop?again"}),
        "/posts/" + "a" * 4000: (pages.article("A story with a long name"), 200, {}),
    }
    for path, (body, status, headers) in stories.items():
        site.add(path, body, status, headers=headers)
    site.add("/", pages.listing(*stories))
    archive.sources_for(site)
    run = archive.crawl()
    yield SimpleNamespace(site=site, spy=spy, archive=archive, run=run, paths=set(site.paths()))
    site.close()
    spy.close()


def _fate(trapped, name):
    return trapped.archive.rows("select state, reason from urls where url = ?", f"{trapped.site.base}/posts/{name}")


def test_the_crawl_survives_all_of_it_and_keeps_what_is_sound(trapped):
    """Three stories are archived; the run says that some pages failed, without a traceback."""
    assert trapped.run.code == 3, trapped.run.stderr
    assert trapped.run.source()["new"] == 3
    assert "Traceback" not in trapped.run.stderr


@pytest.mark.parametrize("name", ["metadata", "elsewhere"])
def test_a_redirect_to_another_host_is_not_followed(trapped, name):
    """A page can't send the crawl to another machine, nor to a cloud's metadata service."""
    assert _fate(trapped, name) == [("refused", "redirect")]
    assert trapped.archive.rows("select count(*) from captures where url like '%169.254%'") == [(0,)]


def test_a_redirect_to_another_scheme_is_not_followed(trapped):
    """file:, ftp:, data: and javascript: have no exchange, and no business here."""
    assert _fate(trapped, "file") == [("refused", "redirect")]


def test_a_picture_on_a_private_address_is_not_fetched(trapped):
    """The source may be private; what its pages point to may not: by another name for the machine, or at another port."""
    assert trapped.spy.log == []
    assert _fate(trapped, "port") == [("refused", "address")]


@pytest.mark.parametrize("coding", ["gzip", "br", "deflate"])
def test_a_bomb_is_cut_and_costs_one_page(trapped, coding):
    """64 MiB in a few kilobytes: never unpacked beyond the limit."""
    assert _fate(trapped, coding) == [("failed", "too-large")]


def test_a_body_beyond_the_limit_is_cut(trapped):
    """16 MiB and no more."""
    assert _fate(trapped, "large") == [("failed", "too-large")]


def test_a_redirect_loop_ends(trapped):
    """Ten hops, one line."""
    assert _fate(trapped, "loop") == [("failed", "redirects")]
    assert sum(path.startswith("/posts/loop") for path in trapped.site.paths()) <= 12


def test_a_url_without_end_is_refused(trapped):
    """2083 characters are enough for any article."""
    assert all(len(path) < 2100 for path in trapped.paths)
    assert trapped.archive.rows("select max(length(url)) < 2083 from urls") == [(1,)]


def test_a_page_cannot_write_into_the_log_or_the_terminal(trapped):
    """An escape sequence in an address stays a harmless character."""
    assert "\x1b]0" not in trapped.run.stderr + trapped.run.stdout
    assert "\x07" not in trapped.run.stderr + trapped.run.stdout


def test_a_private_source_that_does_not_say_so_is_refused(archive, quay):
    """Without allow_private not one byte is sent: by name, by number in any spelling, nor mapped into IPv6."""
    spellings = {
        name: quay.base.replace("127.0.0.1", host)
        for name, host in {
            "number": "127.0.0.1", "name": "localhost", "decimal": "2130706433", "octal": "0177.0.0.1", "short": "127.1",
            "zero": "0.0.0.0", "mapped": "[::ffff:127.0.0.1]", "six": "[::1]", "nat64": "[64:ff9b::7f00:1]",
        }.items()
    }  # fmt: skip
    archive.write_sources(
        "\n".join(
            ['contact = "https://example.org"']
            + [
                f'[sources.{name}]\nname = "{name}"\nhomepage = "{home}/"\ndelay = 0'
                for name, home in spellings.items()
            ]
        )
    )
    run = archive.crawl()
    assert run.code == 3
    for name in spellings:
        assert "private address" in run.source(name)["detail"]
        assert "allow_private" in run.source(name)["detail"]
    assert quay.log == []


def test_a_public_address_is_not_asked_without_a_contact(archive, quay):
    """Not as a source (usage error, one line), and not as a picture of a private one."""
    archive.write_sources('[sources.quay]\nname = "Q"\nhomepage = "https://quay.example/"\n')
    run = archive.run("crawl")
    assert run.returncode == 2
    assert "contact" in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1
    quay.add(
        "/posts/story-1", pages.article("One").replace(b"</article>", b"<img src=http://192.0.2.7/a.png></article>")
    )
    archive.sources_for(quay, top="")
    allowed = archive.crawl()
    assert (allowed.code, allowed.source()["new"]) == (0, 2), allowed.stderr


def test_a_calendar_without_end_ends(archive, site):
    """Every page links to the next day and to a new session, every sitemap to another: the crawl stops by itself."""

    class Endless(dict):
        def get(self, path, default=None):
            n = len(site.log)
            if path == "/robots.txt":
                return servers.Reply(f"Sitemap: {site.base}/maps/0.xml".encode(), content_type="text/plain")
            if path.startswith("/maps/"):
                inner = f"<sitemap><loc>{site.base}/maps/{n}.xml</loc></sitemap>" * 3
                return servers.Reply(f"<sitemapindex>{inner}</sitemapindex>".encode(), content_type="application/xml")
            return servers.Reply(
                pages.listing(f"/calendar?day={n + 1}", f"/calendar/{n}/", f"/?session={n}", f"/page/{n}")
            )

    site.pages = Endless()
    archive.write_sources(
        f'contact = "https://example.org"\n[sources.quay]\nname = "Q"\nhomepage = "{site.base}/"\ndelay = 0\n'
        "allow_private = true\nrequisites = false\n"
    )
    run = archive.crawl("--max-time", "60")
    assert run.summary["reason"] == "done", "it ended by itself, not by its budget"
    assert len(site.log) < 1000
    assert sum(path.startswith("/maps/") for path in site.paths()) <= 5
