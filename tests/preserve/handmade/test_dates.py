"""Dates that can't be: named, the record kept without one, and every command goes on working."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.backup import backup
from talkscraper.preserve.findings import Level
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.repair import repair
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from talkscraper.replay import lookup, payload
from talkscraper.store.database import open_reader, open_writer
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.headers import parse_date
from tests.support import pages, sql, warcs

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
URL = "https://quay.example/posts/the-wall"
IMPOSSIBLE = [
    "0001-01-01T00:00:00+05:00", "0001-01-01T00:00:00Z", "0999-12-31T00:00:00-12:00", "1989-12-31T23:59:59Z",
    "2026-03-02T09:00:01Z", "2027-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59Z",
]  # fmt: skip


def dated(record, date):
    """A record, packed, with another WARC-Date."""
    import gzip

    plain = b"".join(record.chunks())
    before, _, after = plain.partition(b"\r\nWARC-Date: ")
    return gzip.compress(before + b"\r\nWARC-Date: " + date.encode() + after[after.index(b"\r\n") :], mtime=0)


def archive_of(tmp_path, *dates, ours=False):
    """An archive with one imported file: a sound article, and a later text of it for each date."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    records = [
        warcs.response(URL, pages.article("The wall is raised", more="It stands. " * 9), when="2025-10-21T10:00:00")
    ]
    odd = [
        warcs.response(
            URL,
            pages.article("The wall fell", more=f"{number} fell. " * 9),
            digest="sha1:" + "A" * 32 if ours else None,
        )
        for number, _ in enumerate(dates)
    ]
    path = tmp_path / "foreign.warc.gz"
    path.write_bytes(
        warcs.members(warcs.info(), *records) + b"".join(dated(r, d) for r, d in zip(odd, dates, strict=True))
    )
    report = import_files(folder, [path], clock=lambda: NOW, workers=1)
    return folder, path, report, [record.record_id for record in odd]


@pytest.mark.parametrize("date", IMPOSSIBLE)
def test_a_record_is_kept_without_a_date_that_can_not_be(tmp_path, date):
    """It is named in one line, has a row without a time, shows no article, and verify, repair and backup are content."""
    folder, _, report, (odd,) = archive_of(tmp_path, date)
    told = [each for each in report.files[0].findings if str(each.kind) == "date"]
    assert len(told) == 1 and date in told[0].message and told[0].level is Level.NOTE and report.ok
    assert sql.rows(folder.root, f"select captured_at, article_id, page_kind from captures where id = '{odd}'") == [
        (None,) * 3
    ]
    assert sql.rows(folder.root, "select title, first_captured_at, last_captured_at, revision_count from articles") == [
        ("The wall is raised", "2025-10-21T10:00:00Z", "2025-10-21T10:00:00Z", 1)
    ]
    for later in (NOW, NOW + timedelta(days=4000)):
        checked = verify(folder, now=later)
        assert checked.ok
        assert [str(each.kind) for each in checked.all_findings()] == ["date"]
    assert repair(folder, clock=lambda: NOW, workers=1).mended == ()
    assert backup(folder, tmp_path / "copy", now=NOW).ok
    with ArchiveWriter(folder.database) as writer:
        writer.run(lambda db: recover(folder, db, NOW))
    (index,) = folder.index.glob("*.cdxj")
    assert len(index.read_text().splitlines()) == 1
    connection = open_reader(folder.database)
    try:
        found = lookup.closest(connection, URL)
        assert found is not None and found.captured_at.year == 2025
        assert [each.captured_at.year for each in lookup.all_of(connection, URL)] == [2025]
        shown = payload.load(connection, folder, lookup.by_id(connection, odd))
        assert b"The wall fell" in shown.payload()
        shown.close()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("date", "told"), [("1990-01-01T00:00:00Z", []), ("2026-03-02T09:00:00Z", [("field", "note")])]
)
def test_the_first_and_the_last_moment_that_can_be(tmp_path, date, told):
    """1990, and a day after the import, which is told: another machine's clock may be ahead."""
    folder, _, report, (odd,) = archive_of(tmp_path, date)
    assert [(str(each.kind), str(each.level)) for each in report.files[0].findings] == told
    assert sql.rows(folder.root, f"select captured_at from captures where id = '{odd}'") == [(date,)]


