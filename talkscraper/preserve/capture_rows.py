"""Captures derived from records: the same row that the crawl wrote, or would have written.

Some facts are in neighbouring records: the request's method in the ``request`` record, the head of a 304 in a
``metadata`` record, the run in the ``warcinfo``. Those come shortly before or after, so a capture is returned only when
some more records have been read.
"""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from talkscraper.capture.record_builder import KIND_FIELD, PAGE_FIELD, SOURCE_FIELD, redirect_of, validator_of
from talkscraper.model import UNDATED, Capture, RecordType
from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.urls.canonical import urlkey
from talkscraper.warc.headers import WarcHeaders, possible_date, safe_uri, safe_value
from talkscraper.warc.http import HttpHead, parse_head
from talkscraper.warc.members import opened
from talkscraper.warc.record_dates import record_date
from talkscraper.warc.records import NEEDED_FIELD, NOT_MODIFIED
from talkscraper.warc.scan import Gap, Scan, ScannedRecord

WINDOW = 32
"""Number of records within which related ones are expected."""
MAX_NEEDS = 1000
"""Maximum number of requisites read from one record about a page."""
_REMEMBERED = 1024
SEGMENTED = "segmented"
"""``captures.truncated`` of a record whose block continues in other records (WARC/1.1 §7)."""
_CAPTURES = frozenset({"response", "revisit", "resource"})


class Describer:
    """Takes the records of one file in order; returns captures in order, some records later."""

    def __init__(self, name: str, *, latest: datetime, keys: Callable[[str], str] = urlkey) -> None:
        """Describe the records of the file ``name``; ``keys`` returns the SURT key of a URL.

        ``latest``: when the file was finished; a record that claims to be more than a day later is treated as undated.
        """
        self.name = name
        self.latest = latest
        self._keys = keys
        self.info: WarcHeaders | None = None
        """The fields of the last ``warcinfo`` record."""
        self.run_id: int | None = None
        """The crawl that wrote the file, if talkscraper did."""
        self.claimed: dict[str, str] = {}
        """Declared payload digests that are wrong, by record id."""
        self._waiting: OrderedDict[str, tuple[int, Capture]] = OrderedDict()
        self._methods: OrderedDict[str, str] = OrderedDict()
        """Methods of requests that came before their responses, by the request's id."""
        self._count = 0
        self._needs: list[tuple[str, str]] = []

    @property
    def ours(self) -> bool:
        """Whether the file names talkscraper as its writer."""
        return self.info is not None and (self.info.get("software") or "").startswith("talkscraper/")

    def feed(self, seen: ScannedRecord) -> Iterator[Capture]:
        """Process a record; return the captures that are complete."""
        self._count += 1
        kind = seen.record_type
        if kind == "warcinfo":
            self._warcinfo(seen)
        elif kind in _CAPTURES:
            capture = capture_of(seen, self.name, latest=self.latest, run_id=self.run_id, keys=self._keys)
            declared = seen.headers.get("WARC-Payload-Digest")
            if capture is not None and declared and capture.payload_digest != declared:
                self.claimed[capture.id] = declared
            if capture is not None and capture.id not in self._waiting:
                self._waiting[capture.id] = (self._count, self._with_method(capture, seen))
        elif kind == "request":
            self._request(seen)
        elif kind == "metadata" and self.ours:
            self._metadata(seen)
        while self._waiting:
            first = next(iter(self._waiting))
            if self._waiting[first][0] + WINDOW > self._count:
                break
            yield self._waiting.pop(first)[1]

    def finish(self) -> Iterator[Capture]:
        """End the file; return the remaining captures."""
        while self._waiting:
            yield self._waiting.popitem(last=False)[1][1]

    def take_needs(self) -> list[tuple[str, str]]:
        """Return pairs of record ids found since the last call: pages, and requisites captured for others."""
        taken, self._needs = self._needs, []
        return taken

    def _warcinfo(self, seen: ScannedRecord) -> None:
        self.info = WarcHeaders.parse(seen.start.splitlines())
        run = self.info.get("talkscraper-run") or ""
        self.run_id = int(run) if self.ours and run.isascii() and run.isdigit() and len(run) < 10 else None

    def _with_method(self, capture: Capture, seen: ScannedRecord) -> Capture:
        for request in seen.headers.get_all("WARC-Concurrent-To"):
            if request in self._methods:
                return replace(capture, method=self._methods.pop(request))
        return capture

    def _request(self, seen: ScannedRecord) -> None:
        method = seen.start.partition(b" ")[0].decode("latin-1")
        if not (method.isalpha() and len(method) <= 20):
            return
        for answer in seen.headers.get_all("WARC-Concurrent-To"):
            if answer in self._waiting:
                if method != "GET":
                    count, capture = self._waiting[answer]
                    self._waiting[answer] = (count, replace(capture, method=method.upper()))
                return
        if method.upper() != "GET":
            self._methods[seen.record_id] = method.upper()
            while len(self._methods) > _REMEMBERED:
                self._methods.popitem(last=False)

    def _metadata(self, seen: ScannedRecord) -> None:
        """Read a page's requisites, or the head of a 304 whose revisit has an empty block."""
        page = seen.headers.get("WARC-Refers-To")
        if page is not None:
            named = WarcHeaders.parse(seen.start.splitlines()).get_all(NEEDED_FIELD)
            self._needs += [(page, needed) for needed in named[:MAX_NEEDS]]
            return
        about = seen.headers.get("WARC-Concurrent-To") or ""
        if about not in self._waiting:
            return
        fields = WarcHeaders.parse(seen.start.splitlines())
        text = fields.get("response-base64") or fields.get("response-head-base64")
        if text is None:
            return
        try:
            head = parse_head(base64.b64decode(text, validate=True))
        except (binascii.Error, ValueError):
            return
        count, capture = self._waiting[about]
        self._waiting[about] = (count, replace(capture, **_facts_of(capture.url, head)._asdict()))


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContents:
    """The contents of a file, from one scan."""

    records: int
    captures: list[Capture]
    gaps: list[Gap]
    needs: list[tuple[str, str]]
    """Pairs of record ids: pages, and requisites that were captured for others."""
    size: int
    sha256: str
    describer: Describer
    begun_at: datetime | None
    """The first record's date."""

    @property
    def good_end(self) -> int:
        """The end of the last complete record; a gap in the middle isn't cut off, since records follow it."""
        last = self.gaps[-1] if self.gaps else None
        return last.offset if last is not None and last.offset + last.length >= self.size else self.size


