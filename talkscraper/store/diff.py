"""Differences between two texts: a word diff, and a classification of the change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher
from itertools import accumulate
from typing import Literal, Protocol

from talkscraper.store.fulltext import UNSPACED

Op = Literal["equal", "insert", "delete"]

_TOKEN = re.compile(rf"(?:[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_])+(?:[.,’'][^\W_{UNSPACED}]+)*|[^\w\s]|_)\s*|\s+")
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


class Told(Protocol):
    """What is compared: a row of ``revisions``, as ``Content`` or any object with its columns."""

    @property
    def title(self) -> str | None: ...  # noqa: D102
    @property
    def authors(self) -> str: ...  # noqa: D102
    @property
    def text(self) -> str: ...  # noqa: D102


class _TooMuch(Exception):
    """A comparison takes more steps than allowed."""


class _Steps:
    """The remaining steps of one comparison."""

    def __init__(self) -> None:
        self.left = MAX_STEPS
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


def word_diff(old: str, new: str) -> list[tuple[Op, str]]:
    """Return the word diff from ``old`` to ``new`` as pieces: ``equal``, ``delete`` and ``insert``.

    The ``equal`` and ``delete`` pieces joined give ``old``; ``equal`` and ``insert`` give ``new``.
    """
    return _word_diff(old, new, _Steps())


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
            tokens, new_tokens = _TOKEN.findall("".join(before)), _TOKEN.findall("".join(after))
            for inner, gone, came in _changes(tokens, new_tokens, steps):
                if inner == "equal":
                    _add(result, "equal", gone)
                else:
                    _add(result, "delete", gone)
                    _add(result, "insert", came)
    return result


def classify_change(old: Told, new: Told) -> str:
    """Return the kind of change, the most significant first.

    ``rewrite``: less than half of the words stayed. ``quote-removed``: words in quotation marks are gone.
    ``headline``: the title changed, the text didn't. ``number``: only figures changed. ``typo``: only single words
    were respelt. ``addition`` and ``removal``: text was only added or only removed. ``edit``: any other change of the
    text.
    ``authors``, ``dates``: only the byline or the dates. ``boring``: only spaces, punctuation or capitals.
    Texts that take too many steps to compare are an ``edit``.
    """
    if _letters(old.text) == _letters(new.text):
        if _letters(old.title or "") != _letters(new.title or ""):
            return "headline"
        if old.authors != new.authors:
            return "authors"
        same = old.text == new.text and old.title == new.title
        return "dates" if same else "boring"
    steps = _Steps()
    diff = [(op, piece) for op, piece in _word_diff(old.text, new.text, steps) if op == "equal" or _letters(piece)]
    if steps.were_too_few:
        return "edit"
    kept = sum(len(piece) for op, piece in diff if op == "equal")
    if kept * 2 < max(len(old.text), len(new.text)) and kept * 2 < min(len(old.text), len(new.text)) * 1.5:
        return "rewrite"
    if _quotes(old.text) - _quotes(new.text) and _quote_lost(old.text, new.text):
        return "quote-removed"
    gone = [piece.strip() for op, piece in diff if op == "delete"]
    came = [piece.strip() for op, piece in diff if op == "insert"]
    if gone and came and _without_numbers(old.text) == _without_numbers(new.text):
        return "number"
    if len(gone) == len(came) and all(_respelt(a, b, steps) for a, b in zip(gone, came, strict=True)):
        return "typo"
    if not gone:
        return "addition"
    if not came:
        return "removal"
    return "edit"


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
