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

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from talkscraper.errors import QueryError
from talkscraper.fields import NO
from talkscraper.store.fulltext import EVERY, mark
from talkscraper.store.parsed_query import Parsed, Phrase
from talkscraper.store.query_fields import COLUMNS, DATES, EXAMPLES, MARKS, NUMBERS, PERIODS, VALUES, allowed_value
from talkscraper.store.query_hints import hint, refuse, single_quotes
from talkscraper.store.query_tokens import END, Token, tokens
from talkscraper.store.query_values import NumberRange, day, number_range, period
from talkscraper.store.query_words import Operand, QueryWords, quoted
from talkscraper.store.source_names import source_ids

MAX_QUERY = 2_000
DEEPEST = 30
_NEAR_TAKES = (
    "NEAR takes words, phrases and groups such as (harbour OR quay) on both sides: harbour NEAR/5 (wall OR quay)"
)


@dataclass(slots=True)
class _Parser:
    tokens: list[Token]
    words: QueryWords
    at: int = 0
    depth: int = 0
    sources: list[str] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[NumberRange] = field(default_factory=list)
    since: str | None = None
    until: str | None = None

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
                f"{name}: holds for the whole query; write it as in (harbour OR quay) {name}:{EXAMPLES[name]}"
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
            self.words.silent += negative
            node = self.single(column)
            self.words.silent -= negative
            first = False
            if node is not None:
                (unwanted if negative else wanted).append(node)
        if not wanted and not unwanted:
            return None
        base = (
            f"({' AND '.join(wanted)})"
            if len(wanted) > 1
            else wanted[0]
            if wanted
            else self.words.phrase(EVERY, "marks")
        )
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
            return self.words.expression(operand, column)
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

    def operand(self, column: str | None) -> Operand | None:
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
            if told := hint(token.text, following.kind, EXAMPLES):
                self.words.notes.append(told)
            if token.text == "or" and following.kind in ("word", "phrase") and self.at > 1:
                self.words.notes.append(
                    "'or' in small letters is a word like any other; write OR for either of two words"
                )
            if token.text == "not" and following.kind in ("word", "phrase", "field", "open") and self.at > 1:
                self.words.notes.append(
                    "'not' in small letters is a word like any other; write NOT or - for articles without a word"
                )
        return self.words.term(token, column)

    def alternatives(self, column: str | None) -> Operand | None:
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
        return Operand(tuple(found))

    def near(self, first: Operand, column: str | None) -> str:
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
            expression = self.words.expression(self.words.within((first, second), distance), column)
            assert expression is not None
            pairs.append(expression)
            first = second
        return pairs[0] if len(pairs) == 1 else f"({' AND '.join(pairs)})"

    def fielded(self, name: str) -> str | None:
        kind, text = self.peek().kind, self.peek().text
        if kind in ("end", "close", "minus", "field"):
            raise QueryError(f"{name}: needs a value right behind it, as in {name}:{EXAMPLES[name]}")
        if name in DATES or name in NUMBERS:
            if self.depth or self.words.silent:
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
        if value == NO:
            return self._without(name, {"yes": "yes"})
        if value is not None:
            return self.words.phrase(mark(MARKS[name], value), "marks")
        if counted is None:
            raise QueryError(f"{name}: takes yes, no, or a day, month or year, as in {name}:{EXAMPLES[name]}")
        if self.depth or self.words.silent or self.peek().is_word("OR"):
            raise QueryError(f"{name}:{text} holds for the whole query; write it outside of brackets and without '-'")
        self.numbers.append(number_range(counted, text, name=name))
        return None

    def _value(self, name: str, text: str) -> str | None:
        """Return the expression for articles whose field has this value; a source has an id and a name."""
        if name in PERIODS:
            return self.dated(name, text)
        text = allowed_value(name, text)
        if text == NO and name in VALUES:
            return self._without(name, VALUES[name])
        if MARKS[name] == "l":
            text = text.replace("_", "-")
        values: tuple[str, ...] = (text,)
        self._named(name, text)
        if name == "source":
            values = (self.words.connection and source_ids(self.words.connection, text)) or values
        elif "*" in text:
            self.words.notes.append(f"{name}: takes whole values, so the * in {text[:40]!r} is no wildcard")
        found = [self.words.phrase(mark(MARKS[name], each), "marks") for each in values]
        return found[0] if len(found) == 1 else f"({' OR '.join(found)})"

    def _without(self, name: str, values: Mapping[str, str]) -> str:
        """Return the expression for articles that have none of a field's values."""
        found = [self.words.phrase(mark(MARKS[name], each), "marks") for each in sorted({*values.values()} - {NO})]
        any_of = found[0] if len(found) == 1 else f"({' OR '.join(found)})"
        return f"({self.words.phrase(EVERY, 'marks')} NOT {any_of})"

    def _named(self, name: str, value: str) -> None:
        self.named.append((name, value))
        if name == "source":
            self.sources.append(value)

    def _needs_more(self, what: str) -> None:
        token = self.peek()
        if token.kind in ("end", "close") or token.is_word("OR", "AND"):
            raise QueryError(f"{what} needs a word after it")


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
    parser = _Parser(tokens(text, EXAMPLES), QueryWords(connection))
    match = parser.either(None)
    if parser.at < len(parser.tokens):
        raise QueryError("a ')' too many: no bracket is open there")
    if match is None and parser.words.notes:
        raise QueryError("nothing to look for: " + "; ".join(parser.words.notes))
    return Parsed(
        match=match or quoted(EVERY, "marks"),
        wanted=tuple(parser.words.wanted),
        phrases=tuple(parser.words.phrases),
        since=parser.since,
        until=parser.until,
        numbers=tuple(parser.numbers),
        sources=tuple(parser.sources),
        patterns=tuple(parser.words.patterns),
        named=tuple(parser.named),
        notes=tuple(dict.fromkeys([*parser.words.notes, *single_quotes(text)])),
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
        parser = _Parser(tokens(text, EXAMPLES), QueryWords(connection))
        inner = parser.either(column)
        if inner is not None:
            parts.append(inner)
        wanted += parser.words.wanted
        phrases += parser.words.phrases
        sources += parser.sources
        notes += parser.words.notes
    for group in marks:
        found = [quoted(word, "marks") for word in group]
        parts.append(found[0] if len(found) == 1 else f"({' OR '.join(found)})")
        phrases += [Phrase(match=each, words=1) for each in found]
    if len(parts) > 1 and parts[0] == quoted(EVERY, "marks"):
        parts = parts[1:]
    return replace(
        parsed,
        match=parts[0] if len(parts) == 1 else f"({' AND '.join(parts)})",
        wanted=tuple(wanted),
        phrases=tuple(phrases),
        sources=tuple(sources),
        notes=tuple(notes),
    )
