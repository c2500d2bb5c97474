"""Worker processes that parse bytes from the web: one that hangs, crashes or uses too much memory can't harm the run.

Each parser defines a ``Task``, which a ``WorkerPool`` executes.
"""

from talkscraper.pool.workers import Task, WorkerPool

__all__ = ["Task", "WorkerPool"]
