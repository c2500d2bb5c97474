"""``init`` and ``sources``: from nothing to a newsroom that is crawled whole, and every refusal on the way."""

import json
import sqlite3
from types import SimpleNamespace

import pytest

from talkscraper.fixture_site import FixtureSite
from talkscraper.fixture_site.reply import Reply, html_page, not_found
from talkscraper.fixture_site.stories import edition
from tests.support import cli


def _refused(done, code, *words):
    assert done.returncode == code, done.stderr + done.stdout
    told = [line for line in done.stderr.splitlines() if line.startswith("talkscraper: ")]
    assert len(told) == 1, done.stderr
    assert all(word in told[0] for word in words), told
    assert "Traceback" not in done.stderr


pytestmark = pytest.mark.timeout(400)  # each command is a process of its own


class Odd:
    """A site that a test describes."""

    name = "odd"
    day = 0

    def __init__(self, **pages):
        self.pages = pages

    def answer(self, target, _base):
        return self.pages.get(target, not_found())


@pytest.fixture
def newsroom():
    with FixtureSite() as running:
        yield running


@pytest.fixture
def archive(tmp_path):
    path = tmp_path / "archive"
    done = cli.run(path, "init", "--contact", "https://example.org/us")
    assert done.returncode == 0, done.stderr
    return path


def test_init_makes_an_archive_and_never_overwrites_one(tmp_path):
    """Folders and a sources.toml with Talk of Nations; the second time, one line and exit code 2."""
    path = tmp_path / "a b"
    done = cli.run(path, "init")
    assert done.returncode == 0
    assert "contact" in done.stdout
    assert {each.name for each in path.iterdir()} == {"sources.toml", "warc", "index", "exports", "reports"}
    (path / "sources.toml").write_text("# mine\n")
    _refused(cli.run(path, "init"), 2, "is there already")
    assert (path / "sources.toml").read_text() == "# mine\n"
    _refused(cli.run(tmp_path / "other", "init", "--contact", "nobody"), 2, "--contact")
    assert not (tmp_path / "other").exists()


def test_a_homepage_becomes_a_block_with_which_everything_is_crawled(newsroom, archive):
    """Both bundled newspapers, from their address alone: every story that they hold is archived by one crawl."""
    for home, name in ((newsroom.talk_url, "talk"), (newsroom.minato_url, "minato")):
        added = cli.run(archive, "sources", "add", home, "--allow-private", "--id", name, "--json")
        assert added.returncode == 0, added.stderr
    (draft,) = json.loads(added.stdout)["sources"]
    assert (draft["name"], draft["language"], draft["allow_private"]) == ("港新聞", "ja", True)
    assert draft["feeds"] == [f"{newsroom.minato_url}feed.rdf"]
    assert draft["sitemaps"] == [f"{newsroom.minato_url}sitemap-index.xml"]
    listed = json.loads(cli.run(archive, "sources", "list", "--json").stdout)
    talk = next(each for each in listed["sources"] if each["id"] == "talk")
    assert talk["name"] == "Talk of Harbours"
    assert talk["article_urls"] == ["/posts/[^/?#]+$"]
    assert talk["sections"] == [f"{newsroom.talk_url}{each}" for each in ("fashion", "gadgets", "lifestyle")]
    crawled = cli.run(archive, "crawl", "talk", "minato")
    assert crawled.returncode == 0, crawled.stderr
    connection = sqlite3.connect(archive / "talkscraper.db")
    urls = {url for (url,) in connection.execute("select url from articles")}
    connection.close()
    stories = {f"{newsroom.talk_url}posts/{each.slug}" for each in edition("talk_of_harbours", 0).stories}
    stories |= {f"{newsroom.minato_url}news/{each.slug}.html" for each in edition("minato_shimbun", 0).stories}
    assert urls == stories


