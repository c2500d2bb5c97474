"""The query language of search, parsed into an expression for the index.

    harbour wall            both words, anywhere            "harbour wall"     the phrase
    harbour OR quay         either                          harbour -wall      without (also: harbour NOT wall)
    (a OR b) c              groups                          harb*              words with this beginning
    title:wall author:reed  only in this field              source:daily language:en section:politics
    since:2025-10 until:2025-10-28                          printed days, both inclusive
    words:>500 words:<=200 words:300..800                   numbers; the bounds of a range are inclusive
    wom?n wom*n *fahrt                                      one letter, any letters      "climate ch*"  a phrase's end
    "harbour wall"~5    harbour NEAR/5 wall                 at most five other words between, in any order

The words before a colon are those of the filters in ``talkscraper.fields``.

Any input either becomes a query or raises a ``QueryError`` that says what to write instead; SQLite's own syntax can't
be reached, because every word goes into the index's query as a quoted string.
"""

from __future__ import annotations

import difflib
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, product

from talkscraper.errors import QueryError
from talkscraper.fields import FILTERED
from talkscraper.store.fulltext import EVERY, is_unspaced, mark, segment_query, symbol_marks
from talkscraper.store.query_hints import hint, refuse
from talkscraper.store.query_tokens import END, Token, tokens
from talkscraper.store.query_values import NumberRange, day, number_range, period
from talkscraper.store.source_names import source_ids
from talkscraper.store.wildcards import MAX_EXPANSIONS, MAX_SCAN_S, checked, expand, is_pattern

MAX_QUERY = 2_000
MAX_WORDS = 100
DEEPEST = 30
MIN_PREFIX = 3
"""Minimum number of letters before a ``*``: the length of the prefixes that the index holds."""

_NAMED = {word: (field_.name, filter_) for field_, filter_ in FILTERED for word in filter_.words}
COLUMNS = {word: column for word, (column, filter_) in _NAMED.items() if filter_.how == "words"}
"""Fields that are columns of the index."""
MARKS = {word: filter_.mark for word, (_, filter_) in _NAMED.items() if filter_.how == "exact"}
"""Fields that are marks: they filter, but don't count for ranking."""
DATES = {word: filter_.how for word, (_, filter_) in _NAMED.items() if filter_.how in ("since", "until")}
NUMBERS = {word: column for word, (column, filter_) in _NAMED.items() if filter_.how == "number"}
"""Fields that are numbers: they filter the rows, since the index doesn't hold them."""

VALUES = {word: filter_.values for word, (_, filter_) in _NAMED.items() if filter_.values}
"""Fields that have only these values: word → value."""
PERIODS = {word: filter_.counted for word, (_, filter_) in _NAMED.items() if filter_.periods}
"""Fields that are found by day, month or year, and the number that they may be compared by instead."""


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


