"""What becomes of pages: articles, revisions, aliases, counts; in any order, and twice the same."""

import json
import sqlite3
from dataclasses import replace
from datetime import timedelta

import pytest

from talkscraper.model import PageKind, RecordType
from talkscraper.store import revisits
from talkscraper.store.articles import delete_article, hide_article, mark_gone, unhide_article
from talkscraper.store.database import iso
from talkscraper.store.page_captures import count_pages, page_captures
from tests.support.row_archives import START, WARC, article, extraction_of

HOUR = timedelta(hours=1)


def test_a_page_becomes_an_article_that_leads_to_its_record(archive):
    stored = archive.page(article())
    assert (stored.outcome, stored.revision_number) == ("new", 1)
    row = archive.row("select a.*, c.warc_file, c.warc_offset from articles a join captures c on c.id = a.capture_id")
    assert row["title"] == "Harbour wall"
    assert json.loads(row["authors"]) == ["Ann Reed"]
    assert row["published_at"] == "2025-10-28T08:00:00Z"
    assert row["warc_offset"] == 0
    assert archive.row("select * from revisions")["change"] == "first"
    assert archive.row("select * from images")["caption"] == "The wall at dusk"
    assert archive.row("select * from provenance")["rule"] == "h1"
    assert archive.row("select * from article_days")["articles"] == 1


def test_the_same_text_makes_no_revision_and_moves_the_last_capture(archive):
    archive.page(article())
    stored = archive.page(article(description="furniture", tags=("x",)), START + HOUR)
    assert (stored.outcome, stored.revision_number) == ("unchanged", 1)
    row = archive.row("select * from articles")
    assert row["last_captured_at"] == "2025-10-28T10:00:00Z"
    assert row["first_captured_at"] == "2025-10-28T09:00:00Z"
    assert row["tags"] == '["x"]'


def test_a_changed_text_makes_a_revision_with_its_kind_and_new_words_are_found(archive):
    archive.page(article(text="Nine boats sank in the old harbour."))
    stored = archive.page(article(text="Ten boats sank in the old harbour, witnesses told reporters."), START + HOUR)
    assert (stored.outcome, stored.revision_number, stored.change) == ("revised", 2, "edit")
    found = "select rowid from articles_fts where articles_fts match ?"
    assert archive.rows(found, "witnesses")
    assert archive.rows(found, "nine") == []
    assert archive.row("select text from revisions where number = 1")["text"].startswith("Nine")


def test_the_same_capture_twice_changes_nothing(archive):
    capture = archive.capture("https://news.test/a", START)
    archive.store(capture, article())
    before = archive.rows("select * from articles") + archive.rows("select * from revisions")
    assert archive.store(capture, article(), now=START + HOUR).outcome == "unchanged"
    assert archive.rows("select * from articles") + archive.rows("select * from revisions") == before


def test_an_older_capture_goes_before_the_others(archive):
    archive.page(article(text="second"), START + HOUR)
    stored = archive.page(article(text="first"), START)
    assert stored.outcome == "older"
    assert [row["text"] for row in archive.rows("select text from revisions order by number")] == ["first", "second"]
    assert archive.row("select text from articles")["text"] == "second"


def test_a_text_between_two_equal_ones_splits_them(archive):
    archive.page(article(text="one"), START)
    archive.page(article(text="one"), START + 2 * HOUR)
    archive.page(article(text="two"), START + HOUR)
    assert [row["text"] for row in archive.rows("select text from revisions order by number")] == ["one", "two", "one"]


def test_a_page_that_is_no_article_is_noted_at_its_capture(archive):
    stored = archive.store(archive.capture("https://news.test/", START), None)
    assert stored.outcome == "not-article"
    assert archive.row("select page_kind, page_reason from captures") == {
        "page_kind": "listing",
        "page_reason": "a list of links",
    }
    assert archive.rows("select * from articles") == []


def test_a_page_read_anew_as_no_article_takes_its_article_with_it(archive):
    capture = archive.capture("https://news.test/a", START)
    archive.store(capture, article())
    archive.store(capture, None)
    for table in ("articles", "revisions", "images", "provenance", "aliases", "article_days"):
        assert archive.rows(f"select * from {table}") == []
    assert archive.rows("select rowid from articles_fts where articles_fts match 'wall'") == []


def test_a_newer_extractor_changes_the_revision_in_place(archive):
    capture = archive.capture("https://news.test/a", START)
    archive.store(capture, article(text="with an advertisement"))
    better = replace(extraction_of(article(text="without")), extractor="test 2")
    archive.store(capture, None, extraction=better)
    row = archive.row("select * from articles")
    assert (row["text"], row["extractor"], row["revision_count"]) == ("without", "test 2", 1)
    assert archive.row("select text, extractor from revisions") == {"text": "without", "extractor": "test 2"}


