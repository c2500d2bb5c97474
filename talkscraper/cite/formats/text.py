"""References as plain text."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.cite.model import CitationFormat
from talkscraper.cite.proof import date_parts, one_line, proof
from talkscraper.cite.reference import Reference
from talkscraper.store.database import iso

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _write(references: Sequence[Reference]) -> str:
    return "\n\n".join(_text(each) for each in references)


def _text(found: Reference) -> str:
    parts = []
    if found.authors:
        parts.append(f"{', '.join(found.authors)}:")
    parts.append(f"“{found.title or 'Untitled'}”.")
    place = ", ".join(part for part in (found.source, _day(found)) if part)
    if place:
        parts.append(f"{place}.")
    if found.modified_at:
        parts.append(f"Modified {iso(found.modified_at)}.")
    parts.append(f"{found.url}.")
    return one_line(" ".join(parts)) + f" {proof(found)}."


def _day(found: Reference) -> str:
    parts = date_parts(found)
    if not parts:
        return ""
    if len(parts) == 1:
        return str(parts[0])
    month = _MONTHS[parts[1] - 1]
    return f"{month} {parts[0]}" if len(parts) == 2 else f"{parts[2]} {month} {parts[0]}"


TEXT = CitationFormat(
    name="text",
    label="Text",
    description="a sentence for a footnote",
    media_type="text/plain; charset=utf-8",
    ending="txt",
    write=_write,
)