@dataclass(frozen=True, slots=True)
class _Operand:
    """Words and phrases, any of which is looked for, and the text whose symbols an article must have."""

    alternatives: tuple[str, ...]
    symbols: str = ""


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    connection: sqlite3.Connection | None = None
    """Where words with wildcards and names of sources are looked up."""
    at: int = 0
    depth: int = 0
    words: int = 0
    wanted: list[Wanted] = field(default_factory=list)
    phrases: list[Phrase] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    numbers: list[NumberRange] = field(default_factory=list)
    since: str | None = None
    until: str | None = None
    silent: int = 0
    """Whether the parser is inside a negation, whose words aren't highlighted."""

    def peek(self, ahead: int = 0) -> Token:
        return self.tokens[self.at + ahead] if self.at + ahead < len(self.tokens) else END

    def either(self, column: str | None) -> str | None:
        before = len(self.numbers)
        found = [self.every(column)]
        while self.peek().is_word("OR"):
            self.at += 1
            self._needs_more("OR")
            found.append(self.every(column))
        if len(found) > 1 and len(self.numbers) > before:
            columns = {**NUMBERS, **PERIODS}
            name = next(word for word, each in columns.items() if each == self.numbers[-1].column)
            raise QueryError(
                f"{name}: holds for the whole query; write it as in (harbour OR quay) {name}:{_EXAMPLES[name]}"
            )
        kept = [each for each in found if each is not None]
        return None if not kept else kept[0] if len(kept) == 1 else f"({' OR '.join(kept)})"

    def every(self, column: str | None) -> str | None:
        wanted: list[str] = []
        unwanted: list[str] = []
        first = True
        while True:
            token = self.peek()
            if token.kind in ("end", "close") or token.is_word("OR"):
                if first and token.kind == "word":
                    raise QueryError("OR needs a word on both sides: write 'harbour OR quay'")
                break
            if token.is_word("AND"):
                if first:
                    raise QueryError("AND needs a word on both sides: write 'harbour AND wall', or just 'harbour wall'")
                self.at += 1
                self._needs_more("AND")
                continue
            negative = token.kind == "minus" or token.is_word("NOT")
            if negative:
                self.at += 1
                self._needs_more("-" if token.kind == "minus" else "NOT")
            self.silent += negative
            node = self.single(column)
            self.silent -= negative
            first = False
            if node is not None:
                (unwanted if negative else wanted).append(node)
        if not wanted and not unwanted:
            return None
        base = f"({' AND '.join(wanted)})" if len(wanted) > 1 else wanted[0] if wanted else self.phrase(EVERY, "marks")
        if not unwanted:
            return base
        without = unwanted[0] if len(unwanted) == 1 else f"({' OR '.join(unwanted)})"
        return f"({base} NOT {without})"

    def single(self, column: str | None) -> str | None:
        token = self.peek()
        if token.near is not None:
            raise QueryError(f"{token.text} needs a word on both sides: write 'harbour NEAR/5 wall'")
        operand = self.operand(column)
        if operand is not None:
            if self.peek().near is not None:
                return self.near(operand, column)
            return self.expression(operand, column)
        self.at += 1
        if token.kind == "open":
            self.depth += 1
            if self.depth > DEEPEST:
                raise QueryError(f"the query has more than {DEEPEST} brackets inside each other")
            inner = self.either(column)
            if self.peek().kind != "close":
                raise QueryError("a bracket isn't closed: write ')' where the group ends")
            self.at += 1
            self.depth -= 1
            if self.peek().near is not None:
                raise QueryError(_NEAR_TAKES)
            return inner
        if token.kind == "field":
            return self.fielded(token.text.lower())
        if token.kind == "minus" or token.is_word("NOT"):
            raise QueryError("two negations in a row: write one")
        raise QueryError(f"{token.text or 'an operator'} needs a word on both sides")

    def operand(self, column: str | None) -> _Operand | None:
        """Read a word or phrase, or a group of words with OR beside NEAR; None if the next token begins neither."""
        token = self.peek()
        if token.kind == "open":
            return self.alternatives(column)
        if token.kind not in ("word", "phrase") or token.is_word("AND", "OR", "NOT"):
            return None
        self.at += 1
        if token.kind == "word":
            following = self.peek()
            refuse(token.text, "(" if following.kind == "open" else following.text)
            if told := hint(token.text, following.kind, _EXAMPLES):
                self.notes.append(told)
            if token.text == "or" and following.kind in ("word", "phrase") and self.at > 1:
                self.notes.append("'or' in small letters is a word like any other; write OR for either of two words")
        return self.term(token, column)

    def alternatives(self, column: str | None) -> _Operand | None:
        """Read ``(a OR b)`` if NEAR is before or behind it."""
        ahead = 1
        while self.peek(ahead).kind in ("word", "phrase") and not self.peek(ahead).is_word("AND", "NOT"):
            if self.peek(ahead).near is not None:
                return None
            ahead += 1
            if not self.peek(ahead).is_word("OR"):
                break
            ahead += 1
        before = self.tokens[self.at - 1].near if self.at else None
        if self.peek(ahead).kind != "close" or (self.peek(ahead + 1).near is None and before is None):
            return None
        self.at += 1
        found: list[str] = []
        symbols = []
        while self.peek().kind != "close":
            operand = None if self.peek().is_word("OR") else self.operand(column)
            if operand is None:
                self.at += 1
                continue
            found += operand.alternatives
            symbols.append(operand.symbols)
        self.at += 1
        if any(symbols):
            raise QueryError("a group beside NEAR takes words without symbols such as + or $")
        return _Operand(tuple(found))

    def near(self, first: _Operand, column: str | None) -> str:
        """Read ``NEAR/5 wall`` behind the first operand; each further NEAR is between its two neighbours."""
        pairs = []
        while (distance := self.peek().near) is not None:
            name = self.peek().text
            self.at += 1
            self._needs_more(name)
            second = self.operand(column)
            if second is None:
                raise QueryError(_NEAR_TAKES)
            if not first.alternatives or not second.alternatives:
                raise QueryError(f"{name} needs words with letters or digits on both sides")
            expression = self.expression(self._within((first, second), distance), column)
            assert expression is not None
            pairs.append(expression)
            first = second
        return pairs[0] if len(pairs) == 1 else f"({' AND '.join(pairs)})"

    def _within(self, operands: Sequence[_Operand], distance: int) -> _Operand:
        groups = list(product(*(each.alternatives for each in operands)))
        if len(groups) > MAX_EXPANSIONS:
            self.notes.append(
                f"a search for words near each other stands for {len(groups):,} pairs of words, too many: the first"
                f" {MAX_EXPANSIONS} were searched"
            )
        found = tuple(f"NEAR({' '.join(each)}, {distance})" for each in groups[:MAX_EXPANSIONS])
        return _Operand(found, " ".join(each.symbols for each in operands if each.symbols))

    def fielded(self, name: str) -> str | None:
        kind, text = self.peek().kind, self.peek().text
        if kind in ("end", "close", "minus", "field"):
            raise QueryError(f"{name}: needs a value right behind it, as in {name}:{_EXAMPLES[name]}")
        if name in DATES or name in NUMBERS:
            if self.depth or self.silent:
                raise QueryError(f"{name}: holds for the whole query; write it outside of brackets and without '-'")
            self.at += 1
            if name in NUMBERS:
                self.numbers.append(number_range(NUMBERS[name], text, name=name))
            elif DATES[name] == "since":
                self.since = day(text, last=False)
            else:
                self.until = day(text, last=True)
            return None
        if name in COLUMNS:
            return self.single(COLUMNS[name])
        return self.marked(name)

    def marked(self, name: str) -> str | None:
        token = self.peek()
        if token.kind != "open":
            self.at += 1
            return self._value(name, token.text)
        self.at += 1
        values = []
        while (token := self.peek()).kind in ("word", "phrase"):
            self.at += 1
            if not token.is_word("OR"):
                values.append(self._value(name, token.text) or "")
        if self.peek().kind != "close" or not values:
            raise QueryError(f"{name}:( ) takes values with OR between them, as in {name}:(a OR b)")
        self.at += 1
        return f"({' OR '.join(values)})"

    def dated(self, name: str, text: str) -> str | None:
        """Return the expression for a field that is found by day, month or year."""
        value, counted = period(text, name=name), PERIODS[name]
        if value == "no":
            return f"({self.phrase(EVERY, 'marks')} NOT {self.phrase(mark(MARKS[name], 'yes'), 'marks')})"
        if value is not None:
            return self.phrase(mark(MARKS[name], value), "marks")
        if counted is None:
            raise QueryError(f"{name}: takes yes, no, or a day, month or year, as in {name}:{_EXAMPLES[name]}")
        if self.depth or self.silent or self.peek().is_word("OR"):
            raise QueryError(f"{name}:{text} holds for the whole query; write it outside of brackets and without '-'")
        self.numbers.append(number_range(counted, text, name=name))
        return None

    def _value(self, name: str, text: str) -> str | None:
        """Return the expression for articles whose field has this value; a source has an id and a name."""
        if name in PERIODS:
            return self.dated(name, text)
        text = _allowed(name, text)
        if MARKS[name] == "l":
            text = text.replace("_", "-")
        values: tuple[str, ...] = (text,)
        self._named(name, text)
        if name == "source":
            values = (self.connection and source_ids(self.connection, text)) or values
        elif "*" in text:
            self.notes.append(f"{name}: takes whole values, so the * in {text[:40]!r} is no wildcard")
        found = [self.phrase(mark(MARKS[name], each), "marks") for each in values]
        return found[0] if len(found) == 1 else f"({' OR '.join(found)})"

    def term(self, token: Token, column: str | None) -> _Operand:
        """Return what a word or phrase looks for; nothing if it has no letter, digit or symbol."""
        self.words += 1
        if self.words > MAX_WORDS:
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
                return _Operand((), symbols)
            if not (self.notes and repr(text) in self.notes[-1]):
                self.notes.append(f"{text!r} has no letter or digit, and was left out")
            return _Operand(())
        parts = words.split()
        if star and prefix and len(parts) == 1 and parts[0].isascii() and len(parts[0]) < MIN_PREFIX:
            raise QueryError(f"{text}* would be nearly every text: give at least three letters before the *")
        self._highlight(text, column, prefix=star)
        return _Operand((_quoted(words, None) + ("*" if prefix else ""),), symbols and _without_plus(text, token))

    def _near_each_other(self, pieces: list[str], star: bool, distance: int, column: str | None) -> _Operand:
        operands = []
        for number, piece in enumerate(pieces):
            last = star and number == len(pieces) - 1
            operand = self.term(Token("word", piece + "*" if last else piece), column)
            if operand.alternatives:
                operands.append(operand)
        if len(operands) < 2:
            raise QueryError("~ needs two words or more in the quotation marks, with letters or digits")
        return self._within(operands, distance)

    def _with_wildcards(self, pieces: list[str], star: bool, column: str | None) -> _Operand:
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
        return _Operand(tuple(_quoted(each, None) + ("*" if star else "") for each in phrases), " ".join(symbols))

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
            self.notes.append(f"no word of the archive is like {word[:40]!r}")
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

    def expression(self, operand: _Operand, column: str | None) -> str | None:
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

    def _found(self, alternative: str, column: str | None) -> str:
        match = f"{{{column}}} : {alternative}" if column else alternative
        near = alternative.startswith("NEAR(")
        words = sum(1 for _ in groupby(alternative, is_letter)) // 2
        self.phrases.append(Phrase(match=match, words=words + near, prefix=alternative.endswith("*")))
        return match

    def phrase(self, words: str, column: str | None) -> str:
        return self._found(_quoted(words, None), column)

    def _highlight(self, text: str, column: str | None, *, prefix: bool = False, pattern: bool = False) -> None:
        if not self.silent:
            self.wanted.append(Wanted(text=text, prefix=prefix, pattern=pattern, column=column))

    def _named(self, name: str, value: str) -> None:
        self.named.append((name, value))
        if name == "source":
            self.sources.append(value)

    def _needs_more(self, what: str) -> None:
        token = self.peek()
        if token.kind in ("end", "close") or token.is_word("OR", "AND"):
            raise QueryError(f"{what} needs a word after it")