def test_check_says_what_each_newsroom_offers_now(newsroom, archive):
    """Robots, seeds with their counts, samples; exit code 3 when one of them fails, and the others are told."""
    assert cli.run(archive, "sources", "add", newsroom.minato_url, "--allow-private", "--id", "minato").returncode == 0
    with (archive / "sources.toml").open("a") as handle:
        handle.write('\n[sources.dead]\nhomepage = "http://127.0.0.1:9/"\nallow_private = true\n')
    fine = cli.run(archive, "sources", "check", "minato", "--json")
    (found,) = json.loads(fine.stdout)["sources"]
    assert (fine.returncode, found["failed"], found["robots"], found["language"]) == (0, False, "rules", "ja")
    kinds = {each["kind"]: each["articles"] for each in found["seen"] if each["articles"]}
    assert kinds == {"homepage": 5, "feed": 5, "sitemap": len(edition("minato_shimbun", 0).stories)}
    both = cli.run(archive, "sources", "check", "minato", "dead")
    assert both.returncode == 3
    assert "sitemap-index.xml" in both.stdout
    assert "dead  http://127.0.0.1:9/" in both.stdout
    assert "refused" in both.stdout
    _refused(cli.run(archive, "sources", "check", "nobody"), 2, "no source 'nobody'", "minato")
    assert cli.run(archive, "sources", "list").stdout.count("\n") == 3


def test_an_opml_file_adds_its_newsrooms_without_asking_anybody(archive, tmp_path):
    """One block per site with its feeds; what is there already is left out, and a second time there is nothing to add."""
    file = tmp_path / "coast.opml"
    file.write_text(
        '<opml version="2.0"><body><outline text="Coast"><outline text="The Quay" xmlUrl="https://quay.example/feed"/>'
        '<outline text="Talk" xmlUrl="https://www.talkofnations.com/feed"/></outline></body></opml>'
    )
    added = cli.run(archive, "sources", "add", str(file), "--json")
    assert added.returncode == 0, added.stderr
    told = json.loads(added.stdout)
    assert [(each["id"], each["feeds"]) for each in told["sources"]] == [("quay", ["https://quay.example/feed"])]
    assert "talkofnations" in told["left_out"][0]
    _refused(cli.run(archive, "sources", "add", str(file)), 2, "already")
    file.write_text("<html>no list</html>")
    _refused(cli.run(archive, "sources", "add", str(file)), 1, "not an OPML file")
    _refused(cli.run(archive, "sources", "add", str(tmp_path / "none.opml")), 2, "can't read")


def test_what_cannot_be_added_is_refused_and_nothing_is_written(newsroom, archive):
    """Private without being told so, there already, not answering, without articles, forbidden, a bad name."""
    before = (archive / "sources.toml").read_text()
    robots = Reply(200, "text/plain", b"User-agent: *\nDisallow: /\n")
    sites = SimpleNamespace(
        bare=Odd(**{"/": html_page("<html><body><p>Under construction</p></body></html>")}),
        shut=Odd(
            **{"/robots.txt": robots, "/": html_page("<a href='/posts/a-story-of-the-sea'>A story of the sea</a>")}
        ),
        broken=Odd(**{"/robots.txt": Reply(500, "text/plain", b"oops")}),
    )
    with FixtureSite(sites=tuple(vars(sites).values())) as odd:
        bare, shut, broken = odd.homepages
        _refused(cli.run(archive, "sources", "add", bare), 2, "--allow-private")
        _refused(
            cli.run(archive, "sources", "add", bare, "--allow-private"), 3, "no articles found", "nothing was written"
        )
        _refused(cli.run(archive, "sources", "add", shut, "--allow-private"), 3, "robots.txt disallows")
        _refused(cli.run(archive, "sources", "add", broken, "--allow-private"), 3, "unreachable (answered 500)")
    _refused(cli.run(archive, "sources", "add", "http://127.0.0.1:9/", "--allow-private"), 3, "127.0.0.1:9")
    _refused(
        cli.run(archive, "sources", "add", newsroom.talk_url, "--allow-private", "--id", "talkofnations"), 2, "already"
    )
    _refused(
        cli.run(archive, "sources", "add", newsroom.talk_url, "--allow-private", "--id", "../evil"), 2, "can't name"
    )
    _refused(
        cli.run(archive, "sources", "add", "https://www.talkofnations.com.invalid/"),
        3,
        "www.talkofnations.com.invalid: its name ",
    )
    _refused(cli.run(archive.parent / "nowhere", "sources", "add", newsroom.talk_url), 1, "init")
    assert (archive / "sources.toml").read_text() == before


def test_a_public_newsroom_is_not_asked_without_a_contact(tmp_path):
    """Who asks must say who asks; a literal public address, so that no name is looked up."""
    path = tmp_path / "archive"
    assert cli.run(path, "init").returncode == 0
    _refused(cli.run(path, "sources", "add", "http://192.0.1.7/"), 2, "has no contact")
