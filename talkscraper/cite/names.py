"""Names of a byline, split into given and family names as reference managers want them.

A name that can't be split for certain stays whole (``literal``): a single word, an organisation, a Japanese name
without a space.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from talkscraper.cite.name_tables import (
    CHINESE_LONG,
    DROPPING,
    DROPPING_ROMANCE,
    FAMILY_FIRST,
    IBERIAN_GIVEN,
    IBERIAN_SUFFIXES,
    JOINED,
    KOREAN,
    KOREAN_LONG,
    PARTICLES,
    ROMANCE,
    SUFFIXES,
    TITLES,
    VIETNAMESE,
    VIETNAMESE_MIDDLE,
)
from talkscraper.model import AuthorKind

MAX_WORDS = 10
"""A longer name isn't a person's."""

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff々〆"
_KANA = r"\u3040-\u30ff"
_HANGUL = r"\uac00-\ud7af"
_EASTERN = re.compile(rf"[{_HAN}{_KANA}{_HANGUL}]")
_CHINESE = re.compile(rf"[{_HAN}]{{2,4}}")
_KOREAN = re.compile(rf"[{_HANGUL}]{{2,5}}")
_KANJI_THEN_KANA = re.compile(rf"([{_HAN}]{{1,3}})([{_KANA}]{{2,5}})")
_DOTS = re.compile(r"\s*[・·‧•⋅＝]\s*")
_PATRONYMIC = re.compile(r".*(?:ович|евич|ьич|овна|евна|инична|ична)", re.IGNORECASE)
_LOUD = re.compile(r"[^\W\d_]{4,}(?:[-'’][^\W\d_]+)*")
_HYPHENED = re.compile(r"[A-Z][a-z]+-[A-Za-z][a-z]+")
_SPLIT_ONCE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonName:
    """A name in its parts; either ``literal`` or ``family`` isn't empty."""

    given: str = ""
    family: str = ""
    dropping_particle: str = ""
    non_dropping_particle: str = ""
    suffix: str = ""
    literal: str = ""
    """The whole name of an organisation, or one that isn't split."""

    @property
    def full_family(self) -> str:
        """The family name with its particles: ``van der Berg``."""
        return _joined(self.dropping_particle, self.non_dropping_particle, self.family)

    @property
    def inverted(self) -> str:
        """``van der Berg, Jan, Jr.``, or the literal name."""
        return self.literal or ", ".join(part for part in (self.full_family, self.given, self.suffix) if part)


def split_name(name: str, kind: str = AuthorKind.PERSON.value, language: str | None = None) -> PersonName:
    """Return the parts of a name.

    Args:
        name: As printed.
        kind: ``organisation``: the name stays whole.
        language: The article's, as BCP 47 tag: which order names have, and which particles are dropped.
    """
    name = " ".join(name.split())
    primary = (language or "").split("-")[0].lower()
    if kind == AuthorKind.ORGANISATION.value or not name or len(name.split()) > MAX_WORDS:
        return PersonName(literal=name)
    if _EASTERN.search(name):
        return _eastern(name, primary)
    parts = name.split()
    while len(parts) > _SPLIT_ONCE and parts[0].lower() in TITLES:
        parts.pop(0)
    if len(parts) > 1 and parts[0].lower() in TITLES:
        # "Dr. Reed": the given name isn't known
        return PersonName(literal=name)
    suffix = ""
    if len(parts) > _SPLIT_ONCE and parts[-1].lower() in SUFFIXES and parts[-1] != parts[-1].lower():
        suffix = parts.pop()
        parts[-1] = parts[-1].rstrip(",")
    found = _ordered(parts, primary)
    if found is None:
        return PersonName(literal=name)
    given, family = found
    if family[-1:] and not given:
        return PersonName(literal=name)
    return _with_particles(given, family, suffix, primary)


def _ordered(parts: list[str], language: str) -> tuple[list[str], list[str]] | None:
    """Return the words of the given and of the family name; None if the name isn't to be split."""
    joined = " ".join(parts)
    if joined.count(",") == 1 and not joined.endswith(","):
        family, given = (side.split() for side in joined.split(","))
        return (given, family) if family and given else None
    if "," in joined or len(parts) < _SPLIT_ONCE:
        return None
    loud = [each for each in parts if _LOUD.fullmatch(each) and each.isupper()]
    if loud and len(loud) < len(parts):
        at = parts.index(loud[0])
        if parts[at : at + len(loud)] == loud and (at == 0 or at + len(loud) == len(parts)):
            return (parts[len(loud) :], loud) if at == 0 else (parts[:at], parts[at:])
    if language in FAMILY_FIRST or _is_vietnamese(parts) or _is_korean(parts):
        return parts[1:], parts[:1]
    if len(parts) == 3 and _PATRONYMIC.fullmatch(parts[2]) and not _PATRONYMIC.fullmatch(parts[1]):
        return parts[1:], parts[:1]
    return _western(parts, language)


