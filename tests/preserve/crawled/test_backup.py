"""A backup is a whole, sound archive of one instant, also while a crawl writes; and it costs only what is new."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.capture.exchange import Exchange
from talkscraper.errors import ArchiveLocked, StorageError, UsageError
from talkscraper.preserve import backup as module
from talkscraper.preserve.backup import MANIFEST, backup
from talkscraper.store.writer import ArchiveWriter
from tests.support import sql
from tests.support.exchanges import exchange, framed
from tests.support.older_archives import as_before

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def table(root, name):
    return sql.rows(root, f"select * from {name}")


def numbered(number: int, size: int = 3000) -> Exchange:
    body = (f"{number} " * size).encode()[:size]
    return exchange(f"http://news.example/{number}", framed(body), NOW)


def test_the_copy_is_the_same_archive(archive, tmp_path):
    """Every row and every byte; search, show and replay answer from it as from the original."""
    told = archive.json("backup", str(tmp_path / "copy"))
    assert told["ok"] is True
    assert (told["articles"], told["warcs"], len(told["copied"])) == (3, 2, 2)
    copy = type(archive)(tmp_path / "copy", archive.base)
    for name in ("articles", "captures", "revisions", "aliases", "urls", "runs", "sources", "provenance"):
        assert table(copy.root, name) == table(archive.root, name), name
    for kind in ("warc/*.warc.gz", "index/*.cdxj", "sources.toml"):
        names = sorted(path.relative_to(archive.root) for path in archive.root.glob(kind))
        assert names == sorted(path.relative_to(copy.root) for path in copy.root.glob(kind))
        assert all((archive.root / name).read_bytes() == (copy.root / name).read_bytes() for name in names)
    assert copy.verified() == []
    for command in (["search", "zanzibarite"], ["show", f"{archive.base}/posts/kept"]):
        assert copy.json(*command) == archive.json(*command)
    url = f"{archive.base}/posts/taken"
    assert copy.run("replay", url).stdout == archive.run("replay", url).stdout != ""


def test_an_archive_of_an_older_version_is_copied_and_stays_as_it_is(archive, tmp_path):
    """Before an upgrade, by the new program: the copy has today's tables and all rows, the archive its own."""
    names = ("articles", "captures", "revisions", "provenance")
    before = {name: len(table(archive.root, name)) for name in names}
    as_before(archive.root / "talkscraper.db", "m011_lost_and_undated")
    older = (archive.root / "talkscraper.db").read_bytes()
    report = backup(ArchiveFolder(archive.root), tmp_path / "copy", now=NOW)
    assert report.problems == ()
    assert {name: len(table(tmp_path / "copy", name)) for name in names} == before
    assert (archive.root / "talkscraper.db").read_bytes() == older


def test_what_people_wrote_beside_the_database_is_copied(archive, tmp_path):
    """Saved searches and what they told, collections, notes; not files of secrets that sources.toml names."""
    written = ("alerts.toml", "NOTES.md", "collections/harbour.toml", "alerts/wall.jsonl")
    for name in (*written, "cookies.txt", ".hidden.toml"):
        (archive.root / name).parent.mkdir(exist_ok=True)
        (archive.root / name).write_text(f"# {name}\n")
    backup(ArchiveFolder(archive.root), tmp_path / "copy", now=NOW, quick=True)
    for name in written:
        assert (tmp_path / "copy" / name).read_text() == f"# {name}\n"
    assert not (tmp_path / "copy" / "cookies.txt").exists()
    (archive.root / "alerts.toml").write_text("# changed\n")
    backup(ArchiveFolder(archive.root), tmp_path / "copy", now=NOW, quick=True)
    assert (tmp_path / "copy" / "alerts.toml").read_text() == "# changed\n"


def test_the_next_backup_copies_only_what_is_new(archive, tmp_path):
    """Nothing but the database the second time; one WARC after another has come."""
    folder, copy = ArchiveFolder(archive.root), tmp_path / "copy"
    backup(folder, copy, now=NOW)
    again = backup(folder, copy, now=NOW + timedelta(days=1))
    assert (again.copied, again.ok) == ((), True)
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: NOW)
    writer.submit(numbered(1)).result()
    writer.close()
    database.close()
    third = backup(folder, copy, now=NOW + timedelta(days=2), quick=True)
    assert (len(third.copied), third.ok, third.warcs) == (1, True, 3)
    assert third.bytes_copied < again.bytes_copied + 100_000


def test_a_copy_made_while_a_crawl_writes_is_consistent(archive, tmp_path):
    """A writer goes on all the time; each copy verifies, and has the rows of an instant between two commits."""
    folder = ArchiveFolder(archive.root)
    database = ArchiveWriter(folder.database)
    writer = archive_writer(folder, database, run_id=None, clock=lambda: NOW, rotate_bytes=60_000)
    stop, written = threading.Event(), []

    def write() -> None:
        number = 0
        while not stop.is_set():
            written.append(writer.submit(numbered(number)).result())
            number += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        counts = []
        for _ in range(3):
            before = len(written)
            report = backup(folder, tmp_path / "copy", now=NOW)
            assert report.ok, [*report.problems, *(each.line() for each in report.check.all_findings())]
            assert report.captures >= before
            counts.append(report.captures)
    finally:
        stop.set()
        thread.join()
        writer.close()
        database.close()
    assert counts == sorted(counts)
    last = backup(folder, tmp_path / "copy", now=NOW)
    assert last.ok
    assert sorted(table(tmp_path / "copy", "captures")) == sorted(table(archive.root, "captures"))
    assert list((tmp_path / "copy" / "warc").glob("*.open")) == []


