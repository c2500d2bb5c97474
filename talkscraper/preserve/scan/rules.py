"""The header rules of WARC/1.1 (ISO 28500:2017 §4, §5), applied strictly to records that talkscraper wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from talkscraper.preserve.findings import Kind, Level
from talkscraper.preserve.scan.warc_scan import Problem, ScannedRecord
from talkscraper.warc.reader import EARLIEST, is_possible, parse_date

WITH_URI = frozenset({"response", "resource", "request", "revisit", "conversion", "continuation"})
"""Types that must have a WARC-Target-URI (§5.9)."""
_MANDATORY = ("WARC-Type", "WARC-Record-ID", "WARC-Date", "Content-Length")
_ID = re.compile(r"<[A-Za-z][A-Za-z0-9+.-]*:[^<>\s]+>")
_REPEATABLE = frozenset({"warc-concurrent-to", "warc-protocol"})


def broken_rules(seen: ScannedRecord, *, ours: bool, latest: datetime) -> Iterator[Problem]:
    """Return the problems of a record's named fields.

    ``ours``: talkscraper wrote it, so that all rules apply. ``latest``: when its file was finished.
    """
    headers = seen.headers
    for name in _MANDATORY:
        if not headers.get(name):
            # a missing length was reported by the scan, which needs it
            if name != "Content-Length":
                yield Problem(Kind.FIELD, f"{name} is missing")
        elif name == "WARC-Date":
            yield from _date(headers.get(name), latest)
    kind = seen.record_type
    if kind in WITH_URI and not headers.get("WARC-Target-URI"):
        yield Problem(Kind.FIELD, f"WARC-Target-URI is missing from a {kind} record")
    if kind == "revisit" and not headers.get("WARC-Profile"):
        yield Problem(Kind.FIELD, "WARC-Profile is missing from a revisit record")
    if ours:
        yield from _own_rules(seen)


def _date(text: str | None, latest: datetime) -> Iterator[Problem]:
    date = parse_date(text)
    if date is None:
        yield Problem(Kind.FIELD, f"WARC-Date is no date: {text!r:.60}")
    elif not is_possible(date, latest):
        when = "before 1990" if date < EARLIEST else f"after {latest:%Y-%m-%d}, when its file was finished"
        yield Problem(Kind.DATE, f"WARC-Date {text!r:.60} is {when}: it counts as a record without a date")


def level_of(problem: Problem, seen: ScannedRecord, *, ours: bool) -> Level:
    """Return the level of a record's problem."""
    if ours:
        return Level.DAMAGE
    # a truncated record may have the digest of the full one; an implausible date is the writer's, and no byte is wrong
    cut = problem.kind is Kind.PAYLOAD_DIGEST and "WARC-Truncated" in seen.headers
    return Level.NOTE if cut or problem.kind is Kind.DATE else Level.DAMAGE


def _own_rules(seen: ScannedRecord) -> Iterator[Problem]:
    headers = seen.headers
    if seen.record_id and not _ID.fullmatch(seen.record_id):
        yield Problem(Kind.FIELD, f"WARC-Record-ID is no URI in angle brackets: {seen.record_id!r:.60}")
    if headers.repeats:
        names = [name.lower() for name, _ in headers]
        twice = sorted({name for name in names if names.count(name) > 1} - _REPEATABLE)
        if twice:
            yield Problem(Kind.FIELD, f"{twice[0]} stands there more than once")
    if not headers.get("WARC-Block-Digest"):
        yield Problem(Kind.NO_DIGEST, "WARC-Block-Digest is missing")
    answered = seen.record_type == "response" and seen.http is not None and seen.http.status is not None
    if (answered or seen.record_type == "revisit") and not headers.get("WARC-Payload-Digest"):
        yield Problem(Kind.NO_DIGEST, "WARC-Payload-Digest is missing")
    if seen.framed:
        yield Problem(Kind.PAYLOAD_DIGEST, "its payload digest is over the chunk framing too")
