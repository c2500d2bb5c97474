"""The researcher's desk: facets, several values, marked words, links to searches, the front page, and all sources."""

import html
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from talkscraper.model import Author
from talkscraper.monitor.status import status
from talkscraper.preserve.warc_import import import_files
from talkscraper.store.articles import hide_article, mark_gone
from talkscraper.web.marked_text import marked_text
from tests.support.archives import SITE, BuiltArchive, extraction, published, store
from tests.support.clock import at

BODY = "The harbour wall holds, and so does the quay behind it, which was built when the older one had been lost to the sea."


@pytest.fixture
def desk(built):
    """Eight articles: two sources, a section in two spellings, authors, tags; one changed, one is gone."""
    built.ids = []
    for number in range(8):
        url = f"{SITE}/posts/{number}"
        capture = built.respond(url, f"2025-09-{number + 1:02d}T10:00:00", f"<p>{number}")
        found = extraction(
            url,
            f"Wall {number}",
            f"{BODY}\n\nWhat comes next\n\n{BODY} <b>Nets</b> are torn.",
            published=published(f"2025-09-{number + 1:02d}"),
            section="World" if number % 2 else "world",
            authors=(Author(name="Ann Reed"),) if number % 2 else (Author(name="Bo & Co"), Author(name="Ann Reed")),
            tags=("Fish", f"tag {number}"),
            description="What the council wants." if number else BODY[:60] + "…",
        )
        built.ids.append(store(built, capture, found, "quay" if number < 5 else "pier"))
    url = f"{SITE}/posts/3"
    capture = built.respond(url, "2025-10-02", "<p>new")
    store(built, capture, extraction(url, "Wall 3", f"{BODY}\n\nCorrected.", published=published("2025-09-04")), "quay")
    mark_gone(built.db, f"{SITE}/posts/4", reason="answered 410", now=at("2025-10-05"))
    built.db.conn.commit()
    built.done()
    return built


def facet_links(text):
    """(address, label, count) of every value of every facet."""
    box = re.search(r'<details class="narrow">.*?</aside>', text, re.DOTALL)[0]
    found = re.findall(
        r'<a href="(\?[^"]*)"[^>]*><span class="label" dir="auto">(.*?)</span><span class="n">(\d+)</span>', box
    )
    return [(html.unescape(link), html.unescape(label), int(count)) for link, label, count in found]


def total(text):
    return int(re.search(r'<span class="count">(\d+) article', text)[1])


def test_every_value_beside_the_results_opens_as_many_articles_as_it_says(desk, serve):
    served = serve(desk.folder)
    links = facet_links(served.get("/?q=harbour").text)
    assert {"Quay", "Pier", "Ann Reed", "Bo & Co", "Fish", "tag 7"} <= {label for _, label, _ in links} | {"Fish"}
    for link, label, count in links:
        assert total(served.get("/" + link).text) == count, label


def test_a_second_value_of_a_facet_widens_the_search_and_a_second_click_takes_it_away(desk, serve):
    """The other values of a facet in use are counted as if it weren't; parameters repeat in the address."""
    served = serve(desk.folder)
    one = served.get("/?q=harbour&source=pier")
    assert total(one.text) == 3
    link = next(link for link, label, count in facet_links(one.text) if (label, count) == ("Quay", 5))
    both = served.get("/" + link)
    assert total(both.text) == 8
    assert link.count("source=") == 2
    back = next(link for link, label, _ in facet_links(both.text) if label == "Pier")
    assert total(served.get("/" + back).text) == 5
    assert re.findall(r'title="Remove this filter">(source: \w+) ✕', both.text) == ["source: Pier", "source: Quay"]
    narrow = "/?" + urlencode(
        {"source": ["quay", "pier"], "byline": ["Bo & Co"], "tag": ["tag 0", "TAG 6"]}, doseq=True
    )
    assert total(served.get(narrow).text) == 2
    form = re.search(r'<form class="instalment".*?</form>', both.text, re.DOTALL)[0]
    assert form.count('name="source"') == 2
    assert len(served.get("/export.jsonl?source=pier&source=quay&tag=tag+0&tag=tag+6").text.splitlines()) == 2


def test_the_oldest_come_first_and_each_word_has_its_total(desk, serve):
    text = serve(desk.folder).get("/?q=harbour+torn&order=oldest").text
    assert re.findall(r">(Wall \d)<", text) == [f"Wall {number}" for number in (0, 1, 2, 4, 5, 6, 7)]
    assert '<b aria-current="true">Oldest first</b>' in text
    words = re.search(r'<p class="apparatus words">(.*?)</p>', text)[1]
    assert re.sub(r"<[^>]+>", "", words) == "Each word alone: harbour 8 · torn 7"


def test_words_of_the_search_are_marked_in_the_article_it_opens(desk, serve):
    """By the link of the hit; other markup stays text; a query that can't be read marks nothing."""
    served = serve(desk.folder)
    link = re.search(r'<a href="(/article/[^"]+)">Wall 7', served.get("/?q=harbour+nets&order=newest").text)[1]
    page = served.get(html.unescape(link)).text
    text = re.search(r'<div class="text".*?</div>', page, re.DOTALL)[0]
    assert '<mark id="hit-1" tabindex="-1">harbour</mark>' in text
    assert '&lt;b&gt;<mark id="hit-3" tabindex="-1">Nets</mark>&lt;/b&gt;' in text
    assert '<a href="#hit-1">First</a>' in page
    for query in ('"open', "<script>", "nothing-of-this"):
        page = served.get(f"/article/{desk.ids[7]}?" + urlencode({"q": query}))
        assert page.status == 200
        assert "<mark" not in page.text
        assert "<script>" not in page.text.replace("<script src", "")
    assert "hit-marks" not in served.get(f"/article/{desk.ids[7]}").text


