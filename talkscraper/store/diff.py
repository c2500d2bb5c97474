"""Differences between two texts: a word diff, and a classification of the change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from functools import cache
from itertools import accumulate, pairwise
from typing import Literal, Protocol

from talkscraper.fields import by_significance
from talkscraper.model import Precision
from talkscraper.store.correction_notes import is_corrected
from talkscraper.store.fulltext import UNSPACED

Op = Literal["equal", "insert", "delete"]

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_QUOTE = re.compile('“([^”]{12,400})”|„([^“”]{12,400})[“”]|«([^»]{12,400})»|「([^」]{6,200})」|"([^"\n]{12,400})"')
_LETTERS = re.compile(r"[\W_]+")

MAX_PAIRS = 1_000_000
"""Maximum number of matching pairs of pieces; beyond it only the common beginning and end are compared. Comparison
takes time per pair, and a hostile page may repeat one word a hundred thousand times.
"""


MAX_STEPS = 5_000_000
"""Maximum number of steps of one comparison, about a second or two; beyond it only the common beginning and end are
compared. Steps are counted rather than seconds, so that a rebuilt archive has the same classifications on any
machine.
"""
MAX_QUOTES = 50
"""Maximum number of quotations compared with those of the other text."""
MAX_TEXTS = 4_000_000
"""Maximum number of characters of two texts together that are split into words, to limit memory."""
MAX_WORDS = 200
"""Maximum number of characters of words that count as respelt."""


@cache
def _token() -> re.Pattern[str]:
    # compiled with the first comparison: takes five milliseconds, and most runs compare nothing
    return re.compile(rf"(?:[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_])+(?:[.,’'][^\W_{UNSPACED}]+)*|[^\w\s]|_)\s*|\s+")


class Told(Protocol):
    """What is compared: a row of ``revisions``, as ``Content`` or any object with its columns."""

    @property
    def title(self) -> str | None: ...  # noqa: D102
    @property
    def authors(self) -> str: ...  # noqa: D102
    @property
    def published_at(self) -> str | None: ...  # noqa: D102
    @property
    def published_precision(self) -> str | None: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class _TooMuch(Exception):
    """A comparison takes more steps than allowed."""


class _Steps:
    """The remaining steps of one comparison."""

    def __init__(self, left: int | None = None) -> None:
        self.left = MAX_STEPS if left is None else left
        self.were_too_few = False

    def take(self, count: int) -> None:
        """Use up a number of steps.

        Raises:
            _TooMuch: fewer are left.
        """
        if count > self.left:
            self.were_too_few = True
            raise _TooMuch
        self.left -= count


class _Matcher(SequenceMatcher[str]):
    """Python's ``SequenceMatcher``, with the steps counted in advance."""

    def __init__(self, before: Sequence[str], after: Sequence[str], steps: _Steps) -> None:
        self._steps = steps
        super().__init__(None, before, after, autojunk=False)
        places: dict[str, list[int]] = self.b2j  # type: ignore[attr-defined]  # documented, and not in its stub
        # maximum cost of a search in a part of ``before``: each of its pieces is compared at all its places
        self._cost = list(accumulate((1 + len(places.get(piece, ())) for piece in before), initial=0))

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self._steps.take(self._cost[len(self._cost) - 1 if ahi is None else ahi] - self._cost[alo])
        return super().find_longest_match(alo, ahi, blo, bhi)


def word_diff(old: str, new: str, *, max_steps: int | None = None) -> list[tuple[Op, str]]:
    """Return the word diff from ``old`` to ``new`` as pieces: ``equal``, ``delete`` and ``insert``.

    The ``equal`` and ``delete`` pieces joined give ``old``; ``equal`` and ``insert`` give ``new``. ``max_steps`` bounds
    the comparison (``MAX_STEPS``).
    """
    return _word_diff(old, new, _Steps(max_steps))


def _word_diff(old: str, new: str, steps: _Steps) -> list[tuple[Op, str]]:
    result: list[tuple[Op, str]] = []
    lines, new_lines = old.splitlines(keepends=True), new.splitlines(keepends=True)
    if len(old) + len(new) > MAX_TEXTS:
        steps.were_too_few = True
    for op, before, after in _changes(lines, new_lines, steps):
        if op == "equal":
            _add(result, "equal", before)
        elif len(old) + len(new) > MAX_TEXTS:
            _add(result, "delete", before)
            _add(result, "insert", after)
        else:
            tokens, new_tokens = (_token().findall("".join(each)) for each in (before, after))
            for inner, gone, came in _changes(tokens, new_tokens, steps):
                if inner == "equal":
                    _add(result, "equal", gone)
                else:
                    _add(result, "delete", gone)
                    _add(result, "insert", came)
    return result


def kinds_of(old: Told, new: Told) -> tuple[str, ...]:
    """Return all kinds of change from ``old`` to ``new``, the most significant first (``fields.CHANGE_KINDS``).

    Of the text there is one kind, and beside it ``correction``, ``number`` and ``quote-removed`` where a larger change
    is one too; and ``headline``, ``authors`` and ``dates`` if these changed. Texts that take too many steps to compare
    are an ``edit``.
    """
    found = []
    if _letters(old.text) != _letters(new.text):
        if is_corrected(old.text, new.text):
            found.append("correction")
        found += _of_texts(old.text, new.text)
    if _letters(old.title or "") != _letters(new.title or ""):
        found.append("headline")
    if old.authors != new.authors:
        found.append("authors")
    if _printed(old) != _printed(new):
        found.append("dates")
    if not found:
        same = old.text == new.text and old.title == new.title
        found.append("dates" if same else "boring")
    return by_significance(found)


