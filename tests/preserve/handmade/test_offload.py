"""``offload`` and ``recall``: captures in an object store, read there as on disk, and lost at no step."""

from __future__ import annotations

import hashlib
import json
import sys
from contextlib import closing

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import StorageError
from talkscraper.object_store import remote_warc
from talkscraper.object_store.block_cache import FOLDER
from talkscraper.object_store.remote_warc import RemoteWarc
from talkscraper.preserve import offload as offload_module
from talkscraper.preserve.offload import offload, recall
from talkscraper.preserve.verify import verify
from talkscraper.replay.payload import load, warc_path
from talkscraper.store.captures import by_id
from talkscraper.store.database import open_reader
from tests.support import sql
from tests.support.archives import SITE, BuiltArchive, built, extraction, published, store  # noqa: F401
from tests.support.cli import run_here
from tests.support.clock import at
from tests.support.object_stores import BUCKET, KEY, S3, SECRET, _moto, s3  # noqa: F401
from tests.support.web_servers import ServedArchive

NOW = at("2026-03-01")
URL = f"s3://{BUCKET}/news/one"
PAGE = f"{SITE}/posts/mole-repaired"
OTHER = f"{SITE}/posts/ferry-late"


def html(title: str) -> str:
    body = "".join(f"<p>{title}: paragraph {number} about what happened at the quay.</p>" for number in range(40))
    return f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1>{body}</article></body></html>"


@pytest.fixture
def folder(built: BuiltArchive) -> ArchiveFolder:  # noqa: F811
    """An archive of two articles, each captured twice."""
    for url, title in ((PAGE, "Mole repaired"), (OTHER, "Ferry late")):
        capture = built.respond(url, "2025-10-01", html(title), coding="gzip")
        text = "\n\n".join(f"{title}: paragraph {number} about what happened at the quay." for number in range(40))
        store(built, capture, extraction(url, title, text, published=published("2025-10-01")), source_id="quay")
        built.revisit(capture, "2025-10-02")
    return built.done()


def away(folder: ArchiveFolder) -> RemoteWarc:
    """The WARC, which lies in the store and not here."""
    assert not list(folder.warc.glob("*.warc.gz"))
    with closing(open_reader(folder.database)) as connection:
        (name,) = [row[0] for row in connection.execute("select name from warc_files")]
        found = warc_path(connection, folder, name)
    assert isinstance(found, RemoteWarc)
    return found


def body_of(folder: ArchiveFolder, url: str = PAGE) -> bytes:
    with closing(open_reader(folder.database)) as connection:
        number = connection.execute("select id from captures where url = ? order by seq", [url]).fetchone()[0]
        capture = by_id(connection, number)
        assert capture is not None
        shown = load(connection, folder, capture)
        try:
            return shown.payload()
        finally:
            shown.close()


