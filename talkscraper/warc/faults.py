"""Faults of records and files, and the header rules of WARC/1.1 (ISO 28500:2017 §4, §5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from talkscraper.warc.headers import EARLIEST, is_possible, parse_date
from talkscraper.warc.record_dates import record_date

if TYPE_CHECKING:
    from talkscraper.warc.scan import ScannedRecord


class Fault(StrEnum):
    """The kinds of faults that the bytes of a file can have."""

    GZIP = "gzip"
    """A gzip member that doesn't decompress, or has a wrong checksum."""
    ZSTD = "zstd"
    """A Zstandard frame that doesn't decompress, of an imported file."""
    TORN_TAIL = "torn-tail"
    """The file ends in the middle of a record."""
    ZERO_TAIL = "zero-tail"
    """The file ends in zeros, as after a power failure."""
    RUBBISH = "rubbish"
    """Bytes between records, or after the last one, that are no record."""
    SHARED_MEMBER = "shared-member"
    """Several records in one gzip member: only the first can be read by offset."""
    EMPTY = "empty"
    HEAD = "head"
    """A record's named fields can't be parsed."""
    FIELD = "field"
    """A named field is missing or invalid."""
    DATE = "date"
    """A WARC-Date before 1990 or in the future: the record is treated as one without a date. Or one that is no date,
    instead of which that of the response counts.
    """
    LENGTH = "length"
    """Content-Length differs from the length of the block."""
    END = "end"
    """The two line ends after the block are missing, or there are more."""
    NO_DIGEST = "no-digest"
    BLOCK_DIGEST = "block-digest"
    PAYLOAD_DIGEST = "payload-digest"
    DUPLICATE = "duplicate"
    """Two records with one WARC-Record-ID."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault of one record."""

    fault: Fault
    message: str


WITH_URI = frozenset({"response", "resource", "request", "revisit", "conversion", "continuation"})
"""Types that must have a WARC-Target-URI (§5.9)."""
_MANDATORY = {name.lower(): name for name in ("WARC-Type", "WARC-Record-ID", "WARC-Date")}
_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]+>")
_REPEATABLE = frozenset({"warc-concurrent-to", "warc-protocol"})


def broken_rules(seen: ScannedRecord, *, ours: bool, latest: datetime) -> Iterator[Problem]:
    """Return the problems of a record's named fields.

    ``ours``: talkscraper wrote it, so that all rules apply. ``latest``: when its file was finished.
    """
    fields = seen.headers.by_name
    for key, name in _MANDATORY.items():
        # a missing length was reported by the scan, which needs it
        if not fields.get(key):
            yield Problem(Fault.FIELD, f"{name} is missing")
        elif key == "warc-date":
            yield from _date(seen, latest)
    kind = seen.record_type
    if kind in WITH_URI and not fields.get("warc-target-uri"):
        yield Problem(Fault.FIELD, f"WARC-Target-URI is missing from a {kind} record")
    if kind == "revisit" and not fields.get("warc-profile"):
        yield Problem(Fault.FIELD, "WARC-Profile is missing from a revisit record")
    if ours:
        yield from _own_rules(seen)


def _date(seen: ScannedRecord, latest: datetime) -> Iterator[Problem]:
    text = seen.headers.by_name.get("warc-date")
    date = parse_date(text)
    if date is None:
        message = f"WARC-Date is no date: {text!r:.60}"
        answered = record_date(seen, latest)
        if answered is None:
            yield Problem(Fault.FIELD, message)
        else:
            counts = f"the Date of its response counts, {answered:%Y-%m-%dT%H:%M:%SZ}"
            yield Problem(Fault.DATE, f"{message}: {counts}")
    elif not is_possible(date, latest):
        when = "before 1990" if date < EARLIEST else f"after {latest:%Y-%m-%d}, when its file was finished"
        yield Problem(Fault.DATE, f"WARC-Date {text!r:.60} is {when}: it counts as a record without a date")


def _own_rules(seen: ScannedRecord) -> Iterator[Problem]:
    headers, fields = seen.headers, seen.headers.by_name
    if seen.record_id and not _ID.fullmatch(seen.record_id):
        yield Problem(Fault.FIELD, f"WARC-Record-ID is no URI in angle brackets: {seen.record_id!r:.60}")
    if headers.repeats:
        names = [name.lower() for name, _ in headers]
        twice = sorted({name for name in names if names.count(name) > 1} - _REPEATABLE)
        if twice:
            yield Problem(Fault.FIELD, f"{twice[0]} occurs more than once")
    if not fields.get("warc-block-digest"):
        yield Problem(Fault.NO_DIGEST, "WARC-Block-Digest is missing")
    answered = seen.record_type == "response" and seen.http is not None and seen.http.status is not None
    if (answered or seen.record_type == "revisit") and not fields.get("warc-payload-digest"):
        yield Problem(Fault.NO_DIGEST, "WARC-Payload-Digest is missing")
    if seen.framed:
        yield Problem(Fault.PAYLOAD_DIGEST, "its payload digest is over the chunk framing too")
