"""The query language of search, parsed into an expression for the index.

    harbour wall            both words, anywhere            "harbour wall"     the phrase
    harbour OR quay         either                          harbour -wall      without (also: harbour NOT wall)
    (a OR b) c              groups                          harb*              words with this beginning
    title:wall author:reed  only in this field              source:daily language:en section:politics
    since:2025-10 until:2025-10-28                          printed days, both inclusive
    words:>500 words:<=200 words:300..800                   numbers; the bounds of a range are inclusive

The words before a colon are those of the filters in ``talkscraper.fields``.

Any input either becomes a query or raises a ``QueryError`` that says what to write instead; SQLite's own syntax can't
be reached, because every word goes into the index's query as a quoted string.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass, field, replace
from itertools import groupby

from talkscraper.errors import QueryError
from talkscraper.fields import FILTERED
from talkscraper.store.fulltext import EVERY, mark, segment_query
from talkscraper.store.query_values import NumberRange, day, number_range

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

_TOKEN = re.compile(
    rf"""(?P<space>\s+)
      | (?P<open>\() | (?P<close>\))
      | (?P<minus>-(?=[^\s()-]))
      | (?P<field>(?i:{"|".join(_NAMED)})):(?=\S)
      | (?P<phrase>["“”„«»](?P<inside>[^"“”„«»]*)["“”„«»])(?P<star>\*)?
      | (?P<quote>["“”„«»])
      | (?P<word>[^\s()"“”„«»]+)
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A word or phrase of the query, to be highlighted in snippets."""

    text: str
    prefix: bool = False
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
    named: tuple[tuple[str, str], ...] = ()
    """Words and values of the exact filters in the text (``source``, ``daily``), excluded ones too."""
    notes: tuple[str, ...] = ()
    """Warnings about parts of the query that were left out or may be mistaken; for display."""


@dataclass(slots=True)
class _Parser:
    tokens: list[tuple[str, str, bool]]
    at: int = 0
    depth: int = 0
    words: int = 0
    wanted: list[Wanted] = field(default_factory=list)
    phrases: list[Phrase] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    named: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    numbers: list[NumberRange] = field(default_factory=list)
    since: str | None = None
    until: str | None = None
    silent: int = 0
    """Whether the parser is inside a negation, whose words aren't highlighted."""

    def peek(self) -> tuple[str, str, bool]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "", False)

    def either(self, column: str | None) -> str | None:
        before = len(self.numbers)
        found = [self.every(column)]
        while self.peek()[:2] == ("word", "OR"):
            self.at += 1
            self._needs_more("OR")
            found.append(self.every(column))
        if len(found) > 1 and len(self.numbers) > before:
            name = next(word for word, each in NUMBERS.items() if each == self.numbers[-1].column)
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
            kind, text, _ = self.peek()
            if kind in ("end", "close") or (kind == "word" and text == "OR"):
                if first and kind == "word":
                    raise QueryError("OR needs a word on both sides: write 'harbour OR quay'")
                break
            if kind == "word" and text == "AND":
                if first:
                    raise QueryError("AND needs a word on both sides: write 'harbour AND wall', or just 'harbour wall'")
                self.at += 1
                self._needs_more("AND")
                continue
            negative = kind == "minus" or (kind == "word" and text == "NOT")
            if negative:
                self.at += 1
                self._needs_more("-" if kind == "minus" else "NOT")
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
        kind, text, star = self.peek()
        self.at += 1
        if kind == "open":
            self.depth += 1
            if self.depth > DEEPEST:
                raise QueryError(f"the query has more than {DEEPEST} brackets inside each other")
            inner = self.either(column)
            if self.peek()[0] != "close":
                raise QueryError("a bracket isn't closed: write ')' where the group ends")
            self.at += 1
            self.depth -= 1
            return inner
        if kind == "field":
            return self.fielded(text.lower())
        if kind == "minus" or (kind == "word" and text == "NOT"):
            raise QueryError("two negations in a row: write one")
        if kind == "word" and text in ("AND", "OR"):
            raise QueryError(f"{text} needs a word on both sides")
        if kind == "word" and (hint := _no_field(text, self.peek()[0])):
            self.notes.append(hint)
        if kind == "word" and text.endswith("*"):
            text, star = text.rstrip("*"), True
        return self.term(text, star, column)

    def fielded(self, name: str) -> str | None:
        kind, text, _ = self.peek()
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
        kind, text, _ = self.peek()
        if kind != "open":
            self.at += 1
            self._named(name, text)
            return self.phrase(mark(MARKS[name], text.replace("_", "-") if MARKS[name] == "l" else text), "marks")
        self.at += 1
        values = []
        while (token := self.peek())[0] in ("word", "phrase"):
            self.at += 1
            if token[:2] != ("word", "OR"):
                self._named(name, token[1])
                values.append(self.phrase(mark(MARKS[name], token[1]), "marks"))
        if self.peek()[0] != "close" or not values:
            raise QueryError(f"{name}:( ) takes values with OR between them, as in {name}:(a OR b)")
        self.at += 1
        return f"({' OR '.join(values)})"

    def term(self, text: str, star: bool, column: str | None) -> str | None:
        self.words += 1
        if self.words > MAX_WORDS:
            raise QueryError(f"the query has more than {MAX_WORDS} words")
        words, prefix = segment_query(text, prefix=star)
        if not any(is_letter(character) for character in words):
            self.notes.append(f"{text!r} has no letter or digit, and was left out")
            return None
        if star and prefix and words.split()[-1].isascii() and len(words.split()[-1]) < MIN_PREFIX:
            raise QueryError(f"{text}* would be nearly every text: give at least three letters before the *")
        if not self.silent:
            self.wanted.append(Wanted(text=text, prefix=star, column=column))
        return self.phrase(words, column, prefix=prefix)

    def phrase(self, words: str, column: str | None, *, prefix: bool = False) -> str:
        match = _quoted(words, column) + ("*" if prefix else "")
        count = sum(1 for _ in groupby(words, is_letter)) // 2 + 1
        self.phrases.append(Phrase(match=match, words=count, prefix=prefix))
        return match

    def _named(self, name: str, value: str) -> None:
        self.named.append((name, value))
        if name == "source":
            self.sources.append(value)

    def _needs_more(self, what: str) -> None:
        kind, text, _ = self.peek()
        if kind in ("end", "close") or (kind == "word" and text in ("OR", "AND")):
            raise QueryError(f"{what} needs a word after it")


_EXAMPLES = {word: filter_.example for word, (_, filter_) in _NAMED.items()}


def parse(text: str) -> Parsed:
    """Parse a query.

    Raises:
        QueryError: the query is invalid; the message says how to write it.
    """
    if len(text) > MAX_QUERY:
        raise QueryError(f"the query is longer than {MAX_QUERY} characters")
    parser = _Parser(_tokens(text))
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
        named=tuple(parser.named),
        notes=tuple(parser.notes),
    )


def narrowed(parsed: Parsed, marks: list[str], columns: dict[str, str]) -> Parsed:
    """Return the query restricted to articles with all these marks, and with words in these columns of the index.

    Args:
        parsed: The query.
        marks: Words of the column ``marks``.
        columns: Index column → words that must all be in it.

    Raises:
        QueryError: as ``parse``.
    """
    parts = [parsed.match]
    wanted = list(parsed.wanted)
    phrases = list(parsed.phrases)
    sources = list(parsed.sources)
    notes = list(parsed.notes)
    for column, text in columns.items():
        parser = _Parser(_tokens(text))
        inner = parser.either(column)
        if inner is not None:
            parts.append(inner)
        wanted += parser.wanted
        phrases += parser.phrases
        sources += parser.sources
        notes += parser.notes
    for word in marks:
        parts.append(_quoted(word, "marks"))
        phrases.append(Phrase(match=parts[-1], words=1))
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


def _tokens(text: str) -> list[tuple[str, str, bool]]:
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    tokens = []
    for found in _TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "star":
            kind = "phrase"
        if kind == "space":
            continue
        if kind == "quote":
            raise QueryError(f"the quotation mark before {text[found.end() :][:30]!r} isn't closed")
        value = found["inside"] if kind in ("phrase", "inside") else found["field"] if kind == "field" else found[0]
        tokens.append(("phrase" if kind == "inside" else kind, value, bool(found["star"])))
    return tokens


def _no_field(text: str, following: str) -> str | None:
    """Return the message for a word that looks like an unknown field, or a field without a value."""
    name, colon, value = text.partition(":")
    known = name.lower() in _EXAMPLES
    if not colon or not (name.isascii() and name.isalpha()) or value.startswith("//"):
        return None
    if known and not value:
        example = f"{name.lower()}:{_EXAMPLES[name.lower()]}"
        return f"{text!r} has nothing right behind it and was taken as a word; write it as in {example}"
    if known or not (value or following in ("phrase", "open")):
        return None
    near = difflib.get_close_matches(name.lower(), _EXAMPLES, n=1)
    hint = f"did you mean {near[0]}:?" if near else f"fields are {', '.join(sorted(_EXAMPLES))}"
    return f"{name[:40]!r} isn't a field, so {text[:60]!r} was taken as words; {hint}"


def _quoted(words: str, column: str | None) -> str:
    string = '"' + words.replace('"', '""') + '"'
    return f"{{{column}}} : {string}" if column else string
