"""The full-text index: indexing and removal of articles, and the segmentation shared with queries.

SQLite's ``unicode61`` tokenizer splits at spaces, so it doesn't work for scripts without them. Runs of Han,
Kana, Hangul, Thai, Lao, Khmer and Burmese letters are therefore written as overlapping pairs of characters, in the
index and in the query alike: 東京都 becomes ``東京 京都 都``. The last character is also written alone, so that a
single character is found wherever it is, as the prefix of a pair. Letters are folded (``folding``) before. Symbols,
which the tokenizer drops, are marks of the row beside those of its values (``symbols``).

The index holds no text of its own (``content="articles"``): to remove a row, SQLite must be given exactly the values
that were indexed. Both operations call ``_columns`` here, and nothing else writes to the index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from talkscraper.fields import FILTERED
from talkscraper.store import symbols
from talkscraper.store.bitmaps import validity
from talkscraper.store.folding import fold
from talkscraper.store.text_values import listed

if TYPE_CHECKING:
    from sqlite_utils import Database

UNSPACED = (
    "\u3005-\u3007\u3041-\u3096\u3099-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uac00-\ud7a3\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ec4\u0ec6-\u0ecd\u0edc-\u0edf\u1000-\u103f"
    "\u1050-\u109f\u1780-\u17d3\u17d7\u17dc\u17dd\U00020000-\U000323af"
)
"""Character class of the letters that are written without spaces between words."""

_RUN = re.compile(f"[{UNSPACED}]+")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_UNSPACED_LEADS = bytes(range(0xE0, 0xE2)) + bytes(range(0xE3, 0xF1))
"""First bytes of those letters in UTF-8; 0xE2 begins the dashes and quotation marks of every script."""
_SILENT = re.compile("[\u0640\u064b-\u0652\u0670\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u00ad\u200b-\u200f]")
"""Arabic and Hebrew vowel points, soft hyphens and invisible joiners, which ``normal`` removes."""

_MARK = "\ue000"
"""Prefix of every word of the column ``marks``: a private-use character that the tokenizer treats as a letter."""

EVERY = f"{_MARK}a"
"""A mark that every article has; a search without words matches it."""

ACCESS_MARKS = (f"{_MARK}access", f"{_MARK}cut")
"""Beginnings of the marks of ``access:`` and ``truncated:``."""

_SYMBOL_MARKS = {"title": "yt", "text": "yx", "authors": "ya"}
"""Kinds of the marks of symbols, by the column that has them."""

_EXACT = tuple(pair for pair in FILTERED if pair[1].how == "exact")
MARKED = tuple(field.name for field, _ in _EXACT)
"""The columns of ``articles`` whose values are marks."""


def normal(text: str) -> str:
    """Return the normal form of a text: compatibility forms folded (full-width, ligatures), vowel points removed."""
    if text.isascii():
        return text
    return _SILENT.sub("", unicodedata.normalize("NFKC", text))


def segment(text: str) -> str:
    """Return ``text`` as indexed: folded, unspaced runs as pairs of characters, and the last character of each run."""
    if text.isascii():
        return text
    folded = fold(text)
    return _RUN.sub(_pairs, folded) if is_unspaced(folded) else folded


def segment_query(text: str, *, prefix: bool = False) -> tuple[str, bool]:
    """Return a phrase of a query as indexed, and whether its last word is a prefix.

    A single unspaced character is the beginning of a pair, so it becomes a prefix. Punctuation behind an unspaced run
    says nothing of how the text goes on, so a word copied with it (経済。) is found inside longer ones, too.
    """
    text = fold(text).rstrip()
    runs = list(_RUN.finditer(text))
    if runs and not any(map(is_letter, text[runs[-1].end() :])):
        text = text[: runs[-1].end()]
    ends_unspaced = bool(runs) and runs[-1].end() == len(text)
    # a prefix of a longer run needs no change: each of its pairs is found wherever the run continues
    as_prefix = runs[-1].end() - runs[-1].start() == 1 if ends_unspaced else prefix

    def pairs(run: re.Match[str]) -> str:
        # a run that ends inside the phrase ends in the text too, so its last character is indexed alone there
        return _pairs(run) if run.end() < len(text) else _pairs_only(run)

    return _RUN.sub(pairs, text), as_prefix


def is_unspaced(text: str) -> bool:
    """Whether a text has letters of scripts without spaces between words."""
    # in most texts no byte begins such a letter, which takes a third of the pattern's time to find out
    data = text.encode("utf-8", "surrogatepass")
    return len(data.translate(None, _UNSPACED_LEADS)) < len(data) and _UNSPACED.search(text) is not None


def mark(kind: str, value: str) -> str:
    """Return the word in the column ``marks`` for a value; ``kind`` is the ``Filter.mark`` of its field."""
    digest = blake2b(same_value(value).encode("utf-8", "replace"), digest_size=6).hexdigest()
    return f"{_MARK}{kind}{digest}"


def same_value(value: str) -> str:
    """Return what all spellings of a value share that an exact filter takes for the same: Économie, economie."""
    return fold(value).strip()


def marks_of(row: Mapping[str, Any]) -> str:
    """Return the column ``marks`` of a row of ``articles``: ``EVERY``, and the words of each exact filter.

    A language with a region (``pt-BR``) is found under both.
    """
    words = [EVERY]
    for field, filter_ in _EXACT:
        value = row[field.name]
        for each in listed(value) if field.is_list else [value] if value else []:
            if filter_.periods:
                words += [mark(filter_.mark, period) for period in ("yes", each[:4], each[:7], each[:10])]
                continue
            words.append(mark(filter_.mark, str(each)))
            if field.name == "language" and "-" in each:
                words.append(mark(filter_.mark, each.split("-", 1)[0]))
    return " ".join(dict.fromkeys(words))


def index(db: Database, row: Mapping[str, Any]) -> None:
    """Add a row of ``articles`` to the index (columns seq, title, text, authors, marks)."""
    _add(db, row)
    validity.forget(db, row["seq"])


def unindex(db: Database, row: Mapping[str, Any], neighbours: symbols.Neighbours = symbols.neighbours_of) -> None:
    """Remove a row from the index; it must have the values, and the neighbours of symbols, with which it was added."""
    db.execute(
        "insert into articles_fts (articles_fts, rowid, title, text, authors, marks) values ('delete', ?, ?, ?, ?, ?)",
        _columns(row, neighbours),
    )
    validity.forget(db, row["seq"])


def rebuild(db: Database, told: Callable[[int], None] = lambda _: None) -> int:
    """Rebuild the index from ``articles`` without hidden ones; return the number of rows.

    ``told`` is called with the number of rows so far, after each.
    """
    db.execute("insert into articles_fts (articles_fts) values ('delete-all')")
    validity.forget_all(db)
    count = 0
    for values in db.execute("select seq, title, text, authors, marks from articles where hidden_at is null"):
        _add(db, dict(zip(("seq", "title", "text", "authors", "marks"), values, strict=True)))
        count += 1
        told(count)
    return count


def _add(db: Database, row: Mapping[str, Any]) -> None:
    db.execute("insert into articles_fts (rowid, title, text, authors, marks) values (?, ?, ?, ?, ?)", _columns(row))


def symbol_marks(text: str, column: str) -> list[str]:
    """Return the words of ``marks`` that an article must have to hold the symbols of a query's word in a column."""
    return [mark(_SYMBOL_MARKS[column], each) for each in symbols.required(text, _UNSPACED)]


