"""``sources add`` and ``sources check`` ask nobody whom a crawl wouldn't ask, whatever a newsroom names."""

from datetime import UTC, datetime

import pytest

from talkscraper.discovery.source_setup import add_url, check
from talkscraper.discovery.survey import SiteSurvey
from talkscraper.errors import SourceUnreachable, UsageError
from tests.support.raw_server import Answer, RawServer

MISSING = Answer([b"HTTP/1.1 404 None\r\nContent-Length: 0\r\n\r\n"], "close")
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STORIES = "".join(
    f'<li><a href="/2026/03/0{n}/the-wall-is-higher-by-{n}-feet">The wall is higher by {n} feet</a></li>'
    for n in range(1, 8)
)


@pytest.fixture
def newsroom():
    with RawServer(otherwise=MISSING) as server:
        yield server


@pytest.fixture
def neighbour():
    """Another server on the same machine: a printer's settings, a database."""
    with RawServer(otherwise=MISSING) as server:
        server.page("/", f"<ul>{STORIES}</ul>")
        yield server


@pytest.fixture
def toml(tmp_path):
    path = tmp_path / "sources.toml"
    path.write_text('contact = "https://example.org/us"\n')
    return path


def _lure(newsroom, other):
    """A front page, robots.txt, feed and sitemap that all lead to another server."""
    announced = "".join(
        f'<link rel="alternate" type="application/rss+xml" href="{each}">' for each in (f"{other}/feed", "/moved")
    )
    newsroom.page(
        "/robots.txt", f"User-agent: *\nAllow: /\nSitemap: {other}/map.xml\nSitemap: /index.xml\n", "text/plain"
    )
    newsroom.page("/", f"<html><head>{announced}</head><nav><a href='{other}/news/'>News</a></nav><ul>{STORIES}</ul>")
    newsroom.moved("/moved", f"{other}/feed")
    newsroom.page(
        "/index.xml", f"<sitemapindex><sitemap><loc>{other}/more.xml</loc></sitemap></sitemapindex>", "text/xml"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "127.1"])
def test_add_with_allow_private_leaves_the_neighbours_alone(newsroom, neighbour, toml, host):
    """Not one connection to another port of the machine, by any name; the newsroom itself is added."""
    _lure(newsroom, f"http://{host}:{neighbour.port}")
    added = add_url(toml, newsroom.base, now=NOW, allow_private=True)
    assert neighbour.connections == 0
    assert "allow_private = true" in added.block
    assert str(neighbour.port) not in added.block


def test_check_leaves_the_neighbours_alone(newsroom, neighbour, toml):
    """What leads there is a problem that is named; the rest of the survey goes on."""
    _lure(newsroom, neighbour.base)
    toml.write_text(
        f"{toml.read_text()}[sources.quay]\nhomepage = '{newsroom.base}/'\nallow_private = true\ndelay = 0\n"
    )
    (found,) = check(toml, (), now=NOW)
    assert isinstance(found, SiteSurvey)
    assert neighbour.connections == 0
    assert not found.failed
    assert any("own hosts and ports" in problem for problem in found.problems)


def test_a_port_that_the_source_names_is_asked(newsroom, neighbour, toml):
    """A feed of sources.toml on another port is the source's own, as in a crawl."""
    _lure(newsroom, newsroom.base)
    neighbour.page("/feed", "<rss><channel><title>Q</title></channel></rss>", "application/rss+xml")
    toml.write_text(
        f"{toml.read_text()}[sources.quay]\nhomepage = '{newsroom.base}/'\nallow_private = true\ndelay = 0\n"
        f"feeds = ['{neighbour.base}/feed']\n"
    )
    list(check(toml, (), now=NOW))
    assert "/feed" in neighbour.paths


def test_a_homepage_that_leads_to_a_neighbour_is_not_followed(newsroom, neighbour, toml):
    """Neither by add, which looks where a newsroom has moved to, nor by check."""
    newsroom.moved("/", f"{neighbour.base}/")
    with pytest.raises(SourceUnreachable, match="own hosts and ports"):
        add_url(toml, newsroom.base, now=NOW, allow_private=True)
    toml.write_text(
        f"{toml.read_text()}[sources.quay]\nhomepage = '{newsroom.base}/'\nallow_private = true\ndelay = 0\n"
    )
    (found,) = check(toml, (), now=NOW)
    assert isinstance(found, SiteSurvey)
    assert found.failed
    assert neighbour.connections == 0


def test_check_follows_no_redirect_to_another_site(newsroom, toml):
    """As a crawl doesn't; of the homepage it says what to do."""
    newsroom.moved("/", "https://other.invalid/")
    toml.write_text(
        f"{toml.read_text()}[sources.quay]\nhomepage = '{newsroom.base}/'\nallow_private = true\ndelay = 0\n"
    )
    (found,) = check(toml, (), now=NOW)
    assert isinstance(found, SiteSurvey)
    assert any("https://other.invalid/, another site: make that the homepage" in each for each in found.problems)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:99999/", "http://[::1/", "http://127.0.0.1: 80/", "ftp://a.example/", "http://a..b/"]
)
def test_a_redirect_to_what_is_no_address_is_a_problem_and_no_crash(newsroom, toml, target):
    """Of the homepage and of robots.txt."""
    newsroom.moved("/", target)
    with pytest.raises(SourceUnreachable):
        add_url(toml, newsroom.base, now=NOW, allow_private=True)
    newsroom.page("/", f"<ul>{STORIES}</ul>")
    newsroom.moved("/robots.txt", target)
    with pytest.raises(SourceUnreachable, match=r"robots\.txt"):
        add_url(toml, newsroom.base, now=NOW, allow_private=True)


@pytest.mark.parametrize(
    "typed", ["http://127.0.0.1:99999/", "http://[::1", "http:///", "javascript:alert(1)", "http://a b/"]
)
def test_a_mistyped_address_is_refused_before_anybody_is_asked(toml, typed):
    """As a wrong command line."""
    with pytest.raises(UsageError, match="homepage"):
        add_url(toml, typed, now=NOW, allow_private=True)
