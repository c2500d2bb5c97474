"""References in a document of any format (text, BibTeX, CSL-JSON, a paper), found by their proof."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from talkscraper.errors import StorageError, UsageError

MAX_BYTES = 64 * 1024 * 1024

_PROOF = re.compile(
    r"Captured\s+(?P<captured>\S+?),\s+WARC-Record-ID\s+(?P<record><[^<>\s]{1,300}>),\s+payload\s+(?P<payload>\S+?),"
    r"\s+text\s+(?P<text>sha256:[0-9a-f]{64}),\s+article\s+(?P<article>[0-9a-f]{16}),\s+revision\s+(?P<revision>\d{1,9}),"
    r"\s+by\s+(?P<extractor>[^\"{}<>\n]{1,120}?)(?=[.\"}]\s|[.\"}]$|[\"}]|\n|$)"
)
_BEGINNINGS = re.compile(r"WARC-Record-ID\s+<")


@dataclass(frozen=True, slots=True, kw_only=True)
class CitationClaim:
    """A reference as cited in a document."""

    line: int
    """Its line in the document, from 1."""
    captured_at: str
    record_id: str
    payload_digest: str | None
    text_digest: str
    article_id: str
    revision: int
    extractor: str


def read_claims(path: Path) -> list[CitationClaim]:
    """Return the references in a file, in order.

    Raises:
        UsageError: the file has none, or an incomplete one; or it is too large.
        StorageError: it can't be read.
    """
    text = read_document(path)
    claims = find_claims(text)
    whole = {claim.line for claim in claims}
    begun = [text.count("\n", 0, found.start()) + 1 for found in _BEGINNINGS.finditer(text)]
    if len(begun) > len(claims):
        line = next((line for line in begun if line not in whole), begun[-1])
        raise UsageError(
            f"{path}:{line}: a reference that isn't whole: paste it again as 'talkscraper cite' printed it"
        )
    if not claims:
        raise UsageError(f"{path} has no reference of 'talkscraper cite' in it (none with a WARC-Record-ID)")
    return claims


def read_document(path: Path) -> str:
    """Return the text of a document.

    Raises:
        UsageError: it is too large.
        StorageError: it can't be read.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UsageError(f"{path} is larger than {MAX_BYTES // 2**20} MiB: not a document with references")
        return path.read_bytes().decode("utf-8", "replace")
    except OSError as e:
        raise StorageError(f"can't read {path}: {e.strerror}") from e


def find_claims(text: str) -> list[CitationClaim]:
    """Return the references in a text, in order."""
    return [
        CitationClaim(
            line=text.count("\n", 0, text.index("WARC-Record-ID", found.start())) + 1,
            captured_at=found["captured"],
            record_id=found["record"],
            payload_digest=None if found["payload"] == "unknown" else found["payload"],
            text_digest=found["text"],
            article_id=found["article"],
            revision=int(found["revision"]),
            extractor=" ".join(found["extractor"].split()),
        )
        for found in _PROOF.finditer(text)
    ]
