"""The step that builds the full-text index again: old archives are found without accents; an interruption costs nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from talkscraper.store import fulltext, index_build, migrations
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from tests.support.older_archives import as_before
from tests.support.row_archives import RowArchive, article

STEP = "m037_folded_index"
TEXTS = ("Горбачёв в городе.", "Łódź in C++.", "The wall.", "Hidden Łódź.")


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """An archive as it was before the step: words indexed with their accents, marks by case folding alone."""
    path = tmp_path / "talkscraper.db"
    archive = RowArchive(path)
    for number, text in enumerate(TEXTS):
        archive.page(article(f"https://news.test/{number}", text, section="Société"))
    archive.writer.close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("update articles set hidden_at = '2025-10-28T09:00:00Z' where text like 'Hidden%'")
        connection.execute("update articles set marks = ? || ' \ue000c0123'", [fulltext.EVERY])
        connection.execute("drop table articles_words")
        connection.execute("insert into articles_fts (articles_fts) values ('delete-all')")
        connection.execute(
            "insert into articles_fts (rowid, title, text, authors, marks)"
            " select seq, title, text, authors, marks from articles where hidden_at is null"
        )
        connection.execute("delete from _sqlite_migrations where name = ?", [STEP])
        connection.commit()
    return path


def found(path: Path, query: str) -> list[str]:
    with closing(open_reader(path)) as connection:
        return sorted(hit.url for hit in search(connection, SearchRequest(text=query)).hits)


def test_articles_of_before_are_found_as_new_ones_are(older):
    """Words without accents, symbols, wildcards and sections find them, and a takedown's article stays hidden."""
    open_writer(older).close()
    assert found(older, "горбачев") == ["https://news.test/0"]
    assert found(older, "lodz") == found(older, "C++") == found(older, "l?dz") == ["https://news.test/1"]
    assert len(found(older, "section:societe")) == 3
    with closing(open_reader(older)) as connection:
        assert connection.execute("select count(*) from articles_fts_docsize").fetchone()[0] == 3


def test_an_interrupted_step_leaves_the_old_index_and_begins_again(older, monkeypatch):
    """What was written until then is rolled back, as the step is one transaction."""
    done = []

    def interrupted(_db: object, row: dict) -> None:
        done.append(row)
        if len(done) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fulltext, "_add", interrupted)
        with pytest.raises(KeyboardInterrupt):
            migrations.apply(sqlite_utils.Database(older))
    with closing(sqlite3.connect(older)) as connection:
        assert connection.execute(
            "select count(*) from articles_fts where articles_fts match 'горбачёв'"
        ).fetchone() == (1,)
        assert not connection.execute("select 1 from _sqlite_migrations where name = ?", [STEP]).fetchall()
    open_writer(older).close()
    assert found(older, "горбачев") == ["https://news.test/0"]


def test_the_step_tells_how_far_it_is(older, monkeypatch, capsys):
    """A million articles take long: every few seconds a line says how many are done, and how long it takes yet."""
    monkeypatch.setattr(index_build, "TOLD_EVERY_S", 0.0)
    open_writer(older).close()
    filters, index = [], []
    for each in capsys.readouterr().err.splitlines():
        (filters if "words of filters" in each else index).append(each)
    assert len(filters) == 4  # a hidden article too
    assert "1 of 4 articles" in filters[0]
    assert "min left" in filters[0]
    assert "1 of 3 articles" in index[0]
    assert len(index) == 4
    assert "put in order" in index[3]


def test_an_archive_of_long_before_is_indexed_once(older, monkeypatch):
    """Two steps build the index; an archive that has neither gets one index, of which everything is found."""
    as_before(older, STEP)
    built = []
    rebuild = fulltext.rebuild

    def counted(*given: object) -> int:
        built.append(given)
        return rebuild(*given)

    monkeypatch.setattr(fulltext, "rebuild", counted)
    open_writer(older).close()
    assert len(built) == 1
    assert found(older, "lodz") == found(older, "C++") == ["https://news.test/1"]
    assert len(found(older, "section:societe")) == 3


def test_a_built_index_is_one_piece_and_grows_as_any_other(older):
    """The settings of the building are gone afterwards, in this connection and in the file."""
    database = open_writer(older)
    assert database.execute("select count(distinct segid) from articles_fts_idx").fetchone() == (1,)
    assert {name for (name,) in database.execute("select k from articles_fts_config")} == {"version"}
    database.close()
