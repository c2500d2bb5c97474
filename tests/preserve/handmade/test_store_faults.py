"""A store that fails while an archive is used from it: one line, exit 74, no file waited for twice, nothing lost."""

from __future__ import annotations

import hashlib
from contextlib import closing

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StoreUnreachable
from talkscraper.object_store import remote_warc
from talkscraper.preserve.promotion import promote
from talkscraper.replay.lookup import by_id
from talkscraper.store.database import open_reader
from tests.support import sql
from tests.support.archives import SITE, BuiltArchive, extraction, published, store
from tests.support.cli import run_here
from tests.support.clock import at
from tests.support.object_stores import BUCKET, S3, _moto, forget_clients, s3  # noqa: F401
from tests.support.web_servers import ServedArchive

URL = f"s3://{BUCKET}/news"
FILES = 5
TEXT = "\n\n".join(f"Paragraph {number} about what happened at the quay, and who saw it." for number in range(30))


def page(title: str) -> str:
    body = "".join(f"<p>{line}</p>" for line in TEXT.split("\n\n"))
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


@pytest.fixture
def folder(tmp_path, s3: S3, monkeypatch) -> ArchiveFolder:  # noqa: F811
    """An archive of several WARCs, an article in each, all in the store and none on disk, which is asked impatiently."""
    originals = []
    for number in range(FILES):
        made = BuiltArchive(tmp_path / "archive", f"talkscraper-test-{number:05}.warc.gz")
        url = f"{SITE}/posts/{number}"
        capture = made.respond(url, f"2025-10-0{number + 1}", page(f"Story {number}"))
        found = extraction(url, f"Story {number}", TEXT, published=published("2025-10-01"))
        store(made, capture, found, source_id="quay")
        if number == 1:
            made.revisit(originals[0], "2025-10-02")
        originals.append(capture)
        folder = made.done()
        made.db.conn.close()
    assert run_here(folder.root, "offload", URL).returncode == 0
    monkeypatch.setenv("TALKSCRAPER_STORE_TIMEOUT", "1")
    monkeypatch.setenv("TALKSCRAPER_STORE_TRIES", "2")
    return folder


@pytest.fixture
def cited(folder, tmp_path, s3):  # noqa: F811
    """A reference of each article."""
    path = tmp_path / "cited.txt"
    with path.open("w") as handle:
        for (article,) in sql.rows(folder.root, "select id from articles"):
            handle.write(run_here(folder.root, "cite", article).stdout)
    return path


def forget(folder: ArchiveFolder) -> None:
    """Begin as a new process, with an empty cache."""
    forget_clients()
    for (sha256,) in sql.rows(folder.root, "select sha256 from warc_files"):
        remote_warc.cache_of(folder.root).forget(sha256)


def agree(folder: ArchiveFolder, s3: S3) -> None:  # noqa: F811
    """Every file is where its row says, in the bytes that its row says."""
    for name, location, sha256 in sql.rows(folder.root, "select name, location, sha256 from warc_files"):
        local = folder.warc / name
        assert location or local.is_file(), name
        found = [local.read_bytes()] if local.is_file() else []
        found += [s3.get(location.removeprefix(f"s3://{BUCKET}/"))] if location else []
        assert {hashlib.sha256(each).hexdigest() for each in found} == {sha256}, name


COMMANDS = (
    ("verify",),
    ("recall", "--all"),
    ("cite", "--check", "CITED"),
    ("extract", "--from-start"),
    ("wacz", "OUT.wacz", "--all-captures"),
    ("backup", "OUT"),
    ("repair",),
    ("takedown", f"{SITE}/posts/1", "--reason", "court", "--depth", "rewrite"),
)


def run(folder, tmp_path, cited, command, number: int):
    words = [{"CITED": str(cited)}.get(word, word.replace("OUT", str(tmp_path / f"out{number}"))) for word in command]
    return run_here(folder.root, *words)


