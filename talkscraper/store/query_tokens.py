"""Tokens of a query: words, phrases, brackets, negations, fields, and how near words have to be."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from talkscraper.errors import QueryError

DEFAULT_NEAR = 10
"""Maximum number of words between those on both sides of NEAR without a number."""
MAX_NEAR = 1_000

QUOTES = '"“”„«»'
_NEAR_ANY_CASE = re.compile(r"(?:near|w)/(?P<words>\d{1,9})", re.ASCII | re.IGNORECASE)
_GERSHAYIM = re.compile(r"(?<=[\u05d0-\u05ea])[\"“”„](?=[\u05d0-\u05ea])")
"""A quotation mark inside a Hebrew word: the sign of an abbreviation, as most keyboards write it."""

Kind = Literal["open", "close", "minus", "field", "phrase", "word", "end"]
_PLAIN: tuple[Kind, ...] = ("open", "close", "minus", "field", "word")


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a query."""

    kind: Kind
    text: str = ""
    star: bool = False
    """Whether a ``*`` follows the phrase."""
    within: int | None = None
    """The number behind a phrase's ``~``: its words in any order, with at most so many others between."""

    @property
    def near(self) -> int | None:
        """The maximum number of words between both sides, if this is an operator such as NEAR/5."""
        if self.kind != "word":
            return None
        if self.text == "NEAR":
            return DEFAULT_NEAR
        found = _NEAR_ANY_CASE.fullmatch(self.text)
        return None if found is None else min(int(found["words"]), MAX_NEAR)

    def is_word(self, *words: str) -> bool:
        """Whether this is one of these words, unquoted."""
        return self.kind == "word" and self.text in words


END = Token("end")


def tokens(text: str, fields: Collection[str]) -> list[Token]:
    """Return the tokens of a query.

    Args:
        text: What was typed.
        fields: The words that are fields when a colon follows.

    Raises:
        QueryError: a quotation mark isn't closed, or isn't followed by what it can be.
    """
    pattern = re.compile(
        rf"""(?P<space>\s+)
          | (?P<open>\() | (?P<close>\))
          | (?P<minus>-(?=[^\s)-]))
          | (?P<field>(?i:{"|".join(fields)})):(?=\S)
          | [{QUOTES}](?P<phrase>[^{QUOTES}]*)[{QUOTES}](?P<star>\*)?(?P<tilde>~(?P<within>[\w.]*))?
          | (?P<quote>[{QUOTES}])
          | (?P<word>[^\s(){QUOTES}]+)
        """,
        re.VERBOSE,
    )
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    text = _GERSHAYIM.sub("\u05f4", text)
    found = []
    for each in pattern.finditer(text):
        if each["space"]:
            continue
        if each["quote"]:
            raise QueryError(f"the quotation mark before {text[each.end() :][:30]!r} isn't closed")
        if each["phrase"] is not None:
            within = _within(each["phrase"], each["within"]) if each["tilde"] else None
            found.append(Token("phrase", each["phrase"], bool(each["star"]), within))
            continue
        found += [Token(kind, each[kind]) for kind in _PLAIN if each[kind]]
    return found


def _within(phrase: str, number: str) -> int:
    example = f'"{phrase[:40]}"~5'
    if not number.isascii() or not number.isdecimal():
        raise QueryError(f"~ behind a phrase takes the number of words that may stand between, as in {example}")
    if len(phrase.split()) < 2:
        raise QueryError(f"{example} needs two words or more in the quotation marks")
    return min(int(number[:9]), MAX_NEAR)
