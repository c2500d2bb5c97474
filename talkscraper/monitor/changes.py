"""What became bad or well since it was last told: pure, from rows and alarms to a message and new rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from talkscraper.monitor import alarms
from talkscraper.monitor.alarms import Alarm
from talkscraper.store.database import from_iso, iso

WELL = "ok"
RUNS = ""
"""The id under which the runs themselves are told of."""
MAX_CHANGES = 3
"""Number of messages about a source that changes back and forth; then it must be steady first."""
STEADY = timedelta(hours=6)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldState:
    """A row of ``notifications``: what one channel was told of a source, and its state."""

    source_id: str
    told: str = WELL
    told_at: str | None = None
    state: str = WELL
    state_since: str
    changes: int = 0

    @property
    def differs(self) -> bool:
        """Whether the operator believes something else of it."""
        return (self.told == WELL) != (self.state == WELL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be told."""

    archive: str
    at: str
    became_bad: tuple[Alarm, ...]
    became_well: tuple[str, ...]
    in_alarm: int
    """Number of all alarms now."""
    looked_at: int
    unsteady: tuple[str, ...] = ()
    """Those of them that keep changing, of which nothing more is told until they are steady."""

    @property
    def subject(self) -> str:
        """One line."""
        bad, well = len(self.became_bad), len(self.became_well)
        parts = [f"{bad:,} in alarm"] if bad else []
        parts += [f"{well:,} well again"] if well else []
        return f"talkscraper: {', '.join(parts)} ({self.archive})"

    @property
    def text(self) -> str:
        """The message as lines of plain text."""
        lines = alarms.lines(self.became_bad, looked_at=self.looked_at)
        if self.became_well:
            named = alarms.listed([each or "the runs" for each in self.became_well])
            lines.append(f"well again: {named}")
        if self.unsteady:
            named = alarms.listed([each or "the runs" for each in self.unsteady])
            hours = round(STEADY.total_seconds() / 3600)
            lines.append(f"changing back and forth, told again when steady for {hours} hours: {named}")
        lines.append(f"in alarm now: {self.in_alarm:,} of {self.looked_at:,}")
        return "\n".join(lines) + "\n"

    def as_json(self) -> dict[str, object]:
        """The message as a webhook gets it; ``text`` is what chat services show."""
        return {
            "text": f"{self.subject}\n{self.text}",
            "archive": self.archive,
            "at": self.at,
            "became_bad": [
                {"source": each.source_id or None, "diagnosis": each.diagnosis, "detail": each.detail}
                for each in self.became_bad
            ],
            "became_well": [each or None for each in self.became_well],
            "in_alarm": self.in_alarm,
        }


def observe(
    rows: Mapping[str, ToldState], found: Mapping[str, Alarm], looked_at: Collection[str], now: datetime
) -> dict[str, ToldState]:
    """Return the rows with the states of now; sources that aren't crawled any more have none.

    Args:
        rows: by source.
        found: the alarms of now, by source.
        looked_at: the sources whose state is known.
        now: the time.
    """
    observed = {}
    for source_id in sorted({*looked_at, *found}):
        state = found[source_id].diagnosis if source_id in found else WELL
        row = rows.get(source_id)
        if row is None:
            if state == WELL:
                continue
            row = ToldState(source_id=source_id, state_since=iso(now))
        if (row.state == WELL) != (state == WELL):
            steady = now - from_iso(row.state_since) >= STEADY
            row = replace(row, state_since=iso(now), changes=0 if steady else row.changes)
        observed[source_id] = replace(row, state=state)
    return observed


def to_tell(rows: Mapping[str, ToldState], now: datetime) -> list[ToldState]:
    """Return the rows of what is to be told now; a source that changes back and forth must be steady first."""
    return [
        row
        for row in rows.values()
        if row.differs and (row.changes < MAX_CHANGES or now - from_iso(row.state_since) >= STEADY)
    ]


def told(row: ToldState, now: datetime) -> ToldState:
    """Return the row after its message was sent."""
    return replace(row, told=row.state, told_at=iso(now), changes=row.changes + 1)


def message_of(
    telling: Collection[ToldState], found: Mapping[str, Alarm], *, archive: str, looked_at: int, now: datetime
) -> Message:
    """Return the message about these rows."""
    return Message(
        archive=archive,
        at=iso(now),
        became_bad=tuple(found[row.source_id] for row in telling if row.state != WELL),
        became_well=tuple(row.source_id for row in telling if row.state == WELL),
        in_alarm=len(found),
        looked_at=looked_at,
        unsteady=tuple(row.source_id for row in telling if row.changes + 1 >= MAX_CHANGES),
    )
