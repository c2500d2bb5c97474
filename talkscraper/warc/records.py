"""Serialisation of WARC/1.1 records. Libraries that parse and re-serialise HTTP heads change their bytes.

A record is a head of named fields, a blank line, a block, and two line ends (§4). In a ``.warc.gz`` each is one gzip
member (annex D), so that it can be read alone from its offset.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from talkscraper.model import RecordType
from talkscraper.warc.compression import new_packer, pack, pack_head_only
from talkscraper.warc.digests import EMPTY_SHA1, Hasher, sha1_base32
from talkscraper.warc.headers import field_lines, safe_uri
from talkscraper.warc.spool import Spool

VERSION = b"WARC/1.1\r\n"
IDENTICAL_PAYLOAD = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
NOT_MODIFIED = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
HTTP_RESPONSE = "application/http;msgtype=response"
HTTP_REQUEST = "application/http;msgtype=request"
WARC_FIELDS = "application/warc-fields"
NEEDED_FIELD = "talkscraper-requisite"
"""Field of a ``metadata`` record about a page: a record that the page needs and that was captured for another page."""

Block = bytes | Spool


def new_record_id() -> str:
    """Return a new WARC-Record-ID with its angle brackets."""
    return f"<urn:uuid:{uuid.uuid4()}>"


@lru_cache(maxsize=64)
def warc_date(moment: datetime) -> str:
    """Return a WARC-Date: UTC in whole seconds (validators reject fractions, §5.4 allows both)."""
    if moment.tzinfo is None:
        raise ValueError(f"a naive time can't be written: {moment!r}")
    return moment.astimezone(UTC).isoformat()[:19] + "Z"  # strftime writes the year 1 as "1"


def precise_warc_date(moment: datetime) -> str:
    """Return a WARC-Date with the fraction of a second that another format's date had."""
    fraction = f".{moment.microsecond:06d}".rstrip("0") if moment.microsecond else ""
    return f"{warc_date(moment)[:-1]}{fraction}Z"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRecord:
    """A record to be written. ``fields`` follow the mandatory ones, in order."""

    record_type: RecordType
    date: datetime
    block: Block = b""
    content_type: str | None = None
    target_uri: str | None = None
    record_id: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    block_digest: str | None = None
    """The block digest if known; computed otherwise."""
    precise: bool = False
    """Whether the date is written with its fraction of a second."""
    stored: bool = False
    """Whether the block is compressed already: then only the head is compressed."""

    @property
    def size(self) -> int:
        """Length of the block in bytes."""
        return self.block.size if isinstance(self.block, Spool) else len(self.block)

    def head(self) -> bytes:
        """Return version line, named fields and the blank line."""
        pairs = [("WARC-Type", str(self.record_type)), ("WARC-Record-ID", self.record_id)]
        pairs.append(("WARC-Date", precise_warc_date(self.date) if self.precise else warc_date(self.date)))
        if self.target_uri is not None:
            pairs.append(("WARC-Target-URI", safe_uri(self.target_uri)))
        pairs.extend(self.fields)
        pairs.append(("WARC-Block-Digest", self.block_digest or digest_of(self.block)))
        if self.content_type is not None:
            pairs.append(("Content-Type", self.content_type))
        pairs.append(("Content-Length", str(self.size)))
        return VERSION + field_lines(pairs) + b"\r\n"

    def chunks(self) -> Iterator[bytes]:
        """Yield the whole record, uncompressed."""
        yield self.head()
        yield from self._block_and_end()

    def member(self) -> Iterator[bytes]:
        """Yield the whole record as one gzip member (RFC 1952), in pieces; one piece if the block is in memory."""
        if self.stored:
            pieces = pack_head_only(self.head(), self._block_and_end())
            if isinstance(self.block, bytes):
                yield b"".join(pieces)
            else:
                yield from pieces
        elif isinstance(self.block, bytes):
            # a single call: each one releases the interpreter's lock and contends for it again
            yield pack(b"".join(self.chunks()))
        else:
            packer = new_packer()
            for chunk in self.chunks():
                packed = packer.compress(chunk)
                if packed:
                    yield packed
            yield packer.flush()

    def _block_and_end(self) -> Iterator[bytes]:
        if isinstance(self.block, Spool):
            yield from self.block.chunks()
        else:
            yield self.block
        yield b"\r\n\r\n"