def test_a_page_that_stays_as_it_is_costs_the_same_however_often_it_is_looked_at(archive):
    """The hundredth look asks as much of the database as the second; it brings a page that was gone back."""
    first = archive.capture("https://news.test/a", START, body="same")
    archive.store(first, article())
    costs = []
    for hour in range(1, 100):
        again = archive.capture(
            first.url, START + hour * HOUR, body="same", record_type=RecordType.REVISIT, refers_to=first.id
        )
        if hour == 99:
            archive.writer.run(mark_gone, first.url, reason="answered 410", now=START + 98.5 * HOUR)
            assert archive.row("select gone_reason from articles")["gone_reason"] == "answered 410"
        asked = []
        archive.writer.run(lambda db, asked=asked: db.conn.set_trace_callback(asked.append))
        archive.add(again)
        archive.writer.run(lambda db: db.conn.set_trace_callback(None))
        costs.append(sum(each.lower().startswith(("select", "update", "insert", "delete")) for each in asked))
    assert set(costs[:-1]) == {7}
    assert archive.row("select last_captured_at, indexed_at, gone_at, gone_reason, revision_count from articles") == {
        "last_captured_at": iso(START + 99 * HOUR),
        "indexed_at": iso(START),
        "gone_at": None,
        "gone_reason": None,
        "revision_count": 1,
    }
    assert archive.row("select count(*) as looks from captures where article_id is not null")["looks"] == 100


def test_a_revisit_counts_as_a_look_whichever_comes_first(make):
    for order in (0, 1):
        archive = make()
        first = archive.capture("https://news.test/a", START, body="same")
        again = archive.capture(
            "https://news.test/a", START + HOUR, body="same", record_type=RecordType.REVISIT, refers_to=first.id
        )
        if order:
            archive.add(again)
        archive.store(first, article())
        if not order:
            archive.add(again)
        row = archive.row("select * from articles")
        assert row["last_captured_at"] == "2025-10-28T10:00:00Z"
        assert row["capture_id"] == first.id
        assert archive.row("select article_id from captures where id = ?", again.id)["article_id"] == row["id"]


def test_a_modified_time_alone_makes_a_revision_but_not_the_time_of_serving(archive):
    from tests.support.row_archives import published

    archive.page(article(modified=published(START)), START)
    archive.page(article(modified=published(START + HOUR)), START + HOUR)
    assert archive.row("select count(*) as n from revisions")["n"] == 1
    stored = archive.page(article(modified=published(START + HOUR)), START + 5 * HOUR)
    assert (stored.outcome, stored.change) == ("revised", "dates")


def test_gone_is_noted_with_its_day_and_a_later_capture_takes_it_back(archive):
    archive.page(article())
    gone = START + HOUR
    assert archive.writer.run(mark_gone, "https://news.test/a?utm_source=x", reason="404", now=gone)
    assert archive.row("select gone_at, gone_reason from articles") == {
        "gone_at": "2025-10-28T10:00:00Z",
        "gone_reason": "404",
    }
    archive.page(article(), START + 2 * HOUR)
    assert archive.row("select gone_at from articles")["gone_at"] is None
    assert archive.writer.run(mark_gone, "https://news.test/none", reason="404", now=gone) is False


def test_gone_before_the_newest_capture_is_not_gone(archive):
    archive.page(article(), START + 2 * HOUR)
    archive.writer.run(mark_gone, "https://news.test/a", reason="404", now=START)
    assert archive.row("select gone_at from articles")["gone_at"] is None


def test_deleting_leaves_no_word_behind(archive):
    stored = archive.page(article(text="東京都の経済 unmistakable"))
    assert archive.writer.run(delete_article, stored.article_id)
    for word in ("unmistakable", "東京", "reed", "harbour"):
        assert archive.rows("select rowid from articles_fts where articles_fts match ?", word) == []
    vocabulary = archive.writer.run(
        lambda db: [
            db.execute("create virtual table temp.words using fts5vocab(main, articles_fts, row)"),
            db.execute("select count(*) from temp.words").fetchone()[0],
        ][1]
    )
    assert vocabulary == 0
    assert archive.writer.run(delete_article, stored.article_id) is False


def test_a_hidden_article_is_not_counted_and_comes_back(archive):
    stored = archive.page(article())
    archive.writer.run(hide_article, stored.article_id, now=START)
    assert archive.rows("select * from article_days") == []
    assert archive.rows("select rowid from articles_fts where articles_fts match 'wall'") == []
    archive.page(article(text="a new wall"), START + HOUR)
    assert archive.rows("select rowid from articles_fts where articles_fts match 'wall'") == []
    archive.writer.run(unhide_article, stored.article_id, now=START)
    assert len(archive.rows("select rowid from articles_fts where articles_fts match 'new'")) == 1
    assert archive.row("select articles from article_days")["articles"] == 1


