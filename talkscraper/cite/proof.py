"""The proof in every reference, in one line of text, and the published date to its precision."""

from __future__ import annotations

import re
from datetime import date

from talkscraper.cite.names import PersonName, split_name
from talkscraper.cite.reference import Reference
from talkscraper.store.database import iso

_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def one_line(text: str) -> str:
    """Return a text with its control characters and line breaks as spaces."""
    return _LINES.sub(" ", text)


def proof(found: Reference) -> str:
    """Return the data that make a reference checkable, in one line of ASCII."""
    payload = found.payload_digest or "unknown"
    line = (
        f"Captured {iso(found.captured_at)}, WARC-Record-ID {found.record_id}, payload {payload}, "
        f"text {found.text_digest}, article {found.article_id}, revision {found.revision}, by {found.extractor}"
    )
    if found.lost_at is not None:
        line += f" (the record's bytes are lost since {found.lost_at})"
    return one_line(line)


def date_parts(found: Reference) -> list[int]:
    """Return year, month and day of publication as far as they are known."""
    day: date | None = found.published_day
    if day is None:
        return []
    length = {"year": 1, "month": 2}.get(found.published_precision or "", 3)
    return [day.year, day.month, day.day][:length]


def person_names(found: Reference) -> list[PersonName]:
    """Return the authors' names in their parts."""
    kinds = (*found.author_kinds, *[""] * len(found.authors))
    return [split_name(name, kind, found.language) for name, kind in zip(found.authors, kinds, strict=False)]
