"""Keyword in context: every place where a search's words stand, with the text before and after it (a concordance).

The places are those that ``snippets`` marks, so that folding, phrases and scripts without spaces are those of the
index. Texts are read newest first, up to a bound.
"""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from talkscraper.errors import QueryError
from talkscraper.store import stories
from talkscraper.store.federation import federated
from talkscraper.store.folding import fold, fold_with_places
from talkscraper.store.fulltext import UNSPACED
from talkscraper.store.match import Matched, SearchRequest, match
from talkscraper.store.parsed_query import Wanted
from talkscraper.store.snippets import LOOKED_AT, Highlighter, clean
from talkscraper.store.unknown_values import unknown_values

Sort = Literal["date", "left", "right"]
SORTS: tuple[Sort, ...] = ("date", "left", "right")

DEFAULT_WIDTH, MIN_WIDTH, MAX_WIDTH = 60, 10, 300
"""Number of characters on either side."""
MAX_LINES = 5_000

_WORD = re.compile(f"[{UNSPACED}]|(?:(?![{UNSPACED}])\\w)+")
_WORD_ALONE = re.compile(f"[{UNSPACED}]")
_LONGEST_WORD = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class ContextLine:
    """A place where the words stand."""

    article_id: str
    source_id: str | None
    source_name: str | None
    day: str
    title: str | None
    url: str
    language: str | None
    paragraph: int
    """The number of the paragraph, from 1; 0 is the headline."""
    left: str
    """The text before it in reading order, which is on the right in Arabic or Hebrew."""
    keyword: str
    right: str

    @property
    def is_rtl(self) -> bool:
        """Whether the line is written from right to left: most of its letters are, whatever the keyword's are."""
        kinds = Counter(map(unicodedata.bidirectional, self.left + self.keyword + self.right))
        return kinds["R"] + kinds["AL"] > kinds["L"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Concordance:
    """The lines of a search, sorted."""

    lines: tuple[ContextLine, ...]
    articles: int
    """The number of articles that were read: the newest that match."""
    is_complete: bool
    notes: tuple[str, ...]


@federated("talkscraper.store.several")
def concordance(
    connection: sqlite3.Connection,
    request: SearchRequest,
    *,
    width: int = DEFAULT_WIDTH,
    sort: Sort = "date",
    matched: Matched | None = None,
) -> Concordance:
    """Return the lines of the newest matches; at most ``MAX_LINES``, and ``snippets.MAX_SPANS`` of a word in a text.

    Args:
        connection: As for ``search.search``.
        request: The search; ``limit``, ``order`` and ``after`` are ignored. With collapsed copies, of a story only the
            newest match is read.
        width: Maximum number of characters on either side, within ``MIN_WIDTH`` and ``MAX_WIDTH``.
        sort: ``date`` (newest first), or by the words to the ``left`` or ``right``, the nearest first.
        matched: The result of ``match``, if known.

    Raises:
        QueryError: the query is invalid, or has no words.
    """
    matched = matched or match(connection, request)
    wanted = matched.prepared.parsed.wanted
    column, words = _column(wanted)
    width = max(MIN_WIDTH, min(width, MAX_WIDTH))
    highlighter = Highlighter(words)
    lines: list[ContextLine] = []
    read = 0
    newest: Iterable[int] = matched.newest
    if matched.prepared.collapses:
        newest = stories.collapsed(newest, stories.clusters_of(connection, matched.newest))
    for seq in newest:
        row = connection.execute(
            "select a.*, s.name as source_name from articles as a left join sources as s on s.id = a.source_id"
            " where a.seq = ?",
            [seq],
        ).fetchone()
        if row is None:  # deleted by a writer since the index was read
            continue
        lines += _lines(row, highlighter, column, width)
        read += 1
        if len(lines) >= MAX_LINES:
            break
    is_complete = matched.is_whole and len(lines) < MAX_LINES
    notes = list(matched.prepared.parsed.notes)
    if not is_complete:
        notes.append(
            f"these are the places in the newest {read:,} of the articles that match; narrow the search by days"
        )
    notes += unknown_values(connection, request, matched.prepared.parsed)
    lines = sorted_lines(lines[:MAX_LINES], sort)
    return Concordance(lines=tuple(lines), articles=read, is_complete=is_complete, notes=tuple(notes))


def sorted_lines(lines: list[ContextLine], sort: Sort) -> list[ContextLine]:
    """Return lines, which are by date, as they are to be sorted: the nearest words first."""
    if sort == "date":
        return lines
    return sorted(lines, key=lambda each: _near(each) if sort == "left" else _near(each)[::-1])


def _column(wanted: Sequence[Wanted]) -> tuple[str, list[Wanted]]:
    """Return where to look, and for what: in texts, or in headlines if only these were asked for."""
    in_text = [each for each in wanted if each.column in (None, "text")]
    if in_text:
        return "text", in_text
    in_title = [each for each in wanted if each.column == "title"]
    if in_title:
        return "title", in_title
    raise QueryError("there are no words to show in their context: write one, as in harbour source:daily")


def _lines(row: sqlite3.Row, highlighter: Highlighter, column: str, width: int) -> Iterator[ContextLine]:
    if column == "title":
        paragraphs = [clean(row["title"] or "")]
    else:
        paragraphs = [clean(each) for each in row["text"][:LOOKED_AT].split("\n\n") if each.strip()]
    starts = [0]
    for each in paragraphs:
        starts.append(starts[-1] + len(each) + 1)
    text = " ".join(paragraphs)
    end = 0
    for start, stop in sorted(highlighter.places(fold_with_places(text), column), key=lambda each: (each[0], -each[1])):
        if start < end:  # inside of a longer one
            continue
        end = stop
        yield ContextLine(
            article_id=row["id"],
            source_id=row["source_id"],
            source_name=row["source_name"] or row["source_id"],
            day=row["day"],
            title=row["title"],
            url=row["url"],
            language=row["language"],
            paragraph=bisect_right(starts, start) if column == "text" else 0,
            left=_tail(text, start, width),
            keyword=text[start:stop],
            right=_head(text, stop, width),
        )


def _tail(text: str, end: int, width: int) -> str:
    """Return what stands before a place, from the beginning of a word."""
    start = max(0, end - width)
    if start and not text[start - 1].isspace() and not _WORD_ALONE.match(text[start]):
        space = text.find(" ", start, min(end, start + _LONGEST_WORD))
        start = space if 0 <= space < end - 1 else start
    return text[start:end].strip()


def _head(text: str, start: int, width: int) -> str:
    """Return what stands behind a place, to the end of a word."""
    end = min(len(text), start + width)
    if end < len(text) and not text[end].isspace() and not _WORD_ALONE.match(text[end]):
        space = text.rfind(" ", max(start, end - _LONGEST_WORD), end)
        end = space if space > start else end
    return text[start:end].strip()


def _near(line: ContextLine) -> tuple[list[str], list[str]]:
    return _WORD.findall(fold(line.left))[::-1], _WORD.findall(fold(line.right))
