"""``compact``: small WARCs become few, every record byte for byte, rows in step, and a kill at any step loses nothing."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from click.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.cli.main import cli
from talkscraper.preserve.backup import backup
from talkscraper.preserve.compaction import CompactionReport, compact
from talkscraper.preserve.receipts import Depth
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.takedown import takedown
from talkscraper.preserve.verify import verify
from talkscraper.replay.payload import load
from talkscraper.store.captures import by_id
from talkscraper.store.database import open_reader
from talkscraper.store.warc_manifest import read_manifest
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.reader import read_record
from tests.support import sql
from tests.support.exchanges import exchange, framed

START = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
NOW = START + timedelta(days=30)
DAYS = 4


@pytest.fixture
def folder(tmp_path) -> ArchiveFolder:
    """An archive of four days, with a WARC of each."""
    return build(tmp_path / "archive")


def build(root: Any) -> ArchiveFolder:
    folder = ArchiveFolder(root).make()
    for day in range(DAYS):
        at = START + timedelta(days=day)
        database = ArchiveWriter(folder.database)
        writer = archive_writer(folder, database, run_id=None, user_agent="tests", clock=lambda at=at: at)
        for page in (f"page-{day}", "same"):
            body = f"<p>{page} holds.</p>".encode() * 100
            writer.submit(exchange(f"http://news.example/{page}", framed(body), at)).result()
        writer.close()
        database.close()
    return folder


def join(folder: ArchiveFolder, **options: Any) -> CompactionReport:
    return compact(folder, before=NOW, now=NOW, **options)


def payloads(folder: ArchiveFolder) -> dict[str, bytes]:
    """What replay shows for each capture."""
    shown = {}
    with closing(open_reader(folder.database)) as connection:
        for row in connection.execute("select id from captures").fetchall():
            capture = by_id(connection, row["id"])
            assert capture is not None
            found = load(connection, folder, capture)
            shown[row["id"]] = found.payload()
            found.close()
    return shown


def sound(folder: ArchiveFolder) -> bool:
    report = verify(folder, now=NOW, articles=0)
    assert report.ok, [each.line() for each in report.all_findings()]
    return True


def test_many_become_one(folder):
    """Old files stand in the new one byte for byte, everything shows as before, and the receipt tells where."""
    old = {path.name: path.read_bytes() for path in folder.warc.iterdir()}
    before = payloads(folder)
    report = join(folder)
    (path,) = folder.warc.iterdir()
    data = path.read_bytes()
    assert (report.files_before, report.files, report.problems) == (DAYS, 1, ())
    (joined,) = report.joined
    assert b"".join(old[each.name] for each in joined.files) == data[joined.files[0].offset :]
    receipt = json.loads(next(folder.reports.glob("joined-*.json")).read_text())
    assert (receipt["joined_into"], receipt["sha256"]) == (path.name, joined.sha256)
    for each in receipt["files"]:
        assert data[each["offset"] : each["offset"] + each["size"]] == old[each["name"]]
    assert payloads(folder) == before
    assert [each.name for each in folder.index.iterdir()] == [path.name.replace(".warc.gz", ".cdxj")]
    assert read_manifest(folder) == {f"warc/{path.name}": joined.sha256}
    with path.open("rb") as handle:
        assert [each.rec_type for each in ArchiveIterator(handle)].count("warcinfo") == DAYS + 1
    assert sound(folder)
    assert join(folder).joined == ()


def test_joined_again(folder):
    """A joined file that is still small is joined with later ones; each old name leads to its bytes."""
    old = {path.name: path.read_bytes() for path in folder.warc.iterdir()}
    compact(folder, before=START + timedelta(days=2), now=NOW)
    assert len(list(folder.warc.iterdir())) == 3
    join(folder)
    (path,) = folder.warc.iterdir()
    rows = {row["name"]: row for row in sql.mappings(folder.root, "select * from joined_files")}
    for name, data in old.items():
        row = rows[name]
        assert row["joined_into"] == path.name
        assert path.read_bytes()[row["joined_offset"] : row["joined_offset"] + row["size"]] == data
    assert sound(folder)


def test_size_and_time_bound_it(folder):
    """No file gets larger than the limit; what was finished after ``before`` stays."""
    sizes = sum(path.stat().st_size for path in folder.warc.iterdir())
    assert len(join(folder, max_joined_bytes=sizes // 2 + 500).joined) == 2
    assert compact(folder, before=START, now=NOW).joined == ()
    assert sound(folder)


def test_a_dry_run_changes_nothing(folder):
    """It tells what would be joined."""
    before = sorted(path.name for path in folder.root.rglob("*.warc.gz*"))
    report = join(folder, dry_run=True)
    assert (len(report.joined[0].files), report.files) == (DAYS, 1)
    assert sorted(path.name for path in folder.root.rglob("*.warc.gz*")) == before


def test_damaged_files_stay(folder):
    """A file that isn't what was finished is told, and stays; so does one that was condemned or accepted before."""
    first, second, *_ = sorted(folder.warc.iterdir())
    data = bytearray(first.read_bytes())
    data[300] ^= 1
    first.write_bytes(data)
    sql.execute(folder.root, "update warc_files set verdict = 'damaged' where name = ?", second.name)
    report = join(folder)
    assert len(report.problems) == 1
    assert first.name in report.problems[0]
    assert first.read_bytes() == data
    assert second.exists()
    assert len(list(folder.warc.iterdir())) == 3