_NEAR_TAKES = (
    "NEAR takes words, phrases and groups such as (harbour OR quay) on both sides: harbour NEAR/5 (wall OR quay)"
)
_EXAMPLES = {word: filter_.example for word, (_, filter_) in _NAMED.items()}


def parse(text: str, connection: sqlite3.Connection | None = None) -> Parsed:
    """Parse a query.

    Args:
        text: What was typed.
        connection: The archive in which words with wildcards and names of sources are looked up. Without it, the query
            is only checked if it has any of these (``Parsed.patterns``).

    Raises:
        QueryError: the query is invalid; the message says how to write it.
    """
    if len(text) > MAX_QUERY:
        raise QueryError(f"the query is longer than {MAX_QUERY} characters")
    parser = _Parser(tokens(text, _EXAMPLES), connection)
    match = parser.either(None)
    if parser.at < len(parser.tokens):
        raise QueryError("a ')' too many: no bracket is open there")
    if match is None and parser.notes:
        raise QueryError("nothing to look for: " + "; ".join(parser.notes))
    return Parsed(
        match=match or _quoted(EVERY, "marks"),
        wanted=tuple(parser.wanted),
        phrases=tuple(parser.phrases),
        since=parser.since,
        until=parser.until,
        numbers=tuple(parser.numbers),
        sources=tuple(parser.sources),
        patterns=tuple(parser.patterns),
        named=tuple(parser.named),
        notes=tuple(dict.fromkeys(parser.notes)),
    )


