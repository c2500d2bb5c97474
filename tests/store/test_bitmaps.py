"""Bitmaps of common words count what the full-text index counts, and what a scan of the texts finds."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from talkscraper.preserve import row_repair
from talkscraper.sources.model import Source
from talkscraper.store import fulltext
from talkscraper.store.articles import delete_article, hide_article, unhide_article
from talkscraper.store.bitmaps import build, counts, validity
from talkscraper.store.bitmaps.check import disagreeing
from talkscraper.store.bitmaps.layout import column_of, layout_of, month_of_seq, packed, restored, seqs_of, stored
from talkscraper.store.bitmaps.planes import MonthColumn
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest, prepare
from talkscraper.store.periods import UNITS, period_of
from talkscraper.store.row_numbers import PER_DAY, day_of_seq, seq_range
from talkscraper.store.source_rows import rename_source, write_named
from talkscraper.store.timeline import timeline
from talkscraper.store.timeline_counts import BYS
from tests.support.row_archives import START, RowArchive, article, published

COMMON = ["wall", "boat", "net"]
RARE = ["oyster", "eel", "perch"]
SOURCES = ["quay", "pier", "dock"]
DAYS = 150


@dataclass(frozen=True)
class Made:
    """An article as it was made."""

    id: str
    text: str
    day: datetime
    source: str
    language: str
    section: str | None

    def has(self, word: str) -> bool:
        return word in self.text.split()


def made_article(chance: random.Random, number: int) -> Made:
    words = [word for word in COMMON if chance.random() < 0.7] + [word for word in RARE if chance.random() < 0.1]
    chance.shuffle(words)
    return Made(
        id=str(number),
        text=" ".join(["it", *words, "is"]),
        day=datetime(2024, 12, 20, 12, tzinfo=UTC) + timedelta(days=chance.randrange(DAYS)),
        source=chance.choice(SOURCES),
        language=chance.choice(["en", "en", "de", "pt-BR"]),
        section=chance.choice([None, "World", "world", "Sport"]),
    )


def store(archive, what: Made, **fields) -> str:
    page = article(
        f"https://news.test/{what.id}", what.text, title="Title", language=what.language, section=what.section,
        published=published(what.day), authors=(), **fields,
    )  # fmt: skip
    return archive.store(archive.capture(page.url, START), page, source_id=what.source).article_id


class Shelf:
    """An archive, and what it was made of."""

    def __init__(self, archive: RowArchive, made: list[Made]) -> None:
        self.archive, self.made = archive, made


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    """300 articles of five months, of which two words are common and have bitmaps."""
    archive = RowArchive(tmp_path_factory.mktemp("bitmaps") / "talkscraper.db")
    chance = random.Random(5)
    made = [made_article(chance, number) for number in range(300)]
    archive.writer.run(lambda db: [write_named(db, each, f"https://{each}.test/") for each in SOURCES])
    for each in made:
        store(archive, each)
    yield Shelf(archive, made)
    archive.writer.close()


@pytest.fixture(autouse=True)
def everything_is_worth_it(monkeypatch):
    """A word of half of all articles is a common one."""
    monkeypatch.setattr(build, "MIN_SHARE", 0.5)
    monkeypatch.setattr(build, "_SAMPLED", 200)


def make_bitmaps(archive) -> int:
    return build.refresh(archive.writer.run, least=0)


QUERIES = st.recursive(
    st.sampled_from([*COMMON, *RARE]),
    lambda inner: st.one_of(
        st.tuples(st.just("AND"), inner, inner), st.tuples(st.just("OR"), inner, inner), st.tuples(st.just("NOT"), inner, inner)
    ),
    max_leaves=6,
)  # fmt: skip


def written(tree) -> str:
    """The query of a tree."""
    if isinstance(tree, str):
        return tree
    operator, one, other = tree
    return f"({written(one)} {operator} {written(other)})"


def holds(tree, what: Made) -> bool:
    """Whether a scan of the text finds it."""
    if isinstance(tree, str):
        return what.has(tree)
    operator, one, other = tree
    first, second = holds(one, what), holds(other, what)
    return {"AND": first and second, "OR": first or second, "NOT": first and not second}[operator]


def drawn(archive, *queries: str, **options):
    filters = options.pop("filters", {})
    connection = open_reader(archive.path)
    try:
        return timeline(connection, [SearchRequest(text=each, **filters) for each in queries], **options)
    finally:
        connection.close()


def counts_of(found) -> dict:
    return {
        (series.key, point.start): (point.matches, point.total)
        for series in found.series
        for point in series.points
        if point.matches or point.total
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=QUERIES, unit=st.sampled_from(UNITS))
def test_a_timeline_counts_what_a_scan_finds(shelf, tree, unit):
    """Whatever is joined by AND, OR and NOT, common words and rare ones: matches and totals of each period."""
    archive, made = shelf.archive, shelf.made
    make_bitmaps(archive)
    found = drawn(archive, written(tree), unit=unit)
    series = found.series[0] if found.series else None
    scanned = Counter(period_of(each.day.date(), unit) for each in made if holds(tree, each))
    if series is None:
        assert not scanned
        return
    assert {point.start: point.matches for point in series.points if point.matches} == dict(scanned)
    totals = Counter(period_of(each.day.date(), unit) for each in made)
    assert all(point.total == totals[point.start] for point in series.points)
    assert series.matches == scanned.total()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=QUERIES, unit=st.sampled_from(UNITS), language=st.sampled_from([None, "de", "pt"]))
def test_divided_by_a_field_it_counts_what_a_scan_finds(shelf, tree, unit, language):
    """By source, in both numbers of a share, within a language too."""
    archive, made = shelf.archive, shelf.made
    make_bitmaps(archive)
    found = drawn(archive, written(tree), unit=unit, by="source", filters={"language": language} if language else {})
    within = [each for each in made if not language or each.language.partition("-")[0] == language]
    for series in found.series:
        mine = [each for each in within if each.source == series.value]
        scanned = Counter(period_of(each.day.date(), unit) for each in mine if holds(tree, each))
        assert {point.start: point.matches for point in series.points if point.matches} == dict(scanned)
        assert series.articles == len(mine)


ASKED = [
    ("wall",), ("wall", "oyster", "boat OR net"), ("wall -boat",), ('"wall boat"', "wall"), ("wa?l net",), ("wal*",),
    ("title:title wall",), ("",), ("wall words:>3",), ("wall since:2025-01-15 until:2025-02-20",), ("wall NEAR/2 net",),
    ("-oyster net",), ("wall source:quay",), ("net -language:de", "eel"), ("truncated:1 OR wall",), ("nothere wall",),
]  # fmt: skip


def answers(archive, asked=ASKED) -> list:
    found = []
    for queries in asked:
        found += [counts_of(drawn(archive, *queries, unit=unit)) for unit in UNITS]
        found += [counts_of(drawn(archive, *queries, unit="month", by=by)) for by in BYS]
        found.append(counts_of(drawn(archive, *queries, unit="day", most_periods=40)))
        found.append(counts_of(drawn(archive, *queries, unit="month", filters={"copies": "collapse"})))
    return found


def test_with_and_without_bitmaps_every_answer_is_the_same(shelf):
    """Also where a part of the months has none: these are counted by the index."""
    archive = shelf.archive
    archive.writer.run(validity.forget_all)
    expected = answers(archive)
    assert make_bitmaps(archive) > 4
    assert answers(archive) == expected
    archive.writer.run(lambda db: db.execute("delete from bitmap_months where month % 2 = 0"))
    assert answers(archive) == expected
    archive.writer.run(
        lambda db: db.execute(
            "insert or ignore into bitmap_stale select seq / ? from articles where id < '4'", [PER_DAY]
        )
    )
    assert answers(archive) == expected
    archive.writer.run(lambda db: db.execute("delete from bitmaps where id % 3 = 0"))
    assert answers(archive) == expected
    archive.writer.run(validity.forget_all)


CHANGES = {
    "a new article": lambda archive, made, ids: store(archive, Made("new", "wall eel", made[0].day, "quay", "en", "World")),
    "another text": lambda archive, made, ids: store(
        archive, replace(made[1], text="it wall net eel boat is"), modified=published(START)
    ),
    "another day": lambda archive, made, ids: store(archive, replace(made[2], day=made[2].day + timedelta(days=40))),
    "another section": lambda archive, made, ids: store(archive, replace(made[3], section="Moved")),
    "deleted": lambda archive, made, ids: archive.writer.run(delete_article, ids[4]),
    "hidden": lambda archive, made, ids: archive.writer.run(hide_article, ids[5], now=START),
    "hidden and shown again": lambda archive, made, ids: (
        archive.writer.run(hide_article, ids[5], now=START), archive.writer.run(unhide_article, ids[5], now=START),
    ),
    "the index built again": lambda archive, made, ids: archive.writer.run(fulltext.rebuild),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_counted_at_once(make, change):
    """After bitmaps were made, and again when those of the changed months are made anew."""
    archive = make()
    chance = random.Random(3)
    made = [made_article(chance, number) for number in range(40)]
    ids = [store(archive, each) for each in made]
    make_bitmaps(archive)
    CHANGES[change](archive, made, ids)
    after = answers(archive, ASKED[1:3])
    make_bitmaps(archive)
    assert answers(archive, ASKED[1:3]) == after
    archive.writer.run(validity.forget_all)
    assert answers(archive, ASKED[1:3]) == after


def test_it_is_bitmaps_that_count(shelf):
    """A common word is counted without a look at the index; a rare one, a phrase and numbers are left to it."""
    archive, made = shelf.archive, shelf.made
    make_bitmaps(archive)
    connection = open_reader(archive.path)
    try:
        common = counts.by_day(connection, prepare(SearchRequest(text="wall")))
        assert common is not None
        assert common.counts.total() == sum(each.has("wall") for each in made)
        assert not any(
            connection.execute("select 1 from articles where seq between ? and ?", [each.low, each.high]).fetchone()
            for each in common.gaps
        )
        for text in ("oyster", '"wall boat"', "wall words:>3", "wal*"):
            assert counts.by_day(connection, prepare(SearchRequest(text=text), connection)) is None
    finally:
        connection.close()


def test_phrases_of_two_common_words_and_words_of_titles_have_bitmaps(make):
    """A phrase is counted where its words stand side by side in this order, without a look at the index."""
    archive = make()
    chance = random.Random(9)
    made = [
        replace(
            made_article(chance, number), text=chance.choice(["on the wall", "the on wall", "On\nthe net", "on it"])
        )
        for number in range(40)
    ]
    for each in made:
        store(archive, each)
    make_bitmaps(archive)
    phrases = sum(each.text in ("on the wall", "On\nthe net") for each in made)
    expected = {
        '"on the"': phrases,
        '"on the" -net': sum(each.text == "on the wall" for each in made),
        "title:title": 40,
    }
    connection = open_reader(archive.path)
    try:
        terms = {term for (term,) in connection.execute("select term from bitmap_terms")}
        assert {'"on the"', '{title} : "title"'} <= terms
        for text, count in expected.items():
            counted = counts.by_day(connection, prepare(SearchRequest(text=text)))
            assert counted is not None
            assert counted.counts.total() == count
    finally:
        connection.close()


@pytest.mark.parametrize("values", [1, 2, 40, 255, 256, 700])
def test_values_are_counted_by_planes_as_one_by_one(values):
    """Of many articles or few, from any byte on, with codes of one byte or of four; places of no article don't count."""
    chance = random.Random(values)
    names = [f"value {number}" for number in range(values)]
    size = values * 4
    codes = [chance.randint(1, values) if chance.random() < 0.9 else 0 for _ in range(size * 8)]
    column = MonthColumn(names, column_of("B" if values < 256 else "I", codes), size)
    for start, end in ((0, size), (1, size), (size // 2, size), (size // 2, size // 2 + 1)):
        found = bytearray(end - start)
        for at in range(start * 8, end * 8):
            if codes[at] and chance.random() < 0.5:
                found[at // 8 - start] |= 1 << at % 8
        wanted = Counter(codes[at] for at in range(start * 8, end * 8) if found[at // 8 - start] >> at % 8 & 1)
        assert Counter(dict(column.counts(bytes(found), start))) == wanted


def test_a_small_archive_has_no_bitmaps(make):
    """What the index counts in no time isn't worth it."""
    archive = make()
    store(archive, made_article(random.Random(1), 1))
    archive.writer.close()
    connection = open_reader(archive.path)
    assert connection.execute("select count(*) from bitmap_months").fetchone()[0] == 0
    connection.close()


def test_bitmaps_are_made_when_an_archive_is_closed_and_enough_articles_have_none(make, monkeypatch):
    """Of all articles; their terms are chosen of as many."""
    monkeypatch.setattr(build, "MIN_ARTICLES", 10)
    archive = make()
    chance = random.Random(2)
    for number in range(11):
        store(archive, made_article(chance, number))
    archive.writer.close()
    connection = open_reader(archive.path)
    assert connection.execute("select sum(articles) from bitmap_months").fetchone()[0] == 11
    assert connection.execute("select min(chosen_of) from bitmap_terms").fetchone()[0] == 11
    connection.close()


def test_a_renamed_source_is_counted_under_its_new_name(make):
    """In a timeline by source, before and after the bitmaps are made again."""
    archive = make()
    chance = random.Random(4)
    for number in range(30):
        store(archive, made_article(chance, number))
    make_bitmaps(archive)
    newer = Source(id="harbour", name="Harbour", homepage="https://harbour.test/")
    archive.writer.run(lambda db: [write_named(db, each) for each in SOURCES])
    archive.writer.run(rename_source, "quay", newer)
    found = [counts_of(drawn(archive, "wall", by="source", unit="month"))]
    make_bitmaps(archive)
    found.append(counts_of(drawn(archive, "wall", by="source", unit="month")))
    assert found[0] == found[1]
    assert {"harbour", "pier", "dock"} == {key for key, _ in found[0]}


def test_a_swept_archive_has_no_bits_of_what_was_removed(make):
    """A takedown deletes the bitmaps of the month, too."""
    archive = make()
    ids = [store(archive, made_article(random.Random(6), number)) for number in range(3)]
    make_bitmaps(archive)
    for each in ids:
        archive.writer.run(delete_article, each)
    archive.writer.run(lambda db: validity.sweep(db.conn))
    assert archive.rows("select * from bitmaps") == archive.rows("select * from bitmap_values") == []


@pytest.mark.parametrize(
    "days",
    [
        [date(2025, 1, 31), date(2025, 2, 28), date(2025, 3, 1)],
        [date(1, 1, 1), date(1969, 12, 31), date(9999, 12, 31)],
    ],
)
def test_each_article_has_its_bit(days):
    """In the months at the ends of the calendar too; the bits of a day begin with a new byte."""
    seqs = [seq_range(day.isoformat(), day.isoformat())[0] + 7 for day in days]
    for at, (day, seq) in enumerate(zip(days, seqs, strict=True)):
        month = month_of_seq(seq)
        low, high = seqs_of(month)
        assert low <= seq <= high
        placed = layout_of(month, [seq, seq + 1])
        assert restored(month, *stored(placed)) == placed
        bits = placed.bits_of([seq + at % 2])
        assert bits == packed({seq + at % 2}, placed.padded([seq, seq + 1], low - 1)) == bytes([1 << at % 2])
        ((number, start, end),) = placed.days()
        assert day_of_seq(number * PER_DAY) == day
        assert (start, end) == (0, 1)


@pytest.mark.slow
@pytest.mark.parametrize(
    "damage",
    [
        "update bitmaps set bits = zeroblob(length(bits)) where id = (select max(id) from bitmaps)",
        "update bitmaps set bits = x'00' where id = (select max(id) from bitmaps)",
        "update bitmap_months set counts = zeroblob(124) where month = (select max(month) from bitmap_months)",
    ],
)
def test_verify_finds_bitmaps_that_disagree_with_the_index_and_repair_forgets_them(make, damage):
    """Days that are left to the index are no disagreement."""
    archive = make()
    chance = random.Random(8)
    ids = [store(archive, made_article(chance, number)) for number in range(30)]
    make_bitmaps(archive)
    archive.writer.run(delete_article, ids[0])
    assert archive.writer.run(lambda db: disagreeing(db.conn)) == []
    assert archive.writer.run(row_repair.forget_bitmaps) == []
    make_bitmaps(archive)
    assert archive.writer.run(lambda db: disagreeing(db.conn)) == []
    expected = counts_of(drawn(archive, "wall", unit="month"))
    archive.writer.run(lambda db: db.execute(damage))
    assert len(archive.writer.run(lambda db: disagreeing(db.conn))) == 1
    assert len(archive.writer.run(row_repair.forget_bitmaps)) == 1
    assert counts_of(drawn(archive, "wall", unit="month")) == expected
    make_bitmaps(archive)
    assert archive.writer.run(lambda db: disagreeing(db.conn)) == []