def test_source_section_authors_and_tags_are_links_to_what_they_name(desk, serve):
    """In results, on the front page and on the article's page; each opens the articles that have it."""
    served = serve(desk.folder)
    for path in ("/?q=harbour", "/", f"/article/{desk.ids[6]}"):
        text = html.unescape(served.get(path).text)
        assert 'href="/?source=pier"' in text, path
        assert 'href="/?source=pier&section=world"' in text, path
        if path != "/":
            assert 'href="/?byline=Bo+%26+Co"' in text, path
    assert 'href="/?tag=tag+6"' in text
    assert f'<a href="{SITE}/posts/6" rel="external nofollow noreferrer">Original</a>' in text
    assert total(served.get("/?byline=Bo+%26+Co").text) == 4
    assert total(served.get("/?source=pier&section=world").text) == 3


def test_a_summary_stands_above_the_text_unless_the_text_begins_with_it(desk, serve):
    served = serve(desk.folder)
    assert (
        '<p class="standfirst" dir="auto" lang="en">What the council wants.</p>'
        in served.get(f"/article/{desk.ids[7]}").text
    )
    assert "standfirst" not in served.get(f"/article/{desk.ids[0]}").text


LONG = "A sentence that goes on. " * 8


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        ([LONG, "What comes next", LONG], ["What comes next"]),
        ([LONG, "Who pays for it?", LONG], ["Who pays for it?"]),
        (["What comes first", LONG], []),
        ([LONG, "He left.", LONG], []),
        ([LONG, "“We stay”", LONG], []),
        ([LONG, "– one thing", LONG], []),
        ([LONG, "Apples", "Pears", "Plums", LONG], []),
        ([LONG, "The last line"], []),
        ([LONG, "12", LONG], []),
        (["一" * 90, "今後の予定", "一" * 90], ["今後の予定"]),
    ],
)
def test_a_short_line_above_a_paragraph_is_set_as_a_subhead(paragraphs, expected):
    """Not a sentence, a quotation, a list, the first or the last line."""
    found = marked_text("t", paragraphs, "")
    assert [str(each.html) for each in found.paragraphs if each.is_subhead] == expected
    assert [str(each.html) for each in found.paragraphs] == paragraphs


def test_the_front_page_shows_what_changed_and_what_is_gone_but_nothing_hidden(desk, serve):
    text = serve(desk.folder).get("/").text
    changed = re.search(r'id="changed">.*?</section>', text, re.DOTALL)[0]
    assert re.findall(r">(Wall \d)</a></h3>", changed) == ["Wall 3"]
    assert f'href="/article/{desk.ids[3]}/diff"' in changed
    gone = re.search(r'id="gone">.*?</section>', text, re.DOTALL)[0]
    assert re.findall(r">(Wall \d)</a></h3>", gone) == ["Wall 4"]
    assert "answered 410" in gone
    for number in (3, 4):
        hide_article(desk.db, desk.ids[number], now=at("2025-11-01"))
    desk.db.conn.commit()
    text = serve(desk.folder).get("/").text
    assert 'id="changed"' not in text
    assert 'id="gone"' not in text


def test_many_sources_are_all_reachable_and_a_short_list_says_that_it_is_one(desk, serve):
    """The front page shows 20, the form suggests 200; a small source's name is known everywhere."""
    with desk.db.conn:
        for number in range(811):
            desk.db.execute(
                "insert into sources (id, name, homepage) values (?, ?, ?)", [f"s{number}", f"Paper {number}", SITE]
            )
    served = serve(desk.folder)
    text = served.get("/").text
    largest = re.search(r'<aside class="facets" aria-labelledby="largest">.*?</aside>', text, re.DOTALL)[0]
    assert largest.count("<li>") == 20
    assert '<a href="/sources#by-source">All 813 sources</a>' in largest
    assert "the 200 largest of 813 sources" in text
    suggested = re.search(r'<datalist id="known-sources">.*?</datalist>', text, re.DOTALL)[0]
    assert suggested.count("<option") == 200
    assert "source: Paper 810 ✕" in served.get("/?source=s810").text
    assert served.get("/sources").text.count("/?source=s") == 811


def test_a_file_imported_where_it_is_counts_with_its_bytes(desk, tmp_path):
    """Also one that is away, with none."""
    into = BuiltArchive(tmp_path / "other")
    into.done()
    into.db.conn.close()
    now = datetime(2025, 12, 1, tzinfo=UTC)
    before = status(into.folder, now=now).warc_bytes
    import_files(into.folder, [desk.path], clock=lambda: now, workers=1)
    assert status(into.folder, now=now).warc_bytes == before + desk.path.stat().st_size
    desk.path.rename(tmp_path / "away")
    assert status(into.folder, now=now).warc_bytes == before