def test_an_archive_is_used_from_its_store(folder, s3, tmp_path):  # noqa: F811
    """Once the WARC is in the bucket and gone here, everything reads it there, takedown rewrites it, recall returns it."""
    (path,) = folder.warc.iterdir()
    before, page = path.read_bytes(), body_of(folder)
    article = sql.rows(folder.root, "select id from articles where url = ?", PAGE)[0][0]
    cited = run_here(folder.root, "cite", article).stdout
    done = run_here(folder.root, "offload", URL, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["report"]["released_bytes"] == len(before)
    assert sorted(s3.keys()) == [f"news/one/index/{path.name[:-8]}.cdxj", f"news/one/warc/{path.name}"]
    assert s3.get(f"news/one/warc/{path.name}") == before
    assert sql.rows(folder.root, "select location from warc_files") == [(f"{URL}/warc/{path.name}",)]
    assert away(folder).sha256 == hashlib.sha256(before).hexdigest()

    assert body_of(folder) == page
    with ServedArchive(folder) as served:
        part = served.play(f"/warc/{path.name}", Range="bytes=100-199")
        assert (part.status, part.body) == (206, before[100:200])
    (tmp_path / "cited.txt").write_text(cited)
    assert run_here(folder.root, "cite", "--check", tmp_path / "cited.txt").returncode == 0
    assert verify(folder, now=NOW).ok
    assert run_here(folder.root, "wacz", tmp_path / "a.wacz", "--all-captures").returncode == 0
    assert run_here(folder.root, "backup", tmp_path / "copy").returncode == 0
    assert (tmp_path / "copy" / "warc" / path.name).read_bytes() == before
    assert sql.rows(tmp_path / "copy", "select location from warc_files") == [(None,)]
    assert run_here(folder.root, "repair").returncode == 0

    done = run_here(folder.root, "takedown", PAGE, "--reason", "court", "--depth", "rewrite", "--json")
    receipt = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert not receipt["store_problems"]
    assert len(receipt["at_store"]) == 3
    rewritten = s3.get(f"news/one/warc/{path.name}")
    assert hashlib.sha256(rewritten).hexdigest() == away(folder).sha256 == receipt["files"][0]["sha256"]
    assert PAGE.encode() not in s3.get(f"news/one/index/{path.name[:-8]}.cdxj")
    assert not (folder.root / FOLDER / hashlib.sha256(before).hexdigest()).exists()
    assert body_of(folder, OTHER)

    assert run_here(folder.root, "recall", "--all").returncode == 0
    assert path.read_bytes() == rewritten
    assert sql.rows(folder.root, "select location from warc_files") == [(None,)]
    assert verify(folder, now=NOW).ok
    kept = b"".join(each.read_bytes() for each in folder.root.rglob("*") if each.is_file())
    assert SECRET.encode() not in kept
    assert KEY.encode() not in kept


@pytest.mark.parametrize("fault", ["flip", "cut"])
def test_an_upload_that_fails_leaves_the_file(folder, s3, fault):  # noqa: F811
    """An upload that breaks off or arrives changed is named with exit 74, the file stays; the next offload goes on."""
    s3.faults.always["PUT"] = fault
    done = run_here(folder.root, "offload", URL)
    assert done.returncode == 74
    assert "s3://" in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in folder.warc.glob("*.warc.gz")]
    assert sql.rows(folder.root, "select location from warc_files") == [(None,)]
    s3.faults.always.clear()
    assert run_here(folder.root, "offload", URL).returncode == 0
    assert away(folder)
    assert verify(folder, now=NOW).ok


@pytest.mark.slow
def test_what_comes_back_decides(folder, s3):  # noqa: F811
    """A store that sends other bytes, or fewer, than it was given isn't believed, and the file stays."""
    for fault in ("flip", "short", "longer"):
        s3.faults.always["GET"] = fault
        done = run_here(folder.root, "offload", URL)
        assert (done.returncode, fault) == (74, fault)
        assert list(folder.warc.glob("*.warc.gz"))
        s3.faults.always.clear()
    assert run_here(folder.root, "offload", URL).returncode == 0


@pytest.mark.slow
def test_errors_that_pass_are_repeated(folder, s3):  # noqa: F811
    """500, 503 and answers that are cut off or too short are asked for again, a few times."""
    s3.faults.put += [500, 503]
    s3.faults.get += [500, "cut", "short"]
    assert run_here(folder.root, "offload", URL).returncode == 0
    s3.faults.get += ["cut", 503, "longer"]
    assert body_of(folder)
    assert len(s3.faults.seen) < 60


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (403, "credentials"),
        pytest.param(500, "s3://", marks=pytest.mark.slow),
        pytest.param(503, "s3://", marks=pytest.mark.slow),
    ],
    ids=["refused", "broken", "slow"],
)
def test_a_store_that_is_out_of_order(folder, s3, fault, told):  # noqa: F811
    """A store that refuses or always fails is one line and exit 74; no capture counts as lost."""
    assert run_here(folder.root, "offload", URL).returncode == 0
    s3.faults.always |= dict.fromkeys(("GET", "HEAD", "PUT"), fault)
    for command in (("verify",), ("repair",), ("recall", "--all"), ("offload", URL)):
        done = run_here(folder.root, *command)
        assert done.returncode == 74, (command, done)
        assert told in done.stderr
    assert sql.rows(folder.root, "select count(*) from captures where lost_at is not null") == [(0,)]
    s3.faults.always.clear()
    assert verify(folder, now=NOW).ok


