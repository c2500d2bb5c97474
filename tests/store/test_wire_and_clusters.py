"""Copies elsewhere: agencies by their tags, near-duplicates by their texts."""

from datetime import timedelta

import pytest

from talkscraper.model import Author
from talkscraper.store.agencies import wire_agency
from talkscraper.store.articles import delete_article
from talkscraper.store.clusters import CANDIDATES, simhash, triples
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


def test_looking_for_copies_reads_no_whole_table(archive):
    """At a million articles a scan for each new one would take seconds."""
    plan = archive.rows(f"explain query plan {CANDIDATES}", 1, 2, 3, 4, "id")
    assert not [row["detail"] for row in plan if "SCAN articles" in row["detail"] or row["detail"].startswith("SCAN a")]


def test_short_texts_are_never_copies():
    assert simhash(triples("The council met on Thursday.")) is None


def test_near_texts_have_near_fingerprints():
    near = (simhash(triples(STORY)) ^ simhash(triples(STORY.replace("word60", "term60")))) & (2**64 - 1)
    far = (simhash(triples(STORY)) ^ simhash(triples(OTHER))) & (2**64 - 1)
    assert near.bit_count() < 10 < far.bit_count()
