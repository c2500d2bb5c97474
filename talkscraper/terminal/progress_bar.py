"""A bar as a live line: how much of something is done, and how long the rest takes."""

from __future__ import annotations

import time
from collections.abc import Callable

from talkscraper.terminal.screen import Screen
from talkscraper.terminal.styled_text import Text, columns_of

MAX_BAR = 30
"""Columns of the bar; it is shorter where the words need the place."""
TIME_COLUMNS = 9


class ProgressBar:
    """Draws the state of one piece of work after another. Use ``close`` at the end."""

    def __init__(self, screen: Screen, clock: Callable[[], float] = time.monotonic) -> None:
        self._screen = screen
        self._clock = clock
        self._name: str | None = None
        self._began = 0.0

    def update(self, name: str, done: int, total: int, amount: str) -> None:
        """Show that ``done`` of ``total`` is done, which ``amount`` says in words."""
        now = self._clock()
        if name != self._name:
            self._name, self._began = name, now
        share = min(1.0, done / total) if total > 0 else 1.0
        words = columns_of(f"{name}  {amount}") + TIME_COLUMNS
        length = max(0, min(MAX_BAR, self._screen.width - words))
        filled = round(share * length)
        line = Text(f"{name} ").append("━" * filled, "cyan").append("━" * (length - filled), "dim")
        line.append(f" {amount}")
        if 0 < share < 1:
            line.append(f" {_as_clock((now - self._began) * (1 - share) / share)}", "dim")
        self._screen.show_live(line)

    def close(self) -> None:
        """Remove the bar."""
        self._screen.show_live("")


def _as_clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