def digest_of(block: Block) -> str:
    """Return the digest of a whole block."""
    if isinstance(block, Spool):
        hasher = Hasher()
        for chunk in block.chunks():
            hasher.update(chunk)
        return hasher.digest()
    return sha1_base32(block) if block else EMPTY_SHA1


def build_response(
    *,
    url: str,
    date: datetime,
    block: Block,
    payload_digest: str | None,
    record_id: str | None = None,
    truncated: str | None = None,
    fields: tuple[tuple[str, str], ...] = (),
    block_digest: str | None = None,
    stored: bool = False,
    precise: bool = False,
) -> NewRecord:
    """Build a ``response`` record (§6.3): the block is the HTTP message as received."""
    own = (*fields,)
    if truncated is not None:
        own += (("WARC-Truncated", truncated),)
    if payload_digest is not None:
        own += (("WARC-Payload-Digest", payload_digest),)
    return NewRecord(
        record_type=RecordType.RESPONSE,
        record_id=record_id or new_record_id(),
        date=date,
        target_uri=url,
        content_type=HTTP_RESPONSE,
        block=block,
        fields=own,
        block_digest=block_digest,
        precise=precise,
        stored=stored,
    )


def build_request(
    *, url: str, date: datetime, block: Block, concurrent_to: str, fields: tuple[tuple[str, str], ...] = ()
) -> NewRecord:
    """Build a ``request`` record (§6.4): the HTTP request as sent, concurrent to the record of its response."""
    return NewRecord(
        record_type=RecordType.REQUEST,
        record_id=new_record_id(),
        date=date,
        target_uri=url,
        content_type=HTTP_REQUEST,
        block=block,
        fields=(("WARC-Concurrent-To", concurrent_to), *fields),
    )


def build_revisit(
    *,
    url: str,
    date: datetime,
    head: bytes,
    profile: str,
    payload_digest: str,
    refers_to: str | None,
    refers_to_url: str,
    refers_to_date: datetime,
    record_id: str | None = None,
    fields: tuple[tuple[str, str], ...] = (),
) -> NewRecord:
    """Build a ``revisit`` record (§6.7): the payload of an earlier record. ``head`` is its block, possibly empty."""
    own = (*fields, ("WARC-Profile", profile))
    if refers_to is not None:
        own += (("WARC-Refers-To", refers_to),)
    own += (
        ("WARC-Refers-To-Target-URI", safe_uri(refers_to_url)),
        ("WARC-Refers-To-Date", warc_date(refers_to_date)),
        ("WARC-Payload-Digest", payload_digest),
        # §6.7.2: the payload was left out of the block
        ("WARC-Truncated", "length"),
    )
    return NewRecord(
        record_type=RecordType.REVISIT,
        record_id=record_id or new_record_id(),
        date=date,
        target_uri=url,
        content_type=HTTP_RESPONSE,
        block=head,
        fields=own,
    )


def build_metadata(
    *,
    url: str,
    date: datetime,
    pairs: tuple[tuple[str, str], ...] = (),
    block: bytes | None = None,
    content_type: str = WARC_FIELDS,
    record_id: str | None = None,
    concurrent_to: str | None = None,
    refers_to: str | None = None,
) -> NewRecord:
    """Build a ``metadata`` record (§6.6) about another record, concurrent or earlier: of warc-fields, or any block."""
    related = ("WARC-Concurrent-To", concurrent_to), ("WARC-Refers-To", refers_to)
    return NewRecord(
        record_type=RecordType.METADATA,
        record_id=record_id or new_record_id(),
        date=date,
        target_uri=url,
        content_type=content_type,
        block=field_lines(pairs) if block is None else block,
        fields=tuple((name, value) for name, value in related if value is not None),
    )


def build_needs(*, url: str, date: datetime, page: str, needed: Iterable[str]) -> NewRecord:
    """Build the ``metadata`` record about a page that lists the records it needs and that were captured for others."""
    return build_metadata(
        url=url, date=date, refers_to=page, pairs=tuple((NEEDED_FIELD, record_id) for record_id in needed)
    )


def build_warcinfo(*, date: datetime, filename: str, pairs: tuple[tuple[str, str], ...]) -> NewRecord:
    """Build the ``warcinfo`` record (§6.2) that begins a file and describes its making."""
    return NewRecord(
        record_type=RecordType.WARCINFO,
        record_id=new_record_id(),
        date=date,
        content_type=WARC_FIELDS,
        block=field_lines(pairs),
        fields=(("WARC-Filename", filename),),
    )
