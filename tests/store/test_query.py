"""The query language: what people type either becomes a query or is explained, and never reaches SQLite's syntax."""

import sqlite3

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from talkscraper.errors import QueryError
from talkscraper.fields import FILTERED
from talkscraper.store.fulltext import EVERY, index, mark
from talkscraper.store.query import parse
from talkscraper.store.query_values import MAX_NUMBER, NumberRange, day

WORDS = ", ".join(sorted(word for _, each in FILTERED for word in each.words))


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("harbour wall", '("harbour" AND "wall")'),
        ("harbour AND wall", '("harbour" AND "wall")'),
        ('"harbour wall"', '"harbour wall"'),
        ("“harbour wall”", '"harbour wall"'),
        ("a OR b c", '("a" OR ("b" AND "c"))'),
        ("(a OR b) c", '(("a" OR "b") AND "c")'),
        ("harbour -wall", '("harbour" NOT "wall")'),
        ("harbour NOT wall", '("harbour" NOT "wall")'),
        ("harbour -(wall OR quay)", '("harbour" NOT ("wall" OR "quay"))'),
        ("harbour -(old wall)", '("harbour" NOT ("old" AND "wall"))'),
        ("harbour-(wall)", '("harbour-" AND "wall")'),
        ("a -b -c", '("a" NOT ("b" OR "c"))'),
        ("harb*", '"harb"*'),
        ("title:wall", '{title} : "wall"'),
        ("author:(ann OR bob)", '({authors} : "ann" OR {authors} : "bob")'),
        ("source:daily", f'{{marks}} : "{mark("s", "daily")}"'),
        ("or and not", '("or" AND "and" AND "not")'),
        ("東京都", '" 東京 京都 "'),
        ("経", '" 経 "*'),
        ("経。", '" 経 "*'),
        ("「東京都」", '"「 東京 京都 "'),
        ('say "a ""b"', '("say" AND "a" AND "b")'),
        ('"harbour wall"~5', 'NEAR("harbour" "wall", 5)'),
        ("harbour NEAR/5 wall", 'NEAR("harbour" "wall", 5)'),
        ("harbour w/5 wall", 'NEAR("harbour" "wall", 5)'),
        ('harbour NEAR "old wall"', 'NEAR("harbour" "old wall", 10)'),
        ("harbour NEAR/5 wall*", 'NEAR("harbour" "wall"*, 5)'),
        ("a NEAR/2 b NEAR/3 c", '(NEAR("a" "b", 2) AND NEAR("b" "c", 3))'),
        ("(a OR b) NEAR/2 c", '(NEAR("a" "c", 2) OR NEAR("b" "c", 2))'),
        ("title:(a NEAR/2 b)", '{title} : NEAR("a" "b", 2)'),
        ("-a NEAR/2 b c", '("c" NOT NEAR("a" "b", 2))'),
        ("near the wall", '("near" AND "the" AND "wall")'),
        ('"climate ch*"', '"climate ch"*'),
        ('צה"ל', '"צה״ל"'),
        ("title:C#", f'({{title}} : "c#" AND {{marks}} : "{mark("yt", "c#")}")'),
        ("text:½", f'({{text}} : " 1⁄2" AND {{marks}} : "{mark("yx", "½")}")'),
        ("text:$", f'{{marks}} : "{mark("yx", "$")}"'),
    ],
)
def test_what_people_type_becomes_an_expression(text, match):
    assert parse(text).match == match


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("words:>500", 501, MAX_NUMBER),
        ("words:>=500", 500, MAX_NUMBER),
        ("words:<200", 0, 199),
        ("words:<=200", 0, 200),
        ("words:300..800", 300, 800),
        ("words:300..", 300, MAX_NUMBER),
        ("words:..800", 0, 800),
        ("WORDS:500", 500, 500),
        ('words:"=500"', 500, 500),
    ],
)
def test_a_number_restricts_its_column(text, low, high):
    """The bounds of a range are inclusive, and the words beside it are searched as ever."""
    parsed = parse(f"harbour {text}")
    assert parsed.match == '"harbour"'
    assert parsed.numbers == (NumberRange(column="word_count", low=low, high=high),)


