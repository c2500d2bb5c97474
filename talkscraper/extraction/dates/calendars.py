"""Days of other calendars as Gregorian days.

Persian (solar Hijri): the 2820-year arithmetic of A. Birashk as R. Borkowski gives it, exact against Iran's official
calendar for 1178–1633. Islamic (lunar Hijri): Umm al-Qura (``umm_al_qura.py``), 1343–1500; Saudi newspapers print
this one, others may differ by a day. Japanese eras, Minguo and Buddhist years differ from ours in the year only.
"""

from __future__ import annotations

from datetime import date, timedelta

from talkscraper.extraction.dates import umm_al_qura

ERAS: dict[str, int] = {"令和": 2018, "平成": 1988, "昭和": 1925, "r": 2018, "h": 1988, "s": 1925}
"""Japanese era → the Gregorian year before its first."""
MINGUO = 1911
"""Added to a year of the Republic of China."""
BUDDHIST = 543
"""Subtracted from a Thai, Lao or Khmer year."""

_BREAKS = (-61, 9, 38, 199, 426, 686, 756, 818, 1111, 1181, 1210, 1635, 2060, 2097, 2192, 2262, 2324, 2394, 2456, 3178)
"""Persian years in which the 33-year leap cycle restarts (Borkowski, Earth, Moon and Planets 74, 1996)."""


def persian(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of a Persian one, or None where there is none."""
    if not (1 <= month <= 12 and 1 <= day <= (31 if month <= 6 else 30) and 1000 <= year < 1600):
        return None
    leap_persian, previous, cycle = -14, _BREAKS[0], 0
    for jump in _BREAKS[1:]:
        cycle = jump - previous
        if year < jump:
            break
        leap_persian += cycle // 33 * 8 + cycle % 33 // 4
        previous = jump
    n = year - previous
    leap_persian += n // 33 * 8 + (n % 33 + 3) // 4
    if cycle % 33 == 4 and cycle - n == 4:
        leap_persian += 1
    gregorian = year + 621
    leap_gregorian = gregorian // 4 - (gregorian // 100 + 1) * 3 // 4 - 150
    new_year = date(gregorian, 3, 20 + leap_persian - leap_gregorian)
    return new_year + timedelta(days=(month - 1) * 31 - max(0, month - 7) + day - 1)


def islamic(year: int, month: int, day: int) -> date | None:
    """The Gregorian day of an Islamic one (Umm al-Qura), or None where there is none or it is out of range."""
    return umm_al_qura.gregorian(year, month, day)
