"""The one folding of letters, for the full-text index, queries, highlighting and marks.

Case, accents and spellings of one letter are the same: Горбачёв is found by горбачев, Łódź by lodz, أحمد by احمد. What
is a letter of its own in its script stays one: й isn't и, が isn't か, and vowel signs of Indic scripts and of Thai are
kept. In this order:

1. compatibility forms (full width, ligatures, Arabic presentation forms) by Unicode's NFKC; signs that stand for words
   or numbers (``™``, ``½``, ``①``) become words apart from their neighbours;
2. diacritics are removed: combining marks by their canonical combining class (overlay 1; Hebrew, Arabic and Syriac
   points 10–36; attached, above and below 200 and more) and the nuktas of Indic scripts, which differ at the second
   level in CLDR's root collation. Vowel signs (0, 84, 91, 103, 118, 129–132), viramas (9), voicing marks of Kana (8)
   and the tone marks of Thai and Lao (107, 122) are kept;
3. case by Unicode's full case folding (ß becomes ss, ς σ), digits of every script to ASCII, which has the same primary
   weight in the root collation;
4. letters that Unicode doesn't decompose, by ``_LETTERS``.

й is kept: the tailorings of CLDR for Russian, Ukrainian and Bulgarian suppress the contractions of all other Cyrillic
letters with a diacritic, so that ё differs from е at the second level only, and й from и at the first.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cache

_LATIN = {
    # https://github.com/unicode-org/cldr common/transforms/Latin-ASCII.xml (ICU's Latin-ASCII)
    "æ": "ae", "œ": "oe", "ø": "o", "ð": "d", "đ": "d", "þ": "th", "ħ": "h", "ı": "i", "ȷ": "j", "ĸ": "q", "ł": "l",
    "ŋ": "n", "ŧ": "t", "ƀ": "b", "ƃ": "b", "ɓ": "b", "ƈ": "c", "ȼ": "c", "ƌ": "d", "ɖ": "d", "ɗ": "d", "ȡ": "d",
    "ɇ": "e", "ɛ": "e", "ƒ": "f", "ǥ": "g", "ɠ": "g", "ɡ": "g", "ɦ": "h", "ⱨ": "h", "ɨ": "i", "ɩ": "i", "ɉ": "j",
    "ɟ": "j", "ƙ": "k", "ⱪ": "k", "ꝁ": "k", "ƚ": "l", "ɫ": "l", "ɬ": "l", "ⱡ": "l", "ꝉ": "l", "ɱ": "m", "ƞ": "n",
    "ɲ": "n", "ɳ": "n", "ƣ": "oi", "ꝏ": "oo", "ƥ": "p", "ᵽ": "p", "ꝑ": "p", "ɍ": "r", "ɽ": "r", "ȿ": "s", "ʂ": "s",
    "ƫ": "t", "ƭ": "t", "ʈ": "t", "ⱦ": "t", "ʉ": "u", "ʋ": "v", "ⱱ": "v", "ⱳ": "w", "ƴ": "y", "ɏ": "y", "ƶ": "z",
    "ȥ": "z", "ɀ": "z", "ⱬ": "z", "ⱥ": "a", "ƕ": "hv", "ꜳ": "aa", "ꜵ": "ao", "ꜷ": "au", "ꜹ": "av", "ꜽ": "ay",
    "ʻ": "'", "ʼ": "'", "ʽ": "'", "ˈ": "'", "ʹ": "'", "ʾ": "'", "ʿ": "'",
    # the European Ordering Rules (EN 13710), in CLDR's common/collation/root.xml
    "ə": "e", "ǝ": "e", "ɔ": "o", "ɵ": "o", "ʊ": "u", "ʒ": "z",
}  # fmt: skip
_ARABIC = {
    # CLDR's common/collation/root.xml, type="search"; the forms with hamza and madda are decomposed by Unicode
    "ى": "ي", "ة": "ه", "ٱ": "ا", "ـ": "", "ۥ": "و", "ۦ": "ي",
    # letters of Persian and Urdu for the same letter, which keyboards mix: Lucene's PersianNormalizer
    "ی": "ي", "ے": "ي", "ک": "ك", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ۂ": "ه", "ۃ": "ه",
}  # fmt: skip
_CYRILLIC = {
    # the Ukrainian orthography of 1933 to 1990 had no ґ, and many texts and keyboards write г for it
    "ґ": "г",
}
_LETTERS = _LATIN | _ARABIC | _CYRILLIC
_KEPT = {"й": "й", "Й": "й"}
_NUKTAS = frozenset("\u093c\u09bc\u0a3c\u0abc\u0b3c\u0c3c\u0cbc")
_APART = ("<fraction>", "<circle>", "<square>")
"""Compatibility forms that are words or numbers of their own, by the tag of their decomposition."""
INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
"""Character class of soft hyphens, joiners and marks of direction, which are ignored."""
_INVISIBLE = re.compile(f"[{INVISIBLE}]")


class _Folded(dict[str, str]):
    """Maps a character to its folded form, of any length; computed once for each character met."""

    def __missing__(self, character: str) -> str:
        value = _fold_character(character)
        self[character] = value
        return value


def fold(text: str) -> str:
    """Return the folded form of a text; its length may differ."""
    text = text.lower()
    if text.isascii():
        return text
    # a text has few different letters that change: to replace each is much faster than str.translate() or a pattern
    characters = set(text)
    for character in _SIGNS & characters:
        text = text.replace(character, f" {character} ")
    plain = unicodedata.normalize("NFKC", text)
    if plain != text:
        text, characters = plain, set(plain)
    for character in characters:
        if (plain := _FOLDED[character]) != character:
            text = text.replace(character, plain)
    return text


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text in its folded form, and the place of each part in the original."""

    text: str
    """What ``fold`` returns."""
    _breaks: tuple[tuple[int, int, int, int], ...]
    """Parts that aren't folded one for one: start and end in the folded text, start and end in the original."""
    _starts: tuple[int, ...]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the smallest span of the original that holds the span of the folded text."""
        if not self._breaks or start >= end:
            return start, end
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, at: int) -> tuple[int, int]:
        """Return the span of the original for the folded character ``at``."""
        number = bisect_right(self._starts, at) - 1
        if number < 0:
            return at, at + 1
        _, folded_end, start, end = self._breaks[number]
        if at < folded_end:
            return start, end
        return end + at - folded_end, end + at - folded_end + 1


def fold_with_places(text: str) -> FoldedText:
    """Fold a text, and remember where each part came from.

    Between parts that fold to more or fewer characters, places differ by a constant; only those parts are kept.
    """
    if text.isascii():
        return FoldedText(text.lower(), (), ())
    letters = set(text)
    uneven = {each for each in letters if _is_uneven(each)}
    following = "".join(re.escape(each) for each in letters if _joins(each))
    pattern = ""
    if following and not unicodedata.is_normalized("NFKC", text):
        # a mark that follows may be composed with the letter before it: they are one part
        pattern = f"(?s:.)?[{following}]+"
    if uneven:
        single = f"[{''.join(re.escape(each) for each in uneven)}]"
        pattern = f"{pattern}|{single}" if pattern else single
    if not pattern:
        return FoldedText(fold(text), (), ())
    parts: list[str] = []
    breaks = []
    at = length = 0
    for found in re.finditer(pattern, text):
        between = fold(text[at : found.start()])
        inside = fold(found[0])
        parts += [between, inside]
        length += len(between)
        breaks.append((length, length + len(inside), found.start(), found.end()))
        length += len(inside)
        at = found.end()
    parts.append(fold(text[at:]))
    return FoldedText("".join(parts), tuple(breaks), tuple(each[0] for each in breaks))


def _fold_character(character: str) -> str:
    if character in _KEPT:
        return _KEPT[character]
    if _INVISIBLE.match(character):
        return ""
    digit = unicodedata.decimal(character, None)
    if digit is not None:
        return str(digit)
    plain = _without_diacritics(character)
    # case folding can add a mark (İ becomes i and a dot)
    plain = _without_diacritics(plain.casefold())
    plain = "".join(_LETTERS.get(each, each) for each in plain)
    return unicodedata.normalize("NFKC", plain)


def _without_diacritics(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text) if not is_diacritic(each))


def is_diacritic(character: str) -> bool:
    """Whether this is a combining mark that folding removes, and no vowel sign, virama or tone mark of Thai."""
    kind = unicodedata.combining(character)
    if unicodedata.category(character) == "Me":
        return True
    return kind == 1 or 10 <= kind <= 36 or kind >= 200 or character in _NUKTAS


@cache
def _is_uneven(character: str) -> bool:
    return len(fold(character)) != 1


@cache
def _joins(character: str) -> bool:
    """Whether a character may be composed with the one before it."""
    first = unicodedata.normalize("NFKC", character)[:1] or character
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff" or character in "\uff9e\uff9f"


def _signs() -> frozenset[str]:
    """Return the signs that stand for words or numbers."""
    # Number Forms, Letterlike Symbols, enclosed and squared forms: the blocks that have such signs
    blocks = (range(0xBC, 0xBF), range(0x2100, 0x2190), range(0x2460, 0x2500), range(0x3200, 0x3400))
    return frozenset(
        chr(code)
        for block in (*blocks, range(0x1F100, 0x1F200))
        for code in block
        if (tag := unicodedata.decomposition(chr(code)).split(" ")[0]).startswith("<")
        and (tag in _APART or unicodedata.category(chr(code)).startswith("S"))
    )


_FOLDED = _Folded()
_SIGNS = _signs()
