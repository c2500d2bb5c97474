"""Timestamps of replay tools: 1 to 14 digits of ``YYYYMMDDhhmmss``, UTC."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime

from talkscraper.errors import UsageError

_DIGITS = re.compile(r"[0-9]{1,14}", re.ASCII)


def first_instant(digits: str) -> datetime:
    """Return the first second of a timestamp: ``2025`` → 2025-01-01T00:00:00Z.

    Raises:
        UsageError: it isn't a timestamp.
    """
    return _instant(digits, last=False)


def last_instant(digits: str) -> datetime:
    """Return the last second of a timestamp: ``202502`` → 2025-02-28T23:59:59Z.

    Raises:
        UsageError: it isn't a timestamp.
    """
    return _instant(digits, last=True)


def _instant(digits: str, *, last: bool) -> datetime:
    if not _DIGITS.fullmatch(digits):
        raise UsageError(f"{digits[:40]!r} is no timestamp: write 4 to 14 digits, like 20251028 or 20251028143000")
    text = digits
    if len(text) < 4 or len(text) % 2:
        # 2025102 can only be a prefix of 20251020…: the incomplete digit is ignored
        text = text[: len(text) // 2 * 2] if len(text) > 4 else text.ljust(4, "9" if last else "0")
    year = min(max(int(text[:4]), 1), 9999)
    month = _part(text[4:6], 12 if last else 1, 1, 12)
    days = calendar.monthrange(year, month)[1]
    return datetime(
        year,
        month,
        _part(text[6:8], days if last else 1, 1, days),
        _part(text[8:10], 23 if last else 0, 0, 23),
        _part(text[10:12], 59 if last else 0, 0, 59),
        _part(text[12:14], 59 if last else 0, 0, 59),
        tzinfo=UTC,
    )


def _part(text: str, missing: int, least: int, most: int) -> int:
    return min(max(int(text), least), most) if text else missing


def parse_time(text: str) -> datetime:
    """Parse a time typed by a user: 4 to 14 digits, or an ISO 8601 date or date-time (UTC without an offset).

    Raises:
        UsageError: it is neither.
    """
    if _DIGITS.fullmatch(text):
        return first_instant(text)
    try:
        moment = datetime.fromisoformat(text.strip())
        # an offset can lead out of the representable years
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise UsageError(f"{text[:40]!r} is no time: write 2025-10-28, 2025-10-28T14:30:00Z or 20251028143000") from e
