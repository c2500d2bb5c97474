"""``talkscraper.Archive``: the archive for programs."""

from datetime import date, timedelta

import pytest

import talkscraper
from talkscraper.errors import NotAnArchive, NotFound
from tests.support.row_archives import START, RowArchive, article


@pytest.fixture
def opened(tmp_path):
    archive = RowArchive(tmp_path / "talkscraper.db")
    for number in range(7):
        archive.page(article(f"https://news.test/{number}", f"wall {number}"))
    archive.page(article("https://news.test/0", "wall changed"), START + timedelta(hours=1))
    with talkscraper.Archive(tmp_path) as reader:
        yield reader
    archive.writer.close()


def test_a_search_gives_whole_articles_across_pages(opened, monkeypatch):
    from talkscraper import archive as module

    monkeypatch.setattr(module, "_PAGE", 2)
    for order in ("newest", "best"):
        assert len({found.id for found in opened.search("wall", order=order)}) == 7
        assert len(list(opened.search("wall", order=order, limit=3))) == 3
    (found,) = opened.search("changed", since=date(2025, 10, 28))
    assert found.text == "wall changed"
    assert found.authors == ("Ann Reed",)
    assert found.published_day == date(2025, 10, 28)
    assert found.published_at.utcoffset() == timedelta(0)


def test_an_article_its_revisions_and_its_captures(opened):
    found = opened.article("https://news.test/0")
    assert [(each.number, each.text) for each in opened.revisions(found.id)] == [(1, "wall 0"), (2, "wall changed")]
    assert [each.captured_at for each in opened.captures("http://news.test/0#x")] == [START, START + timedelta(hours=1)]
    with pytest.raises(NotFound):
        opened.article("ffff")


def test_it_cannot_write(opened):
    import sqlite3

    with pytest.raises(sqlite3.DatabaseError):
        opened.connection.execute("delete from articles")


def test_a_folder_without_an_archive_is_refused(tmp_path):
    with pytest.raises(NotAnArchive):
        talkscraper.Archive(tmp_path)
