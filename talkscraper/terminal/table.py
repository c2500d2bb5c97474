"""Tables without lines: columns are as wide as their cells, and narrower only where a terminal is too narrow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import zip_longest

from talkscraper.terminal.styled_text import Text, as_text

MIN_COLUMN = 10
"""Columns of text aren't made narrower for a narrow terminal; figures and short ones are never."""


class Table:
    """Rows under bold headings.

    Args:
        headings: One for each column; none: no line of headings.
        right: Numbers of the columns that hold figures, which are aligned to the right and never wrapped.
        gap: Spaces between columns.
    """

    def __init__(self, headings: Sequence[str] = (), *, right: Collection[int] = (), gap: int = 2) -> None:
        self._right = frozenset(right)
        self._gap = gap
        self._rows = [[Text(each, "bold") for each in headings]] if headings else []

    def add_row(self, *cells: str | Text) -> None:
        """Add a row."""
        self._rows.append([as_text(each) for each in cells])

    def lines(self, width: int | None) -> list[Text]:
        """Return its lines; no wider than a terminal if that can be."""
        widths = self._widths(width)
        return [line for row in self._rows for line in self._row_lines(row, widths)]

    def _widths(self, width: int | None) -> list[int]:
        widths = [max(cell.columns for cell in column) for column in zip(*self._rows, strict=True)]
        if width is None:
            return widths
        surplus = sum(widths) + self._gap * (len(widths) - 1) - width
        while surplus > 0:
            widest = max((each for each in range(len(widths)) if each not in self._right), key=widths.__getitem__)
            if widths[widest] <= MIN_COLUMN:
                break
            widths[widest] -= 1
            surplus -= 1
        return widths

    def _row_lines(self, row: Sequence[Text], widths: Sequence[int]) -> list[Text]:
        cells = [cell.lines(width) for cell, width in zip(row, widths, strict=True)]
        return [self._line(parts, widths) for parts in zip_longest(*cells, fillvalue=Text())]

    def _line(self, parts: Sequence[Text], widths: Sequence[int]) -> Text:
        """One line of a row, without spaces at its end."""
        line, spaces = Text(), 0
        for number, (part, width) in enumerate(zip(parts, widths, strict=True)):
            fill = width - part.columns
            if number in self._right:
                spaces, fill = spaces + fill, 0
            if part.plain:
                line.append(" " * spaces).extend(part)
                spaces = 0
            spaces += fill + self._gap
        return line
