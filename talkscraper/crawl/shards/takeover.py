"""When the folder of a shard may be merged: its worker has ended, or can't be told from one that has.

A worker holds the lock of its shard. On one machine, who gets the lock knows that it is dead, and one that doesn't end
is killed: if it was only stopped, it would send requests later, when others fetch from its hosts. A worker of another
machine may be cut off, and think that it is alive: it is waited for as long as it shows signs, and then its files are
copied, so that whatever it still writes is in no archive.
"""

from __future__ import annotations

import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.crawl.shards.signs import ALIVE, BEAT_S, CLAIM, LEASE_S, RESULT, Watched, renew
from talkscraper.errors import ArchiveLocked

STOP_S = 20.0
"""Seconds that a worker of this machine has to end after it was told to; its own limit is below."""
KILLED_S = 10.0
"""Seconds that a killed process has to release its lock."""
SILENT_S = LEASE_S + 10.0
"""Seconds without a sign after which a worker of another machine counts as dead: one that is only cut off has seen no
renewal of its lease for as long, and has stopped fetching."""
FAR_STOP_S = SILENT_S + STOP_S
"""Seconds that a worker of another machine has to end after it was told to."""
SUPERSEDED = "superseded"
_BEAT = 1 << 40
"""A beat that no coordinator reaches: the last one."""


def end_of(shard: Path, *, meanwhile: Callable[[], None] = lambda: None) -> bool:
    """Tell the worker of a shard to stop, and wait until it has ended; return whether it certainly has."""
    renew(shard, _BEAT, SUPERSEDED)
    owner = owner_of(shard)
    if owner is None:
        if take_claim(shard, "nobody"):
            return True  # nobody has begun, and who comes later finds the claim taken
        owner = owner_of(shard) or ""
    alive = Watched(shard / ALIVE)
    ours = owner.partition(":")[0] == socket.gethostname()
    limit = STOP_S + KILLED_S if ours else FAR_STOP_S
    begun = time.monotonic()
    while True:
        free = _is_free(shard)
        if free and (ours or (shard / RESULT).is_file()):
            return True
        alive.look()
        waited = time.monotonic() - begun
        silent = alive.unchanged_s() >= SILENT_S and waited >= SILENT_S
        if (free and silent) or waited >= limit:
            return False
        if ours and waited >= STOP_S:
            _kill(owner, shard)
        meanwhile()
        time.sleep(BEAT_S / 4)  # nothing can be waited on: a lock and files, perhaps of another machine


def take_claim(shard: Path, owner: str) -> bool:
    """Take the only claim to a shard; return whether it was there. A task that is begun again doesn't get it."""
    try:
        with (shard / CLAIM).open("x", encoding="utf-8") as handle:
            handle.write(owner)
    except FileExistsError:
        return False
    return True


def owner_of(shard: Path) -> str | None:
    """Return machine and process of a shard's worker; None if no worker has begun."""
    try:
        return (shard / CLAIM).read_text("utf-8")[:200]
    except OSError:
        return None


def _kill(owner: str, shard: Path) -> None:
    """Kill a worker of this machine, if the process that has its number is still it."""
    number = owner.rpartition(":")[2]
    if not number.isdecimal():
        return
    with suppress(OSError):
        if os.fsencode(shard.name) in Path(f"/proc/{number}/cmdline").read_bytes():
            os.kill(int(number), signal.SIGKILL)


def _is_free(shard: Path) -> bool:
    try:
        with ArchiveFolder(shard).lock(what="merge"):
            return True
    except ArchiveLocked:
        return False
