"""A filter value that no article can have is refused, and one that none has is said, wherever filters are written."""

import html
import json

import pytest

from talkscraper.errors import QueryError
from talkscraper.fields import ACCESS_VALUES, FILTERED, FILTERS, KINDS_OF_ARTICLES
from talkscraper.model import Access, PageKind
from talkscraper.store.articles import hide_article
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.search import search
from tests.support.archives import SITE, extraction, published, store
from tests.support.cli import run_here
from tests.support.clock import at

CLOSED = {each.name: each for each in FILTERS if each.values}
WRONG = [("access", "paywaled", "paywalled"), ("type", "galery", "gallery")]


@pytest.fixture
def archive(built):
    """Two articles, one of which only the free part was captured of."""
    for number, section in enumerate(("Harbour affairs", "Sport")):
        url = f"{SITE}/{number}"
        capture = built.respond(url, "2025-10-01", f"<p>{number}")
        fields = {"section": section, "published": published("2025-10-01"), "access": Access.PAYWALLED}
        store(
            built,
            capture,
            extraction(url, "Wall", f"The wall {number} holds.", **fields, truncated=number == 1),
            "quay",
        )
    return built.done()


def test_the_values_are_those_that_rows_have():
    """What the filters declare is what extraction gives."""
    assert list(ACCESS_VALUES) == [each.value for each in Access]
    assert [PageKind(each) for each in KINDS_OF_ARTICLES] == [
        PageKind.ARTICLE, PageKind.LIVE, PageKind.GALLERY, PageKind.PAYWALL_STUB,
    ]  # fmt: skip
    assert {filter_.name for _, filter_ in FILTERED if filter_.values} >= {"access", "type", "change", "truncated"}


@pytest.mark.parametrize(
    ("name", "value", "nearest"), [*WRONG, ("change", "numberz", "number"), ("truncated", "2", "1")]
)
def test_in_a_query_the_nearest_value_and_all_are_named(name, value, nearest):
    with pytest.raises(QueryError) as e:
        prepare(SearchRequest(text=f"wall {name}:{value}"))
    assert f"{value!r}; did you mean {nearest}? (there are " in str(e.value) or f"there are {nearest}" in str(e.value)
    with pytest.raises(QueryError):
        prepare(SearchRequest(text=f"{name}:({nearest} OR {value})"))


@pytest.mark.parametrize(("name", "value", "nearest"), WRONG)
def test_as_an_option_a_parameter_and_an_alert_alike(archive, serve, name, value, nearest):
    """The commands exit with 2; pages say it; addresses of files and the API answer 400."""
    root = archive.root
    option = CLOSED[name].option
    for command in (("search", "wall"), ("timeline", "wall"), ("kwic", "wall"), ("export", str(root / "out.csv"))):
        done = run_here(root, *command, option, value)
        assert (done.returncode, f"did you mean {nearest}?" in done.stderr) == (2, True), command
    (root / "alerts.toml").write_text(f'[alerts.a]\nquery = "wall"\n{name} = "{value}"\nto = "file"')
    assert f"did you mean {nearest}?" in run_here(root, "alerts").stderr
    served = serve(archive)
    for path in ("/", "/timeline", "/kwic"):
        page = html.unescape(served.get(f"{path}?q=wall&{name}={value}").text)
        assert f"did you mean {nearest}?" in page, path
        assert f"<option selected>{value}</option>" in page
    for path in ("/export.csv", "/feed.atom", "/timeline.csv", "/kwic.csv", "/api/search", "/api/timeline"):
        reply = served.get(f"{path}?q=wall&{name}={value}")
        assert (reply.status, nearest in reply.text) == (400, True), path
    assert served.get(f"/api/search?q=wall&{name}={nearest.upper()}").status == 200


def test_an_option_has_the_other_words_of_its_filter(archive):
    """``kind:`` and ``language:`` of the query language are options too."""
    done = run_here(archive.root, "search", "wall", "--kind", "galery")
    assert (done.returncode, "did you mean gallery?" in done.stderr) == (2, True)
    assert run_here(archive.root, "search", "wall", "--kind", "article", "--language", "en").returncode == 0


def test_kinds_of_change_are_refused_by_the_interface_with_their_list(archive, serve):
    reply = serve(archive).get("/api/changes?kind=sauce")
    assert (reply.status, "quote-removed" in reply.text) == (400, True)


def test_truncated_takes_yes_and_no(archive):
    connection = open_reader(archive.database)
    found = {
        value: {hit.url[-1] for hit in search(connection, SearchRequest(text=f"wall truncated:{value}")).hits}
        for value in ("1", "yes", "0", "no")
    }
    assert found == {"1": {"1"}, "yes": {"1"}, "0": {"0"}, "no": {"0"}}
    connection.close()


@pytest.mark.parametrize("written", ["q=wall+section:Harbor-affairs", "q=wall&section=Harbor-affairs"])
def test_a_value_that_no_article_has_is_said_with_the_nearest(archive, serve, written):
    """On every page of a search, and by the API; a value in use is no news."""
    served = serve(archive)
    said = "The archive has no articles with the section 'Harbor-affairs'; did you mean 'Harbour affairs'?"
    for path in ("/", "/timeline", "/kwic"):
        assert said in html.unescape(served.get(f"{path}?{written}").text), path
    assert said in json.loads(served.get(f"/api/search?{written}").text)["notes"]
    assert "no articles with" not in served.get("/?q=wall&section=sport").text


def test_a_value_of_a_hidden_article_is_not_suggested(built, serve):
    """What was taken down names nothing."""
    url = f"{SITE}/a"
    found = extraction(url, "Wall", "The wall.", section="Scandals")
    article_id = store(built, built.respond(url, "2025-10-01", "<p>x"), found, "quay")
    with built.db.conn:
        hide_article(built.db, article_id, now=at("2025-12-01"))
    page = serve(built.done()).get("/?section=Scandal").text
    assert "no articles with the section" in page
    assert "Scandals" not in page