@pytest.mark.slow
def test_a_changed_or_missing_object_is_damage(folder, s3, built):  # noqa: F811
    """An object that isn't what was put there is named and never blessed, and a copy in warc/ is taken instead."""
    good = built.path.read_bytes()
    assert run_here(folder.root, "offload", URL).returncode == 0
    key = f"news/one/warc/{built.name}"
    location = f"s3://{BUCKET}/{key}"
    middle = len(good) // 2
    for bad in (good[:middle] + b"\x55" + good[middle + 1 :], good[:-1], good + b"x", None):
        if bad is None:
            s3.delete(key)
        else:
            s3.put(key, bad)
        remote_warc._looked_at.clear()
        away(folder).forget_cached()
        with pytest.raises(StorageError, match=location):
            body_of(folder)
        report = verify(folder, now=NOW)
        assert not report.ok
        assert {each.file for verdict in report.files for each in verdict.findings} == {built.name}
        assert run_here(folder.root, "recall", "--all").returncode == 74
        assert not list(folder.warc.glob("*.warc.gz"))
    built.path.write_bytes(good)
    assert run_here(folder.root, "repair").returncode == 0
    assert verify(folder, now=NOW).ok
    assert run_here(folder.root, "offload", URL).returncode == 0
    assert s3.get(key) == good
    assert away(folder)


def test_a_citation_is_checked_in_the_store_not_in_the_cache(folder, s3, built, tmp_path):  # noqa: F811
    """What was read from the store may have been changed or deleted there since; a store out of reach says nothing."""
    article = sql.rows(folder.root, "select id from articles where url = ?", PAGE)[0][0]
    (tmp_path / "cited.txt").write_text(run_here(folder.root, "cite", article).stdout)
    assert run_here(folder.root, "offload", URL).returncode == 0
    key = f"news/one/warc/{built.name}"
    good = s3.get(key)
    check = (folder.root, "cite", "--check", tmp_path / "cited.txt")
    assert run_here(*check).returncode == 0
    for bad, told in ((good[:-1], "bytes"), (good[:-1] + b"x", "SHA-256"), (None, "missing")):
        if bad is None:
            s3.delete(key)
        else:
            s3.put(key, bad)
        remote_warc._looked_at.clear()
        done = run_here(*check)
        assert (done.returncode, f"s3://{BUCKET}/{key}" in done.stdout, told in done.stdout) == (1, True, True)
    s3.put(key, good)
    s3.faults.always["HEAD"] = 403
    remote_warc._looked_at.clear()
    done = run_here(*check)
    assert (done.returncode, len(done.stderr.strip().splitlines())) == (74, 1)
    s3.faults.always.clear()
    assert run_here(*check).returncode == 0


@pytest.mark.slow
def test_no_other_archives_object_is_written_over(folder, s3, built):  # noqa: F811
    """An object that this archive hasn't put there stays as it is, and so does the file here."""
    s3.put(f"news/one/warc/{built.name}", b"somebody else's")
    done = run_here(folder.root, "offload", URL)
    assert done.returncode == 1
    assert "another file" in done.stderr
    assert s3.get(f"news/one/warc/{built.name}") == b"somebody else's"
    assert built.path.is_file()


@pytest.mark.parametrize("step", ["put_warc", "note_stored", "release"])
def test_a_kill_at_any_step_loses_nothing(folder, tmp_path, monkeypatch, step):
    """Killed before or after each step, the file is in one of the two places, and the next offload goes on."""
    url = (tmp_path / "store").as_uri()

    class Killed(BaseException):
        pass

    for before in (True, False):
        with monkeypatch.context() as patched:
            owner = offload_module.StoredFiles if step == "put_warc" else offload_module
            real = getattr(owner, step)

            def dies(*arguments, real=real, before=before, **options):
                if not before:
                    real(*arguments, **options)
                raise Killed

            patched.setattr(owner, step, dies)
            with pytest.raises(Killed):
                offload(folder, url, now=NOW)
        assert body_of(folder)
        assert verify(folder, now=NOW).ok
    report = offload(folder, url, now=NOW)
    assert not report.problems
    assert away(folder)
    assert len(recall(folder, now=NOW).files) == 1
    assert verify(folder, now=NOW).ok