def narrowed(
    parsed: Parsed,
    marks: Sequence[Sequence[str]],
    columns: dict[str, str],
    connection: sqlite3.Connection | None = None,
) -> Parsed:
    """Return the query restricted to articles with all these marks, and with words in these columns of the index.

    Args:
        parsed: The query.
        marks: Words of the column ``marks``; an article has one of each group.
        columns: Index column → words that must all be in it.
        connection: As for ``parse``.

    Raises:
        QueryError: as ``parse``.
    """
    parts = [parsed.match]
    wanted = list(parsed.wanted)
    phrases = list(parsed.phrases)
    sources = list(parsed.sources)
    notes = list(parsed.notes)
    for column, text in columns.items():
        parser = _Parser(tokens(text, _EXAMPLES), connection)
        inner = parser.either(column)
        if inner is not None:
            parts.append(inner)
        wanted += parser.wanted
        phrases += parser.phrases
        sources += parser.sources
        notes += parser.notes
    for group in marks:
        found = [_quoted(word, "marks") for word in group]
        parts.append(found[0] if len(found) == 1 else f"({' OR '.join(found)})")
        phrases += [Phrase(match=each, words=1) for each in found]
    if len(parts) > 1 and parts[0] == _quoted(EVERY, "marks"):
        parts = parts[1:]
    return replace(
        parsed,
        match=parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})",
        wanted=tuple(wanted),
        phrases=tuple(phrases),
        sources=tuple(sources),
        notes=tuple(notes),
    )


