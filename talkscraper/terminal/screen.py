"""A stream for people: a terminal with colours and a width, or lines in a log or a pipe, which are never cut."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from talkscraper.terminal.styled_text import Text, as_text
from talkscraper.terminal.table import Table

EVERY_S = 0.1
"""Least interval in which a live line is drawn, in seconds."""
_ERASE_LINE = "\r\x1b[2K"


class Screen:
    """Prints to a stream; on a terminal, a live line may stand below what is printed."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._live = Text()
        self._live_is_shown = False
        self._drawn = -EVERY_S

    @property
    def is_terminal(self) -> bool:
        """Whether people see it at once."""
        return self._stream.isatty()

    @property
    def _takes_codes(self) -> bool:
        return self.is_terminal and os.environ.get("TERM") != "dumb"

    @property
    def is_coloured(self) -> bool:
        """Whether styles are shown (https://no-color.org)."""
        return self._takes_codes and not os.environ.get("NO_COLOR")

    @property
    def width(self) -> int:
        """Columns of the terminal."""
        if "COLUMNS" not in os.environ and self.is_terminal:
            try:
                return os.get_terminal_size(self._stream.fileno()).columns or shutil.get_terminal_size().columns
            except OSError:
                pass
        return shutil.get_terminal_size().columns

    def print(self, value: str | Text | Table = "", *, style: str = "", indent: int = 0, wrap: bool = True) -> None:
        """Print lines.

        Args:
            value: What to print. A string is printed as it is: nothing in it is a style.
            style: Style of a string.
            indent: Width of a margin on the left, which wrapped lines have too.
            wrap: False: the terminal breaks long lines, wherever their end is.
        """
        width = max(1, self.width - indent) if wrap and self.is_terminal else None
        lines = (value if isinstance(value, Table) else as_text(value, style)).lines(width)
        margin = " " * indent
        written = (each.written(coloured=self.is_coloured) for each in lines)
        self._write("".join(f"{margin if each else ''}{each}\n" for each in written))

    @contextmanager
    def live(self, text: str) -> Iterator[Callable[[str | Text], None]]:
        """Show a live line while the block runs; yields the function that replaces it."""
        self.show_live(text)
        try:
            yield self.show_live
        finally:
            self.show_live("")

    def show_live(self, text: str | Text) -> None:
        """Replace the live line, cut to one line; an empty one goes. Nothing is shown where it can't be erased."""
        if not self._takes_codes:
            return
        self._live = as_text(text).lines(max(1, self.width - 1))[0]
        now = time.monotonic()
        if not self._live.plain or now - self._drawn >= EVERY_S:
            self._drawn = now
            self._write("")

    def _write(self, text: str) -> None:
        stream = self._stream
        if self._takes_codes:
            text = f"{_ERASE_LINE if self._live_is_shown else ''}{text}{self._live.written(coloured=self.is_coloured)}"
            self._live_is_shown = bool(self._live.plain)
        stream.write(text)
        stream.flush()
