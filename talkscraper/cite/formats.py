"""References as text, BibTeX and CSL-JSON. All carry the same proof, which ``claims`` finds again in any document."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from talkscraper.cite.reference import Reference
from talkscraper.store.database import iso

Form = Literal["text", "bibtex", "csl"]
FORMS: tuple[Form, ...] = ("text", "bibtex", "csl")

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    }
)  # fmt: skip
_FORGED = re.compile(r"WARC-Record-ID", re.IGNORECASE)
_LINES = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def render(found: Reference | Sequence[Reference], form: Form = "text") -> str:
    """Return references as a document of that format (without a line break at its end)."""
    references = [_tame(each) for each in ([found] if isinstance(found, Reference) else found)]
    if form == "csl":
        return json.dumps([_csl(each) for each in references], ensure_ascii=False, indent=2)
    one = _text if form == "text" else _bibtex
    return "\n\n".join(one(each) for each in references)


def proof(found: Reference) -> str:
    """Return the data that make a reference checkable, in one line of ASCII."""
    payload = found.payload_digest or "unknown"
    line = (
        f"Captured {iso(found.captured_at)}, WARC-Record-ID {found.record_id}, payload {payload}, "
        f"text {found.text_digest}, article {found.article_id}, revision {found.revision}, by {found.extractor}"
    )
    if found.lost_at is not None:
        line += f" (the record's bytes are lost since {found.lost_at})"
    return _LINES.sub(" ", line)


def _tame(found: Reference) -> Reference:
    # a title that looks like a proof would be read as one
    def tame(text: str | None) -> str | None:
        return _FORGED.sub("WARC record", text) if text else text

    return replace(
        found,
        title=tame(found.title),
        source=tame(found.source),
        authors=tuple(tame(name) or "" for name in found.authors),
        url=tame(found.url) or "",
        captured_url=tame(found.captured_url) or "",
        language=tame(found.language),
    )


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
    return _LINES.sub(" ", " ".join(parts)) + f" {proof(found)}."


def _bibtex(found: Reference) -> str:
    day = _date_parts(found)
    fields = [
        ("title", f"{{{_tex(found.title or 'Untitled')}}}"),
        ("author", " and ".join(f"{{{_tex(name)}}}" for name in found.authors)),
        ("organization", _tex(found.source or "")),
        ("date", "-".join(f"{part:02}" for part in day)),
        ("year", str(day[0]) if day else ""),
        ("url", found.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")),
        ("urldate", iso(found.captured_at)[:10]),
        ("langid", found.language or ""),
        # the proof stays as it is: it has no character of TeX's but "_", and a check must find it whole
        ("note", proof(found).replace("{", "").replace("}", "")),
    ]
    lines = ",\n".join(f"  {name} = {{{_LINES.sub(' ', value)}}}" for name, value in fields if value)
    return f"@online{{{found.article_id}-{found.revision},\n{lines}\n}}"


def _csl(found: Reference) -> dict[str, Any]:
    day = _date_parts(found)
    captured = found.captured_at
    item: dict[str, Any] = {
        "id": f"{found.article_id}-{found.revision}",
        "type": "article-newspaper",
        "title": found.title or "Untitled",
        "author": [{"literal": name} for name in found.authors],
        "container-title": found.source,
        "issued": {"date-parts": [day]} if day else None,
        "accessed": {"date-parts": [[captured.year, captured.month, captured.day]]},
        "URL": found.url,
        "language": found.language,
        "archive_location": f"{found.warc_file}:{found.warc_offset}",
        "note": proof(found),
    }
    return {name: value for name, value in item.items() if value}


def _day(found: Reference) -> str:
    parts = _date_parts(found)
    if not parts:
        return ""
    if len(parts) == 1:
        return str(parts[0])
    month = _MONTHS[parts[1] - 1]
    return f"{month} {parts[0]}" if len(parts) == 2 else f"{parts[2]} {month} {parts[0]}"


def _date_parts(found: Reference) -> list[int]:
    day: date | None = found.published_day
    if day is None:
        return []
    length = {"year": 1, "month": 2}.get(found.published_precision or "", 3)
    return [day.year, day.month, day.day][:length]


def _tex(text: str) -> str:
    return text.translate(_TEX)
