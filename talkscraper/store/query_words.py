"""Words and phrases of a query, as expressions for the index: prefixes, wildcards, symbols, and how near they are."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, groupby, product

from talkscraper.errors import QueryError
from talkscraper.store.fulltext import EVERY, is_letter, is_unspaced, segment_query, symbol_marks
from talkscraper.store.parsed_query import Phrase, Wanted
from talkscraper.store.query_tokens import Token
from talkscraper.store.wildcards import MAX_EXPANSIONS, MAX_SCAN_S, checked, expand, is_pattern

MAX_WORDS = 100
MIN_PREFIX = 3
"""Minimum number of letters before a ``*``: the index merges the lists of all words that begin with them."""


class NoteOfAll(str):
    """A note on a query that is true of several archives only if it is of each."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Operand:
    """Words and phrases, any of which is looked for, and the text whose symbols an article must have."""

    alternatives: tuple[str, ...]
    symbols: str = ""


@dataclass(slots=True)
class QueryWords:
    """The words of a query, as they are read."""

    connection: sqlite3.Connection | None = None
    """Where words with wildcards are looked up."""
    count: int = 0
    wanted: list[Wanted] = field(default_factory=list)
    phrases: list[Phrase] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    silent: int = 0
    """Whether they are inside a negation, whose words aren't highlighted."""

    def term(self, token: Token, column: str | None) -> Operand:
        """Return what a word or phrase looks for; nothing if it has no letter, digit or symbol."""
        self.count += 1
        if self.count > MAX_WORDS:
            raise QueryError(f"the query has more than {MAX_WORDS} words")
        text, star = token.text, token.star
        pieces = text.split()
        if token.kind == "word" and is_pattern(text):
            pieces = [text]
        elif text.rstrip().endswith("*"):
            text, star = text.rstrip().rstrip("*"), True
            pieces = text.split()
        has_pattern = any(is_pattern(each) or (token.kind == "phrase" and each.endswith("*")) for each in pieces)
        if token.within is not None:
            return self._near_each_other(pieces, star, token.within, column)
        if has_pattern:
            return self._with_wildcards(pieces, star, column)
        words, prefix = segment_query(text, prefix=star)
        symbols = text if symbol_marks(_without_plus(text, token), "text") else ""
        if not any(is_letter(character) for character in words):
            if symbols:
                self._highlight(text, column)
                return Operand((), symbols)
            if not (self.notes and repr(token.text) in self.notes[-1]):
                self.notes.append(f"{token.text!r} has no letter or digit, and was left out")
            return Operand(())
        parts = words.split()
        if star and prefix and len(parts) == 1 and parts[0].isascii() and len(parts[0]) < MIN_PREFIX:
            raise QueryError(f"{text}* would be nearly every text: give at least three letters before the *")
        self._highlight(text, column, prefix=star)
        return Operand((quoted(words, None) + ("*" if prefix else ""),), symbols and _without_plus(text, token))

    def _near_each_other(self, pieces: list[str], star: bool, distance: int, column: str | None) -> Operand:
        operands = []
        for number, piece in enumerate(pieces):
            last = star and number == len(pieces) - 1
            operand = self.term(Token("word", piece + "*" if last else piece), column)
            if operand.alternatives:
                operands.append(operand)
        if len(operands) < 2:
            raise QueryError("~ needs two words or more in the quotation marks, with letters or digits")
        return self.within(operands, distance)

    def _with_wildcards(self, pieces: list[str], star: bool, column: str | None) -> Operand:
        """Return the phrases that a phrase with wildcards inside stands for."""
        slots: list[tuple[str, ...]] = []
        symbols = []
        for word in [each for piece in pieces for each in _pieces(piece)]:
            if is_pattern(word) or word.endswith("*"):
                slots.append(self._expanded(word))
            elif any(map(is_letter, segmented := segment_query(word)[0])):
                slots.append((segmented.strip(),))
            if found := symbol_marks(word.strip("*?"), "text"):
                symbols.append(word.strip("*?") if found else "")
        phrases = [" ".join(each) for each in product(*slots)] if slots else []
        if len(phrases) > MAX_EXPANSIONS:
            self.notes.append(
                f"{' '.join(pieces)[:40]!r} stands for {len(phrases):,} phrases: the {MAX_EXPANSIONS} of the commonest"
                " words were searched"
            )
            del phrases[MAX_EXPANSIONS:]
        self._highlight(" ".join(pieces), column, prefix=star, pattern=True)
        return Operand(tuple(quoted(each, None) + ("*" if star else "") for each in phrases), " ".join(symbols))

    def _expanded(self, word: str) -> tuple[str, ...]:
        if is_unspaced(word):
            plain = word.replace("*", " ").replace("?", " ").split()
            raise QueryError(
                f"{word[:40]!r}: scripts without spaces between words have no wildcards, and need none: any sequence of"
                f" letters is found inside longer ones, as by {' '.join(plain)[:40]}"
            )
        checked(word)
        if self.connection is None:
            self.patterns.append(word)
            return ("a",)
        found = expand(self.connection, word)
        if not found.words:
            self.notes.append(NoteOfAll(f"no word of the archive is like {word[:40]!r}"))
            return (EVERY + "0",)
        if not found.is_complete:
            self.notes.append(
                f"{word[:40]!r}: not all words of the archive could be compared within {MAX_SCAN_S:g} seconds; with"
                " letters before the first * or ? they can"
            )
        if found.matching > MAX_EXPANSIONS:
            self.notes.append(
                f"{word[:40]!r} stands for {found.matching:,} words: the {MAX_EXPANSIONS} commonest were searched"
            )
        return found.words

    def within(self, operands: Sequence[Operand], distance: int) -> Operand:
        """Return what looks for operands with at most so many words between."""
        groups = list(product(*(each.alternatives for each in operands)))
        if any(first == second for group in groups for first, second in combinations(group, 2)):
            self.notes.append(
                "a word near itself is found wherever it is: one place isn't told from two by words near each other"
            )
        if len(groups) > MAX_EXPANSIONS:
            self.notes.append(
                f"a search for words near each other stands for {len(groups):,} pairs of words, too many: the first"
                f" {MAX_EXPANSIONS} were searched"
            )
        found = tuple(f"NEAR({' '.join(each)}, {distance})" for each in groups[:MAX_EXPANSIONS])
        return Operand(found, " ".join(each.symbols for each in operands if each.symbols))

    def expression(self, operand: Operand, column: str | None) -> str | None:
        """Return the expression for an operand, in a column or in any."""
        if not operand.alternatives and not operand.symbols:
            return None
        parts = []
        for each in ("title", "text", "authors") if operand.symbols and column is None else (column,):
            every = []
            if operand.alternatives:
                found = [self._found(alternative, each) for alternative in operand.alternatives]
                every.append(found[0] if len(found) == 1 else f"({' OR '.join(found)})")
            if operand.symbols:
                every += [self.phrase(word, "marks") for word in symbol_marks(operand.symbols, str(each))]
            parts.append(every[0] if len(every) == 1 else f"({' AND '.join(every)})")
        return parts[0] if len(parts) == 1 else f"({' OR '.join(parts)})"

    def phrase(self, words: str, column: str | None) -> str:
        """Return the expression for words in a column."""
        return self._found(quoted(words, None), column)

    def _found(self, alternative: str, column: str | None) -> str:
        match = f"{{{column}}} : {alternative}" if column else alternative
        near = alternative.startswith("NEAR(")
        words = sum(1 for _ in groupby(alternative, is_letter)) // 2
        self.phrases.append(Phrase(match=match, words=words + near, prefix=alternative.endswith("*")))
        return match

    def _highlight(self, text: str, column: str | None, *, prefix: bool = False, pattern: bool = False) -> None:
        if not self.silent:
            self.wanted.append(Wanted(text=text, prefix=prefix, pattern=pattern, column=column))


def quoted(words: str, column: str | None) -> str:
    """Return words as a string of the index's query language."""
    string = '"' + words.replace('"', '""') + '"'
    return f"{{{column}}} : {string}" if column else string


def _without_plus(text: str, token: Token) -> str:
    """Return a word without the + before it, by which other languages require it."""
    return text[1:] if token.kind == "word" and text[:1] == "+" and text[1:2].isalpha() else text


def _pieces(text: str) -> list[str]:
    """Return the words of a text, with their wildcards."""
    return "".join(each if is_letter(each) or each in "*?+#$%&@" else " " for each in text).split()
