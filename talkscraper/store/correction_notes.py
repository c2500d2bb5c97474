"""Correction notes: lines in which a newsroom says that an earlier text was wrong, in the lexicon's words."""

from __future__ import annotations

import re
from functools import cache

MAX_NOTES = 50
"""Maximum number of notes compared."""
MAX_LINE = 2_000
"""Number of characters of a line in which a note may begin."""


@cache
def _note() -> re.Pattern[str]:
    from talkscraper.lexicon import Expressions, alternatives  # commands that only read start without it

    # at the beginning of a line or sentence: "there was no correction" isn't a note
    return re.compile(
        rf"(?:^|[.!?。！？…][\s)\]”\"»]{{0,3}})[\s\W_]{{0,6}}(?:{alternatives(Expressions.CORRECTION_NOTE)})",
        re.IGNORECASE,
    )


def correction_notes(text: str) -> list[str]:
    """Return the lines of a text that hold a correction note, up to ``MAX_NOTES``."""
    found = []
    for line in text.splitlines():
        if line and _note().search(line[:MAX_LINE]):
            found.append(line.strip())
            if len(found) == MAX_NOTES:
                break
    return found


def is_corrected(old: str, new: str) -> bool:
    """Whether ``new`` has a correction note that ``old`` hasn't."""
    notes = correction_notes(new)
    if not notes:
        return False
    before = {_letters(note) for note in correction_notes(old)}
    return any(_letters(note) not in before for note in notes)


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
