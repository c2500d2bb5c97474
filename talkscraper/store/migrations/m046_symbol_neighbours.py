"""The marks of symbols beside a script without spaces are written again: ``c#`` for 使用C#開発, where ``用c#`` was.

Only articles whose marks differ are removed from the full-text index and added again. If an earlier step of the same
upgrade has built the index, the first such article has its new marks already, and nothing is left to do.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from talkscraper.store import fulltext
from talkscraper.store.folding import fold
from talkscraper.store.index_build import articles_told
from talkscraper.store.query_words import quoted
from talkscraper.store.symbols import MAX_NEIGHBOUR, is_of_word

if TYPE_CHECKING:
    from sqlite_utils import Database

_JAMO = re.compile("[\u1100-\u11ff]")


def apply(db: Database) -> None:
    """Apply the step."""
    for row in _with_unspaced(db):
        before, now = fulltext.marks_of_symbols(row, _neighbours_of_before), fulltext.marks_of_symbols(row)
        if before.keys() == now.keys():
            continue
        if not _is_indexed(db, row["seq"], before, now):
            return
        fulltext.unindex(db, row, _neighbours_of_before)
        fulltext.index(db, row)


def _with_unspaced(db: Database) -> Iterator[dict[str, Any]]:
    """Yield the indexed articles with a letter of a script without spaces."""
    letters = _letters()
    what = "looking for symbols beside scripts without spaces"
    for row in articles_told(db, what, "seq, title, text, authors, marks", "hidden_at is null"):
        texts = (row["title"] or "", row["text"], row["authors"] or "")
        if any(not each.isascii() and letters.search(each) for each in texts):
            yield row


def _letters() -> re.Pattern[str]:
    """Return the pattern of the letters that are such a script's, once they are folded."""
    unspaced = re.compile(f"[{fulltext.UNSPACED}]")
    compatible = []
    for code in range(0x1100, 0x10000):
        plain = unicodedata.normalize("NFKC", chr(code))
        if _JAMO.search(plain) or (unspaced.search(plain) and not unspaced.match(chr(code))):
            compatible.append(chr(code))
    return re.compile(f"[{fulltext.UNSPACED}{''.join(compatible)}]")


def _is_indexed(db: Database, seq: int, before: dict[str, None], now: dict[str, None]) -> bool:
    """Whether the index has an article with the marks of before."""
    gone = next((each for each in before if each not in now), None)
    told = gone or next(each for each in now if each not in before)
    there = db.execute(
        "select 1 from articles_fts where articles_fts match ? and rowid = ?", [quoted(told, "marks"), seq]
    ).fetchone()
    return bool(there) == bool(gone)


def _neighbours_of_before(text: str, start: int, end: int, unspaced: re.Pattern[str]) -> tuple[str, str]:
    at = start
    while at > 0 and start - at < MAX_NEIGHBOUR and is_of_word(text[at - 1]):
        at -= 1
        if unspaced.match(text[at]):
            break
    to = end
    while to < len(text) and to - end < MAX_NEIGHBOUR and is_of_word(text[to]):
        to += 1
        if unspaced.match(text[to - 1]):
            break
    return fold(text[at:start]).strip(), fold(text[end:to]).strip()
