"""Commands on an archive in a store that are killed at every step, or whose disk fills: repeated, they lose nothing."""

from __future__ import annotations

import hashlib
import os
import random
import resource
import shutil
import sys
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.object_store import remote_warc
from talkscraper.object_store.store import UPLOADING_SUFFIX
from talkscraper.preserve.pruning import prune
from talkscraper.preserve.verify import verify
from talkscraper.replay.payload import load
from talkscraper.sources.retention import Retention
from talkscraper.store.captures import by_id
from talkscraper.store.database import open_reader
from tests.support import sql
from tests.support.archives import SITE, BuiltArchive, extraction, published, store
from tests.support.cli import run_here
from tests.support.clock import at

NOW = at("2026-03-01")
FILES = 3
TEXT = "\n\n".join(f"Paragraph {number} about what happened at the quay, and who saw it." for number in range(30))
NOISE_BYTES = 800_000
"""Number of bytes of a page that hardly shrink, in hexadecimal digits."""
KILLED = 9


def page(number: int) -> str:
    noise = random.Random(number).randbytes(NOISE_BYTES).hex() if number == 0 else ""
    body = "".join(f"<p>{line}</p>" for line in TEXT.split("\n\n"))
    title = f"Story {number}"
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article><!--{noise}-->"


class Stored:
    """An archive and its store, a folder, which is put back as it was before each attempt."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = ArchiveFolder(root / "archive")
        self.url = (root / "store").as_uri()
        for number in range(FILES):
            made = BuiltArchive(self.folder.root, f"talkscraper-test-{number:05}.warc.gz")
            url = f"{SITE}/posts/{number}"
            capture = made.respond(url, f"2025-10-0{number + 1}", page(number))
            found = extraction(url, f"Story {number}", TEXT, published=published("2025-10-01"))
            store(made, capture, found, source_id="quay")
            made.revisit(capture, "2025-10-11")
            made.revisit(capture, "2025-10-12")  # retention removes it
            made.revisit(capture, "2025-10-13")
            with made.db.conn:
                made.db.execute("update captures set source_id = 'quay'")
            made.done()
            made.db.conn.close()

    def keep(self) -> None:
        """Note the present state as the one to which ``back`` returns."""
        shutil.rmtree(self.root / "kept", ignore_errors=True)
        for name in ("archive", "store"):
            if (self.root / name).exists():
                shutil.copytree(self.root / name, self.root / "kept" / name)

    def back(self) -> None:
        for name in ("archive", "store"):
            shutil.rmtree(self.root / name, ignore_errors=True)
            if (self.root / "kept" / name).exists():
                shutil.copytree(self.root / "kept" / name, self.root / name)
        remote_warc._looked_at.clear()

    def killed_before(self, command, number: int) -> int:
        """Run a command in a process of its own, killed before its ``number``-th change of a file; return its code."""
        own = (str(self.folder.root), str(self.root / "store"))
        left = number

        def watch(event: str, arguments: tuple) -> None:
            nonlocal left
            writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
            if (event in ("os.rename", "os.remove") or writes) and str(arguments[0]).startswith(own):
                left -= 1
                if not left:
                    os._exit(KILLED)

        return forked(lambda: (sys.addaudithook(watch), command())[1])

    def agree(self) -> None:
        """Every file is where its row says, as its row says; every capture is read; no article or capture is missing."""
        for name, location, sha256 in sql.rows(self.folder.root, "select name, location, sha256 from warc_files"):
            places = [self.folder.warc / name] if (self.folder.warc / name).is_file() else []
            places += [self.root / "store" / "warc" / name] if location else []
            assert places, name
            assert {hashlib.sha256(each.read_bytes()).hexdigest() for each in places} == {sha256}, name
        with closing(open_reader(self.folder.database)) as connection:
            for row in connection.execute("select id from captures").fetchall():
                with closing(load(connection, self.folder, by_id(connection, row["id"]))) as shown:
                    assert shown.payload()
        report = verify(self.folder, now=NOW)
        assert report.ok, list(report.all_findings())
        held = {url for (url,) in sql.rows(self.folder.root, "select location from stored_objects")}
        uploaded = (path for path in (self.root / "store").rglob("*") if path.is_file())
        there = {path.as_uri().removesuffix(UPLOADING_SUFFIX) for path in uploaded}
        assert there <= held, "an object that no row knows"


def forked(command) -> int:
    """Run a function that returns an exit code in a process of its own."""
    child = os.fork()
    if not child:
        try:
            os._exit(int(command()))
        except BaseException:
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.fixture
def stored(tmp_path) -> Stored:
    return Stored(tmp_path)


def _commands(stored: Stored):
    root = stored.folder.root
    rewrite = ("takedown", f"{SITE}/posts/1", "--reason", "court", "--depth", "rewrite")

    def pruned() -> int:
        prune(stored.folder, {"quay": Retention(unchanged=timedelta(days=30))}, now=NOW)
        return 0

    return {
        "offload": lambda: run_here(root, "offload", stored.url).returncode,
        "recall": lambda: run_here(root, "recall", "--all").returncode,
        "takedown": lambda: run_here(root, *rewrite).returncode,
        "prune": pruned,
        "compact": lambda: run_here(root, "compact").returncode,
    }


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ["offload", "recall", "takedown", "prune", "compact"])
def test_a_kill_before_every_change_of_a_file(stored, name):
    """Killed before any file is opened for writing, renamed or removed, the same command then does all of its work.

    No capture that should be there is missing, none that should be gone is left in the store, and no file is twice.
    """
    commands = _commands(stored)
    if name != "offload":
        assert commands["offload"]() == 0
    if name == "compact":
        assert commands["recall"]() == 0
    stored.keep()
    assert commands[name]() == 0
    wanted = sql.rows(stored.folder.root, "select id from captures order by id")
    places = sql.rows(stored.folder.root, "select count(*), count(location) from warc_files")
    number, code = 0, KILLED
    while code == KILLED:
        number += 1
        stored.back()
        code = stored.killed_before(commands[name], number)
        assert code in (KILLED, 0), (name, number)
        assert commands[name]() == 0, (name, number)
        stored.agree()
        assert sql.rows(stored.folder.root, "select id from captures order by id") == wanted, (name, number)
        assert sql.rows(stored.folder.root, "select * from stored_objects where unwanted_since is not null") == []
        if name in ("takedown", "prune"):  # what was rewritten before the kill may be on disk alone
            assert commands["offload"]() == 0
            stored.agree()
        assert sql.rows(stored.folder.root, "select count(*), count(location) from warc_files") == places, number
        assert not list((stored.root / "store").rglob(f"*{UPLOADING_SUFFIX}")), number
    assert number > 5


@pytest.mark.slow
@pytest.mark.parametrize("name", ["recall", "takedown", "prune"])
def test_a_disk_that_fills(stored, name):
    """A file that can't grow any further ends the command with 74; with room again it does all of its work."""
    commands = _commands(stored)
    address = f"{SITE}/posts/0"
    commands["takedown"] = lambda: (
        run_here(stored.folder.root, "takedown", address, "--reason", "court", "--depth", "rewrite").returncode
    )
    assert commands["offload"]() == 0
    stored.keep()
    size = (stored.root / "store" / "warc" / "talkscraper-test-00000.warc.gz").stat().st_size
    assert size > NOISE_BYTES

    for limit in (size // 2, size - 1):
        stored.back()

        def limited(limit: int = limit) -> int:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            try:
                return commands[name]()
            except Exception as e:
                return int(getattr(e, "exit_code", 99))

        assert forked(limited) == 74, (name, limit)
        stored.agree()
        assert commands[name]() == 0
        stored.agree()
