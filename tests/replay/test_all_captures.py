"""Packages with all captures: front pages, redirects, requests and each revision, described by their own warcinfo."""

from __future__ import annotations

import zipfile

import pytest

from tests.support import cli, pages, warcs

HOST = "http://quay.example"


@pytest.fixture
def root(tmp_path):
    """An archive with an imported file: an article captured twice, a redirect to it, a front page, their requests."""
    url = f"{HOST}/posts/wall"
    answers = [
        warcs.response(f"{HOST}/", b"<html><body><a href=/posts/wall>The wall</a></body></html>"),
        warcs.response(f"{HOST}/w", b"", status="HTTP/1.1 302 Found", more=f"Location: {url}\r\n"),
        warcs.response(url, pages.article("The wall is raised")),
        warcs.response(url, pages.article("The wall is finished"), when="2025-10-22T10:00:00"),
        warcs.response(f"{HOST}/other", b"no", status="HTTP/1.1 404 Not Found"),
    ]
    records = [warcs.info()]
    for each in answers:
        records += [each, warcs.request(each.target_uri, each)]
    path = tmp_path / "a.warc.gz"
    path.write_bytes(warcs.members(*records))
    assert cli.run(tmp_path / "archive", "import", path).returncode == 0
    return tmp_path / "archive"


def packed(root, out, *arguments):
    """The records of a package."""
    command = "wacz" if out.suffix == ".wacz" else "export"
    done = cli.run_here(root, command, out, *arguments)
    assert done.returncode == 0, done.stderr
    if out.suffix == ".wacz":
        with zipfile.ZipFile(out) as package:
            out = out.with_suffix(".warc.gz")
            out.write_bytes(package.read("archive/data.warc.gz"))
    return list(warcs.iter_records(out))


@pytest.mark.parametrize("ending", ["wacz", "warc.gz"])
def test_all_captures_are_all(root, tmp_path, ending):
    """Without a search all ten records; with one those of the article, its redirect and their requests."""
    for arguments, responses in (((), 5), (("finished",), 3)):
        found = packed(root, tmp_path / f"{len(arguments)}.{ending}", *arguments, "--all-captures")
        kinds = [str(each.record_type) for each in found]
        assert kinds[0] == "warcinfo"
        assert (kinds.count("response"), kinds.count("request")) == (responses, responses)


@pytest.mark.parametrize("ending", ["wacz", "warc.gz"])
def test_copied_records_name_the_packages_warcinfo(root, tmp_path, ending):
    """Blocks and fields are those of the archive's records; only WARC-Warcinfo-ID is new."""
    originals = {each.record_id: each for each in warcs.iter_records(tmp_path / "a.warc.gz")}
    info, *copies = packed(root, tmp_path / f"x.{ending}", "--all-captures")
    assert len(copies) == 10
    for each in copies:
        assert each.headers.get("WARC-Warcinfo-ID") == info.record_id
        assert each.block == originals[each.record_id].block
        rest = [pair for pair in each.headers if pair[0] != "WARC-Warcinfo-ID"]
        assert rest == list(originals[each.record_id].headers)
