"""Other people's tools over an archive that a crawl made, and over one from which something was cut out."""

from __future__ import annotations

import hashlib
import http.client
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from fastwarc.warc import ArchiveIterator as FastArchiveIterator
from fastwarc.warc import WarcRecordType
from warcio.archiveiterator import ArchiveIterator

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.warc_file import index_path
from tests.support.warc_records import iter_records

WAYBACK = Path(__file__).parents[3] / ".venv-pywb/bin/wayback"


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


@pytest.mark.pywb
def test_pywb_plays_what_stays_and_knows_nothing_of_what_went(archive, paper, tmp_path):
    """The folder as it lies, after a takedown: pages of both days, and a picture whose record was another's revisit."""
    if not WAYBACK.exists():
        pytest.skip(f"no pywb at {WAYBACK}: 'make browser-tools' installs it")
    archive.json("takedown", f"{archive.base}/posts/taken", f"{archive.base}/a.png", "--reason", "r")
    home = tmp_path / "pywb"
    home.mkdir()
    config = f"collections:\n  news:\n    index_paths: {archive.root}/index/\n    archive_paths: {archive.root}/warc/\n"
    (home / "config.yaml").write_text(config)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (tmp_path / "pywb.log").open("wb") as log:
        process = subprocess.Popen(
            [str(WAYBACK), "-b", "127.0.0.1", "-p", str(port), "-d", str(home)], stdout=log, stderr=log
        )

        def get(path: str) -> tuple[int, bytes]:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            try:
                connection.request("GET", path)
                response = connection.getresponse()
                return response.status, response.read()
            finally:
                connection.close()

        try:
            while True:
                assert process.poll() is None, (tmp_path / "pywb.log").read_text()
                try:
                    get("/")
                except OSError:
                    time.sleep(0.1)  # nothing tells when another program's port is open
                else:
                    break
            days = sorted({row[0] for row in archive.rows("select captured_at from captures where url like '%/kept'")})
            for day in days:
                stamp = "".join(each for each in day if each.isdigit())
                assert get(f"/news/{stamp}id_/{archive.base}/posts/kept") == (200, paper.pages["/posts/kept"][2])
                assert get(f"/news/{stamp}id_/{archive.base}/b.png") == (200, paper.pages["/b.png"][2])
                assert get(f"/news/{stamp}id_/{archive.base}/posts/taken")[0] == 404
                assert get(f"/news/{stamp}id_/{archive.base}/a.png")[0] == 404
        finally:
            process.terminate()
            process.wait()
