"""Best first, within a time that doesn't grow with the archive.

SQLite's bm25 reads, for each phrase of a query, the list of all articles that have it, before it ranks the first one;
for a phrase of words that stand in every article that takes half a second in a million. So:

- up to ``RANKED`` matches, whose phrases aren't too common: bm25 over all of them;
- more matches: bm25 over the newest ``RANKED``;
- few matches of a phrase or prefix, or phrases so common that bm25 would be slow: the newest ``LIGHTLY`` matches, by
  how often the words stand in title, text and byline, with bm25's own saturation and length norm; how rare a word is
  isn't weighed.

What was bounded is told on the page.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from talkscraper.store.query import Wanted
from talkscraper.store.search import Prepared, ask
from talkscraper.store.snippets import Highlighter, fold

RANKED = 3_000
"""Matches that bm25 ranks at most."""
LIGHTLY = 300
"""Matches that are ranked without it."""
BM25_BUDGET_MS = 20.0
"""What reading the lists of a query's phrases may take, by the estimate below."""

_WEIGHTS = {"title": 8.0, "text": 1.0, "authors": 4.0}
_SQL_WEIGHTS = "8.0, 1.0, 4.0, 0.0"
_US_PER_ROW = 0.05
"""Microseconds that bm25 needs for each article with a word."""
_US_PER_PHRASE_ROW = 0.5
"""The same for a phrase of several words, whose positions must be compared."""
_K1, _B = 1.2, 0.75
_USUAL_LENGTH = 4_000
_LOOKED_AT = 20_000
"""Characters of a text that count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Row numbers in the order of their score: pairs of score and negated row number, less is better."""

    found: list[tuple[float, int]]
    bound: int | None
    """How many of the newest matches were ranked, when there are more; None when all were."""


def rank(connection: sqlite3.Connection, prepared: Prepared, newest: Sequence[int]) -> Ranked:
    """Order the matches of a query, best first.

    Args:
        connection: Gives ``sqlite3.Row``.
        prepared: The query, with words in it.
        newest: Its newest matches, more than ``RANKED`` of them if there are.
    """
    few = newest[:LIGHTLY]
    if len(few) == len(newest) and any(phrase.words > 1 or phrase.prefix for phrase in prepared.parsed.phrases):
        # finding them may have read long lists of common words; bm25 would read these twice more
        return Ranked(found=_lightly(connection, prepared, few), bound=None)
    if _cost_ms(connection, prepared, newest) > BM25_BUDGET_MS:
        return Ranked(found=_lightly(connection, prepared, few), bound=len(few) if len(newest) > len(few) else None)
    rows = ask(
        connection,
        f"select bm25(articles_fts, {_SQL_WEIGHTS}), -rowid from articles_fts where articles_fts match ?"
        " and rowid between ? and ? order by rowid desc limit ?",
        [prepared.parsed.match, prepared.low, prepared.high, RANKED],
    )
    found = sorted((row[0], row[1]) for row in rows)
    return Ranked(found=found, bound=RANKED if len(newest) > RANKED else None)


def _cost_ms(connection: sqlite3.Connection, prepared: Prepared, newest: Sequence[int]) -> float:
    """An estimate of what bm25 reads before it ranks, from how densely the newest matches of each phrase lie."""
    first, last = connection.execute(
        "select (select min(seq) from articles), (select max(seq) from articles)"
    ).fetchone()
    cost = 0.0
    for phrase in prepared.parsed.phrases:
        if phrase.prefix:
            # listing what begins so is as dear as ranking it; the matches themselves must do
            rows = newest[:LIGHTLY] if len(newest) > RANKED else []
        else:
            found = ask(
                connection,
                "select rowid from articles_fts where articles_fts match ? order by rowid desc limit ?",
                [phrase.match, LIGHTLY],
            )
            rows = [row[0] for row in found]
        count: float = len(rows)
        if count == LIGHTLY:
            count *= (last - first + 1) / (last - rows[-1] + 1)
        cost += count * (_US_PER_PHRASE_ROW if phrase.words > 1 or phrase.prefix else _US_PER_ROW)
    return cost / 1000


def _lightly(connection: sqlite3.Connection, prepared: Prepared, seqs: Sequence[int]) -> list[tuple[float, int]]:
    finders = [(Highlighter([each]), each) for each in prepared.parsed.wanted]
    found = []
    for seq in seqs:
        row = connection.execute("select title, text, authors from articles where seq = ?", [seq]).fetchone()
        if row is None:
            continue
        text = fold(row["text"][:_LOOKED_AT])
        columns = {
            "title": fold(row["title"] or ""),
            "text": text,
            "authors": fold("\n".join(json.loads(row["authors"]))),
        }
        norm = _K1 * (1 - _B + _B * len(text) / _USUAL_LENGTH)
        score = 0.0
        for highlighter, wanted in finders:
            weight = _weight(highlighter, wanted, columns)
            score += weight * (_K1 + 1) / (weight + norm)
        found.append((-score, -seq))
    return sorted(found)


def _weight(highlighter: Highlighter, wanted: Wanted, columns: dict[str, str]) -> float:
    return sum(
        _WEIGHTS[name] * len(highlighter.spans(folded, name))
        for name, folded in columns.items()
        if wanted.column in (None, name)
    )
