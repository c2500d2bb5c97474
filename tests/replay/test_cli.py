"""``replay``, ``wacz``, ``viewer`` and ``pywb`` in the terminal."""

from __future__ import annotations

import gzip
import io
import json
import subprocess
import sys
import tarfile
import zipfile

import pytest

from tests.support import cli
from tests.support.archives import SITE, extraction, store

PAGE = b"<p>The harbour wall holds.</p>" * 60


def run(folder, *arguments, **environment):
    return cli.run(folder.root, *arguments, env=environment, text=False)


def test_replay_prints_the_bytes_as_captured(built):
    """By URL and time; with --headers the head as it was sent; with --decode readable; by record id."""
    built.respond(f"{SITE}/a", "2025-10-01", PAGE + b"1")
    second = built.respond(f"{SITE}/a", "2025-10-11", PAGE, coding="gzip", chunked=True)
    folder = built.done()
    packed = gzip.compress(PAGE, mtime=0)
    assert run(folder, "replay", f"{SITE}/a").stdout == packed
    assert run(folder, "replay", "news.example/a", "--at", "2025-10-03").stdout == PAGE + b"1"
    assert run(folder, "replay", f"{SITE}/a", "--decode").stdout == PAGE
    assert run(folder, "replay", second.id).stdout == packed
    told = run(folder, "replay", f"{SITE}/a", "--headers").stdout
    assert told.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Encoding: gzip\r\n")
    assert told.endswith(b"\r\n\r\n" + packed)
    assert json.loads(run(folder, "replay", f"{SITE}/a", "--json").stdout)["id"] == second.id


