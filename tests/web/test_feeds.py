"""What changed as a page, a feed and JSON; and a feed of each search: valid, in pages, conditional."""

import json
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree as ET

import pytest

from talkscraper.store import article_events, articles
from talkscraper.store.database import from_iso
from tests.support.archives import SITE, extraction, published, store

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def changing(built):
    """An article whose figure changed and which is gone, one with a hostile headline, and sixty more."""
    url = f"{SITE}/wall"
    for day, text in (
        ("2025-10-01", "It has 12 cracks in the harbour."),
        ("2025-10-05", "It has 21 cracks in the harbour."),
    ):
        store(
            built,
            built.respond(url, day, text),
            extraction(url, "Wall holds", text, published=published("2025-10-01")),
            "quay",
        )
    notice = built.respond(url, "2025-10-09", "gone", status=410)
    with built.db.conn:
        assert articles.mark_gone(built.db, url, reason="answered 410", now=notice.captured_at, capture_id=notice.id)
    evil = f"{SITE}/evil"
    for day, title in (("2025-10-02", "A <script>x</script>"), ("2025-10-03", "B \x0c<script>&amp;</script>")):
        store(built, built.respond(evil, day, title), extraction(evil, title, "Nothing else of note."), "quay")
    for number in range(60):
        each = f"{SITE}/{number}"
        store(
            built,
            built.respond(each, "2025-10-04", each),
            extraction(each, f"Story {number}", f"A net of {number}."),
            "net",
        )
    return built.done()


def entries(reply):
    assert reply.headers["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(reply.body)
    for required in ("id", "title", "updated"):
        assert len(feed.findall(f"{ATOM}{required}")) == 1
    found = feed.findall(f"{ATOM}entry")
    for each in found:
        for required in ("id", "title", "updated"):
            assert len(each.findall(f"{ATOM}{required}")) == 1
        assert each.find(f"{ATOM}author") is not None or feed.find(f"{ATOM}author") is not None
        assert each.findtext(f"{ATOM}id").startswith("tag:")
        from_iso(each.findtext(f"{ATOM}updated"))
    ids = [each.findtext(f"{ATOM}id") for each in found]
    assert len(set(ids)) == len(ids)
    assert feed.findtext(f"{ATOM}updated") == max(
        (e.findtext(f"{ATOM}updated") for e in found), default="1970-01-01T00:00:00Z"
    )
    links = {each.get("rel"): each.get("href") for each in feed.findall(f"{ATOM}link")}
    assert {"self", "alternate", "first"} <= set(links)
    return found, links


def path_of(link, served):
    assert link.startswith(served.room)
    return link.removeprefix(served.room)


def test_the_page_of_changes_shows_words_and_kinds_and_is_narrowed(changing, serve):
    served = serve(changing)
    page = served.get("/changes").text
    assert "<del>12 </del><ins>21 </ins>" in page
    assert "it answered 410" in page
    assert "<script>x" not in page
    assert 'rel="alternate" type="application/atom+xml"' in page
    assert "Wall holds" not in served.get("/changes?kind=headline").text
    assert "Wall holds" not in served.get("/changes?source=net").text
    assert "did you mean number?" in served.get("/changes?kind=numberz").text.replace("&#39;", "'")


def test_the_feed_of_changes_is_valid_and_narrowed(changing, serve):
    """Its ids don't depend on the address by which it is read, and hostile headlines break nothing."""
    served = serve(changing)
    found, _ = entries(served.get("/changes.atom"))
    assert [each.find(f"{ATOM}category").get("term") for each in found] == ["gone", "number", "headline"]
    assert "<del>12 </del><ins>21 </ins>" in found[1].findtext(f"{ATOM}content")
    assert "<script>" not in found[2].findtext(f"{ATOM}content")
    assert [each.findtext(f"{ATOM}id") for each in found] == [
        each.findtext(f"{ATOM}id") for each in entries(served.get("/changes.atom", Host=f"localhost:{served.port}"))[0]
    ]
    assert len(entries(served.get("/changes.atom?kind=gone"))[0]) == 1
    assert served.get("/changes.atom?kind=sauce").status == 400


def test_changes_as_json_go_on_by_cursor(changing, serve):
    served = serve(changing)
    seen, cursor = [], ""
    while True:
        document = json.loads(served.get(f"/api/changes?limit=1&cursor={cursor}").text)
        seen += [each["kind"] for each in document["changes"]]
        cursor = document["next_cursor"]
        if not cursor:
            break
    assert seen == ["gone", "number", "headline"]
    for wrong in ("limit=0", "limit=x", "kind=x", "cursor=x", "since=x"):
        assert served.get(f"/api/changes?{wrong}").status == 400


def test_the_feed_of_a_search_goes_on_in_pages_without_gaps(changing, serve):
    """RFC 5005: each page names the next; together they are every match once."""
    served = serve(changing)
    path, seen, pages = "/feed.atom?source=net", [], 0
    while path:
        found, links = entries(served.get(path))
        seen += [each.findtext(f"{ATOM}title") for each in found]
        pages += 1
        path = path_of(links["next"], served) if "next" in links else None
    assert pages == 2
    assert sorted(seen) == sorted(f"Story {number}" for number in range(60))
    assert [each.findtext(f"{ATOM}title") for each in entries(served.get("/feed.atom?q=cracks"))[0]] == ["Wall holds"]
    assert entries(served.get("/feed.atom?q=nothinglikeit"))[0] == []
    assert len(entries(served.get("/feed.atom"))[0]) == 50
    assert served.get("/feed.atom?q=%22bad").status == 400
    assert "/feed.atom?q=cracks" in served.get("/?q=cracks").text


def test_a_feed_that_a_reader_has_is_answered_with_304(changing, serve):
    served = serve(changing)
    for path in ("/feed.atom?q=cracks", "/changes.atom"):
        first = served.get(path)
        parsedate_to_datetime(first.headers["Last-Modified"])
        again = served.get(path, If_None_Match=first.headers["ETag"])
        assert (again.status, again.body) == (304, b"")
        assert served.get(path, If_None_Match='"other"').status == 200
        assert served.get(path, If_Modified_Since=first.headers["Last-Modified"]).status == 304
        assert served.get(path, If_Modified_Since="yesterday").status == 200


def test_feeds_behind_a_base_path_lead_back_to_it(changing, serve):
    served = serve(changing, base_path="/news", room_url="https://papers.example")
    found, links = entries(served.get("/news/feed.atom?q=cracks"))
    assert links["self"] == "https://papers.example/news/feed.atom?q=cracks"
    assert found[0].findtext(f"{ATOM}id").startswith("tag:papers.example,")
    assert found[0].find(f"{ATOM}link").get("href").startswith("https://papers.example/news/article/")
    assert 'href="/news/changes.atom"' in served.get("/news/changes").text


def test_an_unknown_reason_is_the_front_page():
    assert article_events.reason_of(200) == "redirects to the front page"
