"""The changed words of a text, in short: each change with a few words around it, bounded in number and length."""

from __future__ import annotations

from collections.abc import Sequence

from talkscraper.store.diff import Op, word_diff

AROUND = 40
"""Number of characters shown before and after a change."""
MAX_PIECE = 300
"""Maximum number of characters shown of one deleted or inserted piece."""
MAX_EXCERPTS = 5
MAX_COMPARED = 400_000
"""Maximum number of characters of two texts together that are compared for a list."""
MAX_STEPS = 200_000
"""Maximum number of steps of a comparison for a list; beyond it only the common beginning and end are left out."""
ELLIPSIS = "…"

Excerpt = tuple[tuple[Op, str], ...]
"""Pieces of a difference, the first and last of which are mostly equal."""


def changed_words(old: str, new: str) -> tuple[tuple[Excerpt, ...], bool]:
    """Return the first changes of a text, and whether there are more; of texts too long to compare only that."""
    if old == new:
        return (), False
    if len(old) + len(new) > MAX_COMPARED:
        return (), True
    return excerpts(word_diff(old, new, max_steps=MAX_STEPS))


def excerpts(pieces: Sequence[tuple[Op, str]]) -> tuple[tuple[Excerpt, ...], bool]:
    """Return the first changes of a difference, and whether there are more."""
    found: list[Excerpt] = []
    current: list[tuple[Op, str]] = []
    for at, (op, text) in enumerate(pieces):
        if op != "equal":
            if len(found) == MAX_EXCERPTS:
                return tuple(found), True
            current.append((op, _cut(text)))
            continue
        last = at == len(pieces) - 1
        if current and len(text) <= 2 * AROUND and not last:
            current.append((op, text))
            continue
        if current:
            current.append((op, _beginning(text)))
            found.append(tuple(current))
        current = [] if last else [(op, _end(text))]
        if len(found) == MAX_EXCERPTS:
            return tuple(found), any(each != "equal" for each, _ in pieces[at:])
    if any(op != "equal" for op, _ in current):
        found.append(tuple(current))
    return tuple(found), False


def plain(found: Sequence[Excerpt]) -> str:
    """Return excerpts as one line of text: ``[-gone-]`` and ``{+new+}``."""
    lines = []
    for excerpt in found:
        parts = [
            f"[-{text}-]" if op == "delete" else f"{{+{text}+}}" if op == "insert" else text for op, text in excerpt
        ]
        lines.append(" ".join("".join(parts).split()))
    return " / ".join(lines)


def _cut(text: str) -> str:
    if len(text) <= MAX_PIECE:
        return text
    half = MAX_PIECE // 2
    return f"{text[:half]} {ELLIPSIS} {text[-half:]}"


def _beginning(text: str) -> str:
    if len(text) <= AROUND:
        return text
    kept = text[:AROUND]
    return f"{kept[: kept.rfind(' ') + 1 or AROUND]}{ELLIPSIS}"


def _end(text: str) -> str:
    if len(text) <= AROUND:
        return text
    kept = text[-AROUND:]
    return f"{ELLIPSIS}{kept[kept.find(' ') :] if ' ' in kept else kept}"
