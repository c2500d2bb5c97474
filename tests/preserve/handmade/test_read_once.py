"""An imported file is read once: its digest comes from the scan, unless it may be one that the archive has already."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster.local import LocalExecutor
from talkscraper.ingest.sharded_pages import ShardedPages
from talkscraper.preserve import file_import, ranged_scan
from talkscraper.preserve.import_report import ImportReport
from talkscraper.preserve.warc_import import import_files
from tests.support import sql, warcs

NOW = datetime(2026, 1, 1, tzinfo=UTC)
Import = Callable[..., ImportReport]


@pytest.fixture
def folder(tmp_path: Path) -> ArchiveFolder:
    return ArchiveFolder(tmp_path / "archive")


@pytest.fixture(params=["here", "by workers"])
def take(request: pytest.FixtureRequest, folder: ArchiveFolder) -> Import:
    """Import files, here and by an executor's units."""

    def run(*paths: Path, **options: object) -> ImportReport:
        cluster = ShardedPages(LocalExecutor(1), folder.shards) if request.param == "by workers" else None
        return import_files(folder, paths, clock=lambda: NOW, workers=1, cluster=cluster, **options)  # type: ignore[arg-type]

    return run


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files that are read for nothing but their digest."""
    names: list[str] = []
    read = ranged_scan.sha256_of

    def noted(path: Path) -> str:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(ranged_scan, "sha256_of", noted)
    return names


def written(path: Path, *numbers: int, noise: int = 64) -> Path:
    """Write a WARC of pictures, which no rule compresses: its size depends on their number alone."""
    records = [
        warcs.response(f"https://quay.example/{number:04d}.png", bytes([number]) * noise, mime="image/png")
        for number in numbers
    ]
    path.write_bytes(warcs.plain(*records))
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_new_files_are_read_once_and_their_digests_are_right(
    tmp_path: Path, folder: ArchiveFolder, take: Import, hashed: list[str]
) -> None:
    files = [written(tmp_path / f"{count}.warc", *range(count)) for count in (2, 3, 4)]
    report = take(*files)
    assert [(each.state, each.captures) for each in report.files] == [("imported", 2), ("imported", 3), ("imported", 4)]
    assert hashed == []
    assert dict(sql.rows(folder.root, "select name, sha256 from warc_files")) == {p.name: digest(p) for p in files}


def test_a_large_file_has_its_digest_computed_beside_its_ranges(
    tmp_path: Path, folder: ArchiveFolder, take: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranged_scan, "RANGE_BYTES", 500)
    path = tmp_path / "large.warc.gz"
    path.write_bytes(
        b"".join(warcs.members(warcs.response(f"https://quay.example/{n}", os.urandom(300))) for n in range(9))
    )
    assert take(path).files[0].captures == 9
    assert sql.rows(folder.root, "select sha256 from warc_files") == [(digest(path),)]


def test_what_the_archive_has_is_recognised_before_any_row(
    tmp_path: Path, folder: ArchiveFolder, take: Import, hashed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever its name, also in one import with the first one; a file that only has the size of another is new."""
    first, same = written(tmp_path / "a.warc", 1, 2), tmp_path / "b.warc"
    same.write_bytes(first.read_bytes())
    other = written(tmp_path / "c.warc", 3, 4)
    assert first.stat().st_size == other.stat().st_size
    assert [each.state for each in take(first, same).files] == ["imported", "known"]
    before = sql.rows(folder.root, "select * from warc_files")
    hashed.clear()
    with monkeypatch.context() as patched:
        patched.setattr(file_import, "Registration", None)
        assert [each.state for each in take(same).files] == ["known"]
    assert hashed == ["b.warc"]
    assert sql.rows(folder.root, "select * from warc_files") == before
    assert [each.state for each in take(other).files] == ["imported"]
    assert sql.rows(folder.root, "select sha256 from warc_files order by name") == [(digest(first),), (digest(other),)]


@pytest.mark.parametrize("copy", [False, True])
def test_a_file_that_changes_while_it_is_read_is_named_and_leaves_no_row(
    tmp_path: Path, folder: ArchiveFolder, take: Import, copy: bool
) -> None:
    """Its writer was at work: what was read is of no file. The next import takes it as it is then."""
    path = tmp_path / "growing.warc.gz"
    path.write_bytes(b"".join(warcs.members(warcs.response(f"https://quay.example/{n}", b"x")) for n in range(5)))

    def grow(name: str, done: int, total: int) -> None:
        with path.open("ab") as handle:
            handle.write(warcs.members(warcs.response("https://quay.example/more", b"y")))

    (refused,) = take(path, copy=copy, progress=grow).files
    assert (refused.path, refused.state) == (path, "refused")
    assert "it was changed while it was read" in (refused.reason or "")
    assert sql.rows(folder.root, "select count(*) from captures") == [(0,)]
    assert sql.rows(folder.root, "select count(*) from warc_files") == [(0,)]
    assert not list(folder.warc.iterdir())
    assert not list(folder.index.iterdir())
    (taken,) = take(path, copy=copy).files
    assert (taken.state, taken.captures) == ("imported", 10)
    assert sql.rows(folder.root, "select sha256 from warc_files") == [(digest(path),)]
