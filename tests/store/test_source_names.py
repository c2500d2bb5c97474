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
