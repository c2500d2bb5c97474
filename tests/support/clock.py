"""Times for tests."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


def at(when: str | datetime) -> datetime:
    """The instant of ``2025-10-28`` or ``2025-10-28T10:00:00``, in UTC; an instant is returned as it is."""
    return when if isinstance(when, datetime) else datetime.fromisoformat(when).replace(tzinfo=UTC)


@dataclass
class FakeClock:
    """The time of a run (``now``) and of its pacer, in seconds, which only waiting moves."""

    seconds: float = 0.0
    epoch: datetime = datetime(2026, 3, 1, tzinfo=UTC)

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        """The instant."""
        return self.epoch + timedelta(seconds=self.seconds)

    async def wait(self, seconds: float) -> None:
        """Let time pass at once."""
        self.seconds += seconds
