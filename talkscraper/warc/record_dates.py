"""The time of a record: its WARC-Date, or the ``Date`` of the response in it where that isn't a date."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from talkscraper.warc.headers import is_possible, parse_date
from talkscraper.warc.http import HttpHead

if TYPE_CHECKING:
    from talkscraper.warc.scan import ScannedRecord

_MAX_DATE = 64
"""Maximum number of characters of a ``Date`` header that is read."""


def record_date(seen: ScannedRecord, latest: datetime) -> datetime | None:
    """Return when a record was captured; None if no plausible date is known. ``latest``: when its file was finished."""
    written = parse_date(seen.headers.by_name.get("warc-date"))
    moment = written if written is not None else date_of_response(seen.http)
    return moment if moment is not None and is_possible(moment, latest) else None


def date_of_response(head: HttpHead | None) -> datetime | None:
    """Return the ``Date`` that a server sent with its response, as UTC; None if there is none or it is invalid."""
    text = head.get("Date") if head is not None else None
    if text is None or len(text) > _MAX_DATE:
        return None
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, IndexError, OverflowError, TypeError):
        return None
