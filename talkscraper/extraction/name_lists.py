"""Lists of authors: a value as declared or printed, taken apart into names.

A comma separates names, or a name from its degree, job, place or date; an "and" separates two full names, or is part
of one ("Ortega y Gasset", 和田).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.names import (
    is_agency,
    is_date,
    is_degree,
    is_full_name,
    is_job,
    is_only_a_job,
    is_place,
    kind_of,
    looks_like_a_name,
    name_of,
    organisation_named,
    without_prefix,
    without_reporter,
)
from talkscraper.extraction.text import clean
from talkscraper.lexicon import Expressions, Words, alternatives, words
from talkscraper.model import Author, AuthorKind

MAX_AUTHORS = 30
MAX_VALUE = 2_000
"""Characters of a value that are read."""
_SEPARATOR = re.compile(r"\s*(?:;|；|\||｜|\s•\s|\s·\s|\s/\s|、|(?<=[\u3040-\u9fff]\s)\s*／)\s*")
_COMMA = re.compile(r"\s*[,，]\s*")
_AND = re.compile(rf"(\s+(?:{alternatives(Expressions.AND)}|&|\+)\s+)")
_AND_IN_CAPITALS = re.compile(_AND.pattern, re.IGNORECASE)
_FIRST_AND = re.compile(rf"^(?:{alternatives(Expressions.AND)}|&|\+)\s+")
_AND_UNSPACED = re.compile(f"(?:{alternatives(Expressions.AND_UNSPACED)})")
_HANGUL = re.compile("[\uac00-\ud7a3]{2,4}(?:\\s*(?:기자|특파원))?")
_HAN = re.compile("[\u3400-\u9fff]{2,4}")
_JAPANESE = re.compile("[\u3040-\u30ff\u3400-\u9fff々\\s]{3,12}")
_IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_MAX_LISTED = 3
"""Words of a name in a printed list."""
_HAN_AND = frozenset("和与與及·")
_SURNAMES = frozenset(words(Words.CHINESE_SURNAME))
_GIVEN = re.compile(r"[^\W\d_][\w'’-]+(?:\s+\w\.?)*")


def authors_named(values: Iterable[str], sites: set[str], kind: AuthorKind | None = None) -> list[Author]:
    """The authors in declared or printed values, each of which may name several.

    Args:
        values: As declared or printed.
        sites: What the site calls itself, squeezed: such an author is an organisation.
        kind: What they were declared to be.
    """
    found: list[Author] = []
    person = kind is AuthorKind.PERSON
    for value in values:
        text = clean(value[:MAX_VALUE])
        if kind is AuthorKind.ORGANISATION:
            name = organisation_named(text)
            found.extend([Author(name=name, kind=kind)] if name else [])
            continue
        found.extend(Author(name=n, kind=kind_of(n, sites, person=person)) for n in names_listed(text, person=person))
    return distinct(found)


def names_listed(text: str, *, person: bool = False) -> list[str]:
    """The names in one value.

    Args:
        text: The value, one line.
        person: It was declared to be one person's name: it may still list several full names.
    """
    if is_date(text):
        return []
    found: list[str] = []
    for part in _SEPARATOR.split(without_prefix(text, person=person)):
        first, *others = _COMMA.split(part)
        pieces = [p for p in (first.lstrip("&+ "), *(_FIRST_AND.sub("", other) for other in others)) if p.strip()]
        if person and _is_inverted(pieces):
            found.extend(filter(None, [name_of(", ".join(pieces), person=True)]))
            continue
        _read_pieces(pieces, found, person=person)
    return found


def _read_pieces(pieces: list[str], found: list[str], *, person: bool) -> None:
    """Adds the names among the pieces between commas."""
    degree = False
    """Whether the piece before was a degree."""
    jobs = False
    for comma, piece in enumerate(pieces):
        jobs_here = False
        for position, each in enumerate(_parted(piece, after_name=bool(found), person=person)):
            first = comma == 0 and position == 0
            if found and not first and is_degree(each, further=degree):
                found[-1] = f"{found[-1]}, {each.strip(' *')}"
                degree = True
                continue
            degree = False
            each = without_reporter(each)  # noqa: PLW2901 - trimmed, not replaced
            if found and is_job(each) and (jobs_here or not position or is_only_a_job(each)):
                jobs = jobs_here = True
                continue
            if not first and found and _is_beside(each, found[-1], jobs=jobs and person):
                continue
            name = name_of(each, person=person)
            if name:
                found.append(name)


def _is_beside(piece: str, before: str, *, jobs: bool) -> bool:
    """Whether a piece after a comma isn't an author: a date, a place, an employer."""
    if is_date(piece) or is_place(piece) or jobs:
        return True
    if is_agency(piece) or _IDEOGRAPHIC.search(piece):
        return False
    # one word after a full name is a place; organisations sign too
    single = len(piece.split()) == 1 and kind_of(piece, set()) is AuthorKind.PERSON
    return single and (is_full_name(before.split(",", 1)[0]) or kind_of(before, set()) is AuthorKind.ORGANISATION)


