"""Parser of a sealed exchange's response bytes: interim heads, final head, payload, digests. Memory is bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from talkscraper.capture.exchange import Attempt
from talkscraper.warc.content_coding import codings
from talkscraper.warc.digests import Hasher
from talkscraper.warc.http import MAX_LEAD_BYTES, HttpHead, final_head, payload_pieces
from talkscraper.warc.records import Block
from talkscraper.warc.spool import Spool

_PACKED_TYPES = ("image/", "video/", "audio/", "font/", "application/font", "application/zip", "application/gzip",
                 "application/pdf", "application/x-gzip")  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedResponse:
    """A response as it will be archived."""

    interim: tuple[bytes, ...]
    """1xx heads before the final head; left in the block, they would hide the final status from WARC readers."""
    block: Block
    head: HttpHead
    raw_head: bytes
    block_digest: str
    payload_digest: str | None
    """None where the bytes aren't an HTTP message, and so have no payload."""
    payload_size: int
    """Number of payload bytes: without transfer codings, with content codings."""

    @property
    def mime(self) -> str | None:
        """The media type as cdxj-indexer reads it: up to the first semicolon or space, case preserved."""
        value = self.head.get("Content-Type")
        if not value:
            return value
        return value.replace("\t", " ").split(";", 1)[0].split(" ", 1)[0].strip()

    @property
    def packed(self) -> bool:
        """Whether the payload is compressed."""
        return bool(codings(self.head.headers)) or (self.mime or "").lower().startswith(_PACKED_TYPES)


def parse_response(attempt: Attempt) -> ParsedResponse:
    """Parse the response of an attempt.

    Raises:
        OSError: the spool's temporary file can't be read or extended.
    """
    spool = attempt.response
    if spool.in_memory:
        data = spool.read()
        interim, head = final_head(data)
        if interim:
            data = data[sum(map(len, interim)) :]
        lead, head = _split(data) if interim else (0, head)
        body = data[lead + head.size :]
        return _answer(interim, data, data[: lead + head.size], head, [body])
    interim, head = final_head(spool.read(0, MAX_LEAD_BYTES))
    if interim:
        rest = Spool()
        for chunk in spool.chunks(sum(map(len, interim))):
            rest.write(chunk)
        spool.close()
        attempt.response = spool = rest
    lead, head = _split(spool.read(0, MAX_LEAD_BYTES))
    return _answer(interim, spool, spool.read(0, lead + head.size), head, spool.chunks(lead + head.size))


def _split(block: bytes) -> tuple[int, HttpHead]:
    """Split a block where readers of WARC files do; interim heads beyond the removed ones stay in front."""
    interim, head = final_head(block)
    return sum(map(len, interim)), head


def _answer(
    interim: tuple[bytes, ...], block: Block, lead: bytes, head: HttpHead, body: Iterable[bytes]
) -> ParsedResponse:
    """``lead`` holds the bytes before the body: the head and anything in front of it."""
    whole, payload = Hasher(), Hasher()
    whole.update(lead)

    def hashed() -> Iterator[bytes]:
        for chunk in body:
            whole.update(chunk)
            yield chunk

    for piece in payload_pieces(hashed(), chunked=head.chunked):
        payload.update(piece)
    return ParsedResponse(
        interim=interim,
        block=block,
        head=head,
        raw_head=lead[len(lead) - head.size :],
        block_digest=whole.digest(),
        payload_digest=payload.digest() if head.status is not None else None,
        payload_size=payload.size,
    )
