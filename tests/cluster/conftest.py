"""WARCs of three writers, interleaved in time, with all that extraction meets."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import Executor, open_executor
from talkscraper.preserve.warc_import import import_files
from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.records import IDENTICAL_PAYLOAD, NewRecord, build_revisit
from tests.support import pages, warcs
from tests.support.clock import at

NOW = datetime(2026, 1, 1, tzinfo=UTC)
FILES, PAGES = 3, 24


def clock() -> datetime:
    """The time at which everything is imported and extracted."""
    return NOW


def address(number: int) -> str:
    """The address of a page."""
    return f"https://quay.example/posts/{number}"


def with_selectors(root: Path) -> None:
    """Write a sources.toml with selectors that change every text."""
    (root / "sources.toml").write_text(
        '[sources."quay.example"]\nname = "Quay"\nhomepage = "https://quay.example/"\n'
        '[sources."quay.example".selectors]\ndrop = "p:last-child"\n'
    )


def damage(root: Path) -> None:
    """Change a byte in the middle of a WARC."""
    path = sorted((root / "warc").glob("*.warc.gz"))[1]
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x55
    path.write_bytes(data)


def _records(file: int) -> list[NewRecord]:
    records = [warcs.info()]
    for number in range(PAGES):
        when = f"2025-10-{1 + number:02d}T{10 + file}:00:00"
        url = address(number if number % 3 else number + 1000 * file)
        body = pages.article(f"The wall is raised, part {number}", more=f"This is what stood in edition {file}.")
        if number % 8 == 5:
            record = warcs.response(records[-1].target_uri or "", b"", when=when, status="HTTP/1.1 404 Not Found")
        elif number % 8 == 6:
            record = warcs.response(url, body, when=when, mime="unknown/unknown")
        elif number % 8 == 7:
            record = _revisit(url, records[1], when)
        else:
            record = warcs.response(url, body, when=when, digest=sha1_base32(body))
        records.append(record)
    return records


def _revisit(url: str, original: NewRecord, when: str) -> NewRecord:
    return build_revisit(
        url=url,
        date=at(when),
        head=b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        profile=IDENTICAL_PAYLOAD,
        payload_digest=dict(original.fields)["WARC-Payload-Digest"],
        refers_to=original.record_id,
        refers_to_url=original.target_uri or "",
        refers_to_date=original.date,
    )


@pytest.fixture(scope="module")
def dask() -> Iterator[Executor]:
    """A cluster on this machine."""
    with open_executor("local:2") as opened:
        yield opened


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The WARCs."""
    folder = tmp_path_factory.mktemp("warcs")
    paths = []
    for number in range(FILES):
        path = folder / f"part-{number}.warc.gz"
        path.write_bytes(warcs.members(*_records(number)))
        paths.append(path)
    return paths


@pytest.fixture(scope="session")
def imported(tmp_path_factory: pytest.TempPathFactory, files: list[Path]) -> Path:
    """An archive into which this machine alone has imported them: not to be changed."""
    root = tmp_path_factory.mktemp("imported") / "archive"
    report = import_files(ArchiveFolder(root), files, clock=clock, copy=True, workers=1)
    assert report.pages.new > FILES * PAGES / 4
    assert report.pages.gone
    return root


@pytest.fixture
def archive(imported: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(imported, tmp_path / "copy"))
