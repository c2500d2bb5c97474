"""A disk that fills in the middle of a crawl: exit code 74 and one line, nothing lost, and the next run goes on.

Where root may mount, the archive lies on a small tmpfs; else the writer of WARC files is refused what is too much.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.warcs import scan_members

PICTURES = 24
MIB = 2**20


class Disk:
    """A place that is too small, until ``grow`` is called."""

    def __init__(self, root: Path, size: int) -> None:
        self.root = root
        self.limit: int | None = None
        """Bytes of WARC that may be written, where nothing is mounted."""
        self.mounted = False
        root.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(root)], capture_output=True, check=False
        ) if os.geteuid() == 0 else None  # fmt: skip
        if done is not None and done.returncode == 0:
            self.mounted = True
        else:
            self.limit = size // 2

    def grow(self) -> None:
        """Room for everything."""
        self.limit = None
        if self.mounted:
            subprocess.run(["mount", "-o", "remount,size=64m", str(self.root)], check=True)

    def close(self) -> None:
        """Let it go."""
        if self.mounted:
            subprocess.run(["umount", str(self.root)], check=True)


@pytest.fixture
def disk(tmp_path) -> Iterator[Callable[[int], Disk]]:
    """Makes small disks."""
    made: list[Disk] = []

    def make(size: int) -> Disk:
        made.append(Disk(tmp_path / f"disk-{len(made)}", size))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def album(paper) -> Iterator[None]:
    """A page with many pictures that don't shrink."""
    before = dict(paper.pages)
    seeded = random.Random(3)
    for number in range(PICTURES):
        paper.add(f"/p{number}.png", seeded.randbytes(150_000), content_type="image/png")
    tags = "".join(f'<img src="/p{number}.png">' for number in range(PICTURES))
    page = paper.pages["/posts/kept"].body.replace(b"</article>", tags.encode() + b"</article>")
    paper.add("/posts/kept", page)
    yield
    paper.pages = before


REFUSING = """
import errno, os, sys, types
from talkscraper.capture import warc_file
from talkscraper.cli.main import main
left = int(sys.argv.pop(1))
def write(handle, data):
    global left
    if not left:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    written = os.write(handle, data[:left])
    left -= written
    return written
warc_file.os = types.SimpleNamespace(**{**vars(os), "write": write})
main()
"""


def crawl(disk: Disk, root: Path) -> subprocess.CompletedProcess[str]:
    program = ["-m", "talkscraper"] if disk.limit is None else ["-c", REFUSING, str(disk.limit)]
    return subprocess.run(
        [sys.executable, *program, "--archive", str(root), "crawl", "quay", "--min-free", "0"],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def fill_and_go_on(disk: Disk, crawled, paper) -> int:
    """Crawl a disk full, check, make room, crawl again, check; returns the first run's exit code."""
    archive = type(crawled)(disk.root / "archive", paper.base)
    (archive.root / "sources.toml").write_text((crawled.root / "sources.toml").read_text())
    first = crawl(disk, archive.root)
    assert "Traceback" not in first.stderr, first.stderr
    rows = archive.rows("select id, warc_file, warc_offset, warc_length from captures") if first.returncode else []
    whole = {}
    for path in (archive.root / "warc").glob("*.warc.gz*"):
        whole[path.name.removesuffix(".open")] = {each.offset for each in scan_members(path) if each.complete}
    assert all(at in whole[name] for _, name, at, _ in rows), "a row points at bytes that aren't on the disk"
    disk.grow()
    second = crawl(disk, archive.root)
    assert second.returncode == 0, second.stderr
    kept = {row[0] for row in archive.rows("select id from captures")}
    assert {row[0] for row in rows} <= kept, "nothing that was committed is lost"
    assert archive.rows("select count(distinct url) from captures where url like '%/p%.png'") == [(PICTURES,)]
    assert archive.rows("select count(*) from articles") == [(3,)]
    assert archive.verified() == []
    return first.returncode


@pytest.mark.timeout(400)
def test_a_disk_that_fills_in_a_crawl_costs_nothing_but_the_run(disk, crawled, paper, album):
    """74, what was committed is whole, and with more room the next run has every picture."""
    assert fill_and_go_on(disk(3 * MIB), crawled, paper) == 74


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("kib", range(1100, 4600, 350))
def test_a_disk_that_fills_at_many_points(disk, crawled, paper, album, kib):
    """In the database, in a record, in the index: the same at many sizes."""
    assert fill_and_go_on(disk(kib * 1024), crawled, paper) in (0, 74)
