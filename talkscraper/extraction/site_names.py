"""What a title says of the site it stands on, and what is left of the title without it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from talkscraper.extraction.blocks import squeeze

_SEPARATOR = re.compile(r"(?<!\s)(?:\s++[|–—·•»«‹›:/~\-]{1,2}\s+|\s*+[|｜¦»]\s*|\s*+::\s*)|_(?=[^_]{2,20}$)")
_WORD = re.compile(r"\w+")
_SENTENCE = 3
"""Words from which what stands before a bar is a headline."""
_SECTION = 2
"""Words that a section's name has at most."""
_LONG = 20
"""Letters of a title that isn't one by chance."""


def mastheads(title: str, quoted: str) -> set[str]:
    """What ``<title>`` says more than og:title, squeezed: a blog's name may be its only ``h1``."""
    whole, part = squeeze(title), squeeze(quoted)
    if len(part) < _LONG or part not in whole:
        return set()
    return {rest for rest in (whole.removesuffix(part), whole.removeprefix(part)) if rest and rest != whole}


def without_tail(title: str, sites: set[str]) -> str:
    """A headline without the sections behind bars at its end (`` | Opinion``), and without the site's name.

    A section is a word or two; more is likelier the second half of a headline.
    """
    text = title
    for cut in reversed(list(_SEPARATOR.finditer(title))):
        rest, tail = text[: cut.start()], text[cut.end() :]
        section = cut[0].strip() == "|" and 0 < len(_WORD.findall(tail)) <= _SECTION
        if not squeeze(tail) or not (section or is_site(tail, sites)) or len(_WORD.findall(rest)) < _SENTENCE:
            break
        text = rest
    return text.strip()


def strip_site(title: str, sites: set[str], shown: Sequence[str] = ()) -> str:
    """A declared title without the site's name (and section, and date) at its ends.

    Args:
        title: As declared.
        sites: Squeezed names of the site.
        shown: Headings of the page: what is left when the title's end is cut may be one of them.
    """
    pieces = list(_SEPARATOR.finditer(title))
    if not pieces:
        return title
    key = {squeeze(s) for s in shown if s}
    # the longest beginning or end that a heading shows
    for cut in reversed(pieces):
        if squeeze(title[: cut.start()]) in key:
            return title[: cut.start()].strip()
    for cut in pieces:
        if squeeze(title[cut.end() :]) in key:
            return title[cut.end() :].strip()
    changed = True
    while changed:
        changed = False
        pieces = list(_SEPARATOR.finditer(title))
        if not pieces:
            break
        last, first = pieces[-1], pieces[0]
        if is_site(title[last.end() :], sites) and title[: last.start()].strip():
            title, changed = title[: last.start()].strip(), True
        elif is_site(title[: first.start()], sites) and title[first.end() :].strip():
            title, changed = title[first.end() :].strip(), True
    return title


def is_site(piece: str, sites: set[str]) -> bool:
    """Whether a piece of a title names the site; ``sites`` are squeezed names."""
    key = squeeze(piece)
    if not key:
        return True
    if key in sites:
        return True
    short = min((s for s in sites if s), key=len, default="")
    return (
        len(key) >= 4
        and any((key in s or s in key) and abs(len(s) - len(key)) <= max(6, len(s) // 2) for s in sites if len(s) >= 4)
        and bool(short)
    )


def host_names(url: str) -> set[str]:
    """What a page's host says of its site, squeezed."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return set()
    labels = [label for label in host.split(".") if label not in ("www", "m", "amp", "mobile", "edition")]
    names = {squeeze(".".join(labels)), squeeze(host)}
    if labels:
        names.add(squeeze(labels[-2] if len(labels) > 1 and len(labels[-2]) > 3 else labels[0]))
    return names - {""}
