"""The payload in a record's block: its start and its digest, in bounded memory."""

from __future__ import annotations

from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.digests import Hasher
from talkscraper.warc.http import MAX_LEAD_BYTES, HttpHead, final_head
from talkscraper.warc.reader import Record


def head_of(record: Record) -> tuple[int, HttpHead]:
    """Return where a response's final head begins (after interim 1xx heads), and the head."""
    interim, head = final_head(record.spool.read(0, MAX_LEAD_BYTES))
    return sum(map(len, interim)), head


def payload_digest(record: Record) -> str:
    """Return the computed digest of a response's payload, ignoring the record's own digest field."""
    start, head = head_of(record)
    hasher = Hasher()
    dechunker = Dechunker() if head.chunked else None
    for chunk in record.spool.chunks(start + head.size):
        hasher.update(chunk if dechunker is None else dechunker.feed(chunk))
    if dechunker is not None:
        hasher.update(dechunker.finish())
    return hasher.digest()
