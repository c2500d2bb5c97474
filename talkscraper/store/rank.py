"""Ranking by relevance, in a time that doesn't grow with the archive.

SQLite's bm25 reads, for each phrase of a query, the list of all articles that have it, before it ranks the first one;
for a phrase of words that are in every article this takes half a second in a million. So:

- single words that aren't too common: bm25 over the newest ``LISTED`` matches (``match.LISTED``);
- phrases, prefixes, and words so common that bm25 would be slow: the newest ``LIGHTLY`` matches, by the frequency
  of the words in title, text and byline, with bm25's own saturation and length norm; rarity isn't weighed.

The page of results says if the ranking was limited.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from talkscraper.store.folding import fold
from talkscraper.store.match import Matched, Prepared, ask
from talkscraper.store.parsed_query import Wanted
from talkscraper.store.snippets import Highlighter
from talkscraper.store.text_values import listed

LIGHTLY = 200
"""Maximum number of matches ranked without bm25."""
BM25_BUDGET_MS = 8.0
"""Maximum cost in milliseconds of reading the lists of a query's words, by the estimate below."""

_WEIGHTS = {"title": 8.0, "text": 1.0, "authors": 4.0}
_SQL_WEIGHTS = "1.0, 8.0, 4.0, 0.0"
"""In the order of the index's columns."""
_US_PER_ROW = 0.04
"""Microseconds that bm25 needs for each article with a word."""
_SAMPLE = 100
"""Number of matches of a word from which its frequency is estimated."""
_K1, _B = 1.2, 0.75
_USUAL_LENGTH = 4_000
_LOOKED_AT = 8_000
"""Maximum number of characters of a text that are counted."""
_SATURATED = 12
"""Maximum number of occurrences counted; more hardly change the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranked:
    """Row numbers ordered by score: pairs of score and negated row number; less is better."""

    found: list[tuple[float, int]]
    bound: int | None
    """Number of newest matches that were ranked, if there are more; None if all were."""


def rank(connection: sqlite3.Connection, matched: Matched) -> Ranked:
    """Order the matches of a query by relevance.

    Args:
        connection: Returns ``sqlite3.Row``.
        matched: The query, with words in it, and its newest matches.
    """
    prepared, newest = matched.prepared, matched.newest
    # bm25 would read the lists of all words of a phrase again, which matching it has just read
    dear = any(phrase.words > 1 or phrase.prefix for phrase in prepared.parsed.phrases)
    if dear or _cost_ms(connection, prepared) > BM25_BUDGET_MS:
        few = newest[:LIGHTLY]
        whole = matched.is_whole and len(few) == len(newest)
        return Ranked(found=_lightly(connection, prepared, few), bound=None if whole else len(few))
    cursor = connection.cursor()
    cursor.row_factory = None
    condition, values = prepared.where(prepared.low, prepared.high)
    rows = ask(
        cursor,
        f"select bm25(articles_fts, {_SQL_WEIGHTS}), -rowid from articles_fts where {condition}"
        " order by rowid desc limit ?",
        [*values, len(newest)],
    )
    return Ranked(found=sorted(rows), bound=None if matched.is_whole else len(newest))


def _cost_ms(connection: sqlite3.Connection, prepared: Prepared) -> float:
    """Estimate bm25's reading time before ranking, from the density of each word among its newest matches."""
    first, last = connection.execute(
        "select (select min(seq) from articles), (select max(seq) from articles)"
    ).fetchone()
    cost = 0.0
    for phrase in prepared.parsed.phrases:
        rows = ask(
            connection,
            "select rowid from articles_fts where articles_fts match ? order by rowid desc limit ?",
            [phrase.match, _SAMPLE],
        ).fetchall()
        count: float = len(rows)
        if count == _SAMPLE:
            count *= (last - first + 1) / (last - rows[-1][0] + 1)
        cost += count * _US_PER_ROW
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
            "authors": fold("\n".join(map(str, listed(row["authors"])))),
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
        _WEIGHTS[name] * highlighter.count(folded, name, most=_SATURATED)
        for name, folded in columns.items()
        if wanted.column in (None, name)
    )
