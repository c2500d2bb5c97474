"""The archive in Datasette: metadata, full text in every language, links, queries; other databases untouched."""

import asyncio
import json
import sqlite3
from urllib.parse import urlencode

import pytest

from tests.support.archives import SITE, extraction, published, store

pytest.importorskip("datasette")


@pytest.fixture
def datasette(built, tmp_path):
    """Datasette over an archive and over somebody else's database, with our plugin registered as its entry point would."""
    from datasette.app import Datasette
    from datasette.plugins import pm

    import talkscraper.datasette as plugin

    for number, (title, text, language) in enumerate(
        [
            ("Harbour wall", "The café at the harbour wall <b>holds</b>.", "en"),
            ("港の経済", "政府は港湾の経済対策を決めた。", "ja"),
        ]
    ):
        capture = built.respond(f"{SITE}/{number}", "2025-10-01", "<p>x")
        store(
            built,
            capture,
            extraction(f"{SITE}/{number}", title, text, language=language, published=published("2025-10-01")),
            "quay",
        )
    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table articles (id text, url text)")
        connection.execute("insert into articles values ('0123456789abcdef', 'http://x.example/')")
    registered = pm.has_plugin("talkscraper") or pm.is_registered(plugin)
    if not registered:
        pm.register(plugin, name="talkscraper-test")
    yield Datasette([str(built.done().database), str(other)])
    if not registered:
        pm.unregister(name="talkscraper-test")


def get(datasette, path):
    response = asyncio.run(datasette.client.get(path))
    return response.status_code, response.text


def test_every_canned_query_runs(datasette):
    """None is broken by a change of the schema."""
    import talkscraper.datasette as plugin

    for name in plugin.QUERIES:
        status, text = get(datasette, f"/talkscraper/{name}.json?q=wall")
        assert status == 200, (name, text)


@pytest.mark.parametrize(
    ("query", "title"), [("cafe wall", "Harbour wall"), ("経済", "港の経済"), ("language:ja", "港の経済")]
)
def test_search_finds_as_in_the_reading_room(datasette, query, title):
    """Accents, scripts without spaces, fields."""
    status, text = get(datasette, f"/talkscraper/search.json?_shape=array&q={query}")
    assert status == 200
    assert [row["title"] for row in json.loads(text)] == [title]


def test_pages_link_to_the_reading_room_and_mark_hits_without_running_markup(datasette):
    """An id leads to the article, a record to its page; a text's own markup is text."""
    _, text = get(datasette, "/talkscraper/search?q=wall")
    assert '<a href="http://127.0.0.1:8000/article/' in text
    assert '<a href="http://127.0.0.1:8000/capture/' in text
    assert "<mark>wall</mark>" in text
    assert "<b>holds</b>" not in text
    _, text = get(datasette, "/talkscraper/captures")
    assert f'<a href="http://127.0.0.1:8001/web/{SITE}/0">' in text


def test_tables_are_explained_and_searchable(datasette):
    """Descriptions from the plugin, a search box from the index."""
    _, text = get(datasette, "/talkscraper/articles")
    assert "first 16 base16 digits of the SHA-256" in text
    assert 'name="_search"' in text


def test_a_bad_query_is_told(datasette):
    """400 with the store's own words."""
    status, text = get(datasette, "/talkscraper/search?q=%22open")
    assert status == 400
    assert "the quotation mark before" in text
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("query", "found"),
    [("wall words:1..1000", 1), ("wall words:>5000", 0), ("wall since:2000-01-01", 1), ("wall until:2000-01-01", 0)],
)
def test_days_and_lengths_restrict_the_example_query(datasette, query, found):
    """They are no words of the index: the query's SQL applies them."""
    status, text = get(datasette, "/talkscraper/search.json?" + urlencode({"_shape": "array", "q": query}))
    assert (status, len(json.loads(text))) == (200, found)


@pytest.mark.parametrize(("query", "column"), [("wall words:>5", "word_count"), ("since:2025 wall", "day")])
def test_sql_of_ones_own_is_told_what_the_index_lacks(datasette, query, column):
    """400 in a line that says what to write, rather than results that ignore a part of the query."""
    sql = "select rowid from articles_fts where articles_fts match archive_match(:q)"
    status, text = get(datasette, "/talkscraper.json?" + urlencode({"sql": sql, "q": query}))
    assert status == 400
    assert f"doesn't hold {column}: write a condition on it in the SQL" in text


def test_other_databases_are_left_alone(datasette):
    """No links, no queries in a database that isn't an archive's."""
    _, text = get(datasette, "/other/articles")
    assert "127.0.0.1:8000" not in text
    assert get(datasette, "/other/search")[0] == 404