def is_letter(character: str) -> bool:
    """Whether the index treats this character as part of a word."""
    return unicodedata.category(character)[0] in "LN" or unicodedata.category(character) in ("Mc", "Mn", "Co")


def _without_plus(text: str, token: Token) -> str:
    """Return a word without the + before it, by which other languages require it."""
    return text[1:] if token.kind == "word" and text[:1] == "+" and text[1:2].isalpha() else text


def _allowed(name: str, text: str) -> str:
    """Return the value that a word means, where a field has only some values.

    Raises:
        QueryError: it has no such value.
    """
    values = VALUES.get(name)
    if values is None:
        return text
    found = values.get(text.strip().casefold())
    if found is None:
        near = difflib.get_close_matches(text.casefold(), values, n=1)
        known = ", ".join(dict.fromkeys(values.values()))
        raise QueryError(
            f"{name}: has no {text[:40]!r}; {f'did you mean {near[0]}?' if near else f'there are {known}'}"
        )
    return found


def _pieces(text: str) -> list[str]:
    """Return the words of a text, with their wildcards."""
    return "".join(each if is_letter(each) or each in "*?+#$%&@" else " " for each in text).split()


def _quoted(words: str, column: str | None) -> str:
    string = '"' + words.replace('"', '""') + '"'
    return f"{{{column}}} : {string}" if column else string
