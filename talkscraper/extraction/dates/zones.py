"""UTC offsets of time zone abbreviations: ``CEST``, ``MSK``, ``ET``.

Only names with one meaning in print are here (IANA's tz database lists the rest as ambiguous: CST is China, Cuba and
Chicago). ``ET``, ``CT``, ``MT`` and ``PT`` follow the daylight-saving rule of the United States since 2007; asking
the machine's tz database would make the answer depend on the machine.
"""

from __future__ import annotations

import re
from datetime import date, timedelta

FIXED: dict[str, int] = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "est": -300, "edt": -240, "cdt": -300, "mst": -420, "mdt": -360,
    "pst": -480, "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "nst": -210, "ndt": -150, "adt": -180,
    "brt": -180, "art": -180, "west": 60, "cet": 60, "cest": 120, "mez": 60, "mesz": 120, "hae": -240, "hne": -300,
    "eet": 120, "eest": 180, "msk": 180, "мск": 180, "trt": 180, "sast": 120, "eat": 180, "cat": 120, "wat": 60,
    "pkt": 300, "npt": 345, "wib": 420, "wita": 480, "wit": 540, "ict": 420, "hkt": 480, "sgt": 480, "myt": 480,
    "pht": 480, "jst": 540, "kst": 540, "awst": 480, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
    "nzst": 720, "nzdt": 780,
}  # fmt: skip
"""Letters in lower case → minutes east of Greenwich."""

BY_REGION: dict[tuple[str, str], int] = {
    ("bst", "gb"): 60,
    ("ist", "in"): 330,
    ("ist", "ie"): 60,
    ("ist", "il"): 120,
    ("cst", "us"): -360,
    ("cst", "cn"): 480,
    ("gst", "ae"): 240,
}
"""Letters that mean one thing in one country."""

_UNITED_STATES = {"et": -300, "ct": -360, "mt": -420, "pt": -480}
_NUMERIC = re.compile(r"^(?:utc|gmt|z)?\s*([+\-−])\s*(\d{1,2})(?::?(\d{2}))?$")


def offset_of(text: str, day: date, region: str | None = None) -> int | None:
    """Minutes east of Greenwich that a zone's name or number stands for; None where it isn't certain.

    Args:
        text: ``Z``, ``+0530``, ``GMT+3``, ``CEST``, ``ET`` in any case.
        day: The day it was used on, for daylight saving.
        region: Two letters of a country, lower case, if known.
    """
    key = text.strip().strip("()").lower()
    numeric = _NUMERIC.match(key)
    if numeric:
        minutes = int(numeric[2]) * 60 + int(numeric[3] or 0)
        if minutes > 15 * 60:
            return None
        return minutes if numeric[1] == "+" else -minutes
    if key in _UNITED_STATES:
        return _UNITED_STATES[key] + (60 if _us_daylight_saving(day) else 0)
    if key in FIXED:
        return FIXED[key]
    return BY_REGION.get((key, region)) if region else None


def _us_daylight_saving(day: date) -> bool:
    """From the second Sunday of March to the first of November."""
    march, november = date(day.year, 3, 8), date(day.year, 11, 1)
    start = march + timedelta(days=(6 - march.weekday()) % 7)
    end = november + timedelta(days=(6 - november.weekday()) % 7)
    return start <= day < end