def test_the_copy_of_a_running_crawl_can_be_crawled_on(archive, tmp_path, paper):
    """Leases in the snapshot are given back; the copy, used as the archive, finds what is new."""
    connection = sqlite3.connect(archive.root / "talkscraper.db")
    with connection:
        connection.execute("update urls set state = 'leased', lease_run = 1 where kind = 'article'")
    connection.close()
    assert archive.json("backup", str(tmp_path / "copy"))["ok"] is True
    copy = type(archive)(tmp_path / "copy", archive.base)
    assert copy.rows("select count(*) from urls where state = 'leased'") == [(0,)]
    paper.add("/posts/other", b"<html><body><h1>Gone</h1></body></html>", status=410)
    assert copy.run("crawl", "quay").returncode == 0
    assert copy.rows("select count(*) from articles where gone_at is not null") == [(1,)]


def test_a_rotten_source_never_replaces_a_good_copy(archive, tmp_path):
    """The file that changed since it was finished is named; the earlier copy of it stays as it was."""
    folder, copy = ArchiveFolder(archive.root), tmp_path / "copy"
    backup(folder, copy, now=NOW)
    victim = min(folder.warc.glob("*.gz"))
    good = victim.read_bytes()
    manifest = json.loads((copy / MANIFEST).read_text())
    manifest["files"][victim.name]["sha256"] = "unknown"
    (copy / MANIFEST).write_text(json.dumps(manifest))
    victim.write_bytes(good[:2000] + b"\xff" + good[2001:])
    report = backup(folder, copy, now=NOW)
    assert [victim.name in problem for problem in report.problems] == [True]
    assert (copy / "warc" / victim.name).read_bytes() == good
    assert report.check.ok


def test_a_rotten_copy_is_told(archive, tmp_path):
    """A byte flips on the backup's disk: the next backup's check finds it."""
    folder, copy = ArchiveFolder(archive.root), tmp_path / "copy"
    backup(folder, copy, now=NOW)
    victim = min((copy / "warc").glob("*.gz"))
    data = victim.read_bytes()
    victim.write_bytes(data[:2000] + bytes([data[2000] ^ 1]) + data[2001:])
    assert backup(folder, copy, now=NOW).ok is False
    victim.unlink()
    assert backup(folder, copy, now=NOW).ok is True


def test_a_takedown_reaches_the_next_backup(archive, tmp_path):
    """It names the backup in its receipt; after the next backup the copy has no trace of it either."""
    copy = tmp_path / "copy"
    archive.json("backup", str(copy))
    url = f"{archive.base}/posts/taken"
    told = archive.json("takedown", url, "--reason", "r", "--depth", "rewrite")
    assert [(each["kind"], each["told"]) for each in told["copies"]] == [("backup", "holds it")]
    assert archive.json("backup", str(copy))["ok"] is True
    import gzip

    data = b"".join(path.read_bytes() for path in copy.rglob("*") if path.is_file() and path.parent.name != "reports")
    data += b"".join(gzip.decompress(path.read_bytes()) for path in copy.rglob("*.gz"))
    assert b"zanzibarite" not in data
    assert archive.json("takedown", url, "--reason", "r", "--depth", "rewrite")["copies"] == []


def test_a_missing_source_is_told(archive, tmp_path):
    """A WARC that is gone from the archive makes the backup fail loudly, and everything else is copied."""
    victim = min((archive.root / "warc").glob("*.gz"))
    victim.unlink()
    done = archive.run("backup", str(tmp_path / "copy"))
    assert done.returncode == 1
    assert f"{victim.name} is missing" in done.stdout
    assert len(list((tmp_path / "copy" / "warc").glob("*.gz"))) == 1


def test_places_that_are_no_place_for_a_backup_are_refused(archive, tmp_path):
    """Inside of the archive, around it, a file, another archive, a folder with something else."""
    folder = ArchiveFolder(archive.root)
    (tmp_path / "file").write_text("")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("")
    shutil.copytree(archive.root, tmp_path / "twin")
    for place in (
        archive.root,
        archive.root / "warc" / "x",
        tmp_path,
        *(tmp_path / n for n in ("file", "full", "twin")),
    ):
        with pytest.raises(UsageError):
            backup(folder, place, now=NOW)


def test_two_backups_into_one_folder_do_not_meet(archive, tmp_path):
    """The second is refused at once."""
    copy = ArchiveFolder(tmp_path / "copy")
    backup(ArchiveFolder(archive.root), copy.root, now=NOW)
    with copy.lock(what="backup"), pytest.raises(ArchiveLocked):
        backup(ArchiveFolder(archive.root), copy.root, now=NOW)


def test_a_disk_that_is_too_small_is_refused_before_it_is_full(archive, tmp_path, monkeypatch):
    """Exit code 74 before the first byte."""
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(100, 90, 10))
    with pytest.raises(StorageError, match="MiB free"):
        backup(ArchiveFolder(archive.root), tmp_path / "copy", now=NOW)
    assert list((tmp_path / "copy" / "warc").iterdir()) == []


@pytest.mark.parametrize("step", ["copy_warc", "_move_into_place", "recover", "_report_unknown"])
def test_a_backup_that_was_killed_is_finished_by_the_next(archive, tmp_path, monkeypatch, step):
    """At whatever step: the next backup into the folder makes it whole."""

    def cut(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, step, cut)
    with pytest.raises(KeyboardInterrupt):
        backup(ArchiveFolder(archive.root), tmp_path / "copy", now=NOW)
    monkeypatch.undo()
    report = backup(ArchiveFolder(archive.root), tmp_path / "copy", now=NOW)
    assert report.ok, report.problems
    assert list((tmp_path / "copy").rglob("*.tmp")) == []
