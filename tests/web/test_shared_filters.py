"""What all pages of a search share: several values of a filter, sources by name, collapsed copies."""

import csv
import html
import io
import json
import re
from xml.etree import ElementTree as ET

import pytest

from tests.support.archives import SITE, extraction, published, store
from tests.support.cli import run_here

ATOM = "{http://www.w3.org/2005/Atom}"
WIRE = "The harbour wall holds. " + " ".join(f"Berth {number} was measured by divers twice." for number in range(20))


@pytest.fixture
def papers(built):
    """A story in three papers, the last of which revised it; and an article of its own in one of them."""
    for source, day, text in (("quay", "2025-09-03", WIRE), ("echo", "2025-09-02", WIRE), ("pier", "2025-09-04", WIRE)):
        url = f"{SITE}/{source}"
        capture = built.respond(url, f"{day}T10:00:00", f"<p>{source}")
        store(built, capture, extraction(url, f"Wall in {source}", text, published=published(day)), source)
    url = f"{SITE}/own"
    for day, text in (("2025-09-05", "A harbour with 3 berths."), ("2025-09-06", "A harbour with 4 berths.")):
        capture = built.respond(url, f"{day}T10:00:00", text)
        store(built, capture, extraction(url, "Berths", text, published=published("2025-09-05")), "quay")
    built.db["sources"].update("quay", {"name": "The Quay & Sons"})
    built.db.conn.commit()
    built.done()
    return built


def titles(reply):
    return [each.findtext(f"{ATOM}title") for each in ET.fromstring(reply.body).findall(f"{ATOM}entry")]


def chips(page):
    """Label and address of each active filter."""
    box = re.search(r'<ul class="chips".*?</ul>', page)[0]
    return {html.unescape(label): html.unescape(link) for link, label in re.findall(r'<a href="(.*?)".*?>(.*?) ✕', box)}


@pytest.mark.parametrize("path", ["/", "/timeline", "/kwic"])
def test_each_value_of_a_filter_can_be_seen_kept_and_taken_away(papers, serve, path):
    """In the form, the links and the chips, where a source has its name."""
    served = serve(papers.folder)
    page = served.get(f"{path}?q=harbour&source=quay&source=pier&copies=collapse").text
    assert re.findall(r'name="source" value="([^"]*)"', page)[:2] == ["quay", "pier"]
    assert 'name="copies" value="collapse"' in page
    found = chips(page)
    assert list(found) == ["source: The Quay & Sons", "source: Pier"]
    assert "source=pier" in found["source: The Quay & Sons"]
    assert "source=quay" not in found["source: The Quay & Sons"]
    link = {"/": r"/kwic\?", "/timeline": r"/timeline\.csv\?", "/kwic": r"/kwic\.csv\?"}[path]
    address = html.unescape(re.search(f'href="({link}[^"]*)"', page)[1])
    assert "source=quay&source=pier" in address
    assert "copies=collapse" in address


def test_lists_of_places_have_all_sources_of_the_filter(papers, serve):
    served = serve(papers.folder)
    page = served.get("/kwic?q=harbour&source=quay&source=pier&sort=left&width=30").text
    link = html.unescape(re.search(r'href="(/kwic\.csv[^"]*)"', page)[1])
    rows = list(csv.DictReader(io.StringIO(served.get(link).text)))
    assert {row["source_id"] for row in rows} == {"quay", "pier"}
    assert {'name="sort" value="left"', 'name="width" value="30"'} <= set(re.findall(r'name="\w+" value="\w+"', page))
    assert '<a href="/?source=quay">The Quay &amp; Sons</a>' in page


def test_a_concordance_reads_a_story_once(papers, serve):
    served = serve(papers.folder)
    assert "4 places in 4 articles" in served.get("/kwic?q=harbour").text
    assert "2 places in 2 articles" in served.get("/kwic?q=harbour&copies=collapse").text


