"""What people write in other query languages, and what to write here."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping

from talkscraper.errors import QueryError

_FUZZY = re.compile(r"\w[^~]*~[\d.]*")
_OTHER_NEAR = re.compile(r"(?:PRE|ADJ|NEXT|ONEAR|W|NEAR)/\w*|(?:pre|adj|onear)/\d+|ADJ\d+", re.ASCII)
_WEIGHT = re.compile(r"(?P<word>\w.*)\^[\d.]+")
_SINGLE_QUOTED = re.compile(r"(?<!\S)['‘‚‹](?P<phrase>\w[^'‘’‚‹›\"]*)['‘’›](?!\S)")
_COMPARED = re.compile(r"(?P<name>[A-Za-z]+)(?P<value>(?:[<>]=?|=)\S+)", re.ASCII)


def refuse(text: str, following: str) -> None:
    """Refuse a word that is an operator elsewhere.

    Args:
        text: The word.
        following: The text of the next token.

    Raises:
        QueryError: with what to write instead.
    """
    if _OTHER_NEAR.fullmatch(text) or (text in ("NEAR", "AROUND", "ADJ") and following == "("):
        raise QueryError(
            f'{text[:40]!r} isn\'t known here: write harbour NEAR/5 wall, or "harbour wall"~5, for words with at most'
            " five others between them, in any order"
        )
    if _FUZZY.fullmatch(text):
        word = text.partition("~")[0]
        raise QueryError(
            f"{text[:40]!r}: similar spellings aren't looked for; write {word[:30]}* for other endings, ? for any"
            f' letter (as in wom?n), or "harbour wall"~5 for words near each other'
        )
    if weight := _WEIGHT.fullmatch(text):
        raise QueryError(f"{text[:40]!r}: words can't be given weights; write {weight['word'][:40]}")
    if text.startswith(("[", "{")) and following == "TO":
        raise QueryError(f"{text[:40]!r}: ranges are written since:2025-01 until:2025-03, or words:300..800")


def hint(text: str, following: str, examples: Mapping[str, str]) -> str | None:
    """Return the note for a word that may be meant as something else; None if it's just a word.

    Args:
        text: The word.
        following: The kind of the next token.
        examples: Each field with a value.
    """
    if (unknown := _no_field(text, following, examples)) is not None:
        return unknown
    if text in ("|", "||"):
        return f"{text!r} was left out; write OR for either of two words"
    if text == "&":
        return "'&' was looked for as a symbol; all words are required anyway"
    if text == "&&":
        return f"{text!r} was left out; all words are required anyway"
    if text[:1] in "!–—−" and text[1:2].isalnum():
        return f"{text[:40]!r} was taken as a word; write -{text[1:40]} for articles without it"
    if text[:1] == "+" and text[1:2].isalpha():
        return f"{text[:40]!r}: the + was left out; all words are required anyway"
    if len(text) > 2 and text[0] == "/" and text[-1] == "/":
        return f"{text[:40]!r} was taken as words; regular expressions aren't known, but wom?n, wom*n and *fahrt are"
    compared = _COMPARED.fullmatch(text)
    if compared and compared["name"].lower() in examples:
        return f"{text[:40]!r} was taken as words; write {compared['name'].lower()}:{compared['value'][:30]}"
    return None


def single_quotes(query: str) -> list[str]:
    """Return a note for each group of words between single quotation marks, which may be apostrophes."""
    return [
        f"{found[0][:40]!r}: single quotation marks make no phrase; for these words in a row write"
        f' "{found["phrase"][:38]}"'
        for found in _SINGLE_QUOTED.finditer(query)
        if " " in found["phrase"].strip()
    ]


def _no_field(text: str, following: str, examples: Mapping[str, str]) -> str | None:
    """Return the message for a word that looks like an unknown field, or a field without a value."""
    name, colon, value = text.partition(":")
    known = name.lower() in examples
    if not colon or not (name.isascii() and name.isalpha()) or value.startswith("//"):
        return None
    if known and not value:
        example = f"{name.lower()}:{examples[name.lower()]}"
        return f"{text!r} has nothing right behind it and was taken as a word; write it as in {example}"
    if known or not (value or following in ("phrase", "open")):
        return None
    near = difflib.get_close_matches(name.lower(), examples, n=1)
    told = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(sorted(examples))}"
    return f"{name[:40]!r} isn't a field, so {text[:60]!r} was taken as words; {told}"
