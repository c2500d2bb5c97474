"""Articles that somebody changed by hand: verify and backup name them, repair makes them again from their captures."""

import json
import shutil
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.backup import backup
from talkscraper.preserve.check.articles import ALL_ARTICLES
from talkscraper.preserve.check.verify import verify
from talkscraper.preserve.foreign.import_warcs import import_files
from talkscraper.preserve.mend.repair import repair
from talkscraper.store.content import Content
from tests.support import cli, pages, warcs

pytestmark = pytest.mark.timeout(400)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
WALL = "https://quay.example/posts/the-wall-is-raised"
BOATS = "https://quay.example/posts/boats-leave"
QUESTIONS = (
    "select id, url, title, text, authors, published_at, revision_count, last_captured_at from articles order by id",
    "select article_id, number, title, text, content_digest, capture_id from revisions order by 1, 2",
    "select id from articles_fts join articles on seq = articles_fts.rowid where articles_fts match 'harbour' order by 1",
)


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Two articles, one of them with three revisions."""
    root = tmp_path_factory.mktemp("sound")
    file = root / "theirs.warc.gz"
    stories = [
        warcs.response(WALL, pages.article(title, more=more), when=f"2025-10-2{day}T10:00:00")
        for day, (title, more) in enumerate(
            (("The wall is raised", ""), ("The wall is raised", "More."), ("The wall", ""))
        )
    ]
    file.write_bytes(warcs.members(warcs.info(), *stories, warcs.response(BOATS, pages.article("Boats leave"))))
    folder = ArchiveFolder(root / "archive")
    import_files(folder, [file], clock=lambda: NOW, copy=True, workers=1)
    return folder


@pytest.fixture
def folder(sound, tmp_path):
    shutil.copytree(sound.root, tmp_path / "archive")
    return ArchiveFolder(tmp_path / "archive")


def change(folder, *statements):
    connection = sqlite3.connect(folder.database)
    with connection:
        for statement in statements:
            connection.execute(*statement) if isinstance(statement, tuple) else connection.execute(statement)
    connection.close()


def told(folder):
    connection = sqlite3.connect(folder.database)
    try:
        return [connection.execute(question).fetchall() for question in QUESTIONS]
    finally:
        connection.close()


def wrong(report):
    return [each.message for each in report.all_findings() if each.level != "note"]


FORGERIES = {
    "title": "update articles set title = 'The wall has fallen' where url like '%wall%'",
    "text": "update articles set text = 'Nothing happened.' where url like '%wall%'",
    "text-and-digest": (
        "update articles set text = 'Nothing.', text_digest = ? where url like '%wall%'",
        [f"sha256:{sha256(b'Nothing.').hexdigest()}"],
    ),
    "date": "update articles set published_at = '2019-01-01T00:00:00Z' where url like '%boats%'",
    "future-date": "update articles set published_at = '2030-01-01T00:00:00Z' where url like '%boats%'",
    "no-date": "update articles set first_captured_at = 'long ago' where url like '%boats%'",
    "authors": "update articles set authors = '[\"Somebody Else\"]' where url like '%boats%'",
    "broken-authors": "update articles set authors = cast(x'ff5b' as text) where url like '%boats%'",
    "old-revision-title": "update revisions set title = 'Another' where number = 1",
    "revision-deleted": "delete from revisions where number = 2",
    "last-revision-deleted": "delete from revisions where number = 3",
    "revision-count": "update articles set revision_count = 7",
    "invalid-utf8-title": "update articles set title = cast(x'c328ff' as text) where url like '%wall%'",
    "invalid-utf8-text": "update articles set text = cast(x'41ff42' as text) where url like '%wall%'",
    "invalid-utf8-revision": "update revisions set text = cast(x'41ff42' as text) where number = 1",
    "other-capture": "update articles set capture_id = '<urn:uuid:none>' where url like '%boats%'",
    "look-forgotten": "update captures set article_id = null where captured_at like '2025-10-21%'",
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_verify_names_a_forged_article_and_repair_makes_it_again(folder, forgery):
    """Whatever was changed by hand is found by rows alone, a line each, and comes back from the captures."""
    before = told(folder)
    change(folder, FORGERIES[forgery])
    found = wrong(verify(folder, now=NOW, articles=0, workers=1))
    assert found
    assert all("\n" not in each for each in found)
    repaired = repair(folder, clock=lambda: NOW, workers=1)
    assert repaired.ok, repaired.remaining
    assert told(folder) == before


def _consistent(folder, title):
    """A forgery that fits in every digest and row."""
    connection = sqlite3.connect(folder.database)
    connection.row_factory = sqlite3.Row
    with connection:
        connection.execute(
            "update revisions set title = ? where article_id in (select id from articles where url = ?)", [title, BOATS]
        )
        row = dict(
            connection.execute(
                "select r.* from revisions r join articles a on a.id = article_id where url = ?", [BOATS]
            ).fetchone()
        )
        digest = Content.of_row(row).digest
        connection.execute("update revisions set content_digest = ? where article_id = ?", [digest, row["article_id"]])
        connection.execute("update captures set content_digest = ? where article_id = ?", [digest, row["article_id"]])
        connection.execute("update articles set title = ? where url = ?", [title, BOATS])
    connection.close()


def test_a_forgery_without_a_loose_end_is_found_by_reading_the_page(folder):
    """Rows and digests all fit, but the capture gives another title; repair makes the article again."""
    before = told(folder)
    _consistent(folder, "Boats never leave")
    assert wrong(verify(folder, now=NOW, articles=0, workers=1)) == []
    (found,) = wrong(verify(folder, now=NOW, articles=ALL_ARTICLES, workers=1))
    assert "gives another title" in found and "Boats leave" in found
    assert wrong(verify(folder, now=NOW, workers=1)) == [found], "few articles are all read anyway"
    assert repair(folder, clock=lambda: NOW, workers=1).ok
    assert told(folder)[0] == before[0] and told(folder)[1] == before[1]


def test_what_another_extractor_made_is_not_called_forged(folder):
    """It can't be compared: counted in a note, and all is well."""
    change(folder, "update captures set extractor = 'talkscraper 0'", "update articles set extractor = 'talkscraper 0'",
           "update revisions set extractor = 'talkscraper 0'")  # fmt: skip
    report = verify(folder, now=NOW, articles=ALL_ARTICLES, workers=1)
    assert report.ok
    assert ["2 of 2 articles were made by another extractor" in each.message for each in report.findings] == [True]


