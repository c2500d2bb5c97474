"""Deduplication: finds the earlier record that a revisit can refer to (WARC/1.1 §6.7).

A revisit is only as good as the record it refers to, so an original from an earlier run is read before its first
use in a run: the whole record must be there under the id that its row states, and the digest computed from its
payload must be the one searched for. The record's own digest header isn't trusted. If no such record is found, the
payload is written again.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import DamagedRecord, StorageError
from talkscraper.model import Capture, RecordType
from talkscraper.warc.digests import EMPTY_SHA1
from talkscraper.warc.reader import read_record

logger = logging.getLogger(__name__)

MIN_PAYLOAD = 1024
"""Minimum payload size in bytes; below it a revisit record would take as much room as the payload."""
REMEMBERED = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The record that a revisit refers to: always one that holds the payload, never another revisit."""

    id: str | None
    url: str
    date: datetime
    digest: str
    chunked: bool = False
    """Whether the payload is stored with chunked framing."""


class Originals:
    """Finds originals, first among the records of this run, then in the database through the callbacks."""

    def __init__(
        self,
        folder: ArchiveFolder,
        find_originals: Callable[[str], Sequence[Capture]] | None,
        find_latest: Callable[[str], Capture | None] | None,
    ) -> None:
        """``find_originals`` returns the captures with a given payload digest, in order of preference."""
        self._folder = folder
        self._find_originals = find_originals
        self._find_latest = find_latest
        self._fresh: OrderedDict[str, Original] = OrderedDict()
        self._read: OrderedDict[str, Original | None] = OrderedDict()
        """Records of earlier runs checked in this run, by record id; None where the check failed."""

    def written(self, capture: Capture, *, chunked: bool, payload_size: int) -> None:
        """Remember a response record of this run, to which later records may refer."""
        if capture.payload_digest is not None and qualifies(capture, payload_size):
            self._fresh.setdefault(capture.payload_digest, _original(capture, chunked=chunked))
            while len(self._fresh) > REMEMBERED:
                self._fresh.popitem(last=False)

    def of_payload(self, digest: str, payload_size: int) -> Original | None:
        """Return the record that already holds this payload, or None."""
        if payload_size < MIN_PAYLOAD or digest == EMPTY_SHA1:
            return None
        fresh = self._fresh.get(digest)
        if fresh is not None:
            return fresh
        return self._first_whole(digest, payload_size)

    def of_url(self, url: str) -> Original | None:
        """Return the original that a 304 for this URL confirms: the payload of the URL's latest capture, or None."""
        if self._find_latest is None:
            return None
        latest = self._find_latest(url)
        if latest is None or latest.payload_digest is None or latest.payload_digest == EMPTY_SHA1:
            return None
        if latest.record_type is RecordType.RESPONSE:
            return self._opened(latest, trusted=True)
        if latest.record_type is not RecordType.REVISIT:
            return None
        candidates = self._find_originals(latest.payload_digest) if self._find_originals is not None else ()
        if candidates:
            opened = (self._opened(each, trusted=True) for each in candidates)
            return next((each for each in opened if each is not None), None)
        if latest.refers_to_url is None or latest.refers_to_date is None:
            return None
        return Original(
            id=latest.refers_to,
            url=latest.refers_to_url,
            date=latest.refers_to_date,
            digest=latest.payload_digest,
        )

    def forget(self) -> None:
        """Forget records of this run that were rolled back."""
        self._fresh.clear()

    def _first_whole(self, digest: str, payload_size: int) -> Original | None:
        for found in self._find_originals(digest) if self._find_originals is not None else ():
            if found.payload_digest == digest and qualifies(found, payload_size):
                opened = self._opened(found)
                if opened is not None:
                    return opened
        return None

    def _opened(self, capture: Capture, *, trusted: bool = False) -> Original | None:
        """Return the original if its record matches its row, else None.

        ``trusted`` also accepts a record whose file isn't in the folder, since files can be imported without being
        copied. A
        304 has no payload that could be stored instead.
        """
        path = self._folder.warc_place(capture.warc_file)
        if not path.is_file():
            return _original(capture, chunked=False) if trusted else None
        if capture.id not in self._read:
            self._read[capture.id] = _checked(path, capture)
            while len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return self._read[capture.id]


def _checked(path: Path, capture: Capture) -> Original | None:
    """Read the whole record and return it as an original; log a warning and return None if it is unusable."""
    try:
        record = read_record(path, capture.warc_offset)
    except (DamagedRecord, StorageError) as e:
        _tell(capture, str(e))
        return None
    try:
        if record.record_id != capture.id:
            _tell(capture, f"found record {record.record_id[:100]} where it should be")
            return None
        digest = record.payload_digest()
        if digest != capture.payload_digest:
            _tell(capture, f"its payload has the digest {digest}, not {capture.payload_digest}")
            return None
        return _original(capture, chunked=record.http_head()[1].chunked)
    finally:
        record.spool.close()


def _tell(capture: Capture, what: str) -> None:
    logger.warning(
        "%s at byte %d: the record of %s is damaged (%s), and nothing refers to it: see 'talkscraper verify'",
        capture.warc_file,
        capture.warc_offset,
        capture.url[:200],
        what,
    )


def _original(capture: Capture, *, chunked: bool) -> Original:
    return Original(
        id=capture.id,
        url=capture.url,
        date=capture.captured_at,
        digest=capture.payload_digest or "",
        chunked=chunked,
    )


def qualifies(capture: Capture, payload_size: int) -> bool:
    """Whether a capture may be an original: a complete 200 response to a GET, with a payload above the minimum size."""
    return (
        capture.record_type is RecordType.RESPONSE
        and capture.status == 200
        and capture.method == "GET"
        and capture.truncated is None
        and payload_size >= MIN_PAYLOAD
        and capture.payload_digest != EMPTY_SHA1
    )
