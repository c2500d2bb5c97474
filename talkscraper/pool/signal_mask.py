"""Signals of a whole process group, which worker processes of this machine leave to the command that started them.

Ctrl-C reaches every process of a terminal, and SIGTERM every process of a service (systemd's
``KillMode=control-group``). The command decides what it means, and tells its workers.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

GROUP_SIGNALS = frozenset({signal.SIGINT, signal.SIGTERM})


@contextmanager
def without_group_signals() -> Iterator[None]:
    """Block them in this thread, and so in processes and threads that it starts, from their first instruction on.

    One that comes meanwhile is delivered to this process afterwards.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, GROUP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
