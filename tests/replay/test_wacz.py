"""Packages: a WACZ that validates, and a WARC with some of the records."""

import hashlib
import io
import json
import subprocess
import sys
import zipfile

import pytest
from warcio.archiveiterator import ArchiveIterator

from talkscraper.replay import warc_subset
from talkscraper.replay.package_selection import pages_of, with_requisites
from talkscraper.replay.wacz import write_wacz
from talkscraper.warc.reader import read_record
from tests.support.archives import SITE, extraction, store
from tests.support.clock import at

TEXT = "The harbour wall holds. " * 60


@pytest.fixture
def two(built):
    """Two articles with a style sheet; the second's is a revisit of the first's; a third that isn't asked for."""
    first = built.respond(f"{SITE}/a", "2025-10-01T08:00:00", f"<p>{TEXT}", coding="gzip")
    css = built.respond(f"{SITE}/s.css", "2025-10-01T08:00:01", "p{color:red}" * 100, mime="text/css", page=first)
    second = built.respond(f"{SITE}/b", "2025-10-02T08:00:00", f"<p>{TEXT} b")
    revisit = built.revisit(css, "2025-10-02T08:00:01")
    with built.db.conn:
        built.db.execute("update captures set page_capture_id = ? where id = ?", [second.id, revisit.id])
    third = built.respond(f"{SITE}/c", "2025-10-03T08:00:00", f"<p>{TEXT} c")
    built.ids = [
        store(built, capture, extraction(capture.url, f"Article {name}", f"{TEXT}{name}"))
        for capture, name in ((first, "a"), (second, "b"), (third, "港"))
    ]
    built.css, built.second, built.revisit = css, second, revisit
    built.done()
    return built


def test_a_wacz_validates_and_its_index_points_at_whole_records(two, reader, tmp_path):
    """By the reference tool, and by reading every line's record."""
    out = tmp_path / "two.wacz"
    report = write_wacz(reader(), two.folder, two.ids, out, title="Harbour", made_at=at("2025-12-01"))
    assert (report.pages, report.records) == (3, 5)
    done = subprocess.run(
        [sys.executable, "-m", "wacz.main", "validate", "-f", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(out) as package:
        assert all(info.compress_type == zipfile.ZIP_STORED for info in package.infolist())
        warc = tmp_path / "data.warc.gz"
        warc.write_bytes(package.read("archive/data.warc.gz"))
        import gzip

        lines = gzip.decompress(package.read("indexes/index.cdx.gz")).decode().splitlines()
        assert lines == sorted(lines)
        assert len(lines) == 5
        for line in lines:
            fields = json.loads(line.split(" ", 2)[2])
            record = read_record(warc, int(fields["offset"]), int(fields["length"]))
            assert record.target_uri == fields["url"]
        pages = [json.loads(line) for line in package.read("pages/pages.jsonl").splitlines()]
        assert pages[0]["hasText"] is True
        assert [page["title"] for page in pages[1:]] == ["Article a", "Article b", "Article 港"]
        described = json.loads(package.read("datapackage.json"))
        for resource in described["resources"]:
            data = package.read(resource["path"])
            assert resource["hash"] == "sha256:" + hashlib.sha256(data).hexdigest()
            assert resource["bytes"] == len(data)


def test_a_package_of_one_article_holds_its_requisites_and_the_originals_of_revisits(two, reader):
    """Else a player would show a page without its style."""
    connection = reader()
    chosen = with_requisites(connection, pages_of(connection, [two.ids[1]]))
    assert set(chosen) == {two.second.id, two.revisit.id, two.css.id}


def test_a_warc_subset_is_read_by_warcio_with_good_digests(two, reader):
    """Their blocks are copied byte for byte, in order of time."""
    connection = reader()
    chosen = with_requisites(connection, pages_of(connection, two.ids)).values()
    info = warc_subset.new_warcinfo("subset.warc.gz", at("2025-12-01"), "test")
    records = warc_subset.members(connection, two.folder, chosen, warcinfo_id=info.record_id)
    data = b"".join([*info.member(), *records])
    types, passed = [], []
    for record in ArchiveIterator(io.BytesIO(data), check_digests=True):
        record.content_stream().read()
        types.append(record.rec_type)
        passed.append(record.digest_checker.passed)
    assert types == ["warcinfo", "response", "response", "response", "revisit", "response"]
    assert False not in passed


def test_what_was_hidden_or_taken_down_is_in_no_package(two, reader):
    """Neither the page nor its record."""
    two.take_down(f"{SITE}/a")
    with two.db.conn:
        two.db.execute("update articles set hidden_at = '2025-12-01T00:00:00Z' where id = ?", [two.ids[1]])
    connection = reader()
    assert [page.article_id for page in pages_of(connection, two.ids)] == [two.ids[2]]


def test_a_package_that_can_not_be_made_leaves_nothing_behind(two, reader, tmp_path):
    """The WARC is gone: an error, and no half a file."""
    two.path.unlink()
    out = tmp_path / "two.wacz"
    from talkscraper.errors import TalkscraperError

    with pytest.raises(TalkscraperError):
        write_wacz(reader(), two.folder, two.ids, out, title="x", made_at=at("2025-12-01"))
    assert list(tmp_path.glob("two*")) == []


def test_a_package_may_have_as_long_a_name_as_a_file_can(two, reader, tmp_path):
    """While it is written it has another, shorter one, of which nothing is left."""
    folder = tmp_path / "out"
    folder.mkdir()
    for name in ("n" * 250 + ".wacz", "港" * 83 + ".wacz"):
        write_wacz(reader(), two.folder, two.ids, folder / name, title="Long", made_at=at("2025-12-01"))
        assert zipfile.ZipFile(folder / name).testzip() is None
    assert len(list(folder.iterdir())) == 2
