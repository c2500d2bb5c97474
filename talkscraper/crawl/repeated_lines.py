"""The same failure of many sources in a log: its first lines, and at the end of the run the number of the others."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from talkscraper.monitor.alarms import scrubbed

SHOWN = 3
"""Number of lines of one kind that are shown."""
MAX_KINDS = 1000


@dataclass(slots=True)
class _Kind:
    shown: int = 0
    left_out: int = 0
    last: str = ""


@dataclass(slots=True)
class RepeatedLines:
    """A filter of warnings that differ only in the source, the address or a number."""

    _kinds: dict[tuple[str, str, str], _Kind] = field(default_factory=dict)
    _is_closed: bool = False

    def is_shown(self, record: logging.LogRecord) -> bool:
        """Whether a record is one of the first of its kind; the others are counted."""
        if record.levelno != logging.WARNING or not record.name.startswith("talkscraper.") or self._is_closed:
            return True
        # the first argument of such a line names the source or the host
        rest = record.args[1:] if isinstance(record.args, tuple) else ()
        kind = (record.name, str(record.msg), scrubbed(" ".join(str(each)[:500] for each in rest)))
        found = self._kinds.get(kind)
        if found is None:
            if len(self._kinds) >= MAX_KINDS:
                return True
            found = self._kinds.setdefault(kind, _Kind())
        if found.shown < SHOWN:
            found.shown += 1
            return True
        found.left_out += 1
        found.last = record.getMessage()
        return False

    def close(self, handler: logging.Handler) -> None:
        """Say what was left out, one line for each kind; later lines are all shown."""
        self._is_closed = True
        for kind, found in self._kinds.items():
            if found.left_out:
                text = "and %d more such lines, the last: %s"
                values = (found.left_out, found.last)
                handler.handle(logging.LogRecord(kind[0], logging.WARNING, "", 0, text, values, None))
