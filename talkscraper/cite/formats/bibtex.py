"""References as BibTeX: ``@online`` entries of biblatex."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.cite.model import CitationFormat
from talkscraper.cite.names import PersonName
from talkscraper.cite.proof import date_parts, one_line, person_names, proof
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
        ("author", " and ".join(_name(each) for each in person_names(found))),
        ("organization", _tex(found.source or "")),
        ("date", "-".join(f"{part:02}" for part in day)),
        ("year", str(day[0]) if day else ""),
        ("url", found.url.replace("{", "%7B").replace("}", "%7D").replace("\\", "%5C")),
        ("urldate", iso(found.captured_at)[:10]),
        ("langid", found.language or ""),
        # the proof stays as it is: it has no character of TeX's but "_", and a check must find it whole
        ("annotation", _tex(found.note or "")),
        ("note", proof(found).replace("{", "").replace("}", "")),
    ]
    lines = ",\n".join(f"  {name} = {{{one_line(value)}}}" for name, value in fields if value)
    return f"@online{{{found.key},\n{lines}\n}}"


def _name(name: PersonName) -> str:
    """Return a name as BibTeX splits it: ``van der Berg, Jr., Jan``; braces keep the parts whole."""
    if name.literal:
        return f"{{{_tex(name.literal)}}}"
    particles = " ".join(part for part in (name.dropping_particle, name.non_dropping_particle) if part)
    family = f"{particles} {_part(name.family)}" if particles else _part(name.family)
    if particles.endswith(("'", "’")):
        # written together, it is no particle of BibTeX's
        family = _part(name.full_family)
    return ", ".join(part for part in (family, _tex(name.suffix), _part(name.given)) if part)


def _part(text: str) -> str:
    """Return a part of a name; in braces if BibTeX would split it otherwise."""
    words = text.split()
    odd = "," in text or any(word == "and" or (not word[:1].isupper() and word[:1].isalpha()) for word in words)
    return f"{{{_tex(text)}}}" if odd else _tex(text)


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
