"""No byte twice: which earlier record a payload can refer to (WARC/1.1 §6.7).

A revisit is only as good as what it points to, so an original of an earlier run is read before it is relied on, once
a run: its record must be there whole, with the id that its row claims, and the digest computed from its payload must be
the one that is looked for. What a record says of its own payload counts for nothing. Where no such record is found, the
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
from talkscraper.warc.payloads import head_of, payload_digest
from talkscraper.warc.reader import read_record

logger = logging.getLogger(__name__)

MIN_PAYLOAD = 1024
"""Below, a revisit record would take as much room as the payload."""
REMEMBERED = 4096
OPEN_SUFFIX = ".open"
"""A WARC's name ends so while it is being written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The record a revisit refers to: always one that holds the payload, never another revisit."""

    id: str | None
    url: str
    date: datetime
    digest: str
    chunked: bool = False
    """Whether its payload lies in chunk framing."""


class Originals:
    """Finds originals: in this run's memory, then by the callbacks, which look into the database."""

    def __init__(
        self,
        folder: ArchiveFolder,
        find_originals: Callable[[str], Sequence[Capture]] | None,
        find_latest: Callable[[str], Capture | None] | None,
    ) -> None:
        """``find_originals`` gives the captures that claim a payload digest, the one to be preferred first."""
        self._folder = folder
        self._find_originals = find_originals
        self._find_latest = find_latest
        self._fresh: OrderedDict[str, Original] = OrderedDict()
        self._read: OrderedDict[str, Original | None] = OrderedDict()
        """Records of earlier runs that were read in this one, by id; None where they can't be relied on."""

    def written(self, capture: Capture, *, chunked: bool, payload_size: int) -> None:
        """A response record that later ones may refer to."""
        if capture.payload_digest is not None and qualifies(capture, payload_size):
            original = Original(
                id=capture.id,
                url=capture.url,
                date=capture.captured_at,
                digest=capture.payload_digest,
                chunked=chunked,
            )
            self._fresh.setdefault(capture.payload_digest, original)
            while len(self._fresh) > REMEMBERED:
                self._fresh.popitem(last=False)

    def of_payload(self, digest: str, payload_size: int) -> Original | None:
        """The record that holds this payload already."""
        if payload_size < MIN_PAYLOAD or digest == EMPTY_SHA1:
            return None
        fresh = self._fresh.get(digest)
        if fresh is not None:
            return fresh
        return self._first_whole(digest, payload_size)

    def of_url(self, url: str) -> Original | None:
        """What a 304 for this URL means: the payload of its last capture."""
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
        """What was written has been taken back."""
        self._fresh.clear()

    def _first_whole(self, digest: str, payload_size: int) -> Original | None:
        for found in self._find_originals(digest) if self._find_originals is not None else ():
            if found.payload_digest == digest and qualifies(found, payload_size):
                opened = self._opened(found)
                if opened is not None:
                    return opened
        return None

    def _opened(self, capture: Capture, *, trusted: bool = False) -> Original | None:
        """The original, if its record is what its row claims.

        ``trusted``: also if its file isn't in the folder, since files can be imported where they lie. A 304 brings
        no payload that could be kept instead.
        """
        path = self._folder.warc / capture.warc_file
        if not path.is_file():
            path = path.with_name(path.name + OPEN_SUFFIX)
        if not path.is_file():
            return _original(capture, chunked=False) if trusted else None
        if capture.id not in self._read:
            self._read[capture.id] = _checked(path, capture)
            while len(self._read) > REMEMBERED:
                self._read.popitem(last=False)
        return self._read[capture.id]


def _checked(path: Path, capture: Capture) -> Original | None:
    """The original whose whole record was read; one that can't be relied on is told in a line."""
    try:
        record = read_record(path, capture.warc_offset)
    except (DamagedRecord, StorageError) as e:
        _tell(capture, str(e))
        return None
    try:
        if record.record_id != capture.id:
            _tell(capture, f"record {record.record_id[:100]} lies where it should")
            return None
        digest = payload_digest(record)
        if digest != capture.payload_digest:
            _tell(capture, f"its payload has the digest {digest}, not {capture.payload_digest}")
            return None
        return _original(capture, chunked=head_of(record)[1].chunked)
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
    """Whether a capture may be an original: a whole 200 answer to a GET, with a payload worth referring to."""
    return (
        capture.record_type is RecordType.RESPONSE
        and capture.status == 200
        and capture.method == "GET"
        and capture.truncated is None
        and payload_size >= MIN_PAYLOAD
        and capture.payload_digest != EMPTY_SHA1
    )