def test_replay_says_in_one_line_what_is_not_there(built):
    """Not archived, taken down, a time that is none, an archive that is none."""
    built.respond(f"{SITE}/a", "2025-10-01", PAGE)
    built.take_down(f"{SITE}/a")
    folder = built.done()
    for arguments, code, words in (
        ((f"{SITE}/b",), 1, b"is not archived"),
        ((f"{SITE}/a",), 1, b"has been taken down: asked by the author"),
        ((f"{SITE}/b", "--at", "soon"), 2, b"is no time"),
    ):
        done = run(folder, "replay", *arguments)
        assert (done.returncode, done.stdout) == (code, b"")
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("command", ["replay {url}", "cite {id}", "status", "verify --articles 0", "sources list"])
def test_what_only_reads_starts_fast(built, command):
    """Neither Scrapy nor trafilatura nor the web framework is loaded for it."""
    capture = built.respond(f"{SITE}/a", "2025-10-01", PAGE)
    article_id = store(built, capture, extraction(capture.url, "Wall", "The harbour wall holds."))
    folder = built.done()
    folder.sources_toml.write_text('[sources.quay]\nname = "Quay"\nhomepage = "https://quay.example/"\n')
    arguments = ["--archive", str(folder.root), *command.format(url=f"{SITE}/a", id=article_id).split()]
    code = (
        "import sys; from talkscraper.cli.main import cli; "
        f"cli.main({arguments!r}, standalone_mode=False); "
        "heavy = ('scrapy', 'twisted', 'trafilatura', 'starlette', 'sqlite_utils', 'lxml', 'asyncio'); "
        "sys.exit(','.join(m for m in heavy if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr[-500:]


def test_wacz_packs_what_a_search_finds(built, tmp_path):
    """With filters; the report as JSON."""
    for name, day in (("a", "2025-10-01"), ("b", "2025-10-02")):
        capture = built.respond(f"{SITE}/{name}", day, PAGE + name.encode())
        store(built, capture, extraction(capture.url, f"Wall {name}", f"The harbour wall holds {name}."))
    folder = built.done()
    out = tmp_path / "a.wacz"
    report = json.loads(run(folder, "wacz", str(out), "title:a", "--json").stdout)
    assert (report["pages"], report["records"]) == (1, 1)
    assert b'"title": "Wall a"' in zipfile.ZipFile(out).read("pages/pages.jsonl")
    assert run(folder, "wacz", str(tmp_path / "all.wacz")).stdout.startswith(str(tmp_path).encode())
    assert run(folder, "wacz", str(tmp_path / "bad.wacz"), '"open').returncode == 2
    by_title = run(folder, "wacz", str(out), "--title", "b", "--name", "Of b", "--json")
    assert json.loads(by_title.stdout)["pages"] == 1
    assert json.loads(zipfile.ZipFile(out).read("datapackage.json"))["title"] == "Of b"
    later = run(folder, "wacz", str(out), "--since-indexed", "2100-01-01", "--json")
    assert json.loads(later.stdout)["pages"] == 0


def test_export_writes_the_captures_as_a_warc_too(built, tmp_path):
    """With the same filters; the records are those of the archive, byte for byte."""
    from warcio.archiveiterator import ArchiveIterator

    for name, day in (("a", "2025-10-01"), ("b", "2025-10-02")):
        capture = built.respond(f"{SITE}/{name}", day, PAGE + name.encode())
        store(built, capture, extraction(capture.url, f"Wall {name}", f"The harbour wall holds {name}."))
    folder = built.done()
    out = tmp_path / "a.warc.gz"
    done = run(folder, "export", str(out), "harbour", "--title", "a", "--json")
    assert json.loads(done.stdout)["articles"] == 1
    with out.open("rb") as handle:
        records = [(each.rec_type, each.rec_headers["WARC-Target-URI"]) for each in ArchiveIterator(handle)]
    assert records == [("warcinfo", None), ("response", f"{SITE}/a")]
    assert run(folder, "export", str(out), '"open').returncode == 2
    assert out.stat().st_size > 0, "what was there stays when an export fails"


def tarball(path, files):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


def test_the_viewer_is_taken_only_with_the_known_digest(built, tmp_path):
    """Another tarball is refused, unless it is asked for; nothing leaves the folder it belongs in."""
    folder = built.done()
    home = tmp_path / "viewer"
    files = {
        "package/ui.js": b"ui",
        "package/sw.js": b"sw",
        "package/../../evil": b"x",
        "/abs": b"x",
        "package/package.json": b'{"version": "9"}',
    }
    path = tarball(tmp_path / "v.tgz", files)
    refused = run(folder, "viewer", "install", "--from", str(path), TALKSCRAPER_VIEWER=str(home))
    assert refused.returncode == 2
    assert b"digest" in refused.stderr
    assert not home.exists()
    taken = run(
        folder, "viewer", "install", "--from", str(path), "--any-version", "--json", TALKSCRAPER_VIEWER=str(home)
    )
    report = json.loads(taken.stdout)
    assert (report["version"], report["checked"]) == ("9", False)
    assert sorted(each.name for each in home.iterdir()) == ["index.html", "sw.js", "ui.js"]
    assert not (tmp_path / "evil").exists()
    broken = run(
        folder,
        "viewer",
        "install",
        "--from",
        str(tarball(tmp_path / "e.tgz", {"package/x": b""})),
        "--any-version",
        TALKSCRAPER_VIEWER=str(home),
    )
    assert broken.returncode == 1
    assert b"no ui.js" in broken.stderr


def test_without_npm_the_viewer_says_where_to_get_it(built, tmp_path):
    """One clear line with the command to run elsewhere."""
    done = run(built.done(), "viewer", "install", PATH=str(tmp_path), TALKSCRAPER_VIEWER=str(tmp_path / "v"))
    assert done.returncode == 1
    assert b"npm pack replaywebpage@" in done.stderr


def test_pywb_is_configured_over_the_folders_as_they_lie(built, tmp_path):
    """Nothing is copied; a folder's name can't break the configuration; without pywb it says how to install it apart."""
    folder = built.done()
    config = run(folder, "pywb", "--print-config").stdout.decode()
    assert f'index_paths: "{folder.index}/"' in config
    assert f'archive_paths: ["{folder.warc}/"]' in config
    from talkscraper.errors import ArchiveError
    from talkscraper.replay import pywb

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(tmp_path))
        patch.setenv(pywb.ENVIRONMENT_VARIABLE, str(tmp_path / "none"))
        patch.chdir(tmp_path)
        patch.setattr(pywb, "__file__", str(tmp_path / "a/b/c.py"))
        with pytest.raises(ArchiveError, match="environment of its own"):
            pywb.find_wayback()
