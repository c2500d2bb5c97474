"""Making of the bitmaps, out of the full-text index: for whole months, when enough articles have none.

Until then the index counts (``validity``), so that storing an article costs hardly anything.
"""

from __future__ import annotations

import json
import logging
import random
import re
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Any

from talkscraper.store.bitmaps.expression import term_key
from talkscraper.store.bitmaps.layout import (
    DAYS,
    TERM_BITS,
    Layout,
    column_of,
    indexed_in,
    layout_of,
    month_of_seq,
    packed,
    restored,
    seqs_of,
    stored,
)
from talkscraper.store.bitmaps.validity import forget_all
from talkscraper.store.folding import fold
from talkscraper.store.fulltext import segment
from talkscraper.store.row_numbers import PER_DAY, day_number
from talkscraper.store.text_values import listed

if TYPE_CHECKING:
    from sqlite_utils import Database

MIN_ARTICLES = 20_000
"""Number of articles without bitmaps that are left to the index."""
MAX_SHARE_WITHOUT = 0.05
"""Share of an archive's articles that are left to the index, if they are more than ``MIN_ARTICLES``."""
MIN_SHARE = 1 / 16
"""Share of the articles that must have a term for it to have bitmaps."""
MAX_TERMS = 2_000
"""Maximum number of terms that have bitmaps: the commonest."""
FIELDS = ("source_id", "language", "section")
"""The columns by which a timeline is divided; each has marks, so that a change of it indexes the article again."""

_SAMPLED = 2_000
_GROWTH = 2
"""The terms are chosen again when the archive has this many times the articles of which they were chosen."""
_PART = 100_000
"""Number of articles whose bitmaps are made in one transaction, or those of a month."""
_WORD = re.compile(r"[^\W_]+")

_log = logging.getLogger(__name__)


def refresh(run: Callable[..., Any], *, least: int | None = None) -> int:
    """Make the bitmaps that are missing, if they are worth it; return the number of months.

    Args:
        run: Calls a change of the database in one transaction (``ArchiveWriter.run``).
        least: Number of articles that are left to the index; by default ``MIN_ARTICLES``.
    """
    parts: list[list[int]] = run(prepare, MIN_ARTICLES if least is None else least)
    if len(parts) > 1:
        _log.warning("making bitmaps of common words for timelines: about four minutes per million articles")
    for months in parts:
        run(make, months)
    return sum(map(len, parts))


def prepare(db: Database, least: int) -> list[list[int]]:
    """Choose the terms, if need be; return the months that need bitmaps, in parts of one transaction each."""
    days: Counter[int] = Counter()
    for day, count in db.execute("select day, sum(articles + truncated) from article_days group by day"):
        days[day_number(day)] = count
    total = days.total()
    made = {month for (month,) in db.execute("select month from bitmap_months")}
    stale = {day for (day,) in db.execute("select day from bitmap_stale")}
    months = {day: month_of_seq(day * PER_DAY) for day in {*days, *stale}}
    waiting: Counter[int] = Counter()
    for day, month in months.items():
        if month not in made or day in stale:
            waiting[month] += days[day]
    if waiting.total() <= max(least, total * MAX_SHARE_WITHOUT):
        return []
    (chosen_of,) = db.execute("select max(chosen_of) from bitmap_terms").fetchone()
    if chosen_of is None or not chosen_of / _GROWTH < total < chosen_of * _GROWTH:
        forget_all(db)
        waiting = Counter()
        for day, count in days.items():
            waiting[months[day]] += count
        db.conn.executemany(
            "insert into bitmap_terms (term, chosen_of) values (?, ?)",
            [(term, total) for term in common_terms(db, days)],
        )
    parts: list[list[int]] = []
    size = 0
    for month in sorted(waiting):
        if not parts or size + waiting[month] > _PART:
            parts.append([])
            size = 0
        parts[-1].append(month)
        size += waiting[month]
    return parts


def common_terms(db: Database, days: Mapping[int, int]) -> list[str]:
    """Return the terms that a good part of the articles have, by a sample, the commonest first.

    Which terms these are makes no difference for any number: a term without bitmaps is looked up in the index.

    Args:
        db: The archive.
        days: The number of articles by the number of the day.
    """
    if not days:
        return []
    chance = random.Random(len(days))  # noqa: S311  a sample
    counted: Counter[str] = Counter()
    sampled = 0
    for day in chance.choices(list(days), weights=list(days.values()), k=_SAMPLED):
        row = db.execute(
            "select title, text, authors, marks from articles where seq >= ? and hidden_at is null"
            " order by seq limit 1",
            [day * PER_DAY + chance.randrange(PER_DAY)],
        ).fetchone()
        if row is not None:
            counted.update(_terms(*row))
            sampled += 1
    least = max(2, sampled * MIN_SHARE)
    return [term for term, count in counted.most_common(MAX_TERMS) if count >= least]


def _terms(title: str | None, text: str, authors: str, marks: str) -> set[str]:
    """Return the words of an article, the pairs of words side by side, the words of its title, and its marks."""
    headline, *others = (
        _WORD.findall(segment(fold(each))) for each in (title or "", text, "\n".join(map(str, listed(authors))))
    )
    found = {term_key("marks", word) for word in marks.split()}
    found.update(term_key("title", word) for word in headline)
    for words in (headline, *others):
        found.update(term_key("", word) for word in words)
        found.update(term_key("", f"{one} {other}") for one, other in pairwise(words))
    return found