def _is_inverted(pieces: list[str]) -> bool:
    """Whether they are a surname and a given name ("Doe, Jane"), neither of them full."""
    return (
        len(pieces) == 2
        and not is_full_name(pieces[0])
        and _GIVEN.fullmatch(pieces[1]) is not None
        and not is_full_name(pieces[1])
        and not any(is_degree(p) or is_job(p) or is_agency(p) or is_date(p) for p in pieces)
        and not any(_IDEOGRAPHIC.search(p) for p in pieces)
    )


def _parted(piece: str, *, after_name: bool, person: bool = False) -> Iterator[str]:
    """The names in a piece without commas: an "and" parts two full names only.

    Args:
        piece: A text between two commas.
        after_name: A name stands before it: a degree may begin it ("MD and Jane Doe").
        person: It was declared to be one person's name: then an agency beside it is part of it.
    """
    texts = (_AND_IN_CAPITALS if piece.isupper() else _AND).split(piece)
    current = texts[0]
    for conjunction, following in zip(texts[1::2], texts[2::2], strict=True):
        whole = _is_whole(current, person=person) or (after_name and is_degree(current, further=True))
        if whole and _is_whole(following, person=person):
            yield from _parted_unspaced(current)
            current = following
        else:
            current += conjunction + following
    yield from _parted_unspaced(current)


def _is_whole(text: str, *, person: bool) -> bool:
    """Whether a text can stand as an author by itself, in scripts with spaces or without."""
    if is_agency(text):
        return not person
    return is_full_name(text) or _HANGUL.fullmatch(text) is not None or _HAN.fullmatch(text) is not None


def _parted_unspaced(text: str) -> Iterator[str]:
    """The same for the words that scripts set without spaces."""
    start = 0
    for match in _AND_UNSPACED.finditer(text):
        before, after = text[start : match.start()], text[match.end() :]
        rest = _AND_UNSPACED.split(after, maxsplit=1)[0]
        if _both_whole(before.strip(), rest.strip(), match[0]):
            yield before.strip()
            start = match.end()
    yield text[start:].strip()


def _both_whole(before: str, after: str, conjunction: str) -> bool:
    if _HANGUL.fullmatch(before) and _HANGUL.fullmatch(after):
        return True
    if conjunction in _HAN_AND:
        # 高橋和希 is one name: only surnames on both sides make it two
        return all(_HAN.fullmatch(n) and n[0] in _SURNAMES for n in (before, after))
    if _IDEOGRAPHIC.search(before):
        return all(_JAPANESE.fullmatch(n) and "\u3400" <= n[0] <= "\u9fff" for n in (before, after))
    return is_full_name(before) and is_full_name(after)


def printed_names(line: str) -> list[str]:
    """The names on a printed line, none if part of it doesn't look like one.

    Jobs, places and degrees after a comma don't count.
    """
    found = names_listed(line)
    if len(found) == 1:
        return found if looks_like_a_name(found[0].split(",", 1)[0]) else []
    # several in a row may be a list of sections
    fit = all(is_full_name(n) and len(n.split(",", 1)[0].split()) <= _MAX_LISTED for n in found)
    return found if fit or (found and looks_like_a_name(line)) else []


def distinct(authors: Iterable[Author]) -> list[Author]:
    """Each name once, in the order given."""
    seen: dict[str, Author] = {}
    for author in authors:
        seen.setdefault(squeeze(author.name), author)
    return list(seen.values())[:MAX_AUTHORS]
