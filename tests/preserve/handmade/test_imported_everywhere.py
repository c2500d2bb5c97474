"""What was imported where it lies is part of the archive for every command and for pywb."""

import gzip
import json
import zipfile
from datetime import UTC, datetime

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.ingest import derivation
from talkscraper.preserve.comparison import compare
from talkscraper.preserve.extract import extract_again
from tests.support import cli, pages, warcs
from tests.support.pywb import get, needs_pywb, serve_by_command

URL = "https://quay.example/posts/1"


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """An archive with one article, whose file lies elsewhere and is plain."""
    root = tmp_path_factory.mktemp("imported") / "archive"
    path = root.parent / "elsewhere" / "x.warc"
    path.parent.mkdir()
    picture = warcs.response("https://quay.example/1.png", b"\x89PNG", mime="image/png")
    body = pages.article("The wall is raised").replace(b"</h1>", b'</h1><img src="/1.png">')
    asked = warcs.request("https://quay.example/1.png", picture, referer=URL)
    path.write_bytes(warcs.plain(warcs.info(), warcs.response(URL, body), picture, asked))
    done = cli.run_json(root, "import", path)
    assert (done["records"], done["captures_new"], done["articles_new"], done["damage"]) == (4, 2, 1, [])
    return root


def test_search_show_replay_verify_and_wacz_know_it(imported, tmp_path):
    assert cli.run_json(imported, "search", "harbour wall")["hits"][0]["title"] == "The wall is raised"
    assert "harbour office" in cli.run(imported, "show", URL).stdout
    assert b"The wall is raised" in cli.run(imported, "replay", URL).stdout.encode()
    assert cli.run_json(imported, "verify")["ok"]
    assert cli.run(imported, "wacz", tmp_path / "out.wacz").returncode == 0
    with zipfile.ZipFile(tmp_path / "out.wacz") as package:
        assert URL in package.read("pages/pages.jsonl").decode()
        index = gzip.decompress(package.read("indexes/index.cdx.gz")).decode()
    assert "example,quay)/1.png" in index, "the Referer of its request says that the page needs the picture"


def test_a_refused_file_makes_exit_code_1_and_a_missing_one_2(imported, tmp_path):
    (tmp_path / "page.html").write_text("<html>")
    done = cli.run_json(imported, "import", tmp_path / "page.html", code=1)
    assert done["refused"][0]["reason"].startswith("it is a web page")
    missing = cli.run(imported, "import", tmp_path / "nowhere.warc")
    assert missing.returncode == 2 and "nowhere.warc" in missing.stderr


def test_a_new_extractor_is_compared_before_it_writes(imported):
    """Selectors in sources.toml shorten the text: --compare shows it, writes nothing; then extract does it."""
    (imported / "sources.toml").write_text(
        '[sources."quay.example"]\nname = "Quay"\nhomepage = "https://quay.example/"\n'
        '[sources."quay.example".selectors]\ndrop = "p:last-child"\n'
    )
    folder = ArchiveFolder(imported)
    found = compare(folder, sample=5, workers=1)
    (change,) = found.changes
    assert (found.pages, change.verdict, change.title) == (1, "changed", "The wall is raised")
    (text,) = [each for each in change.fields if each.field == "text"]
    assert text.words_gone > 20 and text.words_come == 0 and "An engineer" in text.excerpt
    assert "An engineer" in cli.run(imported, "show", URL).stdout, "nothing was written"
    read = cli.run_json(imported, "extract")["pages"]
    assert (read["changed"], read["revised"], read["new"]) == (1, 0, 0)
    assert cli.run_json(imported, "extract", "--compare")["same"] == 1
    assert "An engineer" not in cli.run(imported, "show", URL).stdout
    assert cli.run(imported, "extract", "--sample", "5").returncode == 2
    assert "no source 'nobody'" in cli.run(imported, "extract", "--source", "nobody").stderr
    (imported / "sources.toml").unlink()
    assert cli.run_json(imported, "extract")["pages"]["changed"] == 1, "the archive is as it was, for the other tests"


@needs_pywb
def test_pywb_finds_the_file_where_it_lies(imported):
    """``talkscraper pywb`` serves it out of the folder that it was imported from."""
    with serve_by_command(imported) as port:
        status, body = get(port, f"/archive/20251021100000id_/{URL}")
    assert status == 200 and b"The wall is raised" in body


def test_an_interrupted_extract_goes_on(imported, monkeypatch):
    """Stopped after the first batch, the next pass reads the rest only; with --from-start all."""

    class Stopped(BaseException):
        pass

    folder = ArchiveFolder(imported)
    store = derivation.Derivation._store_batch

    def stop_after(self, batch, done, stored):
        store(self, batch, done, stored)
        raise Stopped

    with monkeypatch.context() as patch:
        patch.setattr(derivation, "BATCH", 1)
        patch.setattr(derivation.Derivation, "_store_batch", stop_after)
        with pytest.raises(Stopped):
            extract_again(folder, clock=lambda: datetime.now(UTC), workers=1)
    report = extract_again(folder, clock=lambda: datetime.now(UTC), workers=1)
    assert (report.resumed_after, report.pages.pages) == (1, 0)
    assert extract_again(folder, clock=lambda: datetime.now(UTC), workers=1).resumed_after == 0
    assert json.dumps(report.pages.page_kinds) == "{}"
