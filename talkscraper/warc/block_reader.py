"""Streaming reader of a record's block: its digest, the HTTP head in it, and the digest of its payload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.digests import DigestCheck, LateDigestCheck
from talkscraper.warc.faults import Fault, Problem
from talkscraper.warc.headers import WarcHeaders
from talkscraper.warc.http import (
    MAX_HEAD_BYTES,
    HttpHead,
    begins_head,
    final_head,
    is_interim,
    parse_head,
)

KEPT_BYTES = 256 * 1024
"""Number of bytes kept of the block of request, metadata and warcinfo records."""
_MAX_HEADS = 4096
"""Number of bytes after which the head is searched for first; few heads are longer."""
_KEPT = frozenset({"request", "metadata", "warcinfo"})
_WITH_PAYLOAD = frozenset({"response", "resource"})


class BlockReader:
    """Takes the block; after ``close`` the results are available."""

    __slots__ = (
        "_block",
        "_chunks",
        "_framed",
        "_http",
        "_lead",
        "_look_at",
        "_payload",
        "_sound",
        "head",
        "kept",
        "record_type",
        "size",
    )

    def __init__(self, headers: WarcHeaders, *, digests: bool = True) -> None:
        fields = headers.by_name
        self.record_type = fields.get("warc-type", "").strip().lower()
        self._http = self.record_type in ("response", "revisit") and _is_http(fields)
        block_digest = fields.get("warc-block-digest")
        self._block = DigestCheck(block_digest) if digests and block_digest else None
        declared = fields.get("warc-payload-digest")
        wanted = digests and self.record_type in _WITH_PAYLOAD
        self._payload = DigestCheck(declared) if wanted else None
        self._framed: LateDigestCheck | None = None
        """Digest of the body with its chunk framing, which wget, warcio and Heritrix use as payload digest."""
        self._chunks: Dechunker | None = None
        self._lead = b""
        self._look_at = 0
        """Size of the lead at which it is parsed again."""
        self._sound = True
        self.head: HttpHead | None = None
        self.kept = b""
        self.size = 0

    def feed(self, data: bytes, start: int, end: int) -> None:
        """Add bytes of the block: ``data[start:end]``, without copying."""
        self.size += end - start
        view = memoryview(data)[start:end]
        if self._block is not None:
            self._block.update(view)
        if self.record_type in _KEPT:
            self.kept += view[: KEPT_BYTES - len(self.kept)]
        elif not self._http:
            if self._payload is not None:
                self._payload.update(view)
        elif self.head is not None:
            self._body(data, start, end)
        elif self._lead:
            self._lead += view
            if len(self._lead) < self._look_at:
                return
            self._find_head(self._lead, 0, len(self._lead), ended=False)
        else:
            self._find_head(data, start, end, ended=False)

    def close(self) -> None:
        """End the block."""
        if self._http and self.head is None and self._lead:
            self._find_head(self._lead, 0, len(self._lead), ended=True)
        if self._chunks is not None and self._payload is not None:
            self._payload.update(self._chunks.finish())
        self._sound = self._payload is None or self._payload.fits()

    @property
    def payload_digest(self) -> str | None:
        """The payload digest, computed if none or a wrong one was declared.

        None if the declared one is right, there is no payload, or digests weren't requested.
        """
        if self._payload is None or (self._http and self.head is None):
            return None
        if self._payload.declared is not None and (self._sound or self.framed_digest):
            return None
        return self._payload.text()

    def complaints(self) -> Iterator[Problem]:
        """Return problems of declared digests that are wrong."""
        block, payload = self._block, self._payload
        if block is not None and not block.fits():
            yield Problem(Fault.BLOCK_DIGEST, f"its block has the digest {block.text()}, not {block.declared}")
        elif payload is not None and not self._sound and not self.framed_digest:
            message = f"its payload has the digest {payload.text()}, not {payload.declared}"
            yield Problem(Fault.PAYLOAD_DIGEST, message)

    @property
    def framed_digest(self) -> bool:
        """Whether the declared payload digest is that of the body with its chunk framing."""
        return not self._sound and self._framed is not None and self._framed.fits()

    def _find_head(self, data: bytes, start: int, end: int, *, ended: bool) -> None:
        beginning = data[start : min(end, start + _MAX_HEADS)]
        if not ended and begins_head(beginning) is None:
            self._lead = data[start:end]
            return
        head = parse_head(beginning)
        message, at, until = data, start, end
        if (head.version and not head.complete) or is_interim(head):
            message, at, until = data[start:end], 0, end - start
            interim, head = final_head(message)
            at = sum(map(len, interim))
            undecided = not head.complete if head.version else begins_head(message, at) is None
            if undecided and not ended and until - at < MAX_HEAD_BYTES:
                self._lead = message
                self._look_at = min(2 * until, at + MAX_HEAD_BYTES)
                return
        self._lead = b""
        self.head = head
        if head.chunked and self._payload is not None:
            self._chunks = Dechunker()
            if self._payload.declared is not None:
                self._framed = LateDigestCheck(self._payload.declared)
        self._body(message, at + head.size, until)

    def _body(self, data: bytes, start: int, end: int) -> None:
        if self._payload is None or start >= end:
            return
        view = memoryview(data)[start:end]
        if self._chunks is None:
            self._payload.update(view)
            return
        if self._framed is not None:
            self._framed.update(view)
        for piece in self._chunks.pieces(data, start, end):
            self._payload.update(piece)


def _is_http(fields: Mapping[str, str]) -> bool:
    """Whether the block is an HTTP message: by its media type, or by its URL if it has none."""
    content_type = fields.get("content-type", "").strip().lower()
    if content_type:
        return content_type.startswith("application/http")
    return fields.get("warc-target-uri", "").lstrip("<").lower().startswith("http")
