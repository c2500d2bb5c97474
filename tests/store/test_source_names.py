"""Sources are found by the name that readers know, and a misspelt one is told with the nearest."""

from __future__ import annotations

from contextlib import closing

import pytest

from talkscraper.store.database import open_reader
from talkscraper.store.export import rows
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from tests.support.row_archives import START, article


@pytest.fixture
def reader(archive):
    """Two sources of the same name, one whose name is the id of another, and an article of each."""
    for number, (name, shown) in enumerate(
        [
            ("quay-north", "The Évening Quay"),
            ("quay-south", "The Évening Quay"),
            ("daily", "The Daily"),
            ("other", "daily"),
        ]
    ):
        archive.writer.run(
            lambda db, name=name, shown=shown: db.execute(
                "insert into sources (id, name, homepage) values (?, ?, ?)", [name, shown, f"https://{name}.example/"]
            )
        )
        url = f"https://{name}.example/{number}"
        archive.store(archive.capture(url, START), article(url, f"The wall, number {number}."), source_id=name)
    with closing(open_reader(archive.path)) as connection:
        yield connection


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("source:quay-north", {"quay-north"}),
        ('source:"The Évening Quay"', {"quay-north", "quay-south"}),
        ('source:"the evening quay" wall', {"quay-north", "quay-south"}),
        ('source:("The Daily" OR quay-south)', {"daily", "quay-south"}),
        ("source:daily", {"daily"}),
        ('wall -source:"The Evening Quay"', {"daily", "other"}),
        ('source:"The Evening"', set()),
    ],
)
def test_a_source_is_found_by_id_or_name(reader, query, sources):
    """The id goes before the name of another; case and accents don't matter; exports find the same."""
    request = SearchRequest(text=query)
    assert {hit.source_id for hit in search(reader, request).hits} == sources
    assert {row["source_id"] for row in rows(reader, request)} == sources


def test_a_source_is_filtered_by_its_name_too(reader):
    page = search(reader, SearchRequest(text="wall", source="the evening QUAY"))
    assert {hit.source_id for hit in page.hits} == {"quay-north", "quay-south"}
    assert page.notes == ()


def test_a_misspelt_name_is_told_with_the_nearest(reader):
    page = search(reader, SearchRequest(text='source:"The Evning Quay"'))
    assert page.notes == (
        "the archive has no articles of a source 'The Evning Quay'; did you mean 'The Évening Quay'?",
    )


@pytest.mark.parametrize(
    ("query", "tag"),
    [
        ("language:en-GB", "en"),
        ("language:en_GB", "en"),
        ("lang:eng", "en"),
        ("lang:English", "en"),
        ("lang:ENGLISCH", "en"),
        ("language:German", "de"),
        ("language:deutsch", "de"),
        ("language:Português", "pt"),
        ('language:"Brazilian Portuguese"', "pt-BR"),
        ("language:Norwegian", "nb"),
        ("language:norsk", "nb"),
        ("language:中文", "zh"),
        ("language:ger", "de"),
    ],
)
def test_another_code_or_the_name_of_a_language_is_told_with_the_tag_that_finds_it(archive, query, tag):
    """In English and in the language itself, misspelt too, but only what the archive has."""
    for language in ("en", "de", "pt-BR", "nb", "zh"):
        archive.page(article(f"https://news.test/{language}", language=language))
    archive.writer.close()
    connection = open_reader(archive.path)
    notes = search(connection, SearchRequest(text=query)).notes
    assert [note.partition("; ")[2] for note in notes] == [f"did you mean {tag!r}?"]
    (note,) = search(connection, SearchRequest(text="language:French")).notes
    assert "did you mean" not in note
    connection.close()