def _western(parts: list[str], language: str) -> tuple[list[str], list[str]] | None:
    if parts[0].lower() in PARTICLES and parts[0].islower():
        # "von Beust": only the family name is printed
        return None
    start = len(parts) - 1
    if parts[start].lower() in IBERIAN_SUFFIXES and start > 1:
        start -= 1
    elif language in ("es", "gl", "ca"):
        start = _surnames(parts, start)
    while start > 1 and _is_particle(parts[start - 1], parts):
        start -= 1
    return parts[:start], parts[start:]


def _surnames(parts: list[str], last: int) -> int:
    """Return where the two surnames of a Spanish name begin."""
    if last >= 3 and parts[last - 1].lower() in ("y", "i", "e"):
        return last - 2
    before = last - 1
    if before < 1 or _is_particle(parts[before], parts) or parts[before].rstrip(".").lower() in IBERIAN_GIVEN:
        return last
    return last if len(parts[before].rstrip(".")) == 1 else before


def _is_particle(word: str, parts: list[str]) -> bool:
    """Whether a word belongs to the family name behind it; in capitals only with a given name of its own before it."""
    if word.lower() not in PARTICLES or (word.lower() in ("mac", "st.", "san", "santa", "ben", "e") and len(parts) < 3):
        return False
    return word.islower() or len(parts) > _SPLIT_ONCE


def _with_particles(given: list[str], family: list[str], suffix: str, language: str) -> PersonName:
    dropping: list[str] = []
    kept: list[str] = []
    # a particle behind an inverted given name: "Berg, Jan van den"
    while len(given) > 1 and given[-1].islower() and given[-1] in PARTICLES:
        family = [given[-1], *family]
        given = given[:-1]
    while len(family) > 1 and family[0].islower() and family[0] in PARTICLES:
        word = family[0]
        if not kept and (word in DROPPING or (word in DROPPING_ROMANCE and language in ROMANCE)):
            dropping.append(word)
        else:
            kept.append(word)
        family = family[1:]
    if not kept and not dropping:
        for start in JOINED:
            if start[-1] != "-" and family[0].startswith(start) and len(family[0]) > len(start):
                (dropping if language in ROMANCE else kept).append(start)
                family = [family[0][len(start) :], *family[1:]]
                break
    return PersonName(
        given=" ".join(given),
        family=" ".join(family),
        dropping_particle=" ".join(dropping),
        non_dropping_particle=" ".join(kept),
        suffix=suffix,
    )


def _eastern(name: str, language: str) -> PersonName:
    """Return the parts of a name in Chinese, Japanese or Korean letters: the family name first."""
    dotted = _DOTS.split(name)
    if len(dotted) > 1 and all(dotted):
        # a name from elsewhere, spelled: its own order
        return PersonName(given=" ".join(dotted[:-1]), family=dotted[-1])
    parts = name.split()
    if len(parts) == _SPLIT_ONCE and all(_EASTERN.search(each) for each in parts):
        return PersonName(family=parts[0], given=parts[1])
    if len(parts) > 1:
        return PersonName(literal=name)
    if _KOREAN.fullmatch(name):
        length = 2 if name.startswith(KOREAN_LONG) and len(name) > _SPLIT_ONCE else 1
        return PersonName(family=name[:length], given=name[length:])
    if language == "zh" and _CHINESE.fullmatch(name):
        length = next((n for n in (2, 1) if len(name) > n and name[:n] in _chinese_surnames()), 0)
        if length:
            return PersonName(family=name[:length], given=name[length:])
    if language == "ja" and (found := _KANJI_THEN_KANA.fullmatch(name)):
        return PersonName(family=found[1], given=found[2])
    return PersonName(literal=name)


@cache
def _chinese_surnames() -> frozenset[str]:
    # imported here: citations are also made by commands that have to start fast
    from talkscraper.lexicon import Words, words

    return frozenset(words(Words.CHINESE_SURNAME)) | CHINESE_LONG


def _is_vietnamese(parts: list[str]) -> bool:
    plain = [_plain(each) for each in parts]
    return len(parts) > _SPLIT_ONCE and plain[0] in VIETNAMESE and plain[1] in VIETNAMESE_MIDDLE


def _is_korean(parts: list[str]) -> bool:
    return len(parts) == _SPLIT_ONCE and parts[0].lower() in KOREAN and bool(_HYPHENED.fullmatch(parts[1]))


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(c for c in decomposed if not unicodedata.combining(c))


def _joined(*parts: str) -> str:
    text = ""
    for part in parts:
        if part:
            text += part if not text or text.endswith(("'", "’")) else f" {part}"
    return text
