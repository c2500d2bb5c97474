"""Times for tests."""

from __future__ import annotations

from datetime import UTC, datetime


def at(when: str | datetime) -> datetime:
    """The instant of ``2025-10-28`` or ``2025-10-28T10:00:00``, in UTC; an instant is returned as it is."""
    return when if isinstance(when, datetime) else datetime.fromisoformat(when).replace(tzinfo=UTC)
