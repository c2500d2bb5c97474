"""The months of the Islamic calendar of Umm al-Qura, 1343–1500, as Saudi Arabia's tables have them."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from itertools import accumulate

FIRST_YEAR = 1343
FIRST_DAY = date(1924, 8, 1)
"""1 Muharram 1343."""
MONTHS = (
    "9a6a2a59999999d8a65a69695a69a5999a5c999a8e6659a69995a69999999a66966669999999a6599a5999999aa65969"
    "a9965999999a99999999999999999a9998a999999a99999999999999999a999a6999999999666a66659a666666999a5a"
    "99996965a99996669a9999996666669999999a65999a69666699999999999a59a9a5999a59999a69999999999a999a65"
    "99999a59999a99599a9999699a65999a9966669999999a66666669a6599a666599a999666a665969a9965a69999999a6"
    "6666669999669a66599a9996669a65969a9965a69a5966a66659a699996699a66599a9996669a6659aa6595aa69656a6"
    "9996669a65999a66996669a6599a69965a9a65969a6966666999966a66659a69996669a59999a66666669a59969a9659"
    "9a999666a66599a69966669999999a6696666a65966a69659a9999669a66599a69996669a65999a996666a59996a6666"
    "5a66999666a665969a9965a6a65969a6665a6699999999a6659a6999666a66596a9996669a65999a66665a69a59699a9"
    "659a699996699a6599a6996666a65966a69659a6a59669a66599a669666669a6599a69965a6a65969a6965a66a59999a"
    "66659a6999666a66599a699666699a5999a69665a6a59666a66599a9996669a59999a666666669a5966a"
)
"""Six hexadecimal digits a year, two bits a month: by how many days it is longer than 28."""


@cache
def month_starts() -> tuple[int, ...]:
    """Days from the first one to the beginning of each month, and to the end of the last."""
    bits = int(MONTHS, 16)
    shifts = range(len(MONTHS) * 4 - 2, -1, -2)
    return tuple(accumulate((28 + (bits >> shift & 3) for shift in shifts), initial=0))


def gregorian(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of an Islamic one, or None where there is none or it is out of range."""
    place = (year - FIRST_YEAR) * 12 + month - 1
    starts = month_starts()
    if not (1 <= month <= 12 and 0 <= place < len(starts) - 1 and 1 <= day <= starts[place + 1] - starts[place]):
        return None
    return FIRST_DAY + timedelta(days=starts[place] + day - 1)