def survey(path: WarcPlace, name: str, *, latest: datetime | None = None, digests: bool = False) -> FileContents:
    """Scan a file of any writer for its captures.

    ``digests``: compute those that records don't declare; talkscraper's own files need none. ``latest``: when it was
    finished, by default now.

    Raises:
        StorageError: it can't be read.
    """
    latest = latest or datetime.now(UTC)
    describer = Describer(name, latest=latest)
    found: list[Capture] = []
    gaps: list[Gap] = []
    records, begun_at = 0, None
    with opened(path) as handle:
        scan = Scan(handle, digests=digests)
        for each in scan:
            if isinstance(each, Gap):
                gaps.append(each)
                continue
            records += 1
            begun_at = begun_at or possible_date(each.headers.get("WARC-Date"), latest)
            found.extend(describer.feed(each))
        sha256 = scan.sha256()
    found.extend(describer.finish())
    return FileContents(
        records=records,
        captures=found,
        gaps=gaps,
        needs=describer.take_needs(),
        size=scan.size,
        sha256=sha256,
        describer=describer,
        begun_at=begun_at,
    )


def capture_of(
    seen: ScannedRecord, name: str, *, latest: datetime, run_id: int | None = None, keys: Callable[[str], str] = urlkey
) -> Capture | None:
    """Return the capture of a response, revisit or resource record; None if it lacks id or URL."""
    headers = seen.headers
    fields = headers.by_name
    uri = fields.get("warc-target-uri", "").strip()
    if uri.startswith("<") and uri.endswith(">"):
        uri = uri[1:-1].strip()
    date = record_date(seen, latest)
    if not uri or not seen.record_id:
        return None
    url = safe_uri(uri)
    kind = RecordType(seen.record_type)
    revisit = kind is RecordType.REVISIT
    head = seen.http
    status = head.status if head is not None else None
    if revisit and not seen.block_size:
        status = 304 if fields.get("warc-profile") == NOT_MODIFIED else None
    declared = fields.get("warc-payload-digest")
    refers_to_url = fields.get("warc-refers-to-target-uri")
    facts = _facts_of(url, head) if head is not None else _HeadFacts()
    mime = _media_type(fields.get("content-type")) if kind is RecordType.RESOURCE else facts.mime
    return Capture(
        id=seen.record_id,
        url=url,
        urlkey=keys(url),
        captured_at=date.replace(microsecond=0) if date is not None else UNDATED,
        status=status,
        mime=mime,
        # a declared digest that is wrong is ignored: otherwise other records would be taken for copies
        payload_digest=(seen.payload_digest if not revisit and _has_payload(seen) else None) or declared,
        record_type=kind,
        warc_file=name,
        warc_offset=seen.offset,
        warc_length=seen.length,
        truncated=None if revisit else fields.get("warc-truncated") or (SEGMENTED if is_segment(headers) else None),
        ip=fields.get("warc-ip-address"),
        refers_to=fields.get("warc-refers-to") if revisit else None,
        refers_to_url=refers_to_url.strip("<>") if revisit and refers_to_url else None,
        refers_to_date=possible_date(fields.get("warc-refers-to-date"), latest) if revisit else None,
        page_capture_id=fields.get(PAGE_FIELD.lower()),
        run_id=run_id,
        source_id=fields.get(SOURCE_FIELD.lower()),
        redirect_to=facts.redirect_to,
        etag=facts.etag,
        last_modified=facts.last_modified,
        asked_as=fields.get(KIND_FIELD.lower()),
    )


def is_segment(headers: WarcHeaders) -> bool:
    """Whether a record holds only the first part of a block."""
    return "WARC-Segment-Number" in headers


def _has_payload(seen: ScannedRecord) -> bool:
    """Whether there is a payload: bytes that aren't HTTP have none, except in a resource record."""
    return seen.record_type == "resource" or (seen.http is not None and seen.http.status is not None)


class _HeadFacts(NamedTuple):
    """Facts from the head of a response."""

    mime: str | None = None
    redirect_to: str | None = None
    etag: str | None = None
    last_modified: str | None = None


def _facts_of(url: str, head: HttpHead) -> _HeadFacts:
    mime = etag = last_modified = None
    for name, value in head.headers:
        lower = name.lower()
        # the first of each name counts
        if lower == "content-type" and mime is None:
            mime = value
        elif lower == "etag" and etag is None:
            etag = value
        elif lower == "last-modified" and last_modified is None:
            last_modified = value
    return _HeadFacts(
        mime=_media_type(mime),
        redirect_to=redirect_of(url, head),
        etag=validator_of(etag),
        last_modified=validator_of(last_modified),
    )


def _media_type(value: str | None) -> str | None:
    """Return the media type up to the first semicolon or space, case preserved, as cdxj-indexer reads it."""
    if not value:
        return value
    return safe_value(value.replace("\t", " ").split(";", 1)[0].split(" ", 1)[0].strip())
