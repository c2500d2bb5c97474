"""``repair``: whatever verify finds that sound records can mend is mended; what can't be is named; twice is as once."""

import os
import signal
import sqlite3
import subprocess
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.findings import Level
from talkscraper.preserve.repair import repair
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from tests.support import cli, pages, sql, warcs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TABLES = ("captures", "articles", "revisions", "images", "provenance", "aliases", "article_days", "warc_files")


class Archive:
    """An archive of one imported file outside, one of ours inside; three articles."""

    def __init__(self, root):
        self.folder = ArchiveFolder(root).make()
        self.outside = root.parent / "outside.warc.gz"
        self.outside.write_bytes(
            warcs.members(
                warcs.info(),
                warcs.response("https://quay.example/posts/1", pages.article("The wall is raised")),
                warcs.response("https://quay.example/1.png", b"picture", mime="image/png"),
            )
        )
        self.name = "talkscraper-20251021-00000.warc.gz"
        self.inside = self.folder.warc / self.name
        records = [
            warcs.response(f"https://quay.example/posts/{n}", pages.article(f"Story {n}", more=f"{n} " * 30))
            for n in (2, 3)
        ]
        self.inside.write_bytes(warcs.members(warcs.info(), *records))
        self.ids = [record.record_id for record in records]
        import_files(self.folder, [self.outside, self.inside], clock=lambda: NOW, workers=1)

    def repair(self):
        return repair(self.folder, clock=lambda: NOW, workers=1)

    def sql(self, statement, *values):
        return sql.execute(self.folder.root, statement, *values)

    def rows(self):
        connection = sqlite3.connect(self.folder.database)
        connection.row_factory = sqlite3.Row
        found = {
            table: sorted(
                str(
                    {
                        key: value
                        for key, value in dict(row).items()
                        if key not in ("seq", "verified_at", "verdict", "indexed_at", "closed_at")
                    }
                )
                for row in connection.execute(f"select * from {table}")
            )
            for table in TABLES
        }
        found["fts"] = connection.execute(
            "select count(*) from articles_fts where articles_fts match 'wall'"
        ).fetchone()[0]
        connection.close()
        return found

    def index(self, name):
        return self.folder.index / name


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """The archive in order; each test spoils it and finds it in order again."""
    return Archive(tmp_path_factory.mktemp("repair") / "archive")


SPOILED = {
    "a missing row of a picture": lambda a: a.sql("delete from captures where url like '%.png'"),
    "a missing row of an article's page": lambda a: a.sql("delete from captures where id = ?", a.ids[0]),
    "a wrong place": lambda a: a.sql("update captures set warc_offset = warc_offset + 1 where id = ?", a.ids[1]),
    "places exchanged": lambda a: a.sql(
        "update captures set warc_offset = -warc_offset, status = 500 where warc_file = ?", a.name
    ),
    "a foreign row": lambda a: a.sql(
        "insert into captures (id, url, urlkey, captured_at, record_type, warc_file, warc_offset, warc_length)"
        " values ('<urn:uuid:none>', 'https://x.example/', 'example,x)/', '2025-01-01T00:00:00Z', 'response', ?, 9, 9)",
        a.name,
    ),
    "a missing index": lambda a: a.index("outside.cdxj").unlink(),
    "a stale index": lambda a: a.index("outside.cdxj").write_text("com,old)/ 20200101000000 {}\n"),
    "an unsorted index": lambda a: a.index("outside.cdxj").write_text(
        "".join(reversed(a.index("outside.cdxj").read_text().splitlines(keepends=True)))
    ),
    "an empty row of a file": lambda a: a.sql("update warc_files set size = null, sha256 = null"),
    "a file that the database doesn't know": lambda a: (
        a.sql("delete from captures where warc_file = ?", a.name),
        a.sql("delete from warc_files where name = ?", a.name),
    ),
    "an import that wasn't finished": lambda a: (
        a.sql("update warc_files set closed_at = null, size = null, sha256 = null where name = 'outside.warc.gz'"),
        a.sql("delete from captures where warc_file = 'outside.warc.gz'"),
    ),
    "an article that is missing": lambda a: (
        a.sql("delete from articles_fts"),
        a.sql("delete from articles"),
        *(a.sql(f"delete from {table}") for table in ("revisions", "images", "provenance", "aliases", "article_days")),
    ),
    "an article of no capture": lambda a: (
        a.sql("update articles set capture_id = '<urn:uuid:none>' where title = 'Story 2'"),
        a.sql("update revisions set capture_id = '<urn:uuid:none>' where title = 'Story 2'"),
    ),
    "an empty full-text index": lambda a: a.sql("insert into articles_fts (articles_fts) values ('delete-all')"),
    "wrong counts of days": lambda a: a.sql("update article_days set articles = 77"),
    "a lease of a dead run": lambda a: a.sql(
        "insert into urls (url, urlkey, source_id, kind, state, discovered_at, lease_run)"
        " values ('https://quay.example/', 'k', 'quay.example', 'homepage', 'leased', '2025-01-01T00:00:00Z', 7)"
    ),
}


