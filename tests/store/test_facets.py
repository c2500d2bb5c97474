"""Facets, several values of a filter, totals of words, and the oldest first."""

import pytest

from talkscraper.model import Access, Author, PageKind
from talkscraper.store import fulltext
from talkscraper.store.articles import store_extraction
from talkscraper.store.database import open_reader, select
from talkscraper.store.facets import facets
from talkscraper.store.match import SearchRequest, match
from talkscraper.store.migrations import m034_more_facets, m037_folded_index
from talkscraper.store.search import search
from talkscraper.store.word_totals import word_totals
from tests.support.row_archives import START, article, extraction_of, published

ARTICLES = (
    # source, section, authors, tags, language, access, text, kind
    ("quay", "World", ("Ann Reed",), ("Fish", "Tide"), "en", Access.OPEN, "the wall", PageKind.ARTICLE),
    ("quay", "world", ("Ann Reed", "Bo Lindqvist"), ("fish",), "pt-BR", Access.PAYWALLED, "the wall", PageKind.LIVE),
    ("pier", "World", ("Mary Ann Reed",), ("Tide", "tide"), "pt", None, "the wall", PageKind.ARTICLE),
    ("mole", "Sport", (), (), "en", Access.OPEN, "the wall\n\nLONDON (AP) - x", PageKind.GALLERY),
    ("mole", None, ("Bo Lindqvist",), ("fish",), None, Access.OPEN, "the quay", PageKind.ARTICLE),
)


@pytest.fixture
def reading(archive):
    """A connection to an archive with ``ARTICLES``, one a day, the last one the newest."""
    from datetime import timedelta

    for number, (source, section, authors, tags, language, access, text, kind) in enumerate(ARTICLES):
        moment = START - timedelta(days=len(ARTICLES) - number)
        what = article(
            f"https://news.test/{number}",
            text,
            title=f"Piece {number}",
            section=section,
            authors=tuple(Author(name=each) for each in authors),
            tags=tags,
            language=language,
            access=access,
            published=published(moment),
        )
        archive.store(archive.capture(what.url, START), what, source_id=source, extraction=extraction_of(what, kind))
    connection = open_reader(archive.path)
    yield connection
    connection.close()


def found(connection, **request):
    return [hit.title.removeprefix("Piece ") for hit in search(connection, SearchRequest(**request)).hits]


def test_every_count_is_the_number_of_articles_that_its_link_opens(reading):
    """Of each value of each facet: case doesn't split one, a language holds its regions, a name is whole."""
    counted = facets(reading, SearchRequest(text="wall"))
    values = [(name, each) for name, several in counted.by_filter.items() for each in several]
    assert {name for name, _ in values} == {
        "source",
        "byline",
        "language",
        "section",
        "tag",
        "access",
        "type",
        "agency",
    }
    for name, each in values:
        assert search(reading, SearchRequest(text="wall", **{name: each.value})).total == each.count, (name, each)
    assert [(each.value, each.count) for each in counted.by_filter["section"]] == [("World", 3), ("Sport", 1)]
    assert [(each.value, each.count) for each in counted.by_filter["byline"]] == [
        ("Ann Reed", 2),
        ("Bo Lindqvist", 1),
        ("Mary Ann Reed", 1),
    ]
    assert [(each.value, each.count) for each in counted.by_filter["language"]] == [("en", 2), ("pt", 2), ("pt-BR", 1)]


def test_several_values_of_a_filter_widen_it_and_several_filters_narrow(reading):
    """OR inside a field, AND across fields, whatever the order and with repetitions."""
    assert found(reading, source=["quay", "pier"], order="newest") == ["2", "1", "0"]
    assert found(reading, source=("pier", "quay", "pier"), tag="tide", order="newest") == ["2", "0"]
    assert found(reading, author=["lindqvist", '"mary ann"'], order="newest") == ["4", "2", "1"]
    assert found(reading, type=["live", "gallery"], access=["open"], order="newest") == ["3"]
    assert found(reading, text="quay OR wall", source=["mole"], order="newest") == ["4", "3"]
    assert found(reading, source=[]) == found(reading)
    assert SearchRequest(source=["a", "b"]) == SearchRequest(source=("b", "a", "b"))
    assert SearchRequest(source=["a"]) == SearchRequest(source="a")
    with pytest.raises(TypeError, match="since"):
        SearchRequest(since=["2025", "2024"])


