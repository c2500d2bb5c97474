"""One author's name: what is one, where it ends on a line, and whether a person or an organisation has it.

``name_lists`` takes apart what names several.
"""

from __future__ import annotations

import re
from functools import cache

from talkscraper.extraction.blocks import squeeze
from talkscraper.extraction.dates.months import locale_data, names_of
from talkscraper.extraction.dates.normalization import fold
from talkscraper.extraction.dates.relative_dates import WEEKDAYS
from talkscraper.lexicon import Expressions, Tables, Words, alternatives, languages, table, words
from talkscraper.model import AuthorKind

MAX_NAME = 80
_MAX_WORDS = 8
_MAX_PRINTED = 6
"""Words of a printed name."""
_LEAST_CAPITALS = 5
"""Letters from which a name in capitals is one that was set so."""
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
"""Letters of scripts in which a job stands right behind a name."""

_PREFIX = re.compile(rf"^\W*(?:{alternatives(Expressions.NAME_PREFIX)})\s*(?:[:：]\s*|\s+)", re.IGNORECASE)
_SUFFIX = re.compile(
    rf"(?:(?:\s*[,|(]|\s+[–—-])\s*(?:{alternatives(Expressions.NAME_SUFFIX)})\b.*"
    rf"|(?:\s+|(?<=[{_UNSPACED}]))(?:{alternatives(Expressions.REPORTER)})|\s*@\w+|\s*\(?[\w.+-]+@[\w.-]+\)?)$",
    re.IGNORECASE,
)
_JOB = re.compile(rf"(?:(?<!\w)|(?<=[{_UNSPACED}]))(?:{alternatives(Expressions.JOB)})(?!\w)", re.IGNORECASE)
_JOB_WORD = re.compile(rf"{alternatives(Expressions.JOB)}|{alternatives(Expressions.JOB_MODIFIER)}", re.IGNORECASE)
_BEHIND = re.compile(r"\s+[–—-]\s+|\s*\((?=[^()]{2,60}\)$)|\n")
_DEGREE = re.compile(
    rf"(?:{alternatives(Expressions.DEGREE)})(?:\s+(?:{alternatives(Expressions.DEGREE)}))*", re.IGNORECASE
)
_FURTHER_DEGREE = re.compile(r"[A-Z][A-Za-z]?[A-Z][A-Z.&/-]{0,6}(?: \([\w ]{2,30}\))?")
_ABBREVIATED_DEGREE = re.compile(r"[A-Z]{3,6}")
_GENERATIONS = frozenset(("jr", "sr", "jr.", "sr.", "ml.", "st."))
_NOT_A_NAME = re.compile(
    rf"https?:|www\.|@|^(?:{alternatives(Expressions.NOT_A_NAME_LABEL)})\s*:|\d{{3}}|\d[:./]\d|[<>{{}}=#©]|^\w+(?:\.\w+){{3,}}$|"
    rf"\b(?:{alternatives(Expressions.NOT_A_NAME)})\b",
    re.IGNORECASE,
)
_NOT_A_BYLINE = re.compile(rf"\b(?:{alternatives(Expressions.NOT_A_BYLINE)})\b", re.IGNORECASE)
_NAME_END = re.compile(
    rf"\d|\s[·•⋅‧]|[·•⋅‧]\s|[|–—/(\n]|\s-\s|,\s*(?=[a-z])|(?<!\S)(?:{alternatives(Expressions.AFTER_NAME)})(?![\w'’-])|"
    rf"(?<!\S)(?i:{alternatives(Expressions.NOT_A_BYLINE)})(?![\w'’-])"
)
_LOUD_NAME_END = re.compile(_NAME_END.pattern, re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
_BRACKET = re.compile(r"\s*\([^()]*\)$")
_PARTICLES = frozenset(words(Words.NAME_PARTICLE))
_PLACEHOLDERS = frozenset(words(Words.PLACEHOLDER_NAME))
_PLACES = frozenset(words(Words.PLACE))
_SURNAMES = frozenset(words(Words.ORGANISATION_SURNAME))
_ORGANISATION = re.compile(
    rf"\b(?:{alternatives(Expressions.ORGANISATION)})\b|"
    r"\.(?:com|org|net|de|fr|co|be|ch|at|it|es|nl|se|no|dk|pl|cz|ru|tv|info)\b",
    re.IGNORECASE,
)
_ORGANISATION_PART = re.compile(alternatives(Expressions.ORGANISATION_PART))
_AGENCIES = frozenset(name for tag in languages() for names in table(Tables.AGENCIES, tag).values() for name in names)
_ABBREVIATIONS = frozenset(words(Expressions.AGENCY_ABBREVIATION))


def without_prefix(text: str, *, person: bool = False) -> str:
    """A value without the "By" before it; of a declared person's name two words must be left ("Von Miller")."""
    rest = _PREFIX.sub("", text)
    return text if person and len(rest.split()) < 2 and ":" not in text else rest


def looks_like_a_name(text: str) -> bool:
    """Few words, each with a capital (or in a script without them), particles aside."""
    parts = text.split()
    if not 1 <= len(parts) <= _MAX_PRINTED:
        return False
    return all(
        p[0].isupper() or not p[0].isalpha() or p[0].lower() == p[0].upper() or p in _PARTICLES for p in parts
    ) and (parts[-1] not in _PARTICLES)


def is_full_name(text: str) -> bool:
    """Whether a name has two parts at least, a given name and a surname; an initial alone is no surname."""
    parts = [p for p in text.split() if p not in _PARTICLES]
    if len(parts) < 2 or _DEGREE.fullmatch(text):
        return False
    quiet = text == text.lower()
    return any(len(p.strip(".")) > 1 for p in parts[1:]) and (quiet or looks_like_a_name(text))


def name_in(line: str) -> str:
    """The beginning of a line up to where names end: a date, a separator, a job."""
    text = _PREFIX.sub("", line.strip())
    end = (_LOUD_NAME_END if text.isupper() else _NAME_END).search(text)
    if end is not None:
        text = _without_dates(text[: end.start()]) if end[0].isdigit() else text[: end.start()]
    text = text.rstrip(" ,:;-–—|")
    return ", ".join(_without_job(piece) for piece in text.split(", ")).strip(" ,:;-–—|")


def _without_dates(name: str) -> str:
    """Without the month and weekday that stand at the end, before a digit."""
    parts = name.split()
    while parts and (
        fold(parts[-1]).strip(" .,") in _calendar_words() or not _WORD.search(parts[-1]) or parts[-1] in _PARTICLES
    ):
        parts.pop()
    return " ".join(parts)


def is_date(text: str) -> bool:
    """Whether a text is a date or a time: a number, and names of months and weekdays."""
    if not any(c.isdigit() for c in text):
        return False
    found = [fold(w) for w in _WORD.findall(text)]
    named = [w in _calendar_words() for w in found]
    short = [len(w) <= 2 for w in found]
    return (not found or any(named)) and all(n or s for n, s in zip(named, short, strict=True))


@cache
def _calendar_words() -> frozenset[str]:
    """Months and weekdays of all languages, folded."""
    found: set[str] = {"年", "月", "日", "uhr"}
    for tag in languages():
        found.update(names_of(tag))
        data = locale_data(tag)
        for day in WEEKDAYS:
            found.update(fold(name).strip(". ") for name in data.get(day, ()))
    return frozenset(found)


def without_reporter(text: str) -> str:
    """Without "reporter" right behind the name, as in Japanese, Chinese and Korean."""
    return _SUFFIX.sub("", text)


def is_degree(text: str, *, further: bool = False) -> bool:
    """Whether a text after a name belongs to it: a degree, "Jr.".

    Args:
        text: What stands between two commas.
        further: A degree stands before it: then any abbreviation is one.
    """
    text = text.strip("®™* ")
    if _DEGREE.fullmatch(text):
        # a surname may be spelled like a degree: "Ma", "Do"
        return text.isupper() or "." in text or len(text) > 2 or text.lower() in _GENERATIONS
    if text in _AGENCIES or is_place(text):
        return False
    return _ABBREVIATED_DEGREE.fullmatch(text) is not None or (further and _FURTHER_DEGREE.fullmatch(text) is not None)


def is_job(text: str) -> bool:
    """Whether a text beside a name says what somebody does."""
    return _JOB.search(text) is not None


def is_only_a_job(text: str) -> bool:
    """Whether a text consists of an occupation's words."""
    return is_job(text) and all(_JOB_WORD.fullmatch(w) or w.casefold() in _PLACEHOLDERS for w in text.split())


def is_place(text: str) -> bool:
    """Whether a text is a place of more than one word."""
    return text.casefold() in _PLACES


def is_agency(text: str) -> bool:
    """Whether a text is the name of a news agency."""
    return text in _AGENCIES


def _without_job(name: str, least: int = 1) -> str:
    """Without the occupation at its end, where a full name remains.

    Args:
        name: A name.
        least: The number of words that an occupation has at least.
    """
    parts = name.split()
    if len(parts) <= least + 1 or not _JOB.fullmatch(parts[-1]):
        return name
    for start in range(2, len(parts) + 1 - least):
        # "Senior Autos Reporter": what is between the first of its words and the last belongs to it
        if _JOB_WORD.fullmatch(parts[start]) and not _JOB_WORD.fullmatch(parts[start - 1]):
            return " ".join(parts[:start])
    return name


def organisation_named(text: str) -> str | None:
    """The name in a value that was declared to be an organisation's."""
    name = _trimmed(_SUFFIX.sub("", without_prefix(text)))
    if not 2 <= len(name) <= MAX_NAME or len(name.split()) > _MAX_WORDS or name.casefold() in _PLACEHOLDERS:
        return None
    return name if any(c.isalpha() for c in name) and not _NOT_A_NAME.search(name) else None


def name_of(piece: str, *, person: bool = False) -> str | None:
    """The name in a declared or printed piece of text, None if there is none.

    Args:
        piece: A text that names one author.
        person: It was declared to be a person's name: what may be one, is.
    """
    text = _SUFFIX.sub("", without_prefix(piece, person=person)).strip()
    for cut in _BEHIND.finditer(text):
        behind = text[cut.end() :].strip(" )")
        if cut.start() and (is_job(behind) or is_date(behind) or is_place(behind) or cut[0] == "\n"):
            text = text[: cut.start()]
            break
    name = _trimmed(_without_job(text, 2))
    if not 2 <= len(name) <= MAX_NAME or _NOT_A_NAME.search(name) or not any(c.isalpha() for c in name):
        return None
    if len(name.split()) > _MAX_WORDS or ":" in name or is_date(name) or is_only_a_job(name):
        return None
    if all(w.casefold() in _PLACEHOLDERS for w in name.split()) or (not person and _NOT_A_BYLINE.search(name)):
        return None
    if name.isupper() and len(name) > _LEAST_CAPITALS and " " in name:
        name = re.sub(r"\b(?:Ii|Iii|Iv)\b", lambda m: m[0].upper(), name.title())
    return name


def _trimmed(text: str) -> str:
    """Without punctuation around it; a bracket that is closed stays, and the period of "Jr." and of an initial."""
    name = text.strip(" ,:;-–—|•·*\"'“”„«»[]/")
    if name.count("(") != name.count(")"):
        name = name.strip("() ")
    elif name.startswith("(") and name.endswith(")"):
        name = name[1:-1]
    name = name.lstrip(".")
    last = name.rsplit(None, 1)[-1] if name else ""
    if name.endswith(".") and not (len(last.strip(".")) == 1 or _DEGREE.fullmatch(last)):
        name = name.rstrip(" .")
    return name


def kind_of(name: str, sites: set[str], *, person: bool = False) -> AuthorKind:
    """Whether a name is a person's or an organisation's.

    Args:
        name: The name.
        sites: What the site calls itself, squeezed.
        person: It was declared to be a person: a surname may be an organisation's word ("Post").
    """
    key = squeeze(name)
    named_so = key in sites or any(len(s) >= 5 and s in key for s in sites)
    return AuthorKind.ORGANISATION if named_so or _is_organisation(name, person=person) else AuthorKind.PERSON


def _is_organisation(name: str, *, person: bool) -> bool:
    name = _BRACKET.sub("", name)
    if name in _AGENCIES or _ORGANISATION_PART.search(name):
        return True
    # inside a name an agency's abbreviation is one only in capitals: "Ani", "Pap" are given names
    alone = " " not in name and not person
    if any(w.casefold() in _ABBREVIATIONS and (alone or w.isupper()) for w in _WORD.findall(name)):
        return alone or not name.isupper() or " " not in name
    found = [w.casefold() for w in _ORGANISATION.findall(name)]
    if person and not name.casefold().startswith("the "):
        found = [w for w in found if w not in _SURNAMES]
    return bool(found)
