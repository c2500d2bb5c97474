"""Builds the WARC records of a sealed exchange, and the capture for its row.

| exchange | records |
| --- | --- |
| answered | response, request |
| same payload as an earlier record | revisit (identical-payload-digest; block: the head), request |
| 304, URL captured before | revisit (server-not-modified; no block), request, metadata with the 304 |
| a response that deviates from HTTP | as above, and metadata that says how |
| interim 1xx heads before the response | as above, and metadata with the heads |
| cut off | response with WARC-Truncated, request |
| no response byte received | none |
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from talkscraper.capture.dedup import Original, Originals
from talkscraper.capture.exchange import Attempt, Exchange
from talkscraper.capture.redaction import redact
from talkscraper.capture.response_parser import ParsedResponse, parse_response
from talkscraper.capture.tls_names import iana_name, protocol_name
from talkscraper.model import Capture
from talkscraper.urls.canonical import MAX_URL_LENGTH, urlkey
from talkscraper.urls.resolution import of_header, target
from talkscraper.warc.headers import safe_uri, safe_value
from talkscraper.warc.http import HttpHead
from talkscraper.warc.records import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    Block,
    NewRecord,
    build_metadata,
    build_request,
    build_response,
    build_revisit,
)
from talkscraper.warc.spool import Spool

SOURCE_FIELD = "Talkscraper-Source"
PAGE_FIELD = "Talkscraper-Page"
KIND_FIELD = "Talkscraper-Kind"
ODDITIES_FIELD = "response-oddities"
"""Field of a metadata record: how the response deviates from HTTP."""
_MAX_VALIDATOR = 1024
_ABSOLUTE_FORM = re.compile(rb"([A-Z]+ )http://[^/? ]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """The records of an exchange in the order of writing, and its capture without the position in a file."""

    records: tuple[NewRecord, ...]
    capture: Capture
    chunked: bool
    payload_size: int


def compose(
    exchange: Exchange, originals: Originals, *, run_id: int | None, redacted: Sequence[str]
) -> Composed | None:
    """Build the records of an exchange; return None if no response byte was received.

    Raises:
        OSError: a spooled body can't be read.
    """
    attempt = exchange.last
    if attempt is None or not attempt.response.size:
        return None
    response = parse_response(attempt)
    date = exchange.started_at.astimezone(UTC).replace(microsecond=0)
    url = safe_uri(exchange.url)
    fields = _fields(exchange, attempt, response)
    original, empty_block = _original(exchange, response, url, originals)
    if original is None:
        main = build_response(
            url=url,
            date=date,
            block=response.block,
            payload_digest=response.payload_digest,
            truncated=exchange.truncated,
            fields=fields,
            block_digest=response.block_digest,
            stored=response.packed,
        )
    else:
        main = build_revisit(
            url=url,
            date=date,
            head=b"" if empty_block else response.raw_head,
            profile=NOT_MODIFIED if response.head.status == 304 else IDENTICAL_PAYLOAD,
            payload_digest=original.digest,
            refers_to=original.id,
            refers_to_url=original.url,
            refers_to_date=original.date,
            fields=fields,
        )
    hidden = (*redacted, *exchange.redacted)
    records = [main, _request(url, date, attempt, main.record_id, hidden, proxied=exchange.proxied)]
    notes = _notes(attempt, response, empty_block=empty_block)
    if notes:
        records.append(build_metadata(url=url, date=date, concurrent_to=main.record_id, pairs=notes))
    return Composed(
        records=tuple(records),
        capture=_capture(exchange, attempt, response, main, original, run_id=run_id, empty_block=empty_block),
        chunked=response.head.chunked,
        payload_size=response.payload_size,
    )


def _original(
    exchange: Exchange, response: ParsedResponse, url: str, originals: Originals
) -> tuple[Original | None, bool]:
    """Return the original that the response repeats (or None), and whether the revisit's block must be empty."""
    if exchange.method != "GET" or exchange.truncated is not None:
        return None, False
    if response.head.status == 304:
        # a 304 head in the block would make replay tools show an empty 304 instead of the page
        unchanged = originals.of_url(url)
        return unchanged, unchanged is not None
    if response.head.status != 200 or response.payload_digest is None:
        return None, False
    original = originals.of_payload(response.payload_digest, response.payload_size)
    # replay tools join the revisit's head to the original's body: a Content-Length in front of chunked framing makes
    # them show the framing, truncated
    return original, original is not None and original.chunked and not response.head.chunked