def test_the_words_of_the_query_language_are_the_filters(reading):
    """``tag:``, ``byline:``, ``type:`` and its other word ``kind:``."""
    assert found(reading, text='byline:"Ann Reed"', order="newest") == ["1", "0"]
    assert found(reading, text="tag:FISH -kind:live", order="newest") == ["4", "0"]


def test_the_oldest_come_first_and_pages_reach_every_match_once(reading):
    """In the reverse of newest first, by the cursor."""
    seen, after = [], None
    while True:
        page = search(reading, SearchRequest(order="oldest", limit=2, after=after))
        seen += [hit.title for hit in page.hits]
        after = page.next_cursor
        if after is None:
            break
    assert seen == [f"Piece {number}" for number in range(len(ARTICLES))]
    assert found(reading, text="wall", order="oldest", source="quay") == ["0", "1"]


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        ({"text": "wall quay"}, [("wall", 4), ("quay", 1)]),
        ({"text": 'the OR "the wall" OR wal*'}, [("the", 5), ('"the wall"', 4), ("wal*", 4)]),
        ({"text": "title:piece wall -quay", "source": ["quay", "mole"]}, [("title:piece", 4), ("wall", 3)]),
        ({"text": '"OR" wall'}, [('"OR"', 0), ("wall", 4)]),
        ({"text": "wall"}, []),
        ({"text": ""}, []),
    ],
)
def test_each_word_of_a_query_has_a_total_that_its_own_search_confirms(reading, request_, expected):
    """With the filters of the search; of one word there is nothing to compare."""
    request = SearchRequest(**request_)
    totals = word_totals(reading, request, match(reading, request))
    assert [(each.query, each.total) for each in totals] == expected
    for each in totals:
        again = search(reading, SearchRequest(text=each.query, **dict(request.filters)))
        assert (again.total, again.total_is_exact) == (each.total, each.is_exact)


def test_an_older_archive_gets_the_new_filters(reading, archive):
    """The steps add the words of articles that are there, also of one that is hidden, and only once."""
    wanted = ("byline", "tag", "type", "agency")

    def forget(db):
        for row in list(select(db, "select * from articles")):
            kept = [each for each in row["marks"].split() if not any(each[1:].startswith(kind) for kind in wanted)]
            db.execute("update articles set marks = ? where id = ?", [" ".join(kept), row["id"]])
        db.execute("drop index articles_changed")
        db.execute("drop index articles_gone")
        db.execute("drop table articles_words")
        fulltext.rebuild(db)

    before = {row["id"]: set(row["marks"].split()) for row in archive.rows("select id, marks from articles")}
    archive.writer.run(forget)
    assert found(reading, tag="fish") == []
    archive.writer.run(m034_more_facets.apply)
    archive.writer.run(m037_folded_index.apply)
    assert {row["id"]: set(row["marks"].split()) for row in archive.rows("select id, marks from articles")} == before
    assert found(reading, tag="fish", order="newest") == ["4", "1", "0"]
    archive.writer.run(lambda db: db.execute("insert into articles_fts (articles_fts) values ('integrity-check')"))


def test_a_look_that_changes_the_agency_or_tags_changes_what_finds_it(reading, archive):
    what = article("https://news.test/0", "the wall", title="Piece 0", tags=("Dredging",))
    archive.add(capture := archive.capture(what.url, START.replace(hour=20)))
    archive.writer.run(store_extraction, capture, extraction_of(what), source_id="quay", now=capture.captured_at)
    assert found(reading, tag="dredging") == ["0"]
    assert "0" not in found(reading, tag="fish")
