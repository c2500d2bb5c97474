"""Check of references: the record is read, its digests are computed again, and its text is extracted again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cite.claims import CitationClaim
from talkscraper.errors import (
    ArchiveError,
    DamagedRecord,
    ExtractionFailed,
    ObjectMissing,
    StorageError,
    StoreUnreachable,
)
from talkscraper.model import Capture, Extraction, Payload, RecordType
from talkscraper.object_store.remote_warc import RemoteWarc
from talkscraper.replay.lookup import pruned_capture, taken_down
from talkscraper.replay.payload import Replayed, load, record_of, warc_path
from talkscraper.store.captures import by_id
from talkscraper.store.content import Content
from talkscraper.store.database import iso
from talkscraper.warc.content_coding import UndecodableContent, decode_content
from talkscraper.warc.digests import agrees

if TYPE_CHECKING:
    from talkscraper.extraction.pool import ExtractorPool
    from talkscraper.extraction.selectors import SelectorSet

Verdict = Literal["holds", "changed extractor", "broken"]

MAX_BODY = 64 * 1024 * 1024
_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """A reference with the result of its check."""

    claim: CitationClaim
    verdict: Verdict
    reasons: tuple[str, ...]
    """Explanation of the result."""
    warc_file: str | None = None
    warc_offset: int | None = None
    extractor: str | None = None
    """The software that extracted the text now."""


def check(
    connection: sqlite3.Connection, folder: ArchiveFolder, claims: Iterable[CitationClaim]
) -> Iterator[CheckedClaim]:
    """Check references one after the other.

    ``holds``: the record, its digests and the derived text are as cited. ``changed extractor``: record and digests
    are as cited, and a newer extractor (or other selectors in sources.toml) derives another text. ``broken``: anything
    else.

    Args:
        connection: Read-only is enough; gives ``sqlite3.Row``.
        folder: The archive with the WARC files.
        claims: From ``read_claims``.

    Raises:
        StorageError: a record's object store can't be reached.
    """
    from talkscraper.extraction.pool import ExtractorPool

    selectors = _selectors(folder)
    with ExtractorPool(workers=1, timeout_s=_TIMEOUT_S) as pool:
        for claim in claims:
            yield _check_one(connection, folder, claim, pool, selectors)


def _check_one(
    connection: sqlite3.Connection,
    folder: ArchiveFolder,
    claim: CitationClaim,
    pool: ExtractorPool,
    selectors: dict[str, SelectorSet],
) -> CheckedClaim:
    capture = by_id(connection, claim.record_id)
    if capture is None:
        why = pruned_capture(connection, claim.record_id) or f"the archive has no record {claim.record_id}"
        return CheckedClaim(claim=claim, verdict="broken", reasons=(why,))
    reason = taken_down(connection, capture.url)
    if reason is not None:
        return CheckedClaim(claim=claim, verdict="broken", reasons=(f"the record has been taken down: {reason}",))
    found: Extraction | None = None
    wrong = _wrong_object(connection, folder, capture)
    try:
        wrong += _wrong_block(connection, folder, capture)
        shown = load(connection, folder, capture)
        try:
            payload = shown.payload()
            wrong += _wrong_payload(claim, capture, shown, payload)
            body = decode_content(payload, shown.headers, MAX_BODY)
            page = Payload(capture=capture, body=body, headers=shown.headers)
        finally:
            shown.close()
        found = _derive(pool, page, selectors.get(capture.source_id or ""), claim)
    except StoreUnreachable:
        raise
    except (DamagedRecord, StorageError, ArchiveError, UndecodableContent, ExtractionFailed) as e:
        wrong.append(str(e))
    verdict, reasons = _judge(claim, found, wrong)
    return CheckedClaim(
        claim=claim,
        verdict=verdict,
        reasons=reasons,
        warc_file=capture.warc_file,
        warc_offset=capture.warc_offset,
        extractor=found.extractor if found else None,
    )


def _judge(claim: CitationClaim, found: Extraction | None, wrong: list[str]) -> tuple[Verdict, tuple[str, ...]]:
    if wrong or found is None:
        return "broken", tuple(wrong)
    derived = _text_of(found)
    if derived == claim.text_digest:
        return "holds", ("record, digests and text are as cited",)
    now = f"the text derived now is {derived}" if derived else f"no article is derived now ({found.reason})"
    if found.extractor != claim.extractor:
        return "changed extractor", (f"record and digests hold; {now}, by {found.extractor}, not {claim.extractor}",)
    return "broken", (f"{now}, by the same extractor",)


def _wrong_object(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture) -> list[str]:
    """Return what is wrong with the WARC in its object store: the cache may have bytes that are no longer there.

    Raises:
        StorageError: the store can't be reached, which says nothing about the record.
    """
    try:
        place = warc_path(connection, folder, capture.warc_file)
    except ObjectMissing as e:
        return [str(e)]
    except (ArchiveError, StorageError):
        return []  # the reading of the record says why
    if not isinstance(place, RemoteWarc):
        return []
    try:
        wrong = place.difference()
    except ObjectMissing as e:
        return [str(e)]
    return [f"{place} isn't the file that was finished: {wrong}"] if wrong is not None else []


def _wrong_block(connection: sqlite3.Connection, folder: ArchiveFolder, capture: Capture) -> list[str]:
    record = record_of(connection, folder, capture)
    try:
        declared = record.headers.get("WARC-Block-Digest")
        if declared is not None and not agrees(declared, record.spool.chunks()):
            return [f"the record's block isn't what its WARC-Block-Digest {declared} says"]
        return []
    finally:
        record.spool.close()


def _wrong_payload(claim: CitationClaim, capture: Capture, shown: Replayed, payload: bytes) -> list[str]:
    wrong = []
    if iso(capture.captured_at) != claim.captured_at:
        wrong.append(f"the record was captured {iso(capture.captured_at)}, not {claim.captured_at}")
    forms = [payload]
    if shown.chunked:
        # some writers hash the body with its chunk sizes
        forms.append(shown.record.spool.read(shown.body_start))
    declared = shown.record.headers.get("WARC-Payload-Digest")
    for digest, whose in ((declared, "the record"), (claim.payload_digest, "the reference")):
        if digest is not None and not any(agrees(digest, [form]) for form in forms):
            wrong.append(f"the payload isn't what {whose} says ({digest})")
    if claim.payload_digest is None and capture.payload_digest is not None:
        wrong.append("the reference names no payload digest, and the record has one")
    if shown.original.record_type is RecordType.REVISIT:
        wrong.append("the record refers to another one that isn't in the archive")
    return wrong


def _derive(pool: ExtractorPool, page: Payload, selectors: SelectorSet | None, claim: CitationClaim) -> Extraction:
    found = pool.submit(page, selectors).result()
    if selectors is not None and _text_of(found) != claim.text_digest:
        # the text may have been derived before sources.toml had these selectors
        plain = pool.submit(page, None).result()
        if _text_of(plain) == claim.text_digest:
            return plain
    return found


def _text_of(found: Extraction) -> str | None:
    return Content.of(found.article).text_digest if found.article else None


def _selectors(folder: ArchiveFolder) -> dict[str, SelectorSet]:
    from talkscraper.sources.load import load as load_sources

    if not folder.sources_toml.is_file():
        return {}
    sources = load_sources(folder.sources_toml).sources
    return {name: source.reading for name, source in sources.items()}
