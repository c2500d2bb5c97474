"""Free parts of paywalled articles among full texts: which is the head, and what counts them."""

import itertools
from datetime import timedelta

import pytest

from talkscraper.model import Access, Article, PageKind
from talkscraper.preserve.row_repair import correct_day_counts
from talkscraper.store.article_state import settle
from talkscraper.store.articles import forget_capture
from talkscraper.store.match import SearchRequest
from talkscraper.store.migrations import m023_free_parts, m037_folded_index
from talkscraper.store.search import search
from talkscraper.store.timeline import timeline
from tests.support.row_archives import START, RowArchive, article, extraction_of

HOUR = timedelta(hours=1)
WHOLE = " ".join(f"The harbour wall of berth {number} was measured twice by divers." for number in range(20))
TEASER = "The harbour wall was measured twice."


def part(text: str = TEASER, **fields: object) -> Article:
    return article(text=text, access=Access.PAYWALLED, truncated=True, images=(), **fields)


def look(archive: RowArchive, what: Article, at: int) -> object:
    """A capture that shows this, ``at`` hours after the first."""
    kind = PageKind.PAYWALL_STUB if what.truncated else PageKind.ARTICLE
    capture = archive.capture(what.url, START + at * HOUR)
    return archive.store(capture, what, extraction=extraction_of(what, kind))


def head(archive: RowArchive) -> tuple[str, str | None, int, str, int]:
    row = archive.row("select * from articles")
    return row["text"], row["access"], row["truncated"], row["page_kind"], row["revision_count"]


def test_a_full_text_follows_a_teaser_as_a_revision(archive):
    look(archive, part(), 0)
    assert head(archive) == (TEASER, "paywalled", 1, "paywall-stub", 1)
    stored = look(archive, article(text=WHOLE), 1)
    assert (stored.outcome, stored.revision_number) == ("revised", 2)
    assert head(archive) == (WHOLE, None, 0, "article", 2)
    assert archive.row("select * from article_days") == {
        "source_id": "", "day": "2025-10-28", "articles": 1, "truncated": 0,
    }  # fmt: skip
    assert archive.row("select keys from sketches")["keys"]


def test_a_teaser_never_replaces_a_full_text_and_is_counted_as_a_look(archive):
    look(archive, article(text=WHOLE), 0)
    stored = look(archive, part(title="Harbour wall (for subscribers)"), 1)
    assert stored.outcome == "unchanged"
    assert head(archive) == (WHOLE, None, 0, "article", 1)
    row = archive.row("select * from articles")
    assert (row["title"], row["last_captured_at"]) == ("Harbour wall", "2025-10-28T10:00:00Z")
    assert len(archive.rows("select * from images")) == 1
    assert len(archive.rows("select * from captures where article_id = ?", row["id"])) == 2
    look(archive, article(text=f"{WHOLE} Twice."), 2)
    assert head(archive) == (f"{WHOLE} Twice.", None, 0, "article", 2)


def test_the_order_in_which_looks_arrive_makes_no_difference(make):
    looks = [(part(), 0), (part("The wall was measured."), 1), (article(text=WHOLE), 2), (part(), 3)]
    results = set()
    for order in itertools.permutations(looks):
        archive = make()
        for what, at in order:
            look(archive, what, at)
        rows = archive.rows("select number, captured_at, text from revisions order by number")
        results.add((head(archive), tuple(tuple(row.values()) for row in rows)))
        assert len(archive.rows("select * from captures where content_truncated = 1")) == 3
    ((state, revisions),) = results
    assert state == (WHOLE, None, 0, "article", 3)
    assert [text for _, _, text in revisions] == [TEASER, "The wall was measured.", WHOLE]


def test_the_teaser_is_the_head_again_when_the_full_text_is_lost(archive):
    look(archive, part(), 0)
    look(archive, article(text=WHOLE), 1)
    full = archive.row("select capture_id from articles")["capture_id"]
    archive.writer.run(forget_capture, full, now=START + 2 * HOUR)
    row = archive.row("select text, truncated, revision_count from articles")
    assert row == {"text": TEASER, "truncated": 1, "revision_count": 1}
    assert archive.row("select articles, truncated from article_days") == {"articles": 0, "truncated": 1}


