"""The meaning of class names, ids, tags and roles.

Class names and ids are cut into words (``article-body__figCaption`` → article, body, fig, caption), so that *ad* is
found in ``ad-slot`` but not in ``headline`` or ``gradient``. A name is only a hint.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from talkscraper.lexicon import Tables, languages, table

Marks: TypeAlias = int
"""Any number of marks, one bit each. Plain integers: an enum's operators cost more than the rest of the walk."""


class Mark:
    """What the tag, role, class and id of a box say about its content."""

    NONE: Final = 0
    NAV: Final = 1 << 0
    FOOTER: Final = 1 << 1
    HEADER: Final = 1 << 2
    ASIDE: Final = 1 << 3
    FORM: Final = 1 << 4
    AD: Final = 1 << 5
    NEWSLETTER: Final = 1 << 6
    SHARE: Final = 1 << 7
    RELATED: Final = 1 << 8
    TAGS: Final = 1 << 9
    BIO: Final = 1 << 10
    COMMENT: Final = 1 << 11
    PROMO: Final = 1 << 12
    CAPTION: Final = 1 << 13
    FIGURE: Final = 1 << 14
    BYLINE: Final = 1 << 15
    DATE: Final = 1 << 16
    TOC: Final = 1 << 17
    HIDDEN: Final = 1 << 18
    LEAD: Final = 1 << 19
    BODY: Final = 1 << 20
    CONSENT: Final = 1 << 21
    PAYWALL: Final = 1 << 22
    TITLE: Final = 1 << 23
    KICKER: Final = 1 << 24
    BREADCRUMB: Final = 1 << 25
    QUOTE: Final = 1 << 26
    LIST: Final = 1 << 27
    TABLE: Final = 1 << 28
    EMBED: Final = 1 << 29
    HEADING: Final = 1 << 30
    META: Final = 1 << 31
    CREDIT: Final = 1 << 32
    PRE: Final = 1 << 33
    VEILED: Final = 1 << 34
    """Maybe not shown at first: enough to distrust what trafilatura left out, not what it took."""
    CONCEALED: Final = 1 << 35
    """Not shown at first, by its own style: often the article's prose behind a button."""


FOREIGN: Final = (
    Mark.NAV | Mark.FORM | Mark.AD | Mark.NEWSLETTER | Mark.SHARE | Mark.RELATED | Mark.TAGS | Mark.BIO | Mark.COMMENT
    | Mark.PROMO | Mark.CAPTION | Mark.BYLINE | Mark.TOC | Mark.HIDDEN | Mark.CONSENT | Mark.BREADCRUMB | Mark.FOOTER
    | Mark.CREDIT | Mark.ASIDE
)  # fmt: skip
"""Marks of boxes whose text isn't the article's, unless most of the text has them."""
_COMMON = 0.4
"""A mark on this share of the text's letters is meaningless on this site."""


def names_of(marks: Marks) -> tuple[str, ...]:
    """The names of the marks that are set, in lower case."""
    return tuple(name for name, bit in _NAMES.items() if marks & bit)


def common_marks(weights: Mapping[Marks, int]) -> Marks:
    """The marks that a good part of a text carries.

    Args:
        weights: Sets of marks, and the letters that stand under each set.
    """
    least = _COMMON * sum(weights.values())
    found = Mark.NONE
    for bit in _NAMES.values():
        weight = sum(letters for marks, letters in weights.items() if marks & bit)
        if weight and weight >= least:
            found |= bit
    return found


_NAMES: dict[str, Marks] = {
    name.lower(): bit for name, bit in vars(Mark).items() if isinstance(bit, int) and bit and name.isupper()
}
_BY_WORDS: dict[str, Marks] = {}
"""One word of a name, or two that follow each other with a blank between them → the marks."""
for _tag in languages():
    for _name, _entries in table(Tables.BOX_NAMES, _tag).items():
        for _entry in _entries:
            _BY_WORDS[_entry] = _BY_WORDS.get(_entry, Mark.NONE) | _NAMES[_name]
_FIRST_OF_TWO = frozenset(entry.partition(" ")[0] for entry in _BY_WORDS if " " in entry)

_TAG_MARKS: dict[str, Marks] = {
    "nav": Mark.NAV,
    "menu": Mark.NAV,
    "footer": Mark.FOOTER,
    "header": Mark.HEADER,
    "aside": Mark.ASIDE,
    "form": Mark.FORM,
    "dialog": Mark.HIDDEN,
    "figure": Mark.FIGURE,
    "figcaption": Mark.CAPTION,
    "caption": Mark.CAPTION,
    "blockquote": Mark.QUOTE,
    "ul": Mark.LIST,
    "ol": Mark.LIST,
    "dl": Mark.LIST,
    "table": Mark.TABLE,
    "pre": Mark.PRE,
    "time": Mark.DATE,
    "address": Mark.BYLINE,
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), Mark.HEADING),
}
_ROLES: dict[str, Marks] = {
    "navigation": Mark.NAV,
    "banner": Mark.HEADER,
    "contentinfo": Mark.FOOTER,
    "complementary": Mark.ASIDE,
    "search": Mark.FORM,
    "dialog": Mark.HIDDEN,
    "alertdialog": Mark.HIDDEN,
    "menu": Mark.NAV,
    "figure": Mark.FIGURE,
}

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SPLIT = re.compile(r"[^a-z0-9]+")
_NUMBER = re.compile(r"(?<!\d)\d++(?:x\d+)?$")
_MAX_NAME = 400


@lru_cache(maxsize=8192)
def marks_of_name(name: str) -> Marks:
    """The marks in a class or id attribute."""
    found = Mark.NONE
    for token in name[:_MAX_NAME].split():
        found |= _marks_of_token(token)
    return found


@lru_cache(maxsize=16384)
def _marks_of_token(token: str) -> Marks:
    # utility classes (tailwind's ``md:hidden``, ``w-[80%]``) describe appearance, not content
    if ":" in token or "[" in token or token.startswith("not-"):
        return Mark.NONE
    found = Mark.NONE
    previous = ""
    words = token if token.islower() else _CAMEL.sub("-", token).lower()
    for raw in _SPLIT.split(words.replace("a11y", "accessibility")):
        word = _NUMBER.sub("", raw) if raw[-1:].isdigit() else raw
        # letters mixed with digits are a hash (``ad3b79e1``), not a name
        if not word or not word.isalpha():
            continue
        found |= _BY_WORDS.get(word, Mark.NONE)
        if previous in _FIRST_OF_TWO:
            found |= _BY_WORDS.get(f"{previous} {word}", Mark.NONE)
        previous = word
    return found


def marks_of_tag(tag: str) -> Marks:
    """The marks of a tag."""
    return _TAG_MARKS.get(tag, Mark.NONE)


def marks_of_role(role: str) -> Marks:
    """The marks of an ARIA role."""
    return _ROLES.get(role.strip().lower(), Mark.NONE)