def test_what_stays_here(folder, tmp_path):
    """Young files, those that are kept, and a dry run leave the disk as it is; a damaged file isn't put anywhere."""
    url = (tmp_path / "store").as_uri()
    assert run_here(folder.root, "offload", url, "--older-than", "5y").returncode == 0
    assert "1 WARC" in run_here(folder.root, "offload", url, "--dry-run").stdout
    assert not (tmp_path / "store").exists()
    (path,) = folder.warc.iterdir()
    assert run_here(folder.root, "offload", url, "--keep-local").returncode == 0
    assert path.is_file()
    assert sql.rows(folder.root, "select location from warc_files") == [(f"{url}/warc/{path.name}",)]
    data = path.read_bytes()
    (tmp_path / "store" / "warc" / path.name).unlink()
    assert run_here(folder.root, "offload", url, "--keep-local").returncode == 0
    assert (tmp_path / "store" / "warc" / path.name).read_bytes() == data
    path.write_bytes(data[:-1] + b"x")
    done = run_here(folder.root, "offload", url)
    assert done.returncode == 1
    assert path.is_file()
    path.write_bytes(data)
    assert run_here(folder.root, "offload", url).returncode == 0
    assert away(folder)


@pytest.mark.parametrize(
    "url",
    [
        "s3://key:word@bucket/x", "s3://key@bucket/x", "s3://bucket/x?secret=word", "https://bucket.example/x", "s3://",
        "", "zip://a::s3://bucket/x", "memory://x", "nothing://x", "file://host/x", "s3://bucket/../x",
    ],
)  # fmt: skip
def test_urls_that_are_refused(folder, url):
    """A URL with a credential in it, or of nothing that keeps files, is refused before anything is sent or written."""
    done = run_here(folder.root, "offload", url)
    assert done.returncode == 2
    assert "word" not in done.stderr.replace("password", "")
    assert sql.rows(folder.root, "select count(*) from stored_objects") == [(0,)]


@pytest.mark.slow
def test_repair_takes_a_copy_from_a_backup(folder, s3, built, tmp_path):  # noqa: F811
    """An object that is gone comes back from a backup that is known, whose copy has the recorded SHA-256."""
    good = built.path.read_bytes()
    assert run_here(folder.root, "backup", tmp_path / "copy").returncode == 0
    assert run_here(folder.root, "offload", URL).returncode == 0
    s3.delete(f"news/one/warc/{built.name}")
    done = run_here(folder.root, "repair")
    assert done.returncode == 0, done
    assert "a good copy was taken" in done.stdout
    assert built.path.read_bytes() == good
    assert sql.rows(folder.root, "select count(*) from captures where lost_at is not null") == [(0,)]
    assert run_here(folder.root, "offload", URL).returncode == 0
    assert s3.get(f"news/one/warc/{built.name}") == good


@pytest.mark.slow
def test_a_takedown_that_cant_reach_the_store(folder, s3, built):  # noqa: F811
    """What a takedown can't delete in the store is told with exit 74, noted, and deleted by the next command."""
    assert run_here(folder.root, "offload", URL).returncode == 0
    old = s3.get(f"news/one/warc/{built.name}")
    s3.faults.always |= {"DELETE": 403, "PUT": 403}
    done = run_here(folder.root, "takedown", PAGE, "--reason", "court", "--depth", "rewrite", "--json")
    assert done.returncode == 74
    assert json.loads(done.stdout)["store_problems"]
    assert built.path.is_file()
    assert s3.get(f"news/one/warc/{built.name}") == old
    assert sql.rows(folder.root, "select count(*) from stored_objects where unwanted_since is not null") == [(2,)]
    s3.faults.always.clear()
    assert verify(folder, now=NOW).ok
    assert run_here(folder.root, "offload", URL).returncode == 0
    assert s3.get(f"news/one/warc/{built.name}") != old
    assert hashlib.sha256(s3.get(f"news/one/warc/{built.name}")).hexdigest() == away(folder).sha256


def test_without_the_extra(folder, monkeypatch):
    """Without fsspec the message names the command that installs the extra."""
    monkeypatch.setitem(sys.modules, "fsspec", None)
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    done = run_here(folder.root, "offload", URL)
    assert done.returncode == 2
    assert "talkscraper[s3]" in done.stderr
