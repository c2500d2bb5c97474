"""Texts are stored once: what a reader of ``revisions`` sees never depends on where a text lies."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlite_utils

from talkscraper.store import fulltext, migrations, space_pass
from talkscraper.store.articles import delete_article
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.match import SearchRequest
from talkscraper.store.search import search
from talkscraper.store.writer import ArchiveWriter
from tests.support.older_archives import as_before
from tests.support.row_archives import START, RowArchive, article

DAY = timedelta(days=1)
STEP = "m044_texts_once"
ALL = "select * from revisions order by article_id, number"
OWN = "select count(*) from revision_rows where text is not null"
A, B, C = (f"https://news.test/{name}" for name in "abc")


def rows(path: Path, query: str = ALL) -> list[tuple]:
    """Rows as any SQLite tool reads them."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Three articles: a text that became another one and came back, one that was replaced, and one that never changed."""
    archive = RowArchive(tmp_path / "talkscraper.db")
    for number, text in enumerate(("The old wall.", "The new wall.", "The old wall.")):
        archive.page(article(A, text, title=f"Wall {number % 2}"), START + number * DAY)
    for number, text in enumerate(("Four boats.", "Five boats.")):
        archive.page(article(B, text), START + number * DAY)
    archive.page(article(C, "Nothing changed.", title=None))
    archive.writer.close()
    return archive.path


def change(path: Path, *statements: str) -> None:
    """Change rows as any SQLite tool does."""
    with closing(sqlite3.connect(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def test_what_an_article_shows_is_stored_once(path):
    """Of six revisions, two have a text that isn't their article's; the others hold none, and every reader sees all."""
    assert rows(path, OWN) == [(2,)]
    assert [row[0] for row in rows(path, "select r.text from revisions r join articles a on a.id = article_id"
                                         " where a.url like '%/a' order by number")] == [
        "The old wall.", "The new wall.", "The old wall.",
    ]  # fmt: skip
    assert rows(path, "select count(*) from revisions where title is null") == [(1,)]
    with closing(open_reader(path)) as reader:
        plan = " ".join(row[3] for row in reader.execute("explain query plan select a.id from articles a left join"
                        " revisions r on r.article_id = a.id and r.number = a.revision_count where a.id = '1'"))  # fmt: skip
    assert "SCAN" not in plan  # the view takes part in a join like the table did


def test_a_newer_text_leaves_the_older_one_with_its_revision(path):
    """Also when another tool changes an article's row, or removes it."""
    before = rows(path)
    change(path, "update articles set text = 'Forged.', title = 'Forged' where url like '%/b'")
    assert rows(path) == before
    assert rows(path, OWN) == [(3,)]
    change(path, "update articles set text = 'Five boats.', title = (select title from revisions r where number = 2"
                 " and r.article_id = articles.id) where url like '%/b'")  # fmt: skip
    assert rows(path) == before
    assert rows(path, OWN) == [(2,)]
    change(path, "delete from articles")
    assert rows(path) == before


def test_the_view_is_written_to_like_the_table_it_was(path):
    """Rows are added, changed and removed through it, and what is shared stays shared."""
    before = rows(path)
    held = rows(path, "select * from revision_rows order by article_id, number")
    names = "article_id, number, capture_id, captured_at, title, text, text_digest, word_count, change, extractor, content_digest"
    change(
        path,
        "create table kept as select * from revisions",
        "delete from revisions",
        f"insert into revisions ({names}) select {names} from kept",
        "update revisions set (authors, published_at, modified_at, published_precision, kinds) ="
        " (select authors, published_at, modified_at, published_precision, kinds from kept k"
        " where k.article_id = revisions.article_id and k.number = revisions.number)",
    )
    assert rows(path) == before
    assert rows(path, "select * from revision_rows order by article_id, number") == held
    change(path, "update revisions set title = 'Another' where text = 'Nothing changed.'")
    assert rows(path, "select title, text from revisions where text like 'Nothing%'") == [
        ("Another", "Nothing changed.")
    ]
    assert rows(path, "select title from articles where url like '%/c'") == [(None,)]
    with pytest.raises(sqlite3.IntegrityError, match="NOT NULL"):
        change(path, "update revisions set text = null")
    with pytest.raises(sqlite3.IntegrityError, match="UNIQUE"):
        change(path, f"insert into revisions ({names}) select {names} from kept")


def test_an_older_archive_shows_the_same_rows_after_the_step(path):
    """Rows and searches are the same before the pass, in the middle of it and after it."""
    before = rows(path)
    as_before(path, STEP)
    assert rows(path) == before
    assert rows(path, "select count(*) from sqlite_master where name = 'revisions' and type = 'table'") == [(1,)]
    open_writer(path).close()
    assert rows(path) == before
    assert rows(path, OWN) == [(6,)]
    ArchiveWriter(path).close()
    assert rows(path) == before
    assert rows(path, OWN) == [(2,)]
    assert rows(path, "select * from space_pass") == []
    with closing(open_reader(path)) as reader:
        for query, url in (("boats", B), ('"old wall"', A), ("not*", C)):
            assert [hit.url for hit in search(reader, SearchRequest(text=query)).hits] == [url]
        assert reader.execute("select doc from articles_words where term = 'old'").fetchone()[0] == 1
    assert rows(path, "pragma integrity_check") == [("ok",)]


def test_a_pass_that_was_killed_goes_on_where_it_was(path, monkeypatch):
    """What came before the kill stays done; a text that was replaced meanwhile keeps its revision."""
    before = rows(path)
    as_before(path, STEP)
    open_writer(path).close()
    monkeypatch.setattr(space_pass, "BATCH", 1)

    def once(run: object) -> None:
        run(space_pass.share_next)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(space_pass, "finish", once)
        ArchiveWriter(path)
    assert rows(path) == before
    assert 2 < rows(path, OWN)[0][0] < 6
    change(path, "update articles set text = 'Replaced.' where url like '%/c'")
    ArchiveWriter(path).close()
    assert rows(path) == before
    assert rows(path, OWN) == [(3,)]


def test_an_interrupted_step_has_changed_nothing(path, monkeypatch):
    """Tables and index are one transaction: they are as before, and the next writer begins the step again."""
    as_before(path, STEP)
    before = path.read_bytes()

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(fulltext, "_add", interrupted)
        migrations.apply(sqlite_utils.Database(path))
    assert path.read_bytes() == before
    ArchiveWriter(path).close()
    assert rows(path, OWN) == [(2,)]


def test_an_article_is_deleted_with_its_revisions(path):
    """No row and no copy of its texts stays."""
    with ArchiveWriter(path) as writer:
        for (each,) in rows(path, "select id from articles"):
            writer.run(delete_article, each)
    assert rows(path, "select count(*) from revision_rows") == [(0,)]


def test_a_revision_is_stored_as_the_view_would_store_it(path):
    """The writer inserts into the rows themselves: what it leaves NULL there is what the trigger of the view does."""
    query = "select * from revision_rows order by article_id, number"
    stored, shown = rows(path, query), rows(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("delete from revision_rows")
        connection.executemany(f"insert into revisions values ({', '.join('?' * len(shown[0]))})", shown)
    assert rows(path, query) == stored