def make(db: Database, months: Sequence[int]) -> None:
    """Make the bitmaps of these months; of those that have any, the days that aren't up to date."""
    low, high = seqs_of(months[0])[0], seqs_of(months[-1])[1]
    stale = {
        day
        for (day,) in db.execute(
            "select day from bitmap_stale where day between ? and ?", [low // PER_DAY, high // PER_DAY]
        )
    }
    known = {
        month: restored(month, counts)
        for month, counts in db.execute(
            "select month, counts from bitmap_months where month between ? and ?", [months[0], months[-1]]
        )
    }
    waiting: list[_Month] = []
    for month in months:
        first, last = seqs_of(month)
        seqs = indexed_in(db.conn, month)
        layout = layout_of(month, seqs)
        old = known.get(month)
        days = {day - first // PER_DAY for day in stale if first <= day * PER_DAY <= last}
        if old is not None and any(old.counts[day] != layout.counts[day] for day in range(DAYS) if day not in days):
            old = None
        waiting.append(_Month(layout, old, frozenset(days if old is not None else range(DAYS)), seqs))
    terms = db.execute("select number, term from bitmap_terms").fetchall()
    for run in _runs(waiting):
        for number, term in terms:
            _make_term(db, number, term, run)
    for each in waiting:
        counts, offsets = stored(each.layout)
        db.execute(
            "insert or replace into bitmap_months (month, articles, counts, offsets) values (?, ?, ?, ?)",
            [each.layout.month, len(each.layout.offsets), counts, offsets],
        )
        _make_values(db, each.layout)
    db.execute("delete from bitmap_stale where day between ? and ?", [low // PER_DAY, high // PER_DAY])


@dataclass(frozen=True)
class _Month:
    """A month whose bitmaps are made."""

    layout: Layout
    old: Layout | None
    """The layout of the bitmaps that it has."""
    days: frozenset[int]
    """The days that are made."""
    seqs: array[int]

    @cached_property
    def places(self) -> list[list[int]]:
        """The row number of each bit, by day."""
        padded = self.layout.padded(self.seqs, self.layout.first_seq - 1)
        starts = self.layout.starts
        return [padded[starts[day] * 8 : starts[day + 1] * 8] for day in range(DAYS)]

    @cached_property
    def every_place(self) -> list[int]:
        """The same for the whole month."""
        return list(chain.from_iterable(self.places))

    @property
    def ranges(self) -> list[tuple[int, int]]:
        """Row numbers of the runs of days that are made."""
        first = self.layout.first_seq
        found: list[tuple[int, int]] = []
        for day in sorted(self.days):
            start = first + day * PER_DAY
            if found and found[-1][1] == start - 1:
                found[-1] = found[-1][0], start + PER_DAY - 1
            else:
                found.append((start, start + PER_DAY - 1))
        return found


def _runs(waiting: Sequence[_Month]) -> Iterator[list[_Month]]:
    """Yield months that are made as a whole together, and each of the others."""
    together = [each for each in waiting if each.old is None]
    if together:
        yield together
    for each in waiting:
        if each.old is not None:
            yield [each]


def _make_term(db: Database, number: int, term: str, months: Sequence[_Month]) -> None:
    key = number << TERM_BITS
    bits: list[bytes] = []
    if months[0].old is not None:
        (month,) = months
        row = db.execute("select bits from bitmaps where id = ?", [key + month.layout.month]).fetchone()
        before = b"" if row is None else row[0]
        assert month.old is not None
        if len(before) == month.old.size:
            found = array("q")
            for low, high in month.ranges:
                found += _rows_of(db, term, low, high)
            those = set(found)
            starts = month.old.starts
            bits = [
                b"".join(
                    packed(those, month.places[day]) if day in month.days else before[starts[day] : starts[day + 1]]
                    for day in range(DAYS)
                )
            ]
    if not bits:
        found = _rows_of(db, term, seqs_of(months[0].layout.month)[0], seqs_of(months[-1].layout.month)[1])
        bits = [packed(set(_within(found, each.layout.month)), each.every_place) for each in months]
    db.conn.executemany(
        "insert or replace into bitmaps (id, bits) values (?, ?)",
        [(key + each.layout.month, made) for each, made in zip(months, bits, strict=True)],
    )


def _rows_of(db: Database, term: str, low: int, high: int) -> array[int]:
    rows = db.execute(
        "select rowid from articles_fts where articles_fts match ? and rowid between ? and ? order by rowid",
        [term, low, high],
    )
    return array("q", chain.from_iterable(rows))


def _make_values(db: Database, layout: Layout) -> None:
    low, high = seqs_of(layout.month)
    rows = {
        seq: values
        for seq, *values in db.execute(
            f"select seq, {', '.join(FIELDS)} from articles indexed by articles_facets where seq between ? and ?",
            [low, high],
        )
    }
    nothing = [None] * len(FIELDS)
    columns = zip(*(rows.get(low + offset, nothing) for offset in layout.offsets), strict=True)
    for field, column in zip(FIELDS, columns, strict=False):
        # 0 is the code of no article
        codes: dict[str | None, int] = {}
        coded = layout.padded([codes.setdefault(value, len(codes) + 1) for value in column], 0)
        column_bytes = column_of("B" if len(codes) < 256 else "I", coded)
        db.execute(
            "insert or replace into bitmap_values (month, field, names, codes) values (?, ?, ?, ?)",
            [layout.month, field, json.dumps(list(codes), ensure_ascii=False), column_bytes],
        )


def _within(seqs: array[int], month: int) -> array[int]:
    low, high = seqs_of(month)
    return seqs[bisect_left(seqs, low) : bisect_right(seqs, high)]
