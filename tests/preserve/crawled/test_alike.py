"""Other people's tools over an archive that a crawl made, and over one from which something was cut out."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
from fastwarc.warc import ArchiveIterator as FastArchiveIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.warc_file import index_path
from tests.support.pywb import needs_pywb, serve_folder
from tests.support.warcs import iter_records


@pytest.fixture(params=["crawled", "cut"])
def folder(request, archive):
    """An archive as the crawl left it, and one after a takedown that rewrote its files."""
    if request.param == "cut":
        archive.json("takedown", f"{archive.base}/posts/taken", f"{archive.base}/a.png", "--reason", "r", "--depth",
                     "rewrite")  # fmt: skip
    return ArchiveFolder(archive.root)


def digest(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def by_us(path):
    return [
        (record.record_id, record.headers.get("WARC-Type"), record.target_uri, digest(record.block))
        for record in iter_records(path)
    ]


def by_warcio(path):
    with path.open("rb") as handle:
        return [
            (
                record.rec_headers.get_header("WARC-Record-ID"),
                record.rec_type,
                record.rec_headers.get_header("WARC-Target-URI"),
                digest(record.raw_stream.read()),
            )
            for record in ArchiveIterator(handle, no_record_parse=True)
        ]


def by_fastwarc(path):
    with path.open("rb") as handle:
        return [
            (
                record.headers["WARC-Record-ID"],
                record.headers["WARC-Type"],
                record.headers.get("WARC-Target-URI"),
                digest(record.reader.read()),
            )
            for record in FastArchiveIterator(handle, record_types=WarcRecordType.any_type, parse_http=False)
        ]


def test_all_read_the_same_records(folder):
    """warcio, fastwarc and we: the same ids, types, addresses and bytes, in the same order."""
    paths = sorted(folder.warc.glob("*.warc.gz"))
    assert len(paths) >= 2
    for path in paths:
        assert by_us(path) == by_warcio(path) == by_fastwarc(path)


def test_cdxj_indexer_makes_the_index_that_lies_there(folder):
    """Line by line."""
    for path in sorted(folder.warc.glob("*.warc.gz")):
        theirs = subprocess.run(
            [sys.executable, "-m", "cdxj_indexer.main", "-s", str(path)], capture_output=True, text=True, check=True
        ).stdout
        assert index_path(folder, path.name).read_text() == theirs


def test_the_reference_tool_accepts_its_wacz(folder, archive):
    """``wacz validate`` over ``talkscraper wacz``."""
    out = archive.root / "exports" / "all.wacz"
    assert archive.run("wacz", str(out)).returncode == 0
    done = subprocess.run(
        [sys.executable, "-m", "wacz.main", "validate", "-f", str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_pywb
def test_pywb_plays_what_stays_and_knows_nothing_of_what_went(archive, paper, tmp_path):
    """The folder as it lies, after a takedown: pages of both days, and a picture whose record was another's revisit."""
    archive.json("takedown", f"{archive.base}/posts/taken", f"{archive.base}/a.png", "--reason", "r")
    with serve_folder(archive.root, tmp_path / "pywb") as get:
        days = sorted({row[0] for row in archive.rows("select captured_at from captures where url like '%/kept'")})
        for day in days:
            stamp = "".join(each for each in day if each.isdigit())
            assert get(f"/news/{stamp}id_/{archive.base}/posts/kept") == (200, paper.pages["/posts/kept"].body)
            assert get(f"/news/{stamp}id_/{archive.base}/b.png") == (200, paper.pages["/b.png"].body)
            assert get(f"/news/{stamp}id_/{archive.base}/posts/taken")[0] == 404
            assert get(f"/news/{stamp}id_/{archive.base}/a.png")[0] == 404
