"""kill -9 at any moment of a crawl, and of the repair after it: nothing committed is lost, and the next run goes on.

Runs are killed when the newsroom has been asked so many times, at random points of whatever happens then; a repair is
killed at its n-th touch of the disk, for every n there is.
"""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.fixture_site import FixtureSite
from talkscraper.preserve.check.verify import verify
from talkscraper.preserve.findings import Level
from talkscraper.preserve.recovery import recover
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.reader import read_record
from tests.support import cli, sql
from tests.support.waiting import wait_until
from tests.support.warcs import scan_members


def one_paper(newsroom: FixtureSite) -> str:
    """Only the English newspaper: a crawl of it is short."""
    return newsroom.sources_toml().partition("[sources.minato]")[0]


def crawl(folder: ArchiveFolder) -> None:
    """To the end."""
    done = cli.run(folder.root, "crawl")
    assert done.returncode == 0, done.stderr


def crawl_and_kill(folder: ArchiveFolder, newsroom: FixtureSite, seeded: random.Random, requests: int) -> bool:
    """Start a crawl and kill it somewhere in the middle; False where it was faster than the kill."""
    before = len(newsroom.log)
    # later runs ask for less: pictures are there already
    wanted = seeded.randrange(seeded.choice([requests, requests // 3, requests // 3]))
    process = subprocess.Popen(cli.command(folder.root, "crawl"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: process.poll() is not None or len(newsroom.log) - before >= wanted, every=0.002)
    # anywhere between this request and the next ones, or in the shutdown
    time.sleep(seeded.choice([0, seeded.uniform(0, 0.02), seeded.uniform(0, 0.3)]))
    killed = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    return killed


def place(folder: ArchiveFolder, name: str) -> Path:
    path = folder.warc / name
    return path if path.exists() else path.with_name(name + ".open")


def check_before_repair(folder: ArchiveFolder) -> dict[str, str]:
    """No committed row without its whole record, at most one torn end; returns the digests of finished files."""
    if not folder.database.exists():
        return {}
    tables = {row[0] for row in sql.rows(folder.root, "select name from sqlite_master where type = 'table'")}
    if "captures" in tables:
        for record_id, name, at, length in sql.rows(
            folder.root, "select id, warc_file, warc_offset, warc_length from captures"
        ):
            assert read_record(place(folder, name), at, length).record_id == record_id
        assert sql.rows(folder.root, "pragma integrity_check") == [("ok",)]
    for path in folder.warc.glob("*.warc.gz.open"):
        assert sum(not member.complete for member in scan_members(path)) <= 1
    finished = {path.name: digest(path.read_bytes()) for path in folder.warc.glob("*.warc.gz")}
    for path in folder.warc.glob("*.warc.gz"):
        assert all(member.complete for member in scan_members(path))
    return finished


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def check_after_repair(folder: ArchiveFolder, before: dict[str, str], open_before: dict[str, bytes]) -> None:
    """Rows and records agree in both directions, torn tails lie aside, finished files are as they were."""
    report = verify(folder, now=datetime.now(UTC))
    wrong = [each.line() for each in report.all_findings() if each.level is not Level.NOTE and each.kind != "lease"]
    assert wrong == []
    assert list(folder.warc.glob("*.open")) == []
    assert {name: digest((folder.warc / name).read_bytes()) for name in before} == before
    for name, data in open_before.items():
        kept = (folder.warc / name).read_bytes() if (folder.warc / name).exists() else b""
        torn = b"".join(path.read_bytes() for path in folder.warc.glob(name + "*.torn"))
        assert data == kept + torn, "not one byte was thrown away, and none was added"


def repair(folder: ArchiveFolder) -> None:
    writer = ArchiveWriter(folder.database)
    try:
        writer.run(lambda db: recover(folder, db, datetime.now(UTC)))
    finally:
        writer.close()


def repair_and_die(folder: ArchiveFolder, touches: int) -> bool:
    """Repair in a process that kills itself at its n-th touch of the disk; False where there were fewer."""
    pid = os.fork()
    if pid == 0:
        left = touches

        def touched(event: str, arguments: tuple) -> None:
            nonlocal left
            writes = event in ("os.rename", "os.remove", "os.truncate", "os.mkdir") or (
                event == "open" and arguments and str(arguments[0]).startswith(str(folder.root))
            )
            if writes:
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            writer = ArchiveWriter(folder.database)
            sys.addaudithook(touched)
            writer.run(lambda db: recover(folder, db, datetime.now(UTC)))
        except BaseException:
            os._exit(99)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def articles(folder: ArchiveFolder) -> list[tuple]:
    return sql.rows(folder.root, "select url, title, text_digest from articles order by url")


@pytest.fixture(scope="module")
def newsroom():
    with FixtureSite() as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(newsroom, tmp_path_factory):
    """What a crawl finds that nobody kills, and how many requests it needs."""
    folder = ArchiveFolder(tmp_path_factory.mktemp("undisturbed") / "archive").make()
    folder.sources_toml.write_text(one_paper(newsroom), encoding="utf-8")
    before = len(newsroom.log)
    crawl(folder)
    return articles(folder), len(newsroom.log) - before


def kill_again_and_again(folder, newsroom, undisturbed, seed, kills):
    """A crawl killed at random, checked, its repair killed too, checked, repaired, checked; and again."""
    wanted, requests = undisturbed
    seeded = random.Random(seed)
    folder.make()
    folder.sources_toml.write_text(one_paper(newsroom), encoding="utf-8")
    known: set[str] = set()
    killed = 0
    for _ in range(kills):
        killed += crawl_and_kill(folder, newsroom, seeded, requests)
        finished = check_before_repair(folder)
        if not folder.database.exists():
            continue
        left_open = {path.name.removesuffix(".open"): path.read_bytes() for path in folder.warc.glob("*.warc.gz.open")}
        repair_and_die(folder, seeded.randrange(1, 12))
        repair(folder)
        check_after_repair(folder, finished, left_open)
        urls = {row[0] for row in sql.rows(folder.root, "select url from urls")}
        assert known <= urls, "no address is forgotten"
        known = urls
    crawl(folder)
    assert articles(folder) == wanted
    assert sql.rows(folder.root, "select count(*) from urls where state in ('leased', 'failed')") == [(0,)]
    check_after_repair(folder, {}, {})
    return killed


@pytest.mark.timeout(500)
def test_a_crawl_killed_at_random_loses_nothing(newsroom, undisturbed, tmp_path):
    """Three kills, each of the repairs killed once more; then a run that nobody kills finds all that there is."""
    assert kill_again_and_again(ArchiveFolder(tmp_path / "archive"), newsroom, undisturbed, 4, 3) >= 1


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("seed", range(int(os.environ.get("TALKSCRAPER_SOAK_ROUNDS", "5"))))
def test_a_crawl_killed_at_many_random_points(newsroom, undisturbed, tmp_path, seed):
    """The same at eight more points for every seed."""
    base = int(os.environ.get("TALKSCRAPER_SOAK_SEED", "100"))
    kill_again_and_again(ArchiveFolder(tmp_path / "archive"), newsroom, undisturbed, base + seed, 8)


def test_a_repair_killed_at_every_touch_of_the_disk_is_done_by_the_next(archive, tmp_path):
    """However far it came: the next repair leads to the same archive, and no byte of the torn file is lost."""
    folder = ArchiveFolder(archive.root)
    victim = min(folder.warc.glob("*.warc.gz"))
    data = victim.read_bytes()
    connection = sqlite3.connect(folder.database)
    with connection:
        connection.execute(
            "update warc_files set closed_at = null, sha256 = null, size = null where name = ?", [victim.name]
        )
        connection.execute(
            "delete from captures where seq in (select seq from captures where warc_file = ? and article_id is null"
            " order by seq desc limit 2)",
            [victim.name],
        )
    connection.close()
    victim.unlink()
    torn = data + data[:300]
    victim.with_name(victim.name + ".open").write_bytes(torn)
    min(folder.index.glob(victim.name.removesuffix(".warc.gz") + "*")).unlink()
    deaths = 0
    for touches in range(1, 200):
        copy = ArchiveFolder(tmp_path / f"copy-{touches}")
        shutil.copytree(folder.root, copy.root)
        died = repair_and_die(copy, touches)
        deaths += died
        repair(copy)
        check_after_repair(copy, {}, {victim.name: torn})
        assert (copy.warc / victim.name).read_bytes() == data
        assert sql.rows(copy.root, "select count(*) from captures") == archive_rows(archive)
        shutil.rmtree(copy.root)
        if not died:
            break
    assert deaths >= 8


def archive_rows(archive) -> list[tuple]:
    """How many captures there are when the two that were deleted are back."""
    return [(archive.rows("select count(*) from captures")[0][0] + 2,)]


def test_sigterm_drains_and_ends_cleanly(newsroom, tmp_path):
    """Code 4, files finished, nothing to repair, and the next run does the rest."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    folder.sources_toml.write_text(one_paper(newsroom).replace("delay = 0", "delay = 0.2"), encoding="utf-8")
    before = len(newsroom.log)
    process = subprocess.Popen(cli.command(folder.root, "crawl"), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    wait_until(lambda: len(newsroom.log) - before >= 5, process=process)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 4, told
    assert list(folder.warc.glob("*.open")) == []
    check_after_repair(folder, check_before_repair(folder), {})
    assert sql.rows(folder.root, "select count(*) from urls where state = 'leased'") == [(0,)]
    assert sql.rows(folder.root, "select exit_code, reason from runs") == [(4, "sigterm")]
