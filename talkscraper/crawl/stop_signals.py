"""SIGTERM and SIGINT from the first moment of a run to its last: the wish to end is noted, and each stage looks at it.

Scrapy catches signals only while its reactor runs. A run is longer: it imports, opens the archive, starts, closes. So
the handlers stand before anything else is done. Until the run has begun, the first signal ends the opening with an
error; then it is noted, and handed to whoever runs the run just then.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, Self

from talkscraper.errors import Interrupted

LAST_RESORT_S = 15.0
"""A run that hasn't ended so long after the first signal is killed by the kernel, whatever holds it up."""
_STOPPING = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """Catches the signals while it is entered; outside of the main thread, where Python gives none, it does nothing.

    The first signal ends the run cleanly. From then on a signal has its default effect: it kills the process, also
    one that is busy in C, and the next run repairs.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        """The first signal, in lower case: the reason why the run ends."""
        self._begun = False
        self._tell: Callable[[str], None] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, signal.SIG_DFL)
            for each in _STOPPING:
                self._before[each] = signal.signal(each, self._first)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.name is not None and self._before:
            signal.setitimer(signal.ITIMER_REAL, 0)
        for each, handler in self._before.items():
            signal.signal(each, handler)
        self._before.clear()

    def hand_to(self, tell: Callable[[str], None] | None) -> None:
        """Call ``tell`` with the first signal when it comes, or now where it has come; None: only note it."""
        self._tell = tell
        if self.name is not None and tell is not None:
            tell(self.name)

    def begin(self) -> None:
        """The run begins now: from here on it ends with a report.

        Raises:
            Interrupted: a signal came before.
        """
        self._begun = True
        if self.name is not None:
            raise _too_early(self.name)

    def _first(self, number: int, _frame: FrameType | None) -> None:
        for each in _STOPPING:
            signal.signal(each, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, LAST_RESORT_S)
        self.name = signal.Signals(number).name.lower()
        if not self._begun:
            raise _too_early(self.name)
        if self._tell is not None:
            self._tell(self.name)


def _too_early(name: str) -> Interrupted:
    return Interrupted(f"{name} before the run had begun: nothing was fetched")
