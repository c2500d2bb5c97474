"""Second reader of WARC files: warcio must find the same records with the same bytes as the scan.

An archive that only its own writer can read is worth little. ``verify --second-reader`` therefore compares the scan
with
warcio's reader, record by record: offset, WARC-Record-ID, type, and the block's digest.

Payload digests are left to ``verify`` itself: for chunked bodies warcio computes them over the chunk framing, which is
not the payload (RFC 9110 §6.4, RFC 9112 §7.1; see docs/warc.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.preserve.findings import Finding, Kind, Level
from talkscraper.warc.members import opened
from talkscraper.warc.scan import Gap, Scan

MAX_DISPUTES = 20
"""Maximum number of disagreements reported per file: after the first the readers may be out of step to the end."""


@dataclass(frozen=True, slots=True)
class _Record:
    """The facts of a record that both readers find."""

    offset: int
    record_id: str
    record_type: str


def disputes(path: WarcPlace, name: str) -> list[Finding]:
    """Return the differences between warcio and the scan of a file; empty if there are none.

    Raises:
        StorageError: the file can't be read.
    """
    found: list[Finding] = []
    for ours, theirs in zip_longest(_as_we_read(path), _as_warcio_reads(path)):
        message = _difference(ours, theirs)
        if message is not None:
            at = ours.offset if ours is not None else None
            found.append(Finding(file=name, kind=Kind.SECOND_READER, message=message, level=Level.NOTE, offset=at))
        if len(found) == MAX_DISPUTES:
            break
    return found


def _difference(ours: _Record | None, theirs: _Record | str | None) -> str | None:
    if isinstance(theirs, str):
        return theirs
    if theirs is None:
        return f"warcio doesn't see the {ours.record_type} record {ours.record_id}" if ours is not None else None
    if ours is None:
        return f"warcio sees a {theirs.record_type} record {theirs.record_id} at byte {theirs.offset} that isn't one"
    if ours != theirs:
        return f"warcio sees the {theirs.record_type} record {theirs.record_id} at byte {theirs.offset} in its place"
    return None


def _as_we_read(path: WarcPlace) -> Iterator[_Record]:
    with opened(path) as handle:
        for each in Scan(handle, digests=False):
            if not isinstance(each, Gap):
                yield _Record(each.offset, each.record_id, each.record_type)


def _as_warcio_reads(path: WarcPlace) -> Iterator[_Record | str]:
    """Yield warcio's records, or its error message in their place."""
    with opened(path) as handle:
        records = ArchiveIterator(handle, no_record_parse=True, check_digests=True)
        try:
            for record in records:
                record_id = record.rec_headers.get_header("WARC-Record-ID") or ""
                # only reading to the record's end computes the digest and gives the offset
                place = _Record(records.get_record_offset(), record_id, record.rec_type or "")
                problems = [each for each in record.digest_checker.problems if each.startswith("block digest failed")]
                yield f"warcio computes another block digest for {record_id}" if problems else place
        except ArchiveLoadFailed as e:
            yield f"warcio reads no further: {' '.join(str(e).split())[:200]}"
        except Exception as e:  # noqa: BLE001  whatever it stumbles over, it is its opinion of the file
            yield f"warcio fails: {type(e).__name__}: {' '.join(str(e).split())[:200]}"