def marks_of_symbols(row: Mapping[str, Any], neighbours: symbols.Neighbours = symbols.neighbours_of) -> dict[str, None]:
    """Return the words of ``marks`` for the symbols of a row."""
    return {
        mark(_SYMBOL_MARKS[column], each): None
        for column, text in _texts(row).items()
        for each in symbols.symbols_of(text, _UNSPACED, neighbours)
    }


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "title": row["title"] or "",
        "text": row["text"],
        "authors": "\n".join(map(str, listed(row["authors"]))),
    }


def _columns(
    row: Mapping[str, Any], neighbours: symbols.Neighbours = symbols.neighbours_of
) -> tuple[int, str, str, str, str]:
    title, text, authors = (segment(each) for each in _texts(row).values())
    return row["seq"], title, text, authors, " ".join([row["marks"], *marks_of_symbols(row, neighbours)])


def is_letter(character: str) -> bool:
    """Whether the index treats this character as part of a word."""
    return unicodedata.category(character)[0] in "LN" or unicodedata.category(character) in ("Mc", "Mn", "Co")


def _pairs(match: re.Match[str]) -> str:
    run = match[0]
    return f" {' '.join(run[at : at + 2] for at in range(len(run)))} "


def _pairs_only(match: re.Match[str]) -> str:
    run = match[0]
    if len(run) == 1:
        return f" {run} "
    return f" {' '.join(run[at : at + 2] for at in range(len(run) - 1))} "
