"""The pages that compare and list: /timeline with several searches, /kwic, their CSV and JSON."""

import csv
import io
import json
import re

import pytest

from tests.support.archives import SITE, extraction, published, store


@pytest.fixture
def shelf(built):
    """Thirty articles of six sections, one a day; the harbour is in all, oysters in every second one."""
    for number in range(30):
        day = f"2025-09-{1 + number:02d}"
        url = f"{SITE}/posts/{number}"
        capture = built.respond(url, f"{day}T10:00:00", f"<p>{number}")
        text = "The harbour wall holds.\n\n" + ("Oysters <i>are cheap." if number % 2 else "Nets are torn.")
        section = f"Part {number % 6}"
        found = extraction(url, f"Wall {number}", text, published=published(day), section=section)
        store(built, capture, found, "quay" if number % 3 else "pier")
    built.done()
    return built


def rows(reply):
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_searches_are_compared_on_one_chart_with_a_legend_and_a_table(shelf, serve):
    """Two lines each for counts and shares, described for those who don't see them; the form keeps what was asked."""
    page = serve(shelf.folder).get("/timeline?q=oysters&q=torn&q=&unit=day&source=quay").text
    assert len(re.findall(r'<path class="line series-\d( small)?" d="M', page.split("</ul>", 2)[-1])) >= 4
    assert page.count("<desc ") == 2
    assert "Share of the 20 articles of Quay, per day" in page
    assert re.findall(r'name="q" value="([^"]*)"', page) == ["oysters", "torn", ""]
    assert 'name="source" value="quay"' in page
    assert '<th scope="col" class="n" dir="auto">torn</th>' in page
    assert "style=" not in page


def test_many_values_are_small_charts_and_their_numbers_add_up(shelf, serve):
    """By section, six charts of each kind; CSV and JSON have the same numbers, whatever the page shows."""
    served = serve(shelf.folder)
    page = served.get("/timeline?q=oysters+OR+harbour&by=section&unit=week").text
    assert page.count("<figure>") == 12
    table = rows(served.get("/timeline.csv?q=harbour&by=section&unit=week"))
    assert {each["series"] for each in table} == {f"part {number}" for number in range(6)}
    assert sum(int(each["matches"]) for each in table) == 30
    found = json.loads(served.get("/api/timeline?q=harbour&by=section&unit=week").text)
    points = [
        (point["period"], each["series"], str(point["matches"]), str(point["total"]))
        for each in found["series"]
        for point in each["points"]
    ]
    assert points == [(each["period"], each["series"], each["matches"], each["total"]) for each in table]


def test_what_cannot_be_meant_is_said(shelf, serve):
    """On the page, and with 400 where there is no page."""
    served = serve(shelf.folder)
    assert "isn&#39;t one of source, language, section, country" in served.get("/timeline?q=x&by=colour").text
    assert "isn&#39;t one of day, week, month" in served.get("/timeline?q=x&unit=year").text
    assert served.get("/timeline.csv?q=x&by=colour").status == 400
    assert served.get("/api/timeline?q=%22x").status == 400
    assert "isn&#39;t one of date, left, right" in served.get("/kwic?q=harbour&sort=up").text
    assert served.get("/kwic.csv?q=harbour&width=5").status == 400
    assert "no words to show" in served.get("/kwic?source=quay").text


def test_each_line_of_a_concordance_leads_to_its_paragraph(shelf, serve):
    """Escaped, sorted, in pages, and all of them as CSV; filters restrict it."""
    served = serve(shelf.folder)
    page = served.get("/kwic?q=oysters&sort=left").text
    assert "15 places in 15 articles" in page
    assert "&lt;i&gt;are cheap." in page
    link = re.search(r'class="keyword" href="(/article/\w+\?q=oysters)#p2"><mark>Oysters</mark>', page)[1]
    assert re.search(r'<p dir="auto" id="p2"><mark[^>]*>Oysters', served.get(link).text)
    table = rows(served.get("/kwic.csv?q=harbour&source=pier&width=10"))
    assert len(table) == 10
    assert {(each["left"], each["keyword"], each["right"], each["paragraph"]) for each in table} == {
        ("The", "harbour", "wall", "1")
    }
    from talkscraper.web import kwic_page

    assert 'rel="next"' not in page
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kwic_page, "PAGE_LINES", 10)
        assert 'rel="next"' in served.get("/kwic?q=oysters").text
        second = served.get("/kwic?q=oysters&page=2").text
    assert (second.count('class="keyword"'), 'start="11"' in second) == (5, True)
