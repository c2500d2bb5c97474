"""Archive folders made by hand: WARC records through ``warc/``, rows through ``store/``."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.model import (
    Article,
    Capture,
    Extraction,
    FieldProvenance,
    PageKind,
    Precision,
    PublishedDate,
    RecordType,
    Rival,
)
from talkscraper.store import captures as store_captures
from talkscraper.store.articles import store_extraction
from talkscraper.store.database import iso, open_reader, open_writer
from talkscraper.urls.canonical import urlkey
from talkscraper.warc import cdxj
from talkscraper.warc.digests import sha1_base32
from talkscraper.warc.records import IDENTICAL_PAYLOAD, NOT_MODIFIED, build_response, build_revisit, build_warcinfo
from tests.support.clock import at

SITE = "http://news.example"


class BuiltArchive:
    """Writes records into one WARC and rows into the database, at once; ``done()`` closes the file."""

    def __init__(self, root: Path, name: str = "talkscraper-test-00000.warc.gz", *, warcinfo: bool = True) -> None:
        self.folder = ArchiveFolder(root).make()
        self.db = open_writer(self.folder.database)
        self.name = name
        self.path = self.folder.warc / name
        self.captures: list[Capture] = []
        self.records = int(warcinfo)
        info = build_warcinfo(date=at("2025-01-01"), filename=name, pairs=(("software", "test"),))
        self.path.write_bytes(b"".join(info.member()) if warcinfo else b"")
        store_captures.open_warc_file(self.db, name, at("2025-01-01"))
        self.db.conn.commit()

    def respond(
        self,
        url: str,
        when: str | datetime,
        body: bytes | str = b"",
        *,
        status: int = 200,
        reason: str = "OK",
        mime: str | None = "text/html; charset=utf-8",
        headers: tuple[tuple[str, str], ...] = (),
        coding: str | None = None,
        chunked: bool = False,
        page: Capture | None = None,
        framed: bytes | None = None,
    ) -> Capture:
        """A response record, and its row."""
        payload = body.encode() if isinstance(body, str) else body
        if coding == "gzip":
            payload = gzip.compress(payload, mtime=0)
        lines = [f"HTTP/1.1 {status} {reason}"]
        if mime is not None:
            lines.append(f"Content-Type: {mime}")
        if coding is not None:
            lines.append(f"Content-Encoding: {coding}")
        lines += [f"{name}: {value}" for name, value in headers]
        sent = payload
        if chunked:
            lines.append("Transfer-Encoding: chunked")
            half = len(payload) // 2
            sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (payload[:half], payload[half:]) if part)
            sent += b"0\r\n\r\n"
        else:
            lines.append(f"Content-Length: {len(payload)}")
        block = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + (framed if framed is not None else sent)
        record = build_response(url=url, date=at(when), block=block, payload_digest=sha1_base32(payload))
        location = next((value for name, value in headers if name.lower() == "location"), None)
        return self._add(
            record,
            url=url,
            when=when,
            status=status,
            mime=mime.partition(";")[0] if mime else None,
            digest=sha1_base32(payload),
            page=page,
            redirect_to=urljoin(url, location) if location else None,
        )

    def revisit(
        self, original: Capture, when: str | datetime, *, not_modified: bool = False, head: bytes | None = None
    ) -> Capture:
        """A revisit record of an earlier capture, and its row."""
        if head is None:
            head = b"" if not not_modified else b"HTTP/1.1 304 Not Modified\r\n\r\n"
        record = build_revisit(
            url=original.url,
            date=at(when),
            head=head,
            profile=NOT_MODIFIED if not_modified else IDENTICAL_PAYLOAD,
            payload_digest=original.payload_digest or "",
            refers_to=original.id,
            refers_to_url=original.url,
            refers_to_date=original.captured_at,
        )
        return self._add(
            record,
            url=original.url,
            when=when,
            status=304 if not_modified else None,
            mime=None,
            digest=original.payload_digest,
            record_type=RecordType.REVISIT,
            refers=original,
        )

    def _add(
        self,
        record,
        *,
        url: str,
        when: str | datetime,
        status: int | None,
        mime: str | None,
        digest: str | None,
        page: Capture | None = None,
        record_type: RecordType = RecordType.RESPONSE,
        refers: Capture | None = None,
        redirect_to: str | None = None,
    ) -> Capture:
        data = b"".join(record.member())
        offset = self.path.stat().st_size
        with self.path.open("ab") as handle:
            handle.write(data)
        self.records += 1
        capture = Capture(
            id=record.record_id,
            url=url,
            urlkey=urlkey(url),
            captured_at=at(when),
            status=status,
            mime=mime,
            payload_digest=digest,
            record_type=record_type,
            warc_file=self.name,
            warc_offset=offset,
            warc_length=len(data),
            page_capture_id=page.id if page else None,
            refers_to=refers.id if refers else None,
            refers_to_url=refers.url if refers else None,
            refers_to_date=refers.captured_at if refers else None,
            redirect_to=redirect_to,
        )
        self.captures.append(capture)
        with self.db.conn:
            store_captures.add_captures(self.db, [capture])
        return capture

    def take_down(self, url: str, reason: str = "asked by the author") -> None:
        """A row of ``takedowns``."""
        with self.db.conn:
            self.db.execute(
                "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values (?, ?, 'hide', ?, ?, ?)",
                [url, urlkey(url), reason, iso(at("2025-12-01")), json.dumps({})],
            )

    def done(self) -> ArchiveFolder:
        """Close the WARC, write its CDXJ."""
        data = self.path.read_bytes()
        with self.db.conn:
            store_captures.close_warc_file(
                self.db, self.name, len(data), hashlib.sha256(data).hexdigest(), self.records, at("2025-12-31")
            )
        cdxj.write_sorted(self.folder.index / (self.name.removesuffix(".warc.gz") + ".cdxj"), self.captures)
        return self.folder


def extraction(url: str, title: str | None, text: str, **fields) -> Extraction:
    """What an extractor would have found, in the fields a test cares about."""
    article = Article(
        url=url,
        title=title,
        text=text,
        word_count=len(text.split()),
        text_digest="sha256:" + hashlib.sha256(text.encode()).hexdigest(),
        **{"language": "en", **fields},
    )
    return Extraction(
        page_kind=PageKind.ARTICLE,
        article=article,
        extractor="test 1",
        provenance=(
            FieldProvenance(field="title", value=title, rule="h1", rivals=(Rival(value="Another", rule="og:title"),)),
        ),
    )


def published(text: str) -> PublishedDate:
    """A date of publication, to the day."""
    moment = at(text)
    return PublishedDate(instant=moment, precision=Precision.DAY, day=moment.date())


def store(built: BuiltArchive, capture: Capture, found: Extraction, source_id: str | None = None) -> str:
    """Store an extraction; returns the article's id."""
    with built.db.conn:
        if source_id is not None:
            built.db.execute(
                "insert or ignore into sources (id, name, homepage) values (?, ?, ?)",
                [source_id, source_id.title(), SITE],
            )
        stored = store_extraction(built.db, capture, found, source_id=source_id, now=at("2025-12-31"))
    assert stored.article_id is not None, stored
    return stored.article_id


@pytest.fixture
def built(tmp_path: Path) -> Iterator[BuiltArchive]:
    """An empty archive to write records into."""
    made = BuiltArchive(tmp_path / "archive")
    yield made
    made.db.conn.close()


@pytest.fixture
def reader(built: BuiltArchive) -> Iterator[Callable[[], sqlite3.Connection]]:
    """Opens a read-only connection on the archive; closed after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(contextlib.closing(open_reader(built.folder.database)))
