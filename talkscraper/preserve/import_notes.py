"""What an import reads otherwise than other records, or leaves out: counted for each file, one line for each kind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from talkscraper.model import RecordType
from talkscraper.preserve.capture_rows import SEGMENTED, is_segment
from talkscraper.store.page_captures import is_typeless
from talkscraper.warc.headers import is_period, parse_date
from talkscraper.warc.record_dates import date_of_response

if TYPE_CHECKING:
    from talkscraper.warc.scan import ScannedRecord


class ImportNote(StrEnum):
    """The kinds of notes."""

    SEGMENT = SEGMENTED
    CONTINUATION = "continuation"
    CONVERSION = "conversion"
    UNKNOWN_TYPE = "unknown-type"
    UNADDRESSED = "unaddressed"
    NOT_HTTP = "not-http"
    UNVERSIONED = "unversioned"
    TYPELESS = "typeless"
    PERIOD = "period"
    DATE_OF_RESPONSE = "date-of-response"
    UNDATED = "undated"
    HEADLESS = "headless"


MEANINGS: Mapping[ImportNote, str] = {
    ImportNote.SEGMENT: "with the first segment of a block only: kept, and marked as truncated (segmented)",
    ImportNote.CONTINUATION: "that continue the block of another one: left out, since segments aren't joined",
    ImportNote.CONVERSION: "with a conversion of another one: left out",
    ImportNote.UNKNOWN_TYPE: "of a type that WARC/1.1 doesn't define: left out",
    ImportNote.UNADDRESSED: "of a capture without WARC-Target-URI or WARC-Record-ID: left out",
    ImportNote.NOT_HTTP: "of a response that isn't HTTP (DNS, say): kept, and neither shown nor indexed",
    ImportNote.UNVERSIONED: "with a status line without an HTTP version: read, though other tools don't",
    ImportNote.TYPELESS: "of a response without a media type: read as a page if its bytes begin like one",
    ImportNote.PERIOD: "with a WARC-Date less precise than a second: the beginning of the period counts",
    ImportNote.DATE_OF_RESPONSE: "with a WARC-Date that is no date: the Date of the response counts",
    ImportNote.UNDATED: "with no date that can be read: kept, and not indexed",
    ImportNote.HEADLESS: "without an HTTP head: kept as resource records",
}
_KNOWN_TYPES = frozenset(RecordType) | {"continuation", "conversion"}
_CAPTURES = frozenset({"response", "revisit", "resource"})

Notes = Counter[ImportNote]


def notes_of(seen: ScannedRecord) -> list[ImportNote]:
    """Return the notes on one record."""
    headers, kind = seen.headers, seen.record_type
    if kind not in _CAPTURES:
        if kind in ("continuation", "conversion"):
            return [ImportNote(kind)]
        return [] if kind in _KNOWN_TYPES else [ImportNote.UNKNOWN_TYPE]
    if not headers.get("WARC-Target-URI") or not seen.record_id:
        return [ImportNote.UNADDRESSED]
    found = [ImportNote.SEGMENT] if is_segment(headers) else []
    date = headers.get("WARC-Date")
    if parse_date(date) is None:
        dated = date_of_response(seen.http) is not None
        found.append(ImportNote.DATE_OF_RESPONSE if dated else ImportNote.UNDATED)
    elif is_period(date):
        found.append(ImportNote.PERIOD)
    if kind == "response":
        found += _notes_of_response(seen)
    return found


def _notes_of_response(seen: ScannedRecord) -> list[ImportNote]:
    head = seen.http
    if head is None or head.status is None:
        return [ImportNote.NOT_HTTP]
    found = [] if head.version[:5].upper() == "HTTP/" else [ImportNote.UNVERSIONED]
    mime = head.get("Content-Type")
    if 200 <= head.status < 300 and is_typeless(mime.partition(";")[0].strip() if mime is not None else None):
        found.append(ImportNote.TYPELESS)
    return found


def lines(notes: Notes) -> list[str]:
    """Return a line for each kind."""
    return [
        f"{notes[each]} {'record' if notes[each] == 1 else 'records'} {MEANINGS[each]} [{each}]"
        for each in ImportNote
        if notes[each]
    ]
