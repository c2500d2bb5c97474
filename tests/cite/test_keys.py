"""Keys can be read, typed, and stand for one reference each."""

from datetime import UTC, date, datetime

import pytest
import rispy

from talkscraper.cite import render
from talkscraper.cite.keys import KeyMaker
from talkscraper.cite.reference import Reference


def ref(**fields):
    values = {
        "article_id": "3f2a19c47d03be58", "revision": 1, "source": "The Daily", "title": "The harbour wall", "authors": ("Ann Reed",),
        "published_at": None, "published_precision": "day", "published_day": date(2025, 10, 28), "modified_at": None,
        "language": "en", "url": "https://news.test/posts/1", "captured_at": datetime(2025, 10, 28, 9, tzinfo=UTC),
        "captured_url": "https://news.test/posts/1", "record_id": "<urn:uuid:1>", "payload_digest": "sha1:A",
        "text_digest": "sha256:" + "b" * 64, "extractor": "test 1", "warc_file": "a.warc.gz", "warc_offset": 0,
    }  # fmt: skip
    return Reference(**{**values, **fields})


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({}, "reed2025harbour"), ({"title": "L’été à Łódź", "language": "fr"}, "reed2025lete"), ({"title": "港の経済"}, "reed20253f2a19"),
        ({"authors": ("Jan van den Bøgh",)}, "bogh2025harbour"), ({"authors": ()}, "daily2025harbour"),
        ({"authors": ("Harbour Press",), "author_kinds": ("organisation",)}, "harbour2025harbour"),
        ({"authors": ("王小明",), "language": "zh"}, "daily2025harbour"),
        ({"authors": (), "source": None}, "news2025harbour"), ({"published_day": None}, "reedndharbour"),
        ({"authors": ("Ann O’Reilly",), "title": "“The” 50% & more"}, "oreilly202550"),
    ],
)  # fmt: skip
def test_a_key_is_name_year_and_word(fields, key):
    assert KeyMaker().key(ref(**fields)) == key


def test_every_key_of_a_document_is_another():
    others = [
        ref(),
        ref(article_id="77" * 8),
        ref(article_id="77" * 8, revision=2),
        ref(article_id="77" * 8, revision=2),
    ]
    keys = KeyMaker()
    found = [keys.key(each) for each in others]
    assert found[:2] == ["reed2025harbour", "reed2025harbour-7777"]
    assert len(set(found)) == 4


def test_names_in_bibtex_keep_their_parts():
    authors = ("Jan van der Berg", "Martin King Jr.", "Ann Reed and Sons", "Omar el-Sayed", "王小明")
    kinds = ("person", "person", "organisation", "person", "person")
    text = render(ref(authors=authors, author_kinds=kinds, language="zh"), "bibtex")
    assert "{Ann Reed and Sons}" in text
    assert "{王}, {小明}" in text
    western = render(ref(authors=authors[:2], author_kinds=kinds), "bibtex")
    assert "author = {van der Berg, Jan and King, Jr., Martin}" in western


def test_ris_is_read_by_another_program():
    hostile = ref(
        title="Wall\nER  - \nTY  - BOOK", authors=("Jan van der Berg", "Martin King Jr."), note="see\nAU  - X"
    )
    month = ref(article_id="77" * 8, published_precision="month", authors=())
    first, second = rispy.loads(render([hostile, month], "ris"))
    assert (first["type_of_reference"], first["id"]) == ("NEWS", "berg2025wall")
    assert first["title"] == "Wall ER  -  TY  - BOOK"
    assert first["authors"] == ["van der Berg, Jan", "King, Martin, Jr."]
    assert (first["year"], first["date"], first["secondary_title"]) == ("2025", "2025/10/28/", "The Daily")
    assert first["urls"] == ["https://news.test/posts/1"]
    assert "WARC-Record-ID <urn:uuid:1>" in first["notes"][0]
    assert second["date"] == "2025/10//"
    assert "authors" not in second