def _fields(exchange: Exchange, attempt: Attempt, response: ParsedResponse) -> tuple[tuple[str, str], ...]:
    fields: list[tuple[str, str]] = []
    if attempt.ip is not None and not exchange.proxied:
        fields.append(("WARC-IP-Address", attempt.ip))
    if re.fullmatch(r"HTTP/1\.[01]", response.head.version):
        fields.append(("WARC-Protocol", response.head.version.lower()))
    # under a URL without TLS it is that of the connection to a proxy
    encrypted = not (exchange.proxied and exchange.url.startswith("http:"))
    tls = protocol_name(attempt.tls) if attempt.tls and encrypted else None
    if tls is not None:
        fields.append(("WARC-Protocol", tls))
    cipher = iana_name(attempt.cipher) if attempt.cipher and encrypted else None
    if cipher is not None:
        fields.append(("WARC-Cipher-Suite", cipher))
    if exchange.source_id is not None:
        fields.append((SOURCE_FIELD, exchange.source_id))
    if exchange.page_capture_id is not None:
        fields.append((PAGE_FIELD, exchange.page_capture_id))
    if exchange.asked_as is not None:
        fields.append((KIND_FIELD, exchange.asked_as))
    return tuple(fields)


def _request(
    url: str, date: datetime, attempt: Attempt, concurrent_to: str, redacted: Sequence[str], *, proxied: bool
) -> NewRecord:
    sent = bytes(attempt.request)
    block: Block = redact(_origin_form(sent) if proxied else sent, redacted)
    fields = (("WARC-IP-Address", attempt.ip),) if attempt.ip is not None and not proxied else ()
    return build_request(url=url, date=date, block=block, concurrent_to=concurrent_to, fields=fields)


def _origin_form(request: bytes) -> bytes:
    """Return a request as its origin gets it: a proxy is asked for the absolute URL (RFC 9112 §3.2.2)."""
    line, end, rest = request.partition(b"\r\n")
    absolute = _ABSOLUTE_FORM.match(line)
    if absolute is None:
        return request
    path = line[absolute.end() :]
    return absolute[1] + (b"" if path.startswith(b"/") else b"/") + path + end + rest


def _notes(attempt: Attempt, response: ParsedResponse, *, empty_block: bool) -> tuple[tuple[str, str], ...]:
    """Return the fields of the metadata record: received bytes that the main record's block doesn't hold, oddities."""
    notes = [("interim-response-base64", _base64(head)) for head in response.interim]
    if empty_block:
        whole = response.block.read() if isinstance(response.block, Spool) else response.block
        kept, name = (whole, "response") if response.head.status == 304 else (response.raw_head, "response-head")
        notes.append((f"{name}-base64", _base64(kept)))
    if attempt.oddities:
        notes.append((ODDITIES_FIELD, "; ".join(attempt.oddities)))
    return tuple(notes)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _capture(
    exchange: Exchange,
    attempt: Attempt,
    response: ParsedResponse,
    main: NewRecord,
    original: Original | None,
    *,
    run_id: int | None,
    empty_block: bool,
) -> Capture:
    url = safe_uri(exchange.url)
    # without a block, index and row take the status that the profile implies
    status = None if original is not None and empty_block and response.head.status != 304 else response.head.status
    return Capture(
        id=main.record_id,
        url=url,
        urlkey=urlkey(url),
        captured_at=main.date,
        status=status,
        mime=_clean(response.mime),
        payload_digest=original.digest if original is not None else response.payload_digest,
        record_type=main.record_type,
        warc_file="",
        warc_offset=0,
        warc_length=0,
        truncated=exchange.truncated if original is None else None,
        ip=None if exchange.proxied else attempt.ip,
        method=exchange.method,
        refers_to=original.id if original is not None else None,
        refers_to_url=original.url if original is not None else None,
        refers_to_date=original.date if original is not None else None,
        page_capture_id=exchange.page_capture_id,
        asked_as=exchange.asked_as,
        run_id=run_id,
        source_id=exchange.source_id,
        redirect_to=redirect_of(url, response.head),
        etag=validator_of(response.head.get("ETag")),
        last_modified=validator_of(response.head.get("Last-Modified")),
    )


def redirect_of(url: str, head: HttpHead) -> str | None:
    """Return the URL to which a response's head redirects ``url``; None without a (valid) target."""
    location = head.get("Location") if head.status is not None and 300 <= head.status < 400 else None
    if not location:
        return None
    found = target(url, of_header(location))
    return found if found is not None and len(found) <= MAX_URL_LENGTH else None


def validator_of(value: str | None) -> str | None:
    """Return an ETag or Last-Modified value as stored in a row; None where it is too long to be sent back."""
    return _clean(value) if value and len(value) <= _MAX_VALIDATOR else None


def _clean(value: str | None) -> str | None:
    return safe_value(value) if value is not None else None
