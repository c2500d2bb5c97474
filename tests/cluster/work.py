"""Units and tasks for executors, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

from talkscraper.cluster import advance
from talkscraper.errors import StorageError


@dataclass(frozen=True, slots=True)
class Number:
    """A unit."""

    key: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Times:
    """A task that has a value of its own."""

    factor: int

    def __call__(self, unit: Number) -> int:
        advance(unit.weight)
        return int(unit.key) * self.factor


def trouble(unit: Number) -> str:
    """A task that does what the unit's key says."""
    kind = unit.key.partition("-")[0]
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "refuse":
        raise StorageError("the disk is full")
    if kind == "fail":
        raise ValueError("a mistake\nin two lines")
    return kind
