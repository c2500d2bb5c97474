"""Words with wildcards stand for the words of the index, whichever of them are common."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import timedelta

import pytest

from talkscraper.store import wildcards
from talkscraper.store.articles import hide_article
from talkscraper.store.bitmaps import build
from talkscraper.store.database import open_reader
from tests.support.row_archives import START, article, published

WORDS = ("basement", "cement", "element", "elementary", "moment", "momentum", "tent", "wader", "wafer", "wager", "wages",
         "water", "waters", "wet", "zone", "цемент", "элемент", "élément")  # fmt: skip
COMMON = ("element", "moment", "wafer", "water", "wet", "элемент")
PATTERNS = ("*ent", "wa?er", "wat*s", "w*t", "*e?t*", "*мент", "m*m", "e*e*", "wa?e*", "z?ne")


@pytest.fixture
def shelf(archive, monkeypatch):
    """40 articles that have all of the common words, which have bitmaps, and one each of the others."""
    monkeypatch.setattr(build, "MIN_SHARE", 0.5)
    monkeypatch.setattr(build, "_SAMPLED", 200)
    rare = [each for each in WORDS if each not in COMMON]
    for number in range(40):
        archive.page(
            article(f"https://news.test/{number}", " ".join([*COMMON, rare[number % len(rare)]]), title="Harbour",
                    authors=(), published=published(START - timedelta(days=3 * number)))
        )  # fmt: skip
    assert build.refresh(archive.writer.run, least=0) > 1
    terms = {row["term"] for row in archive.rows("select term from bitmap_terms")}
    assert {f'"{each}"' for each in COMMON} <= terms
    assert not {f'"{each}"' for each in rare} & terms
    return archive


def scanned(archive, pattern):
    """The words that match, out of all words of the index, with the articles that have them."""
    expression = re.compile(pattern.replace("*", ".*").replace("?", "."))
    rows = archive.rows("select term, doc from articles_words where term < ?", "\ue000")
    return {row["term"]: row["doc"] for row in rows if expression.fullmatch(row["term"])}


def expanded(archive, pattern):
    with closing(open_reader(archive.path)) as connection:
        return wildcards.expand(connection, pattern)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_stands_for_all_words_that_match_the_commonest_first(shelf, pattern):
    """Common words, which aren't counted again, come before all others; those are ordered by their articles."""
    found, expected = expanded(shelf, pattern), scanned(shelf, pattern)
    assert found.is_complete
    assert found.matching == len(found.words) == len(expected)
    assert set(found.words) == set(expected)
    counts = [expected[each] for each in found.words]
    assert counts == sorted(counts, reverse=True)


def test_a_common_word_that_no_article_has_any_more_stands_for_nothing(shelf):
    """After all were taken down, and also if an article has other words like it."""
    for row in shelf.rows("select id from articles where text not like '%basement%'"):
        shelf.writer.run(hide_article, row["id"], now=START)
    left = scanned(shelf, "*ent")
    assert set(expanded(shelf, "*ent").words) == set(left) == {"basement", "element", "moment"}
    for row in shelf.rows("select id from articles where hidden_at is null"):
        shelf.writer.run(hide_article, row["id"], now=START)
    assert expanded(shelf, "*ent").words == ()


def test_the_ranges_that_are_read_leave_out_the_common_words_alone():
    """Every other word lies in one of them."""
    words = ["aa", "ab", "b", "ba", "zz"]
    ranges = list(wildcards._between("", wildcards._MARKS, words))
    for word in ("a", "aa0", "aaa", "aab", "ac", "az", "b0", "baz", "bb", "c", "zy", "zyz", "zzz", "я", "東京"):
        assert sum(low <= word <= high for low, high in ranges) == 1, word
    for word in words:
        assert not any(low <= word <= high for low, high in ranges), word
    assert next(wildcards._between("b", wildcards._below("c"), ["b", "ba"]))[0] == "b" + wildcards._LEAST
