"""Processes in which bytes from the web are read: one that hangs, dies or eats memory costs its bytes, never the run.

Whoever has something to be read defines a ``Task`` beside its reader, and asks a ``WorkerPool`` for it.
"""

from talkscraper.pool.workers import Task, WorkerPool

__all__ = ["Task", "WorkerPool"]
