"""Handling of SIGTERM and SIGINT through the whole run: a signal is recorded, and each stage checks for it.

Scrapy catches signals only while its reactor runs. A run is longer: it imports modules, opens the archive, starts,
closes. So the handlers are installed first. Until the run has begun, the first signal ends the opening with an error;
afterwards it is recorded and passed to the current stage of the run.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Collection
from types import FrameType, TracebackType
from typing import Any, Self

from talkscraper.errors import Interrupted

LAST_RESORT_S = 15.0
"""Seconds after the first signal at which the kernel kills a run that hasn't ended."""
_STOPPING = (signal.SIGTERM, signal.SIGINT)


class StopSignals:
    """Catches the signals while it is entered; outside the main thread, where Python delivers none, it does nothing.

    The first signal ends the run cleanly. From then on a signal has its default effect: it kills the process, even one
    that is busy in C code, and the next run repairs the archive.
    """

    def __init__(
        self,
        caught: Collection[signal.Signals] = _STOPPING,
        *,
        afterwards: signal.Handlers = signal.SIG_DFL,
    ) -> None:
        """Catch signals; ``afterwards`` is the effect of those that come after the first."""
        self._caught = tuple(caught)
        self._afterwards = afterwards
        self.name: str | None = None
        """The first signal's name in lower case, which is the reason why the run ends; None before."""
        self._begun = False
        self._callback: Callable[[str], None] | None = None
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before[signal.SIGALRM] = signal.signal(signal.SIGALRM, signal.SIG_DFL)
            for each in self._caught:
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

    def forward_to(self, callback: Callable[[str], None] | None) -> None:
        """Call ``callback`` with the first signal's name, at once if it was received already; None: only record it."""
        self._callback = callback
        if self.name is not None and callback is not None:
            callback(self.name)

    def begin(self) -> None:
        """Begin the run: from here on it ends with a report.

        Raises:
            Interrupted: a signal came before.
        """
        self._begun = True
        if self.name is not None:
            raise _too_early(self.name)

    def _first(self, number: int, _frame: FrameType | None) -> None:
        for each in self._caught:
            signal.signal(each, self._afterwards)
        signal.setitimer(signal.ITIMER_REAL, LAST_RESORT_S)
        self.name = signal.Signals(number).name.lower()
        if not self._begun:
            raise _too_early(self.name)
        if self._callback is not None:
            self._callback(self.name)


def _too_early(name: str) -> Interrupted:
    return Interrupted(f"{name} before the run had begun: nothing was fetched")
