"""What a worker process of this machine does first: leave Ctrl-C, which reaches every process of a terminal, to us."""

from __future__ import annotations

import signal
import threading

if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