def test_a_sound_archive_stays_sound(folder):
    """Nothing is found, nothing mended."""
    before = told(folder)
    assert verify(folder, now=NOW, articles=ALL_ARTICLES, workers=1).ok
    assert repair(folder, clock=lambda: NOW, workers=1).mended == ()
    assert told(folder) == before


def test_backup_does_not_bless_a_forged_article(folder, tmp_path):
    """The copy's check finds it, and the backup says that not all is well."""
    change(folder, FORGERIES["title"])
    report = backup(folder, tmp_path / "copy", now=NOW)
    assert not report.ok
    assert any("its title isn't that of its newest revision" in each for each in wrong(report.check))


def test_repair_leaves_an_article_whose_page_it_cannot_read(folder):
    """Nothing is thrown away for a half: it stays as it is, and stays told."""
    change(folder, FORGERIES["title"])
    (warc,) = folder.warc.glob("*.warc.gz")
    data = bytearray(warc.read_bytes())
    connection = sqlite3.connect(folder.database)
    (offset,) = connection.execute("select warc_offset from captures where captured_at like '2025-10-20%'").fetchone()
    connection.close()
    data[offset + 300] ^= 0xFF
    warc.write_bytes(data)
    report = repair(folder, clock=lambda: NOW, workers=1)
    assert any("its title isn't that of its newest revision" in each.message for each in report.remaining)
    assert len(told(folder)[1]) == 4


@pytest.mark.parametrize("column", ["title", "text", "authors", "url", "published_at", "section", "tags"])
def test_readers_survive_bytes_that_are_no_utf8(folder, column):
    """search, show, export and cite print what can be read, or one line; none ends in a traceback."""
    change(folder, f"update articles set {column} = cast(x'5b22ff225d' as text) where url like '%wall%'")
    connection = sqlite3.connect(folder.database)
    (key,) = connection.execute("select id from articles where url not like '%boats%'").fetchone()
    connection.close()
    out = folder.root / "out.jsonl"
    for command in (("search", "harbour", "--json"), ("show", key), ("export", out), ("cite", key), ("diff", key)):
        done = cli.run(folder.root, *command)
        assert "Traceback" not in done.stderr, (command, done.stderr[-800:])
        if command[0] == "search":
            assert len(json.loads(done.stdout)["hits"]) == 2
