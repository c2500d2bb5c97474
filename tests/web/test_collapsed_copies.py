"""Copies collapsed in the reading room: on the page, in every download and in the timeline."""

import csv
import html
import io
import json
import re

import pytest

from tests.support.archives import SITE, extraction, published, store

WIRE = "The harbour wall holds. " + " ".join(f"Berth {number} was measured by divers twice." for number in range(20))


@pytest.fixture
def copied(built):
    """A story in three papers, and another of one of them."""
    for number, (source, day, text) in enumerate(
        (("echo", "2025-08-02", WIRE), ("quay", "2025-09-03", f"TOWN (AP) — {WIRE}"), ("pier", "2025-10-04", WIRE))
    ):
        url = f"{SITE}/{source}/{number}"
        capture = built.respond(url, f"{day}T10:00:00", f"<p>{number}")
        store(built, capture, extraction(url, f"Wall in {source}", text, published=published(day)), source)
    capture = built.respond(f"{SITE}/other", "2025-10-04T11:00:00", "<p>other")
    store(
        built,
        capture,
        extraction(f"{SITE}/other", "Other", "Another harbour.", published=published("2025-10-04")),
        "pier",
    )
    built.done()
    return built


def test_a_story_is_one_hit_that_opens_to_its_copies(copied, serve):
    served = serve(copied.folder)
    page = served.get("/?q=harbour").text
    assert page.count("<h3") == 4
    assert "also in" not in page
    page = served.get("/?q=harbour&copies=collapse&order=newest").text
    assert page.count("<h3") == 2
    text = re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", page)))
    assert "2 stories" in text
    assert "also in 2 papers · first: Echo, 2 August 2025 · AP" in text
    assert "Wall in echo" in text
    assert 'name="copies" value="collapse"' in page  # the next search keeps it
    assert "copies=collapse" in re.search(r'href="([^"]*/timeline[^"]*q=harbour[^"]*)"', page)[1]


def test_every_download_has_a_story_once(copied, serve):
    served = serve(copied.folder)
    rows = list(csv.DictReader(io.StringIO(served.get("/export.csv?q=harbour&copies=collapse").text)))
    assert sorted(row["source_id"] for row in rows) == ["echo", "pier"]
    lines = served.get("/export.jsonl?q=harbour&copies=collapse").text.splitlines()
    assert [json.loads(line)["title"] for line in lines] == ["Other", "Wall in echo"]
    assert len(served.get("/export.jsonl?q=harbour").text.splitlines()) == 4


def test_the_timeline_counts_stories_when_they_were_first_printed(copied, serve):
    served = serve(copied.folder)

    def counted(query):
        rows = csv.DictReader(io.StringIO(served.get(f"/timeline.csv?q=harbour&unit=month{query}").text))
        return [[row["matches"], row.get("total", row.get("all"))] for row in rows]

    assert counted("") == [["1", "1"], ["1", "1"], ["2", "2"]]
    assert counted("&copies=collapse")[0] == ["1", "1"]
    assert [row for row in counted("&copies=collapse") if row[0] != "0"] == [["1", "1"], ["1", "1"]]


def test_the_sources_of_copies_are_links(copied, serve):
    page = serve(copied.folder).get("/?q=harbour&copies=collapse&order=newest").text
    copies = page[page.index('<details class="more"><summary>also in') :]
    assert '<a href="/?source=echo">Echo</a>' in copies[: copies.index("</details>")]
