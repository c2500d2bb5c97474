"""The payload in a record's block: where it begins, and its digest, in bounded memory."""

from __future__ import annotations

from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.digests import Hasher
from talkscraper.warc.http import MAX_LEAD_BYTES, HttpHead, final_head
from talkscraper.warc.reader import Record


def head_of(record: Record) -> tuple[int, HttpHead]:
    """Where a response's final head begins (interim 1xx heads come before it), and the head."""
    interim, head = final_head(record.spool.read(0, MAX_LEAD_BYTES))
    return sum(map(len, interim)), head


def payload_digest(record: Record) -> str:
    """The digest of a response's payload as it lies there, whatever its record says of it."""
    start, head = head_of(record)
    hasher = Hasher()
    dechunker = Dechunker() if head.chunked else None
    for chunk in record.spool.chunks(start + head.size):
        hasher.update(chunk if dechunker is None else dechunker.feed(chunk))
    if dechunker is not None:
        hasher.update(dechunker.finish())
    return hasher.digest()
