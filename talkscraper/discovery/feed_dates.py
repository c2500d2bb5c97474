"""Parser of times in feeds and sitemaps: RFC 822, ISO 8601 and similar forms. Unknown forms give None."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_ISO = re.compile(
    r"(\d{4})-?(\d\d)(?:-?(\d\d))?(?:[T ]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?)? ?(Z|UTC|GMT|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE,
)
_MAX_LENGTH = 64
EARLIEST, LATEST = 1900, 2100


def moment(text: str | None) -> datetime | None:
    """Return the instant in UTC; None if the text isn't a time. A time without an offset is read as UTC.

    (These times only determine order and age of links; an article's date comes from its page.)
    """
    if not text:
        return None
    text = " ".join(text.split())
    if not text or len(text) > _MAX_LENGTH:
        return None
    try:
        found = _iso(text) or parsedate_to_datetime(text)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found if EARLIEST <= found.year < LATEST else None


def _iso(text: str) -> datetime | None:
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone = match.groups()
    if day is None and "-" not in text[:7]:
        return None  # six digits: hhmmss or yymmdd as soon as yyyymm
    offset = "+00:00" if zone is None or zone.upper() in ("Z", "UTC", "GMT") else zone
    if len(offset) == 3:
        offset += ":00"
    elif ":" not in offset:
        offset = f"{offset[:3]}:{offset[3:]}"
    seconds = min(int(second or 0), 59)  # a leap second
    return datetime.fromisoformat(f"{year}-{month}-{day or '01'}T{hour or '00'}:{minute or '00'}:{seconds:02}{offset}")