def test_what_was_taken_down_stays_so(folder):
    """A range of the new file that holds a deleted record is still refused, by the place in the takedown's row."""
    url = "http://news.example/page-2"
    (place,) = sql.mappings(folder.root, "select * from captures where url = ?", url)
    takedown(folder, [url], reason="asked", depth=Depth.DELETE, now=NOW)
    join(folder)
    (text,) = sql.rows(folder.root, "select receipt from takedowns")[0]
    (record,) = json.loads(text)["records"]
    (path,) = folder.warc.iterdir()
    assert record["file"] == path.name
    assert read_record(path, record["offset"], record["length"]).record_id == place["id"]
    assert sound(folder)


def test_backup_follows(folder, tmp_path):
    """The next backup into the same folder has the new file, and no longer the old ones."""
    assert backup(folder, tmp_path / "copy", now=NOW).ok
    join(folder)
    report = backup(folder, tmp_path / "copy", now=NOW)
    assert report.problems == ()
    assert report.ok
    assert len(list((tmp_path / "copy" / "warc").iterdir())) == 1


def test_command(folder):
    """``compact --json`` reports, and exits with 1 if a file had to stay."""
    done = CliRunner().invoke(cli, ["--archive", str(folder.root), "compact", "--json"], standalone_mode=False)
    assert done.return_value == 0
    assert json.loads(done.output)["report"]["files"] == 1


FIRST_STEPS = [0, *(pytest.param(step, marks=pytest.mark.slow) for step in (1, 2, 3))]
"""Every fourth step, from this one on."""

# --- kill -9 ----------------------------------------------------------------------------------------------------------


def _join_killed_at(folder: ArchiveFolder, step: int) -> bool:
    """Fork a process that compacts, and dies at a step; whether it came to that step."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    try:
        _die_at(step)
        join(folder)
        os._exit(0)
    except BaseException:
        os._exit(1)


def _die_at(step: int) -> None:
    """Have every step on the disk counted, and the process killed before the given one."""
    steps = count()

    def counted(call: Callable[..., Any]) -> Callable[..., Any]:
        def step_of(*arguments: Any, **options: Any) -> Any:
            if next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments, **options)

        return step_of

    ArchiveWriter.run = counted(ArchiveWriter.run)  # type: ignore[method-assign]
    for name in ("fsync", "rename", "replace", "unlink"):
        setattr(os, name, counted(getattr(os, name)))


@pytest.mark.parametrize("first", FIRST_STEPS)
def test_killed_at_any_step(tmp_path, first):
    """After a kill every capture can be recovered by the next run, in the old files or in the new one."""
    for step in count(first, 4):
        folder = build(tmp_path / f"archive-{step}")
        before = payloads(folder)
        killed = _join_killed_at(folder, step)
        with closing(ArchiveWriter(folder.database)) as writer:
            writer.run(lambda db, folder=folder: recover(folder, db, NOW))
        assert len(list(folder.warc.iterdir())) in (1, DAYS)
        assert payloads(folder) == before
        assert sound(folder)
        assert len(read_manifest(folder)) == len(list(folder.warc.glob("*.warc.gz")))
        if not killed:
            break
        join(folder)
        assert len(list(folder.warc.iterdir())) == 1
        assert payloads(folder) == before
        assert sound(folder)
    assert step > 15