@pytest.mark.parametrize("date", ["", "yesterday", "2025-13-01T00:00:00Z"])
def test_a_record_whose_date_is_none_is_kept_too(tmp_path, date):
    """The file breaks WARC's rules, which stays told; its bytes are in the archive all the same."""
    folder, _, report, (odd,) = archive_of(tmp_path, date)
    assert not report.ok
    assert sql.rows(folder.root, f"select captured_at from captures where id = '{odd}'") == [(None,)]
    assert sql.rows(folder.root, "select title from articles") == [("The wall is raised",)]


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_an_archive_that_has_such_rows_already_works_again(tmp_path, moment):
    """Rows and an article that an older version wrote: no command fails, and repair takes the time out of the row."""
    folder, _, _, (odd,) = archive_of(tmp_path, moment)
    connection = sqlite3.connect(folder.database)
    with connection:
        (article, digest) = connection.execute("select article_id, content_digest from captures limit 1").fetchone()
        connection.execute(
            "update captures set captured_at = ?, article_id = ?, content_digest = ?, page_kind = 'article' where id = ?",
            [moment, article, digest, odd],
        )
    connection.close()
    assert not verify(folder, now=NOW).ok
    assert repair(folder, clock=lambda: NOW, workers=1).ok
    assert sql.rows(folder.root, f"select captured_at, article_id from captures where id = '{odd}'") == [(None, None)]
    assert verify(folder, now=NOW).ok


def test_an_import_that_such_a_date_ended_is_finished(tmp_path):
    """Its file's row says that it wasn't: the next crawl's start passes over it, and repair finishes it."""
    folder, _, _, _ = archive_of(tmp_path, *IMPOSSIBLE)
    connection = sqlite3.connect(folder.database)
    with connection:
        connection.execute("update warc_files set closed_at = null, size = null, sha256 = null")
        connection.execute("delete from captures where captured_at is null")
    connection.close()
    with ArchiveWriter(folder.database) as writer:
        writer.run(lambda db: recover(folder, db, NOW))
    assert repair(folder, clock=lambda: NOW, workers=1).ok
    assert sql.rows(folder.root, "select count(*) from captures where captured_at is null") == [(len(IMPOSSIBLE),)]


def test_records_of_an_arc_keep_what_it_says(tmp_path):
    """Years 1 and 9999, and digits that are no date: all three answers are in the archive, the sound one dated."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + pages.article("Old paper")
    lines = [b"filedesc://old.arc 0.0.0.0 20010101000000 text/plain 0\n\n"]
    for number, date in enumerate((b"00010101000000", b"99991231235959", b"20019999000000", b"20010203040506")):
        lines.append(b"http://old.example/%d 192.0.2.7 %s text/html %d\n%s\n" % (number, date, len(answer), answer))
    (tmp_path / "old.arc").write_bytes(b"".join(lines))
    import_files(folder, [tmp_path / "old.arc"], clock=lambda: NOW, workers=1)
    assert sql.rows(folder.root, "select captured_at from captures order by url") == [
        (None,), (None,), (None,), ("2001-02-03T04:05:06Z",)
    ]  # fmt: skip
    assert verify(folder, now=NOW).ok
    assert repair(folder, clock=lambda: NOW, workers=1).mended == ()


def test_a_date_of_the_first_or_last_day_in_any_zone_is_read():
    """No OverflowError, whatever the offset."""
    for text in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"):
        found = parse_date(text)
        assert found is not None and found.year in (1, 9999)


def test_the_copying_migration_gives_the_same_table(tmp_path, monkeypatch):
    """Where SQLite guards its schema, captures are copied: same columns and indexes as where the schema is edited."""
    from talkscraper.store.migrations import changes, m011_lost_and_undated

    edited = open_writer(tmp_path / "edited.db")

    def copying(db, table, column):
        changes._copy_table(db, table, f"{column} text not null", f"{column} text")

    monkeypatch.setattr(m011_lost_and_undated, "may_be_null", copying)
    copied = open_writer(tmp_path / "copied.db")
    for query in (
        "select name, type, [notnull], dflt_value, pk from pragma_table_info('captures')",
        "select name, sql from sqlite_master where type = 'index' and tbl_name = 'captures' order by name",
        "select * from pragma_foreign_key_list('captures')",
        "pragma integrity_check",
    ):
        assert edited.execute(query).fetchall() == copied.execute(query).fetchall()
    copied.execute("insert into warc_files (name) values ('x')")
    with pytest.raises(sqlite3.IntegrityError, match="cannot store TEXT"):  # it is a strict table still
        copied.execute(
            "insert into captures (id, url, urlkey, record_type, warc_file, warc_offset, warc_length)"
            " values ('a', 'b', 'c', 'response', 'x', 'no number', 1)"
        )
