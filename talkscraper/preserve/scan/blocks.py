"""A record's block while it streams by: its digest, the HTTP head in it, and the digest of its payload."""

from __future__ import annotations

from collections.abc import Iterator

from talkscraper.preserve.findings import Kind
from talkscraper.preserve.scan.digests import Check
from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.headers import WarcHeaders
from talkscraper.warc.http import MAX_HEAD_BYTES, HttpHead, parse_head, split_interim

KEPT_BYTES = 256 * 1024
"""Of requests, metadata and warcinfo records so much of the block is kept."""
_KEPT = frozenset({"request", "metadata", "warcinfo"})
_WITH_PAYLOAD = frozenset({"response", "resource"})


class BlockReader:
    """Feed it the block; after ``close`` its findings are there."""

    __slots__ = ("_block", "_chunks", "_framed", "_http", "_lead", "_payload", "head", "kept", "record_type", "size")

    def __init__(self, headers: WarcHeaders, *, digests: bool = True) -> None:
        self.record_type = (headers.get("WARC-Type") or "").strip().lower()
        self._http = self.record_type in ("response", "revisit") and _is_http(headers)
        block_digest = headers.get("WARC-Block-Digest")
        self._block = Check(block_digest) if digests and block_digest else None
        declared = headers.get("WARC-Payload-Digest")
        wanted = digests and self.record_type in _WITH_PAYLOAD
        self._payload = Check(declared) if wanted else None
        self._framed: Check | None = None
        """Over the body with its chunk framing: what wget, warcio and Heritrix call the payload."""
        self._chunks: Dechunker | None = None
        self._lead = b""
        self.head: HttpHead | None = None
        self.kept = b""
        self.size = 0

    def feed(self, data: bytes) -> None:
        """Some bytes of the block."""
        self.size += len(data)
        if self._block is not None:
            self._block.update(data)
        if self.record_type in _KEPT:
            self.kept += data[: KEPT_BYTES - len(self.kept)]
        elif not self._http:
            if self._payload is not None:
                self._payload.update(data)
        elif self.head is None:
            self._lead = self._lead + data if self._lead else data
            self._find_head(ended=False)
        else:
            self._body(data)

    def close(self) -> None:
        """The block has ended."""
        if self._http and self.head is None and self._lead:
            self._find_head(ended=True)
        if self._chunks is not None and self._payload is not None:
            self._payload.update(self._chunks.finish())

    @property
    def payload_digest(self) -> str | None:
        """Computed where none was declared; None where there is no payload, or digests weren't asked for."""
        if self._payload is None or self._payload.declared is not None or (self._http and self.head is None):
            return None
        return self._payload.text()

    def complaints(self) -> Iterator[tuple[Kind, str]]:
        """Digests that were declared and don't fit."""
        block, payload = self._block, self._payload
        if block is not None and not block.fits():
            yield Kind.BLOCK_DIGEST, f"its block has the digest {block.text()}, not {block.declared}"
        elif payload is not None and not payload.fits() and not (self._framed is not None and self._framed.fits()):
            yield Kind.PAYLOAD_DIGEST, f"its payload has the digest {payload.text()}, not {payload.declared}"

    @property
    def framed_digest(self) -> bool:
        """Whether the declared payload digest is that of the body with its chunk framing."""
        framed, payload = self._framed, self._payload
        return framed is not None and payload is not None and not payload.fits() and framed.fits()

    def _find_head(self, *, ended: bool) -> None:
        if not ended and len(self._lead) < 5:
            return
        rest = self._lead
        head = parse_head(rest)
        if head.status is not None and head.status < 200:
            _, rest = split_interim(self._lead)
            head = parse_head(rest)
        if head.version and not head.complete and not ended and len(self._lead) < MAX_HEAD_BYTES:
            return
        self._lead = b""
        self.head = head
        if head.chunked and self._payload is not None:
            self._chunks = Dechunker()
            if self._payload.declared is not None:
                self._framed = Check(self._payload.declared)
        self._body(rest[head.size :])

    def _body(self, data: bytes) -> None:
        if self._payload is None or not data:
            return
        if self._chunks is None:
            self._payload.update(data)
            return
        if self._framed is not None:
            self._framed.update(data)
        self._payload.update(self._chunks.feed(data))


def _is_http(headers: WarcHeaders) -> bool:
    """Whether the block is an HTTP message: it says so, or says nothing and was fetched by HTTP."""
    content_type = (headers.get("Content-Type") or "").strip().lower()
    if content_type:
        return content_type.startswith("application/http")
    return (headers.get("WARC-Target-URI") or "").lstrip("<").lower().startswith("http")
