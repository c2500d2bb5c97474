"""References as RIS, which Zotero, EndNote, Mendeley and JabRef read."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.cite.model import CitationFormat
from talkscraper.cite.proof import date_parts, one_line, person_names, proof
from talkscraper.cite.reference import Reference

_DATE_PARTS = 4
"""Parts of a date: year, month, day, and other information."""


def _write(references: Sequence[Reference]) -> str:
    return "\n\n".join(_ris(each) for each in references)


def _ris(found: Reference) -> str:
    day = date_parts(found)
    captured = found.captured_at
    fields = [
        ("TY", "NEWS"),
        ("ID", found.key),
        *(("AU", each.inverted.replace("*", "")) for each in person_names(found)),
        ("TI", found.title or "Untitled"),
        ("T2", found.source or ""),
        ("PY", str(day[0]) if day else ""),
        ("DA", _date(day) if day else ""),
        ("UR", found.url),
        ("Y2", _date([captured.year, captured.month, captured.day])),
        ("LA", found.language or ""),
        ("AV", f"{found.warc_file}:{found.warc_offset}"),
        ("N2", found.note or ""),
        ("N1", proof(found)),
    ]
    # one line each: a line of a title's must not begin another field
    lines = [f"{tag}  - {one_line(value).strip()}" for tag, value in fields if value]
    return "\n".join([*lines, "ER  - "])


def _date(parts: Sequence[int]) -> str:
    """Return ``2025/10/28/``; what isn't known is empty."""
    return "/".join([f"{part:02}" for part in parts] + [""] * (_DATE_PARTS - len(parts)))


RIS = CitationFormat(
    name="ris",
    label="RIS",
    description="RIS, for Zotero, EndNote, Mendeley and JabRef",
    media_type="application/x-research-info-systems; charset=utf-8",
    ending="ris",
    write=_write,
)