@pytest.mark.parametrize(
    ("text", "explained"),
    [
        ('"harbour wall', "isn't closed"),
        ("(a OR b", "isn't closed"),
        ("a)", "too many"),
        ("OR a", "both sides"),
        ("a AND", "after it"),
        ("a OR", "after it"),
        ("a -", "no letter or digit"),
        ("b*", "three letters"),
        ("!?", "no letter or digit"),
        ("since:yesterday", "isn't a day"),
        ("(since:2025)", "whole query"),
        ("words:many", "'many' isn't a number: write words:>500"),
        ("words:>", "isn't a number"),
        ("words:5.5", "isn't a number"),
        ("words:..", "isn't a number"),
        ("words:>99999999999999999999", "isn't a number"),
        ("words:(5 OR 6)", "isn't a number"),
        ("words:800..300", "the smaller one first"),
        ("words:-5", "right behind it, as in words:>500"),
        ("(words:>5)", "whole query"),
        ("-words:>5", "whole query"),
        ("harbour OR quay words:>5", "(harbour OR quay) words:>500"),
        ("title: -x", "right behind it"),
        ("NOT NOT a", "in a row"),
        ("source:(", "values with OR"),
        ("(" * 40 + "a" + ")" * 40, "brackets inside"),
        ("x" * 3000, "longer than"),
        ("harbuor~1", "write harbuor* for other endings"),
        ("harbour PRE/5 wall", "write harbour NEAR/5 wall"),
        ("harbour W/s wall", "write harbour NEAR/5 wall"),
        ("AROUND(5)", "write harbour NEAR/5 wall"),
        ("NEAR(harbour wall, 5)", "write 'harbour NEAR/5 wall'"),
        ("harbour NEAR", "needs a word after it"),
        ("NEAR harbour", "needs a word on both sides"),
        ("harbour NEAR/5 (wall -quay)", "NEAR takes words, phrases and groups"),
        ("(harbour wall) NEAR quay", "NEAR takes words, phrases and groups"),
        ("harbour NEAR title:wall", "NEAR takes words, phrases and groups"),
        ("harbour NEAR ...", "letters or digits on both sides"),
        ('"harbour"~5', "two words or more"),
        ('"harbour wall"~', "the number of words that may stand between"),
        ('"harbour wall"~x', "the number of words that may stand between"),
        ("wall^2", "can't be given weights; write wall"),
        ("[2024 TO 2025]", "since:2025-01 until:2025-03"),
        ("*l", "at least 2 letters"),
        ("w*a*l*l*s*x", "more than 4 stars"),
        ("東*都", "have no wildcards, and need none"),
        ("harbour | quay", "write OR"),
        ("harbour && quay", "all words are required anyway"),
        ("!harbour", "write -harbour"),
        ("wall –harbour", "write -harbour"),
        ("+harbour", "the + was left out"),
        ("harbour or quay", "write OR for either"),
        ("harbour not quay", "write NOT or - for articles without"),
        ("wall NEAR/5 wall", "a word near itself"),
        ('"the wall the"~5', "a word near itself"),
        ("harbour & quay", "looked for as a symbol"),
        ("*", "'*' has no letter or digit"),
        ("see 'harbour wall'", 'for these words in a row write "harbour wall"'),
        ("‘harbour wall’ quay", 'for these words in a row write "harbour wall"'),
        ("/wall/", "regular expressions aren't known"),
        ("words>500", "write words:>500"),
        ("section:poli*", "no wildcard"),
        ("a " * 200, "more than 100 words"),
    ],
)
def test_what_cannot_be_read_is_explained(text, explained):
    try:
        notes = parse(text).notes
    except QueryError as e:
        notes = (str(e),)
    assert any(explained in note for note in notes)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("title:", "'title:' has nothing right behind it and was taken as a word; write it as in title:harbour"),
        ("source: daily", "'source:' has nothing right behind it and was taken as a word; write it as in source:talkofnations"),
        ("foo:bar", f"'foo' isn't a field, so 'foo:bar' was taken as words; fields are {WORDS}"),
        ('titel:"old wall"', "'titel' isn't a field, so 'titel:' was taken as words; did you mean title:?"),
    ],
)  # fmt: skip
def test_what_looks_like_a_field_and_is_none_is_told_in_a_line(text, told):
    """It is searched as words all the same, as people paste whole sentences."""
    assert sorted(parse(text).notes) == [told]


@pytest.mark.parametrize(
    "text",
    [
        "https://news.example/a",
        "Reuters: the wall",
        "12:30",
        "a:",
        "title:wall",
        "C3:PO",
        "rock 'n' roll",
        "the dogs' wall",
    ],
)
def test_colons_of_plain_text_are_passed_over(text):
    assert parse(text).notes == ()


def test_days_are_inclusive_and_months_and_years_are_whole():
    parsed = parse("harbour since:2025-02 until:2025-02")
    assert (parsed.since, parsed.until) == ("2025-02-01", "2025-02-28")
    assert (day("2024", last=False), day("2024", last=True)) == ("2024-01-01", "2024-12-31")
    with pytest.raises(QueryError):
        day("2025-13", last=False)


def test_unwanted_words_are_not_highlighted():
    assert [each.text for each in parse("a -b (c OR -d)").wanted] == ["a", "c"]


TYPED = st.lists(
    st.sampled_from(
        [
            *"ab \"()*-:^+{},.\\'“”東京ก경ÉN\0\ud800",
            "OR ",
            "AND ",
            "NOT ",
            "NEAR",
            " NEAR/2 ",
            "~5",
            "?",
            "$",
            "½",
            "title:",
            "since:",
            "source:(",
        ]
    )
).map("".join)


@given(st.one_of(TYPED, st.text()))
def test_whatever_is_typed_is_a_query_for_sqlite_or_explained(text):
    """FTS5 never sees a syntax error, whatever is typed."""
    connection = sqlite3.connect(":memory:")
    connection.execute("create virtual table f using fts5(title, text, authors, marks)")
    try:
        parsed = parse(text)
    except QueryError as e:
        assert str(e)
    else:
        connection.execute("select rowid from f where f match ?", [parsed.match]).fetchall()
    finally:
        connection.close()


WORDS = st.text(
    alphabet=st.sampled_from(list("abcéÅß東京都政府かなカナーกขิ์한국어경제0019 .,、。()-\n+#$½™")),
    min_size=1,
    max_size=20,
)


@given(before=WORDS, word=WORDS, after=WORDS)
@example(before="0", word=".½", after="0")
def test_a_passage_is_found_in_every_text_that_holds_it(before, word, after):
    """What a text holds between spaces, in any script, is found by typing it."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "create virtual table articles_fts using fts5(title, text, authors, marks, content='',"
        " tokenize=\"unicode61 remove_diacritics 2 categories 'L* N* Co Mc Mn'\")"
    )
    connection.executescript("create table bitmap_months (month); create table bitmap_stale (day primary key);")
    row = {"seq": 1, "title": "", "text": f"{before} {word} {after}", "authors": "[]", "marks": EVERY}
    index(connection, row)
    try:
        parsed = parse(f'"{word}"')
    except QueryError:
        return
    assert connection.execute(
        "select rowid from articles_fts where articles_fts match ?", [parsed.match]
    ).fetchall() == [(1,)]
    connection.close()
