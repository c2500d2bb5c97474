"""Without the WARC files, pages and downloads that need their bytes say so, and the others work."""

import html
import shutil

import pytest

from talkscraper.export import export_formats
from talkscraper.export.model import Contents
from tests.support.archives import SITE, extraction, published, store


@pytest.fixture
def shelf(built):
    for number in range(2):
        url = f"{SITE}/{number}"
        capture = built.respond(url, "2025-10-01", f"<p>{number}")
        store(built, capture, extraction(url, "Wall", f"The wall {number}.", published=published("2025-10-01")), "quay")
    built.done()
    return built


@pytest.mark.parametrize("how", ["deleted", "folder", "cut"])
def test_a_download_of_captures_names_the_file_and_what_works_without(shelf, serve, how):
    """503 with the file's name, but not where it is on this machine; rows and references are downloaded as ever."""
    if how == "folder":
        shutil.rmtree(shelf.folder.warc)
    elif how == "deleted":
        shelf.path.unlink()
    else:
        shelf.path.write_bytes(shelf.path.read_bytes()[:700])
    served = serve(shelf.folder)
    record = shelf.captures[-1].id.strip("<>").removeprefix("urn:uuid:")
    needing = [
        f"/export.{each.name}?q=wall" for each in export_formats().values() if each.contents is Contents.CAPTURES
    ]
    assert len(needing) == 2
    for path in (*needing, f"/capture/{record}/record.warc.gz"):
        reply = served.get(path)
        page = html.unescape(reply.text)
        assert (reply.status, "Not possible just now" in page) == (503, True), path
        assert shelf.path.name in page
        assert str(shelf.folder.root) not in page
        assert "CSV" in page
    for each in export_formats().values():
        if each.contents is not Contents.CAPTURES:
            assert served.get(f"/export.{each.name}?q=wall").status == 200, each.name
