"""Symbols beside scripts without spaces between words: what finds them, and archives whose marks were written before."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import sqlite_utils

from talkscraper.store import fulltext, migrations
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.match import SearchRequest
from talkscraper.store.migrations import m046_symbol_neighbours as step
from talkscraper.store.search import search
from talkscraper.store.symbols import neighbours_of
from tests.support.row_archives import RowArchive, article

STEP = "m046_symbol_neighbours"
TEXTS = {
    "この会社は使用C#開発を続ける。": ("C#", "c#", "C#開発", "使用C#", '"使用C#開発"', "Ｃ＃"),
    "入場料は$100円から。": ("$100", "$100円", "＄１００"),
    "まだ使う.NETで書く。": (".NET", ".net", ".NETで", "「.NET」"),
    "売上は30%増、前年比。": ("30%", "30%増"),
    "ﾊﾝｶｸC++ﾃﾞｽ": ("C++", "ハンカクC++"),
    "ราคาลด45%วันนี้": ("45%", "ลด45%"),
    "ລາຄາ$60ບາດ": ("$60", "$60ບາດ"),
    "តម្លៃ$70ដុល្លារ": ("$70", "$70ដុល្លារ"),
    "ဈေးနှုန်း80%လျှော့": ("80%", "80%လျှော့"),
    "삼성은F#으로 썼다": ("F#", "F#으로"),
    "\u1109\u1161\u11b7R#\u110b\u1173\u1105\u1169": ("R#",),
    "今日の#東京 は雨": ("#東京", "#東"),
    "連絡は@quay_deskまで": ("@quay_desk", "@quay"),
    "費用は€5とA&B社で折半": ("€5", "A&B", "A&B社"),
    "A C+ grade and a $1,000 prize, .org": ("C+", "$1,000", ".org"),
}
"""Text → queries that find it and no other."""
PLAIN = "Written in C and NET for 100 boats, 45 of 60, 70 or 80."


def archive_of(path: Path, texts: list[str]) -> RowArchive:
    archive = RowArchive(path)
    for number, text in enumerate(texts):
        archive.page(article(f"https://news.test/{number}", text, title=text, authors=()))
    archive.writer.close()
    return archive


def found(path: Path, query: str) -> list[int]:
    with closing(open_reader(path)) as connection:
        hits = search(connection, SearchRequest(text=query)).hits
    assert all("\x02" in hit.snippet for hit in hits), query
    return sorted(int(hit.url.rpartition("/")[2]) for hit in hits)


def test_a_symbol_is_found_wherever_a_script_without_spaces_goes_on(tmp_path):
    """Han, Kana of both widths, Hangul (also decomposed), Thai, Lao, Khmer and Burmese; and nothing without the symbol."""
    path = archive_of(tmp_path / "talkscraper.db", [*TEXTS, PLAIN]).path
    wanted = {query: [number] for number, queries in enumerate(TEXTS.values()) for query in queries}
    assert {query: found(path, query) for query in wanted} == wanted
    assert len(found(path, "C")) == 4  # with any symbol or none


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("使用#開発", ("用", "開")),
        ("使用C#開発", ("c", "開")),
        ("用あC#9を", ("c", "9")),
        ("ที่%ที่", ("่", "ท")),
        (f"用{'x' * 40}#{'y' * 40}用", ("x" * 32, "y" * 32)),
        ("plain# word", ("plain", "")),
    ],
)
def test_a_neighbour_is_a_word_or_one_letter_of_a_script_without_spaces(text, expected):
    at = re.search("[#%]", text).start()
    assert neighbours_of(text, at, at + 1, re.compile(f"[{fulltext.UNSPACED}]")) == expected


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """An archive as it was before the step: a neighbour ran into the letter of a script without spaces."""
    path = archive_of(tmp_path / "talkscraper.db", [*TEXTS, PLAIN, "隠れたC#開発"]).path
    with closing(sqlite_utils.Database(path)) as db, db.conn:
        db.execute("update articles set hidden_at = '2025-10-28T09:00:00Z' where text like '隠れた%'")
        db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
        for row in db.query("select seq, title, text, authors, marks from articles where hidden_at is null"):
            db.execute(
                "insert into articles_fts (rowid, title, text, authors, marks) values (?, ?, ?, ?, ?)",
                fulltext._columns(row, step._neighbours_of_before),
            )
        db.execute("delete from _sqlite_migrations where name = ?", [STEP])
    return path


def terms(path: Path) -> list[tuple[str, int, int]]:
    """Each word of the index, with the numbers of its articles and places."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("insert into articles_fts (articles_fts, rank) values ('integrity-check', 0)")
        return connection.execute("select term, doc, cnt from articles_words order by term").fetchall()


def test_only_articles_with_other_marks_are_indexed_again(older, tmp_path, monkeypatch):
    """And the index is then word for word that of a new archive, a hidden article still not in it."""
    assert [found(older, query) for query in ("C#", "$100", ".NET", "C+")] == [[], [], [], [14]]
    written = []
    index = fulltext.index

    def counted(db: object, row: dict) -> None:
        written.append(row["text"])
        index(db, row)

    monkeypatch.setattr(fulltext, "index", counted)
    open_writer(older).close()
    assert PLAIN not in written
    assert list(TEXTS)[-1] not in written
    assert len(written) == len(set(written)) >= 10
    assert [found(older, query) for query in ("C#", "$100", ".NET", "C+")] == [[0], [1], [2], [14]]
    new = archive_of(tmp_path / "new.db", [*TEXTS, PLAIN]).path
    assert terms(older) == terms(new)
    with closing(sqlite3.connect(older)) as connection:
        assert connection.execute("select count(*) from articles_fts_docsize").fetchone() == (len(TEXTS) + 1,)


def test_an_index_that_was_just_built_is_left_as_it_is(older, monkeypatch):
    """The upgrade of an archive of long before builds the index anew, with the marks of today."""
    with closing(sqlite_utils.Database(older)) as db, db.conn:
        fulltext.rebuild(db)
    before = terms(older)
    monkeypatch.setattr(fulltext, "unindex", lambda *_: pytest.fail("nothing is to be indexed again"))
    open_writer(older).close()
    assert terms(older) == before
    assert found(older, "C#") == [0]


def test_an_interrupted_step_leaves_the_old_index_and_begins_again(older, monkeypatch):
    """It is one transaction."""
    before, done = terms(older), []

    def interrupted(_db: object, row: dict) -> None:
        done.append(row)
        if len(done) == 3:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(fulltext, "index", interrupted)
        with pytest.raises(KeyboardInterrupt), closing(sqlite_utils.Database(older)) as db:
            migrations.apply(db)
    assert terms(older) == before
    open_writer(older).close()
    assert found(older, "C#") == [0]
