"""No byte twice: which earlier record a payload can refer to (WARC/1.1 §6.7).

A revisit is only as good as what it points to, so the original is opened before it is relied on: its record must be
there, with the id and the digest that its row claims. Where it isn't, the payload is written again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from talkscraper.errors import DamagedRecord, StorageError
from talkscraper.folder import ArchiveFolder
from talkscraper.model import Capture, RecordType
from talkscraper.warc.digests import EMPTY_SHA1
from talkscraper.warc.http import parse_head
from talkscraper.warc.reading import read_start

SMALLEST_PAYLOAD = 1024
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
        find_original: Callable[[str], Capture | None] | None,
        find_latest: Callable[[str], Capture | None] | None,
    ) -> None:
        self._folder = folder
        self._find_original = find_original
        self._find_latest = find_latest
        self._fresh: OrderedDict[str, Original] = OrderedDict()

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
        if payload_size < SMALLEST_PAYLOAD or digest == EMPTY_SHA1:
            return None
        fresh = self._fresh.get(digest)
        if fresh is not None or self._find_original is None:
            return fresh
        found = self._find_original(digest)
        if found is None or not qualifies(found, payload_size) or found.payload_digest != digest:
            return None
        return self._opened(found)

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
        found = self._find_original(latest.payload_digest) if self._find_original is not None else None
        if found is not None and found.payload_digest == latest.payload_digest:
            return self._opened(found, trusted=True)
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

    def _opened(self, capture: Capture, *, trusted: bool = False) -> Original | None:
        """The original, if its record is what its row claims.

        ``trusted``: also if its file isn't in the folder, since files can be imported where they lie. A 304 brings
        no payload that could be kept instead.
        """
        path = self._folder.warc / capture.warc_file
        if not path.is_file():
            path = path.with_name(path.name + OPEN_SUFFIX)
        chunked = False
        if path.is_file() or not trusted:
            try:
                headers, start = read_start(path, capture.warc_offset)
            except (DamagedRecord, StorageError):
                # reported by verify; here it only means that the payload is kept once more
                return None
            same_id = headers.get("WARC-Record-ID") == capture.id
            if not same_id or headers.get("WARC-Payload-Digest") != capture.payload_digest:
                return None
            chunked = parse_head(start).chunked
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
        and payload_size >= SMALLEST_PAYLOAD
        and capture.payload_digest != EMPTY_SHA1
    )