def _of_texts(old: str, new: str) -> Iterator[str]:
    steps = _Steps()
    pieces = _word_diff(old, new, steps)
    diff = [(op, piece) for op, piece in pieces if op == "equal" or _letters(piece)]
    if steps.were_too_few:
        yield "edit"
        return
    quotes_lost = bool(_quotes(old) - _quotes(new)) and _quote_lost(old, new)
    kept = sum(len(piece) for op, piece in diff if op == "equal")
    gone = [piece.strip() for op, piece in diff if op == "delete"]
    came = [piece.strip() for op, piece in diff if op == "insert"]
    if kept * 2 < max(len(old), len(new)) and kept * 2 < min(len(old), len(new)) * 1.5:
        yield "rewrite"
        if quotes_lost:
            yield "quote-removed"
        return
    if quotes_lost:
        yield "quote-removed"
    elif gone and came and _without_numbers(old) == _without_numbers(new):
        yield "number"
    elif len(gone) == len(came) and all(_respelt(a, b, steps) for a, b in zip(gone, came, strict=True)):
        yield "typo"
    elif not gone:
        yield "addition"
    elif not came:
        yield "removal"
    else:
        yield "edit"
    if _has_other_number(pieces):
        yield "number"


def _has_other_number(pieces: Sequence[tuple[Op, str]]) -> bool:
    """Whether words were replaced by the same words with another figure."""
    return any(
        gone_op == "delete"
        and came_op == "insert"
        and _NUMBER.search(gone) is not None
        and _letters(gone) != _letters(came)
        and _without_numbers(gone) == _without_numbers(came)
        for (gone_op, gone), (came_op, came) in pairwise(pieces)
    )


def _printed(told: Told) -> tuple[str | None, str | None]:
    """Return the printed day or time; a relative one ("3 hours ago") is different in every capture."""
    precision = told.published_precision
    return (None, None) if precision == Precision.HOUR else (told.published_at, precision)


def _changes(before: list[str], after: list[str], steps: _Steps) -> Iterator[tuple[str, list[str], list[str]]]:
    theirs = Counter(after)
    pairs = sum(count * theirs[piece] for piece, count in Counter(before).items())
    try:
        codes = _Matcher(before, after, steps).get_opcodes() if pairs <= MAX_PAIRS else None
    except _TooMuch:
        codes = None
    if codes is None:
        yield from _ends(before, after)
        return
    for op, i1, i2, j1, j2 in codes:
        yield op, before[i1:i2], after[j1:j2]


def _ends(before: list[str], after: list[str]) -> Iterator[tuple[str, list[str], list[str]]]:
    shorter = min(len(before), len(after))
    start = next((at for at in range(shorter) if before[at] != after[at]), shorter)
    rest = shorter - start
    end = next((at for at in range(rest) if before[-1 - at] != after[-1 - at]), rest)
    yield "equal", before[:start], after[:start]
    yield "replace", before[start : len(before) - end], after[start : len(after) - end]
    yield "equal", before[len(before) - end :], after[len(after) - end :]


def _add(result: list[tuple[Op, str]], op: Op, pieces: list[str]) -> None:
    if not pieces:
        return
    text = "".join(pieces)
    if result and result[-1][0] == op:
        result[-1] = (op, result[-1][1] + text)
    else:
        result.append((op, text))


def _letters(text: str) -> str:
    return _LETTERS.sub("", text).casefold()


def _without_numbers(text: str) -> str:
    return _letters(_NUMBER.sub("", text))


def _quotes(text: str) -> set[str]:
    return {_letters("".join(groups)) for groups in _QUOTE.findall(text)}


def _quote_lost(old: str, new: str) -> bool:
    # a quotation that was only respelt or shortened by a word still counts as present
    rest = _letters(new)
    kept = _quotes(new)
    lost = sorted(_quotes(old) - kept)[:MAX_QUOTES]
    steps = _Steps()
    for quote in lost:
        if quote in rest:
            continue
        if not any(_similarity(quote, other, steps) > 0.7 for other in sorted(kept)[:MAX_QUOTES]):
            return True
    return False


def _similarity(old: str, new: str, steps: _Steps) -> float:
    try:
        return _Matcher(old, new, steps).ratio()
    except _TooMuch:
        return 0.0


def _respelt(old: str, new: str, steps: _Steps) -> bool:
    if not old or not new or len(old.split()) > 2 or len(new.split()) > 2 or _NUMBER.search(old + new):
        return False
    if max(len(old), len(new)) <= 3:
        return abs(len(old) - len(new)) <= 1 and (old[0].casefold() == new[0].casefold() or len(old) == len(new) == 1)
    if max(len(old), len(new)) > MAX_WORDS:
        return False
    return _similarity(old.casefold(), new.casefold(), steps) >= 0.7
