"""A parsed query: what the index is asked, and what is highlighted and said."""

from __future__ import annotations

from dataclasses import dataclass

from talkscraper.store.query_values import NumberRange


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A word or phrase of the query, to be highlighted in snippets."""

    text: str
    prefix: bool = False
    pattern: bool = False
    """Whether ``*`` and ``?`` in it are wildcards."""
    column: str | None = None
    """``title``, ``text`` or ``authors``; None for all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """A quoted string of the expression."""

    match: str
    words: int
    """Number of tokens in the index: 東京都 has two."""
    prefix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """A query in the form that the index takes."""

    match: str
    """The expression for ``articles_fts match``; every value in it is quoted."""
    wanted: tuple[Wanted, ...] = ()
    phrases: tuple[Phrase, ...] = ()
    """Every word and phrase in ``match``, including excluded ones and marks: what ranking has to read."""
    since: str | None = None
    until: str | None = None
    numbers: tuple[NumberRange, ...] = ()
    sources: tuple[str, ...] = ()
    """Values of ``source:``, which the archive may not have."""
    patterns: tuple[str, ...] = ()
    """Words with wildcards that weren't looked up, as the query was parsed without an archive."""
    named: tuple[tuple[str, str], ...] = ()
    """Words and values of the exact filters in the text (``source``, ``daily``), excluded ones too."""
    notes: tuple[str, ...] = ()
    """Warnings about parts of the query that were left out or may be mistaken; for display."""
