"""Copies elsewhere: agencies by their tags, clusters of near-duplicates (tests of texts: test_shingles)."""

from datetime import timedelta

import pytest

from talkscraper.model import Author
from talkscraper.store import clusters, sketch_pass
from talkscraper.store.agencies import wire_agency
from talkscraper.store.articles import delete_article
from talkscraper.store.writer import ArchiveWriter
from tests.support.row_archives import START, article

STORY = " ".join(f"word{number} of{number % 7}" for number in range(120))
OTHER = " ".join(f"thing{number} in{number % 5}" for number in range(120))


@pytest.mark.parametrize(
    ("text", "authors", "agency"),
    [
        ("WASHINGTON (AP) — The council met.", (), "AP"),
        ("LONDON, Oct 28 (Reuters) - The council met.", (), "Reuters"),
        ("Berlin (dpa) – Der Rat tagte.", (), "dpa"),
        ("Berlin (dpa/lno) – Der Rat tagte.", (), "dpa"),
        ("PARIS — AFP — Le conseil", (), "AFP"),
        ("【共同通信】市議会は", (), "Kyodo"),
        ("The council met.\n\n(Reuters)", (), "Reuters"),
        ("The council met.", ("The Associated Press",), "AP"),
        ("The council met.", ("Reuters",), "Reuters"),
        ("The AP reported that the council met, and Reuters said so too.", (), None),
        ("The council of PA met (see page 3).", (), None),
        ("The council met.", ("Ann Reed",), None),
        ("", (), None),
    ],
)
def test_the_agency_is_the_one_that_signs(text, authors, agency):
    assert wire_agency(article(text=text, authors=tuple(Author(name=name) for name in authors))) == agency


def test_a_copy_with_another_head_and_a_cut_tail_is_joined_and_says_why(archive):
    archive.page(article("https://one.test/a", STORY))
    archive.page(article("https://two.test/b", f"TOWN (AP) — {STORY} more words at the end"))
    archive.page(article("https://three.test/c", OTHER))
    rows = {row["url"]: row for row in archive.rows("select * from articles")}
    one, two, three = (rows[url] for url in ("https://one.test/a", "https://two.test/b", "https://three.test/c"))
    assert one["cluster_id"] == two["cluster_id"] == min(one["id"], two["id"])
    assert two["id"] in one["cluster_why"]
    assert "% of word triples shared" in one["cluster_why"]
    assert three["cluster_id"] is None
    assert two["wire_agency"] == "AP"


def test_who_leaves_a_cluster_leaves_the_others_right(archive):
    ids = [archive.page(article(f"https://site{n}.test/", STORY + f" end{n}")).article_id for n in range(3)]
    archive.writer.run(delete_article, ids[0])
    rows = archive.rows("select id, cluster_id, cluster_why from articles")
    assert {row["cluster_id"] for row in rows} == {min(ids[1:])}
    assert all(ids[0] not in row["cluster_why"] for row in rows)
    archive.page(article("https://site1.test/", OTHER), START + timedelta(hours=1))
    assert {row["cluster_id"] for row in archive.rows("select cluster_id from articles")} == {None}


def test_a_text_that_a_thousand_pages_share_is_no_copied_story(archive, monkeypatch):
    monkeypatch.setattr(clusters, "MAX_MEMBERS", 4)
    monkeypatch.setattr(clusters, "MAX_SHARING", 6)
    for number in range(9):
        archive.page(article(f"https://site{number}.test/", STORY))
    sizes = archive.rows("select count(*) as n from articles where cluster_id is not null group by cluster_id")
    assert all(row["n"] <= 4 for row in sizes)
    archive.page(article("https://other.test/", OTHER))
    archive.page(article("https://other.test/copy", f"TOWN (AP) — {OTHER}"))
    assert len(archive.rows("select 1 from articles where url like 'https://other%' and cluster_id is not null")) == 2


def test_an_article_that_is_a_copy_of_two_joins_their_clusters(archive):
    """One paper prints the first half, another the second; the third has the whole."""
    archive.page(article("https://one.test/a", STORY))
    archive.page(article("https://two.test/b", OTHER))
    assert {row["cluster_id"] for row in archive.rows("select cluster_id from articles")} == {None}
    archive.page(article("https://three.test/c", f"{STORY} {OTHER}"))
    (joined,) = {row["cluster_id"] for row in archive.rows("select cluster_id from articles")}
    assert joined == archive.row("select min(id) as id from articles")["id"]


def test_looking_for_copies_reads_no_whole_table(archive):
    """At a million articles a scan for each new one would take seconds."""
    plan = archive.rows(f"explain query plan {clusters.CANDIDATES}", 1)
    assert not [row["detail"] for row in plan if row["detail"].startswith("SCAN")]


def test_nothing_of_a_deleted_article_is_left_to_find_copies_by(archive):
    stored = archive.page(article("https://one.test/a", STORY))
    assert archive.row("select count(*) as n from sketch_keys")["n"]
    archive.writer.run(delete_article, stored.article_id)
    assert not archive.rows("select 1 from sketches") + archive.rows("select 1 from sketch_keys")


def test_an_older_archive_is_compared_when_it_is_opened_for_writing(archive):
    """The pass goes on where it was interrupted, and isn't made twice."""
    count = sketch_pass.BATCH + 5
    for number in range(count):
        archive.page(article(f"https://site{number}.test/", f"{number} {STORY if number % 100 == 1 else OTHER[:50]}"))
    before = archive.rows("select url, cluster_id from articles order by url")

    def as_before(db):
        db.execute("delete from sketches")
        db.execute("delete from sketch_keys")
        db.execute("update articles set cluster_id = null, cluster_why = null")
        db.execute("insert into sketch_pass select seq - 1 from articles order by seq limit 1")

    archive.writer.run(as_before)
    archive.writer.run(sketch_pass.compare_next)  # then the machine was switched off
    assert archive.row("select count(*) as n from sketches")["n"] == sketch_pass.BATCH
    archive.writer.close()
    archive.writer = ArchiveWriter(archive.path)
    assert archive.row("select count(*) as n from sketches")["n"] == count
    assert archive.rows("select url, cluster_id from articles order by url") == before
    assert sum(row["cluster_id"] is not None for row in before) == 3
    assert sketch_pass.finish(archive.writer.run) == 0


def test_the_full_text_index_writes_nothing_while_a_new_article_gets_its_sketch(archive):
    """What it holds is one segment for all pages of a transaction, unless a statement that returns rows comes between."""
    article_id = archive.page(article("https://one.test/a", STORY)).article_id

    def segments(db):
        return db.execute("select count(*) from articles_fts_idx").fetchone()[0]

    def placed(db):
        db.execute("insert into articles_fts (rowid, title, text) values (1, 'Ferry', 'at noon')")
        before = segments(db)
        clusters.forget(db, article_id)
        clusters.place(db, article_id)
        return segments(db) - before

    assert archive.writer.run(placed) == 0
    assert archive.rows("select count(*) as found from sketches") == [{"found": 1}]