@pytest.mark.slow
def test_every_command_with_a_store_that_never_answers(folder, s3, tmp_path, cited):  # noqa: F811
    """Each command tries a request twice, says so in one line, ends with 74, and leaves archive and store as they are."""
    (tmp_path / "held.txt").write_text("held")
    before = sql.rows(folder.root, "select name, location, sha256, verdict from warc_files")
    keys = s3.keys()
    s3.faults.always |= dict.fromkeys(("GET", "HEAD", "PUT", "DELETE", "POST"), "hang")
    for number, command in enumerate(COMMANDS):
        forget(folder)
        s3.faults.seen.clear()
        done = run(folder, tmp_path, cited, command, number)
        lines = done.stderr.strip().splitlines()
        assert done.returncode == 74, (command, done)
        assert "the store doesn't answer (2 tries of 1 s" in lines[0], (command, done)
        assert len(lines) == (2 if command[0] == "recall" else 1), (command, done)
        assert len(s3.faults.seen) == 2, (command, s3.faults.seen)
    forget(folder)
    with ServedArchive(folder) as served:
        for _ in range(2):
            answer = served.play("/warc/talkscraper-test-00000.warc.gz", Range="bytes=0-9")
            assert (answer.status, b"doesn't answer" in answer.body) == (503, True)
    s3.faults.always.clear()
    assert sql.rows(folder.root, "select name, location, sha256, verdict from warc_files") == before
    assert s3.keys() == keys
    forget(folder)
    agree(folder, s3)
    assert run_here(folder.root, "verify").returncode == 0


@pytest.mark.slow
@pytest.mark.parametrize("fault", [403, 500, "stall", "short", "other"])
def test_every_command_with_a_store_whose_bytes_cant_be_had(folder, s3, tmp_path, cited, fault):  # noqa: F811
    """HEAD works and GET doesn't: nothing is called broken, unread or lost, and the command that is repeated succeeds."""
    before = sql.rows(folder.root, "select name, location, sha256 from warc_files")
    s3.faults.always["GET"] = fault
    for number, command in enumerate(COMMANDS):
        forget(folder)
        done = run(folder, tmp_path, cited, command, number)
        assert done.returncode == 74, (command, done)
        assert f"{URL}/warc/talkscraper-test-0000" in done.stderr, (command, done)
        assert "Traceback" not in done.stderr
    s3.faults.always.clear()
    assert sql.rows(folder.root, "select name, location, sha256 from warc_files") == before
    assert sql.rows(folder.root, "select count(*) from captures where lost_at is not null") == [(0,)]
    for number, command in enumerate(COMMANDS, start=len(COMMANDS)):
        forget(folder)
        done = run(folder, tmp_path, cited, command, number)
        assert done.returncode == 0, (command, done)
    agree(folder, s3)


def test_an_object_that_is_replaced_while_it_is_read(folder, s3):  # noqa: F811
    """Between two ranges the object became another one: that is named, and no block of the other one is kept."""
    name = "talkscraper-test-00000.warc.gz"
    with closing(open_reader(folder.database)) as connection:
        row = connection.execute("select * from warc_files where name = ?", [name]).fetchone()
        there = remote_warc.in_store(folder, row)
    good = s3.get(f"news/warc/{name}")
    there.require_unchanged()
    s3.put(f"news/warc/{name}", bytes(len(good)))
    with (
        pytest.raises(remote_warc.StorageError, match="isn't the file that was finished"),
        there.open_ranges() as handle,
    ):
        handle.read(10)
    assert not list(folder.root.glob("cache/*/*"))
    s3.put(f"news/warc/{name}", good)
    forget(folder)
    with there.open_ranges() as handle:
        assert handle.read(10) == good[:10]


def test_a_payload_that_cant_be_had_now_isnt_lost(folder, s3):  # noqa: F811
    """What a takedown would write anew for a revisit is in a store out of reach: the takedown ends, nothing is removed."""
    with closing(open_reader(folder.database)) as connection:
        (number,) = connection.execute("select id from captures where record_type = 'revisit'").fetchone()
        revisit = by_id(connection, number)
        s3.faults.always["GET"] = 403
        forget(folder)
        with pytest.raises(StoreUnreachable):
            promote(connection, folder, [revisit], at("2026-01-01"))
    assert not list(folder.warc.iterdir())


def test_takedown_reaches_copies_of_joined_files(folder, s3):  # noqa: F811
    """Objects of files that were recalled and joined since are deleted with what they hold, and with nothing else."""
    assert run_here(folder.root, "recall", "--all").returncode == 0
    assert run_here(folder.root, "compact").returncode == 0
    assert len(list(folder.warc.glob("*.warc.gz"))) == 1
    assert len(s3.keys()) == 2 * FILES
    done = run_here(folder.root, "takedown", f"{SITE}/posts/1", "--reason", "court", "--depth", "rewrite")
    assert done.returncode == 0, done
    assert s3.keys() == []
    assert run_here(folder.root, "offload", URL).returncode == 0
    agree(folder, s3)
    assert run_here(folder.root, "verify").returncode == 0
