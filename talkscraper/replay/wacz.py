"""WACZ 1.1.1 writer: one ZIP that ReplayWeb.page opens, with captures, their index and the pages' titles and texts.

archive/data.warc.gz     stored, so that a viewer can read ranges of it (talkscraper/warc/zips.py)
indexes/index.cdx.gz     CDXJ in gzip blocks of 1024 lines; index.idx says where each begins
pages/pages.jsonl        one line a page, its text from the database
datapackage.json         every file with its size and SHA-256; datapackage-digest.json holds the digest of this
"""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import replacing
from talkscraper.replay import warc_subset
from talkscraper.replay.all_captures import captures_of_articles, every_capture, records_about
from talkscraper.replay.package_selection import PackagedPage, Placed, pages_of, raw_member, with_requisites
from talkscraper.replay.wacz_signature import DIGEST_FILE, PACKAGE_FILE, SigningKey
from talkscraper.store.database import iso
from talkscraper.version import __version__
from talkscraper.warc.cdxj import is_indexed, line
from talkscraper.warc.copied_members import most_bytes, with_warcinfo
from talkscraper.warc.zips import ZipWriter

BLOCK_LINES = 1024
WARC_NAME = "data.warc.gz"
NEEDS_BYTES = 64 * 1024
"""Upper bound of the size in bytes of a record that lists a page's requisites."""
HEADS_BYTES = 1 << 20
"""Upper bound of the size in bytes of the other contents of the files with records and pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaczReport:
    """What the package contains."""

    path: Path
    pages: int
    records: int
    size: int


def write_wacz(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    article_ids: Iterable[str],
    out: Path,
    *,
    title: str,
    made_at: datetime,
    all_captures: bool = False,
    whole: bool = False,
    sign: SigningKey | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> WaczReport:
    """Write a package of some articles' pages, atomically.

    Args:
        connection: a reader of the archive.
        folder: the archive.
        article_ids: ids of the articles.
        out: the file to write.
        title: of the collection.
        made_at: time of creation for the metadata.
        all_captures: all captures of the articles, with requests and metadata, not only what their pages need.
        whole: all captures of the archive.
        sign: the key by which it is signed.
        progress: called with the number of records written, and of all records.

    Raises:
        StorageError: a write failed.
        TalkscraperError: a record can't be read.
    """
    with replacing(out) as part, part.open("wb") as handle:
        pages, records = pack_wacz(
            handle,
            connection,
            folder,
            article_ids,
            title=title,
            made_at=made_at,
            progress=progress,
            all_captures=all_captures,
            whole=whole,
            sign=sign,
        )
    return WaczReport(path=out, pages=pages, records=records, size=out.stat().st_size)


def pack_wacz(
    handle: IO[bytes],
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    article_ids: Iterable[str],
    *,
    title: str,
    made_at: datetime,
    progress: Callable[[int, int], None],
    all_captures: bool = False,
    whole: bool = False,
    sign: SigningKey | None = None,
) -> tuple[int, int]:
    """Write the same to an open file; return the numbers of pages and of records."""
    pages = list(pages_of(connection, article_ids))
    if all_captures:
        chosen = every_capture(connection) if whole else captures_of_articles(connection, pages)
    else:
        chosen = with_requisites(connection, pages)
    captures = warc_subset.ordered(chosen.values())
    others = list(records_about(connection, folder, captures)) if all_captures else []
    resources: list[dict[str, str | int]] = []
    package = ZipWriter(handle, made_at)
    place = _Place(package, resources)
    lines: list[str] = []

    def records() -> Iterator[bytes]:
        info = warc_subset.new_warcinfo(WARC_NAME, made_at, title)
        head = b"".join(info.member())
        yield head
        offset = len(head)
        for count, capture in enumerate(captures, 1):
            data = with_warcinfo(raw_member(connection, folder, capture), info.record_id)
            yield data
            if is_indexed(capture):
                moved = dataclasses.replace(capture, warc_file=WARC_NAME, warc_offset=offset, warc_length=len(data))
                lines.append(line(moved))
            offset += len(data)
            progress(count, len(captures))
        yield from warc_subset.others(connection, folder, others, info.record_id)
        yield from warc_subset.needs(connection, (page.capture for page in pages), made_at)

    place.put(f"archive/{WARC_NAME}", records(), at_most=_at_most([*captures, *others]) + len(pages) * NEEDS_BYTES)
    blocks, idx = _index(sorted(set(lines), key=str.encode))
    place.put_whole("indexes/index.cdx.gz", blocks)
    place.put_whole("indexes/index.idx", idx)
    place.put("pages/pages.jsonl", _pages(pages), at_most=_pages_at_most(pages))
    description = {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": title,
        "software": f"talkscraper {__version__}",
        "created": iso(made_at),
        "resources": resources,
    }
    if pages:
        description["mainPageUrl"] = pages[0].capture.url
        description["mainPageDate"] = iso(pages[0].captured_at)
    data = json.dumps(description, ensure_ascii=False, indent=2).encode()
    place.put_whole(PACKAGE_FILE, data, listed=False)
    digest: dict[str, object] = {"path": PACKAGE_FILE, "hash": f"sha256:{hashlib.sha256(data).hexdigest()}"}
    if sign is not None:
        digest["signedData"] = sign.sign(str(digest["hash"]), made_at)
    place.put_whole(DIGEST_FILE, json.dumps(digest, indent=2).encode(), listed=False)
    package.close()
    return len(pages), len(captures) + len(others)


def _at_most(records: Iterable[Placed]) -> int:
    """Return an upper bound of the records' size; those of plain WARCs are compressed, and all get a field more."""
    return HEADS_BYTES + sum(most_bytes(each.warc_length + each.warc_length // 1000 + 64) for each in records)


def _pages_at_most(pages: Iterable[PackagedPage]) -> int:
    """Return an upper bound of the list of pages: an escaped character takes at most six bytes."""
    return HEADS_BYTES + sum(
        1000 + 6 * (len(page.capture.url) * 2 + len(page.title or "") + len(page.text)) for page in pages
    )


class _Place:
    """Adds files to the ZIP and remembers size and digest of each."""

    def __init__(self, package: ZipWriter, resources: list[dict[str, str | int]]) -> None:
        self._package = package
        self._resources = resources

    def put(self, path: str, pieces: Iterable[bytes], *, at_most: int, listed: bool = True) -> None:
        """Add a file, stored; ``at_most`` is an upper bound of its size in bytes."""
        digest = hashlib.sha256()

        def digested() -> Iterator[bytes]:
            for piece in pieces:
                digest.update(piece)
                yield piece

        size = self._package.put(path, digested(), at_most=at_most)
        if listed:
            name = path.rpartition("/")[2]
            self._resources.append({"name": name, "path": path, "hash": f"sha256:{digest.hexdigest()}", "bytes": size})

    def put_whole(self, path: str, data: bytes, *, listed: bool = True) -> None:
        """Add a file held in memory."""
        self.put(path, [data], at_most=len(data), listed=listed)


def _index(lines: list[str]) -> tuple[bytes, bytes]:
    """Write the compressed index and the list of its blocks."""
    blocks, offset = [], 0
    heads = ['!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}']
    for start in range(0, len(lines), BLOCK_LINES):
        part = lines[start : start + BLOCK_LINES]
        data = gzip.compress(("\n".join(part) + "\n").encode(), mtime=0)
        key, timestamp = part[0].split(" ", 2)[:2]
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        heads.append(f"{key} {timestamp} " + json.dumps({"offset": offset, "length": len(data), "digest": digest}))
        blocks.append(data)
        offset += len(data)
    return b"".join(blocks), ("\n".join(heads) + "\n").encode()


def _pages(pages: list[PackagedPage]) -> Iterator[bytes]:
    yield b'{"format": "json-pages-1.0", "id": "pages", "title": "Articles", "hasText": true}\n'
    for page in pages:
        entry = {
            "id": page.article_id,
            "url": page.capture.url,
            "ts": iso(page.captured_at),
            "title": page.title or page.capture.url,
            "text": page.text,
        }
        yield json.dumps(entry, ensure_ascii=False).encode() + b"\n"
