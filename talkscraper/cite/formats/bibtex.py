"""References as BibTeX: ``@online`` entries of biblatex."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.cite.model import CitationFormat
from talkscraper.cite.proof import date_parts, one_line, proof
from talkscraper.cite.reference import Reference
from talkscraper.store.database import iso

_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "#": r"\#", "$": r"\$", "%": r"\%", "&": r"\&", "_": r"\_",
        "^": r"\textasciicircum{}", "~": r"\textasciitilde{}",
    }
)  # fmt: skip


def _write(references: Sequence[Reference]) -> str:
    return "\n\n".join(_bibtex(each) for each in references)


def _bibtex(found: Reference) -> str:
    day = date_parts(found)
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
    lines = ",\n".join(f"  {name} = {{{one_line(value)}}}" for name, value in fields if value)
    return f"@online{{{found.article_id}-{found.revision},\n{lines}\n}}"


def _tex(text: str) -> str:
    return text.translate(_TEX)


BIBTEX = CitationFormat(
    name="bibtex",
    label="BibTeX",
    description="an `@online` entry",
    media_type="application/x-bibtex; charset=utf-8",
    ending="bib",
    write=_write,
)