@pytest.mark.parametrize("what", SPOILED)
def test_what_records_tell_is_mended(sound, what):
    """The rows are those of before, verify says that all is well, and a second repair has nothing to do."""
    before, indexes = sound.rows(), {path.name: path.read_bytes() for path in sound.folder.index.iterdir()}
    SPOILED[what](sound)
    report = sound.repair()
    assert report.mended and report.ok, report.remaining
    assert sound.rows() == before
    assert {path.name: path.read_bytes() for path in sound.folder.index.iterdir()} == indexes
    assert verify(sound.folder, now=NOW).ok
    assert sound.repair().mended == ()
    sound.sql("delete from urls")


def test_lost_bytes_are_named_and_their_rows_kept(tmp_path):
    """Damage remains damage: repair says where, keeps what was read from there, and mends the rest beside it."""
    archive = Archive(tmp_path / "archive")
    data = bytearray(archive.inside.read_bytes())
    data[len(data) // 2] ^= 0x55
    archive.inside.write_bytes(bytes(data))
    archive.index("outside.cdxj").unlink()
    archive.sql("delete from captures where url like '%.png'")
    before = archive.rows()["articles"]
    report = archive.repair()
    assert not report.ok
    assert {each.what for each in report.mended if each.file == archive.name} == {
        "1 captures are marked lost: their bytes are gone"
    }
    assert any(each.file == archive.name and each.offset for each in report.remaining)
    assert all(each.level is Level.DAMAGE for each in report.remaining)
    assert archive.rows()["articles"] == before
    archive.outside.unlink()
    report = archive.repair()
    assert any(str(each.kind) == "missing-file" for each in report.remaining)


def test_a_digest_that_was_noted_is_never_written_over(tmp_path):
    """Where file and note disagree, nobody can tell which was altered: it stays damage until a person accepts it."""
    archive = Archive(tmp_path / "archive")
    archive.sql("update warc_files set sha256 = 'ab' where name = ?", archive.name)
    for _ in range(2):
        report = archive.repair()
        # the manifest beside the database is a second witness
        assert [str(each.kind) for each in report.remaining] == ["sha256", "manifest"]
    assert archive.rows()["captures"] and not archive.sql("update captures set status = 200 where lost_at is not null")


def test_a_record_that_was_added_behind_our_back_becomes_no_capture(tmp_path):
    """It makes another file, which proves nothing: the record is told, and the digest stays a witness."""
    archive = Archive(tmp_path / "archive")
    with archive.inside.open("ab") as handle:
        handle.write(warcs.members(warcs.response("https://quay.example/2.png", b"more", mime="image/png")))
    before = archive.rows()
    report = archive.repair()
    assert not report.ok and {str(each.kind) for each in report.remaining} == {"size", "missing-row"}
    assert archive.rows() == before


@pytest.mark.slow
def test_repair_may_be_killed_at_any_moment(tmp_path):
    """Thirty kills while rows, index, articles and files are being mended: the repair that follows finds its way."""
    archive = Archive(tmp_path / "archive")
    before = archive.rows()
    command = cli.command(archive.folder.root, "repair", "--workers", "1")
    for turn in range(30):
        for spoil in SPOILED.values():
            try:
                spoil(archive)
            except (sqlite3.IntegrityError, FileNotFoundError):
                continue  # another spoiling took what this one spoils
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        try:
            process.wait(timeout=0.3 + turn * 0.2)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    report = archive.repair()
    assert report.ok, report.remaining
    assert archive.rows() == before
