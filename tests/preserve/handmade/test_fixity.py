"""Fixity outside the database, the history of verdicts, and archives on media that can't be written."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.backup import backup
from talkscraper.preserve.repair import repair
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from talkscraper.store.warc_manifest import manifest_lines, read_manifest
from tests.support import sql, warcs

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    """An archive with two imported files in its warc/."""
    made = ArchiveFolder(tmp_path / "archive")
    for name in ("a", "b"):
        path = tmp_path / f"{name}.warc.gz"
        answer = warcs.response(f"http://quay.example/{name}.png", name.encode() * 2000, mime="image/png")
        path.write_bytes(warcs.members(warcs.info(), answer))
        import_files(made, [path], clock=lambda: NOW, workers=1, copy=True)
    return made


def test_sha256sum_checks_the_manifest(folder):
    """The file beside the WARCs needs no talkscraper: a flipped byte is found by coreutils."""
    check = ["sha256sum", "--check", "--strict", folder.manifest.name]
    assert subprocess.run(check, cwd=folder.root, capture_output=True, check=False).returncode == 0
    path = folder.warc / "a.warc.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"\xff")
    done = subprocess.run(check, cwd=folder.root, capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "warc/a.warc.gz: FAILED" in done.stdout


def test_the_manifest_outlives_the_database(folder):
    """A file that rotted before the database was rebuilt isn't taken for the finished one."""
    folder.database.unlink()
    path = folder.warc / "a.warc.gz"
    data = bytearray(path.read_bytes())
    data[4] ^= 1  # the time in a gzip head: every record stays whole
    path.write_bytes(bytes(data))
    report = import_files(folder, [folder.warc], clock=lambda: NOW, workers=1)
    assert not report.ok and report.added == 2
    assert {file.name: str(file.verdict) for file in verify(folder, now=NOW).files} == {
        "a.warc.gz": "damaged", "b.warc.gz": "ok",
    }  # fmt: skip
    repair(folder, clock=lambda: NOW, workers=1, accepted=["a.warc.gz"])
    assert verify(folder, now=NOW).ok


def test_a_manifest_that_disagrees_is_told_until_repair(folder):
    """A run adds what is missing and changes no line; repair does, for files that are what was finished."""
    right = folder.manifest.read_bytes()
    folder.manifest.write_bytes(manifest_lines(read_manifest(folder) | {"warc/a.warc.gz": "0" * 64}))
    (finding,) = verify(folder, now=NOW).findings
    assert (str(finding.kind), str(finding.level)) == ("manifest", "mendable")
    import_files(folder, [folder.warc / "b.warc.gz"], clock=lambda: NOW, workers=1)
    assert not verify(folder, now=NOW).ok
    assert repair(folder, clock=lambda: NOW, workers=1).ok
    assert folder.manifest.read_bytes() == right and verify(folder, now=NOW).ok


def test_names_are_escaped_as_sha256sum_does():
    """A line end in the path of a file imported in place can't forge a line."""
    odd = {"/mnt/a\nb\\c\r.warc.gz": "1" * 64}
    assert manifest_lines(odd) == b"\\" + b"1" * 64 + b"  /mnt/a\\nb\\\\c\\r.warc.gz\n"


def test_each_verdict_stays_in_the_history(folder):
    """Who, when, what: also after a file was damaged and replaced."""
    path = folder.warc / "a.warc.gz"
    sound = path.read_bytes()
    verify(folder, now=NOW)
    path.write_bytes(sound[:-5])
    verify(folder, now=NOW)
    path.write_bytes(sound)
    verify(folder, now=NOW)
    rows = sql.rows(folder.root, "select command, verdict, findings > 0, verified_by from verdicts"
                                 " where warc_file = 'a.warc.gz' order by id")  # fmt: skip
    assert [row[:3] for row in rows] == [("verify", "ok", 0), ("verify", "damaged", 1), ("verify", "ok", 0)]
    assert all("@" in row[3] for row in rows)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount")
def test_verify_and_backup_read_from_read_only_media(folder, tmp_path):
    """Nothing is written there, not even a lock, and what couldn't be recorded is said."""
    place = tmp_path / "media"
    place.mkdir()
    if subprocess.run(["mount", "--bind", folder.root, place], capture_output=True, check=False).returncode:
        pytest.skip("mounting isn't allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", place], check=True)
        media = ArchiveFolder(place)
        report = verify(media, now=NOW)
        assert report.ok and not report.noted and len(report.files) == 2
        copied = backup(media, tmp_path / "copy", now=NOW)
        assert copied.ok and copied.warcs == 2 and "read-only" in copied.unrecorded
    finally:
        subprocess.run(["umount", place], check=True)
    assert read_manifest(ArchiveFolder(tmp_path / "copy")) == read_manifest(folder)
