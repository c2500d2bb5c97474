"""How long, and how often, a store is asked: ``TALKSCRAPER_STORE_TIMEOUT`` and ``TALKSCRAPER_STORE_TRIES``."""

from __future__ import annotations

import os
from dataclasses import dataclass

from talkscraper.errors import UsageError
from talkscraper.printable import printable
from talkscraper.whole_numbers import whole_number

TIMEOUT_VARIABLE = "TALKSCRAPER_STORE_TIMEOUT"
TRIES_VARIABLE = "TALKSCRAPER_STORE_TRIES"
DEFAULT_TIMEOUT_S = 15
DEFAULT_TRIES = 4
MAX_TIMEOUT_S = 3600
MAX_TRIES = 20
MIN_BYTES_PER_S = 128 * 1024
"""What a store must be able to send or take: a request with many bytes is waited for accordingly longer."""
_SPARE_S = 30
"""Time for setting up the client, on a busy machine."""
_PAUSE_S = 20
"""Longest pause of botocore between two tries."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long, and how often, a store is asked."""

    timeout: int
    """Number of seconds of silence after which a try has failed."""
    tries: int

    def limit(self, size: int = 0) -> float:
        """Return after how many seconds a request has failed, with all its tries, however slowly bytes arrive.

        A store that is silent fails sooner, by ``timeout`` and ``tries`` alone. ``size``: the bytes that are moved.
        """
        pauses = sum(min(int(2**number), _PAUSE_S) for number in range(self.tries))
        return self.tries * (self.timeout + size / MIN_BYTES_PER_S) + pauses + _SPARE_S


def patience() -> Patience:
    """Return what the environment says.

    Raises:
        UsageError: it says no number.
    """
    return Patience(
        timeout=_number(TIMEOUT_VARIABLE, DEFAULT_TIMEOUT_S, MAX_TIMEOUT_S, "seconds"),
        tries=_number(TRIES_VARIABLE, DEFAULT_TRIES, MAX_TRIES, "tries"),
    )


def _number(variable: str, default: int, most: int, unit: str) -> int:
    text = os.environ.get(variable, "").strip()
    number = whole_number(text) if text else default
    if number is None or not 1 <= number <= most:
        raise UsageError(f"{variable} is {printable(text[:20])!r}: write a number of {unit} from 1 to {most}")
    return number