@pytest.mark.parametrize(("depth", "outcome", "articles"), [("hide", "new", 1), ("delete", "taken-down", 0)])
def test_what_was_taken_down_does_not_come_back(archive, depth, outcome, articles):
    archive.writer.run(
        lambda db: db.execute(
            "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values ('u', ?, ?, 'r', 't', '{}')",
            ["test,news)/a", depth],
        )
    )
    assert archive.page(article()).outcome == outcome
    assert len(archive.rows("select * from articles")) == articles
    assert archive.rows("select rowid from articles_fts where articles_fts match 'wall'") == []


def test_a_live_blog_is_an_article_that_says_so(archive):
    archive.store(
        archive.capture("https://news.test/l", START), None, extraction=extraction_of(article(), PageKind.LIVE)
    )
    assert archive.row("select page_kind from articles")["page_kind"] == "live"


def test_articles_of_one_minute_have_rows_in_the_order_of_time(archive):
    for number in range(300):
        archive.page(article(f"https://news.test/{number}"))
    later = archive.page(article("https://news.test/later", published=None), START + HOUR)
    rows = archive.rows("select id, seq from articles order by seq")
    assert len({row["seq"] for row in rows}) == 301
    assert rows[-1]["id"] == later.article_id


def test_a_small_page_that_came_again_in_full_is_what_the_article_is_shown_from(archive):
    """Its record holds the bytes, though nobody had to read them again."""
    first = archive.capture("https://news.test/a", START, body="same")
    again = archive.capture("https://news.test/a", START + HOUR, body="same")
    archive.store(first, article())
    archive.add(again)
    archive.writer.run(revisits.inherit, again.id)
    assert archive.row("select capture_id, revision_count from articles") == {
        "capture_id": again.id,
        "revision_count": 1,
    }


def test_pages_of_any_number_of_files_come_in_the_order_of_their_capture(archive):
    """More files than SQLite takes values; what is read while the others are being given isn't given again."""
    for number in (3, 1, 2):
        archive.add(archive.capture(f"https://news.test/{number}", START + number * HOUR))
    files = [*(f"other-{number}.warc.gz" for number in range(40_000)), WARC]

    def given(db):
        connection = sqlite3.connect(archive.path)
        connection.row_factory = sqlite3.Row
        found = list(page_captures(connection, files=files, unread=True))
        assert count_pages(connection, files=files, unread=True) == len(found)
        later = page_captures(connection, files=files, unread=True)
        db.execute("update captures set page_kind = 'listing' where url like '%/2'")
        return [each.url[-1] for each in found], later, connection

    urls, later, connection = archive.writer.run(given)
    assert urls == ["1", "2", "3"]
    assert [each.url[-1] for each in later] == ["1", "3"]
    assert [each.url[-1] for each in page_captures(connection, source=None)] == ["1", "2", "3"]
    connection.close()


@pytest.mark.parametrize("named", [True, False])
def test_a_page_that_is_extracted_again_takes_its_revisits_along(archive, named):
    """Whatever a new extractor or new selectors make of the bytes, a revisit shows the same bytes."""
    first = archive.capture("https://news.test/a", START, body="same")
    archive.store(first, article(text="The old reading of a page that has been read twice."))
    again = archive.capture(
        "https://news.test/a",
        START + HOUR,
        body="same",
        record_type=RecordType.REVISIT,
        refers_to=first.id if named else None,
    )
    archive.add(again)
    archive.store(first, article(text="The new reading of a page that has been read twice."))
    row = archive.row("select * from articles")
    assert row["text"] == "The new reading of a page that has been read twice."
    assert (row["revision_count"], row["last_captured_at"]) == (1, iso(START + HOUR))
    looks = archive.row("select count(*) as looks, count(distinct content_digest) as contents from captures")
    assert looks == {"looks": 2, "contents": 1}


def test_a_page_that_is_no_article_any_more_takes_its_revisits_along(archive):
    first = archive.capture("https://news.test/a", START, body="same")
    archive.store(first, article())
    archive.add(
        archive.capture(
            "https://news.test/a", START + HOUR, body="same", record_type=RecordType.REVISIT, refers_to=first.id
        )
    )
    archive.store(first, None)
    assert archive.row("select count(*) as n from articles")["n"] == 0
    assert archive.row("select count(*) as n from captures where article_id is not null")["n"] == 0
