"""What ``--cluster`` names, and the executor that it opens."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from talkscraper.cluster.executor import Executor
from talkscraper.cluster.local import LocalExecutor
from talkscraper.errors import UsageError

MAX_LOCAL_WORKERS = 512
_SCHEDULER = re.compile(r"(?:tcp|tls)://(?:\[[0-9A-Fa-f:.%]{2,60}\]|[A-Za-z0-9._-]{1,253}):(\d{1,5})")
_HERE = "local:"
_LOCAL = re.compile(rf"{_HERE}(\d{{1,4}})")
_FORMS = "write tcp://host:port or tls://host:port of a Dask scheduler, or local:N for N worker processes here"


def check_address(address: str) -> str:
    """Return the address as it is opened.

    Raises:
        UsageError: it is none.
    """
    text = address.strip()
    scheduler, local = _SCHEDULER.fullmatch(text), _LOCAL.fullmatch(text)
    if scheduler is not None and 0 < int(scheduler[1]) < 65_536:
        return text
    if local is not None and 0 < int(local[1]) <= MAX_LOCAL_WORKERS:
        return f"{_HERE}{int(local[1])}"
    raise UsageError(f"{text[:120]!r} is not the address of a cluster: {_FORMS}")


def is_local(address: str) -> bool:
    """Whether an address is of a cluster that is started on this machine."""
    return address.startswith(_HERE)


def open_executor(address: str | None, *, slots: int = 1, folders: Sequence[Path] = ()) -> Executor:
    """Return the executor at an address; close it, or use it as a context manager.

    Args:
        address: ``tcp://host:port`` or ``tls://host:port`` of a Dask scheduler, ``local:N`` for a cluster of N
            processes on this machine, or None for no cluster.
        slots: Number of processes if there is no cluster; 1: this process.
        folders: Folders that every worker must see at the same path.

    Raises:
        ClusterError: there is no usable cluster at this address.
        UsageError: the address is invalid, or Dask isn't installed.
    """
    if address is None:
        return LocalExecutor(slots)
    checked = check_address(address)
    # Dask takes half a second to import
    from talkscraper.cluster.dask_executor import DaskExecutor

    return DaskExecutor.open(checked, folders=folders)
