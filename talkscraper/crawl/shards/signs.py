"""The files by which coordinator and worker of a shard know of each other; each is replaced whole.

The coordinator renews the lease, and writes there why the worker shall stop. The worker shows that it is alive, and its
figures. Each counts the changes that it sees by its own clock, so that the clocks of machines needn't agree.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

BEAT_S = 1.0
"""Interval in seconds at which both sides write and look."""
LEASE_S = 60.0
"""Seconds after which a lease that wasn't renewed is over: a worker whose coordinator is gone stops."""
LEASE = "lease.json"
ALIVE = "alive.json"
RESULT = "result.json"
UNIT = "unit.json"
URLS = "urls.txt"
SOURCES = "sources.toml"
"""A copy of the archive's, as it was when the run began: what is written there meanwhile is for the next run."""
CLAIM = "claim"
LOG = "worker.log"
MAX_SIGN = 64 * 2**20
"""Maximum size of such a file in bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardOrder:
    """What the worker of a shard shall crawl: the options of the run, for its sources."""

    archive: str
    """The archive's folder."""
    token: int
    only: tuple[str, ...]
    sources: tuple[str, ...] = ()
    """Those of them that were named."""
    has_urls: bool = False
    """Whether addresses given by hand are in ``urls.txt``."""
    full: bool = False
    retry_failed: bool = False
    max_pages: int | None = None
    """Articles of all of them together."""
    leased: tuple[tuple[str, int], ...] = ()
    """Articles that an earlier shard of this run has had, by source."""
    workers: int | None = None
    """Number of extractor processes; None: as many as the machine allows."""
    min_free: int | None = None
    min_delay: float = 0.0
    verbose: bool = False
    """Whether every request is logged."""


def write_order(folder: Path, order: ShardOrder) -> None:
    """Write the order of a shard."""
    write(folder / UNIT, asdict(order))


def read_order(folder: Path) -> ShardOrder | None:
    """Return the order of a shard; None if there is none."""
    found = read(folder / UNIT)
    if found is None:
        return None
    found = {name: tuple(each) if isinstance(each, list) else each for name, each in found.items()}
    found["leased"] = tuple((str(name), int(count)) for name, count in found.get("leased", ()))
    return ShardOrder(**found)


def renew(folder: Path, beat: int, stop: str | None = None) -> None:
    """Renew the lease of a shard, or say why its worker shall stop."""
    write(folder / LEASE, {"beat": beat, "stop": stop})


def write(path: Path, value: object) -> None:
    """Replace a file by a value as JSON; a folder that is gone is left alone."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with suppress(FileNotFoundError):
        part.write_text(json.dumps(value, separators=(",", ":")), "utf-8")
        part.replace(path)


def read(path: Path) -> dict[str, Any] | None:
    """Return what was written; None if it isn't there."""
    try:
        with path.open("rb") as handle:
            found = json.loads(handle.read(MAX_SIGN))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


class Watched:
    """A sign of the other side, and for how long it has been the same by this side's clock."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last: object = None
        self._since = time.monotonic()

    def look(self) -> dict[str, Any] | None:
        """Read the sign; None if it is gone."""
        found = read(self._path)
        beat = found.get("beat") if found is not None else None
        if beat is not None and beat != self._last:
            self._last, self._since = beat, time.monotonic()
        return found

    def unchanged_s(self) -> float:
        """Return for how many seconds it hasn't changed."""
        return time.monotonic() - self._since