def test_a_teaser_is_found_and_left_out_of_the_counts_of_full_texts(archive, tmp_path):
    look(archive, article(url="https://news.test/a", text=WHOLE), 0)
    look(archive, part(url="https://news.test/b"), 1)

    def found(text: str) -> list[str]:
        return sorted(
            hit.url[-1] for hit in archive.writer.run(lambda db: search(rows(db), SearchRequest(text=text))).hits
        )

    def counted(text: str) -> list[tuple[int, int]]:
        (series,) = archive.writer.run(lambda db: timeline(rows(db), [SearchRequest(text=text)])).series
        return [(each.matches, each.total) for each in series.points]

    assert found("harbour") == ["a", "b"]
    assert found("harbour access:paywalled") == ["b"]
    assert found("harbour truncated:1") == ["b"]
    assert found("harbour -truncated:1") == ["a"]
    assert counted("harbour") == [(1, 1)]
    assert counted("") == [(1, 1)]
    assert counted("harbour OR access:paywalled") == [(2, 2)]
    assert counted("harbour access:paywalled") == [(1, 1)]


def rows(db):
    import sqlite3

    db.conn.row_factory = sqlite3.Row
    return db.conn


def test_teasers_join_no_cluster(archive):
    text = WHOLE
    look(archive, article(url="https://one.test/a", text=text), 0)
    look(archive, part(text, url="https://two.test/b"), 1)
    assert [row["cluster_id"] for row in archive.rows("select cluster_id from articles")] == [None, None]


def test_the_counts_of_days_are_corrected(archive):
    look(archive, part(), 0)
    archive.writer.run(lambda db: db.execute("update article_days set articles = 1, truncated = 0"))
    assert archive.writer.run(correct_day_counts)
    assert archive.row("select articles, truncated from article_days") == {"articles": 0, "truncated": 1}
    assert archive.writer.run(correct_day_counts) == []


def test_the_migration_marks_what_an_older_archive_has(archive):
    """Rows as the version before stored them get the marks, counts and looks of this version."""
    look(archive, article(url="https://news.test/a", text=WHOLE, access=Access.OPEN), 0)
    look(archive, part(url="https://news.test/b"), 1)
    expected = dump(archive)

    def older(db):
        from talkscraper.store import fulltext

        for row in list(db.query("select * from articles")):
            fulltext.unindex(db, row)
            marks = " ".join(word for word in row["marks"].split() if not word.startswith(fulltext.ACCESS_MARKS))
            db.execute("update articles set marks = ? where id = ?", [marks, row["id"]])
            fulltext.index(db, {**row, "marks": marks})
        db.execute("update article_days set articles = articles + truncated")
        db.execute("alter table article_days drop column truncated")
        db.execute("alter table captures drop column content_truncated")
        db.execute("drop table articles_words")

    archive.writer.run(older)
    archive.writer.run(m023_free_parts.apply)
    archive.writer.run(m037_folded_index.apply)
    after = dump(archive)
    assert after["days"] == expected["days"]
    assert after["looks"] == expected["looks"]
    assert {frozenset(row["marks"].split()) for row in after["marks"]} == {
        frozenset(row["marks"].split()) for row in expected["marks"]
    }
    archive.writer.run(lambda db: db.execute("insert into articles_fts (articles_fts) values ('integrity-check')"))


def dump(archive):
    return {
        "days": archive.rows("select * from article_days order by day"),
        "looks": archive.rows("select id, content_truncated from captures order by id"),
        "marks": archive.rows("select marks from articles order by id"),
    }


@pytest.mark.parametrize("again", [1, 2])
def test_settling_again_changes_nothing(archive, again):
    look(archive, article(text=WHOLE), 0)
    look(archive, part(), 1)
    before = archive.rows("select * from articles")
    for _ in range(again):
        archive.writer.run(settle, before[0]["id"], START + 3 * HOUR)
    assert archive.rows("select * from articles") == before