def test_the_feed_of_a_search_with_collapsed_copies_has_a_story_once(papers, serve):
    """Its entry is the first published of those that match, and a filter may leave that one out."""
    served = serve(papers.folder)
    assert sorted(titles(served.get("/feed.atom?q=harbour"))) == [
        "Berths",
        "Wall in echo",
        "Wall in pier",
        "Wall in quay",
    ]
    assert sorted(titles(served.get("/feed.atom?q=harbour&copies=collapse"))) == ["Berths", "Wall in echo"]
    assert sorted(titles(served.get("/feed.atom?copies=collapse"))) == ["Berths", "Wall in echo"]
    reply = served.get("/feed.atom?q=harbour&copies=collapse&source=quay&source=pier")
    assert sorted(titles(reply)) == ["Berths", "Wall in quay"]
    title = ET.fromstring(reply.body).findtext(f"{ATOM}title")
    assert title.endswith(": harbour; source: The Quay & Sons; source: Pier")


def test_changes_are_found_by_the_name_of_a_source(papers, serve):
    """On the page, in its feed and as JSON; an unknown name is said."""
    served = serve(papers.folder)
    for name in ("quay", "The+Quay+%26+Sons", "the+quay+%26+sons"):
        assert "<ins>4 </ins>" in served.get(f"/changes?source={name}").text
        assert titles(served.get(f"/changes.atom?source={name}")) == ["Berths (number)"]
        assert len(json.loads(served.get(f"/api/changes?source={name}").text)["changes"]) == 1
    assert (
        "no articles of a source &#39;qay&#39;; did you mean &#39;quay&#39;?" in served.get("/changes?source=qay").text
    )


def test_changes_of_several_sources_and_kinds(papers, serve):
    """On the page, whose form keeps them, in the feed and as JSON: a change has one of the values of each."""
    store(
        papers, papers.respond(f"{SITE}/echo", "2025-09-09T10:00:00", "<p>later"),
        extraction(f"{SITE}/echo", "A wall in echo", WIRE, published=published("2025-09-02")), "echo",
    )  # fmt: skip
    papers.db.conn.commit()
    served = serve(papers.folder)
    both = "source=quay&source=echo&kind=number&kind=headline"
    assert titles(served.get(f"/changes.atom?{both}")) == ["A wall in echo (headline)", "Berths (number)"]
    assert titles(served.get(f"/changes.atom?{both}&kind=gone&source=pier")) == titles(
        served.get(f"/changes.atom?{both}")
    )
    assert titles(served.get("/changes.atom?source=quay&source=echo&kind=headline")) == ["A wall in echo (headline)"]
    assert len(json.loads(served.get(f"/api/changes?{both}").text)["changes"]) == 2
    page = served.get(f"/changes?{both}").text
    assert re.findall(r'name="source" value="(\w+)"', page) == ["quay", "echo"]
    assert re.findall(r'value="(\w+)" selected', page) == ["number", "headline"]
    done = run_here(
        papers.folder.root, "changes", "--source", "quay", "--source", "echo", "--kind", "headline", "--json"
    )
    assert [each["title"] for each in json.loads(done.stdout)["changes"]] == ["A wall in echo"]


@pytest.mark.parametrize("path", ["/?", "/timeline?", "/timeline?by=language&", "/kwic?", "/changes?"])
@pytest.mark.parametrize("filters", ["source=qay", "source=qay&source=pier"])
def test_a_source_that_is_not_in_the_archive_is_said(papers, serve, path, filters):
    page = serve(papers.folder).get(f"{path}q=harbour&{filters}").text
    assert "The archive has no articles of a source &#39;qay&#39;; did you mean &#39;quay&#39;?</p>" in page


def test_a_source_that_was_asked_for_by_its_name_is_chosen_beside_the_results(papers, serve):
    page = serve(papers.folder).get("/?q=harbour&source=The+Quay+%26+Sons").text
    assert re.search(
        r'<li class="chosen"><a href="\?q=harbour" [^>]*><span class="label" dir="auto">The Quay &amp; Sons<', page
    )
