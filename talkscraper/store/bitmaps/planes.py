"""The values of a column as bit planes: of each article, the bits of its value's code, one bitmap for each of them.

The matches of a search are divided by the highest bit of their codes, each half by the next, and so on down to the
values: that takes as many steps as there are values among them, whatever the number of matches.
https://en.wikipedia.org/wiki/Bit_slicing
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress

from talkscraper.store.bitmaps.layout import Layout, numbers, packed_digits

_DIGITS = tuple(bytes(ord("0") + (byte >> bit & 1) for byte in range(256)) for bit in range(8))
"""What makes of bytes the digits of one of their bits."""
_BITS = tuple(bytes(byte >> bit & 1 for bit in range(8)) for byte in range(256))
"""The bits of each byte as bytes."""
_ARTICLES_PER_VALUE = 16
"""Where there are fewer articles, their codes are counted one by one."""


class MonthColumn:
    """The values of a month's articles in one column; code 0 is no article, and others count from 1."""

    def __init__(self, names: list[str | None], stored: bytes, size: int) -> None:
        """``stored`` are the codes of ``size`` bytes of bits."""
        self.names = names
        self._stored = stored
        self._width = len(stored) // (size * 8) if size else 1
        self._codes = stored if self._width == 1 else numbers("I", stored)

    def counts(self, found: bytes, start: int) -> Iterable[tuple[int, int]]:
        """Return codes and how many of the articles ``found`` have them; these are bits from byte ``start`` on."""
        if len(found) * 8 < len(self.names) * _ARTICLES_PER_VALUE:
            codes = self._codes[start * 8 : (start + len(found)) * 8]
            return Counter(compress(codes, b"".join(map(_BITS.__getitem__, found)))).items()
        planes = [int.from_bytes(each[start : start + len(found)], "little") for each in self._planes]
        counts: list[tuple[int, int]] = []
        _divide(int.from_bytes(found, "little"), planes, len(planes) - 1, 0, counts)
        return counts

    @cached_property
    def _planes(self) -> list[bytes]:
        return [
            packed_digits(self._stored[bit // 8 :: self._width].translate(_DIGITS[bit % 8]))
            for bit in range(len(self.names).bit_length())
        ]


def _divide(found: int, planes: list[int], bit: int, code: int, counts: list[tuple[int, int]]) -> None:
    """Add codes and counts of the bits ``found``, whose codes have ``code`` above this bit."""
    if bit < 0:
        counts.append((code, found.bit_count()))
        return
    ones = found & planes[bit]
    if ones:
        _divide(ones, planes, bit - 1, code | 1 << bit, counts)
    if ones != found:
        _divide(found ^ ones, planes, bit - 1, code, counts)


@dataclass(frozen=True, slots=True)
class PlanesOfFields:
    """The columns that were read for one answer, for the next search in it."""

    _known: dict[tuple[str, int, int, int], dict[int, MonthColumn]] = field(default_factory=dict)

    def of(self, connection: sqlite3.Connection, name: str, layouts: Sequence[Layout]) -> dict[int, MonthColumn]:
        """Return a column by month, of the months that have these layouts."""
        # a writer may make bitmaps anew between two searches
        (version,) = connection.execute("pragma data_version").fetchone()
        first, last = layouts[0].month, layouts[-1].month
        key = name, first, last, version
        if key not in self._known:
            sizes = {each.month: each.size for each in layouts}
            rows = connection.execute(
                "select month, names, codes from bitmap_values where field = ? and month between ? and ?",
                [name, first, last],
            )
            self._known[key] = {
                month: MonthColumn(json.loads(names), codes, sizes[month])
                for month, names, codes in rows
                if month in sizes
            }
        return self._known[key]
