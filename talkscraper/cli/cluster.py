"""``--cluster``: the option of commands whose work can be distributed, and the executor that it opens."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from talkscraper.cli.options import console, counted, printable
from talkscraper.errors import Interrupted

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.cluster import Executor
    from talkscraper.ingest.sharded_pages import ClusterWork, ShardedPages

_F = TypeVar("_F", bound=Callable[..., Any])


def cluster_option(function: _F) -> _F:
    """``--cluster``: the work is done by the workers of a Dask cluster."""
    return click.option(
        "--cluster",
        "cluster",
        metavar="ADDRESS",
        help="Have workers do it: tcp://host:port of a Dask scheduler, or local:N for N processes here.",
    )(function)


def shards_option(function: _F) -> _F:
    """``--shards``: the folder of the workers' results."""
    return click.option(
        "--shards",
        type=click.Path(path_type=Path),
        metavar="DIR",
        help="With --cluster: the folder of the workers' results, which all see [default: shards/ in the archive].",
    )(function)


@contextmanager
def cluster_of(
    address: str | None, folder: ArchiveFolder, shards: Path | None
) -> Iterator[tuple[Executor | None, Path]]:
    """Open the executor that ``--cluster`` names, and return the folder of shards too; None without the option.

    While it is open, SIGTERM ends the command in order, as Ctrl-C does.

    Raises:
        ClusterError: there is no usable cluster at this address.
        StorageError: the folder of shards can't be made.
        UsageError: the address is invalid, or Dask isn't installed.
    """
    place = shards or folder.shards
    if address is None:
        yield None, place
        return
    from talkscraper.cluster import check_address, open_executor
    from talkscraper.ingest.shards import made, without_empty

    check_address(address)
    try:
        with _terminated_in_order(), open_executor(address, folders=[folder.root, made(place)]) as executor:
            yield executor, place
    finally:
        without_empty(place)


@contextmanager
def cluster_reading(address: str | None, folder: ArchiveFolder, shards: Path | None) -> Iterator[ShardedPages | None]:
    """Open the cluster for reading pages; None without ``--cluster``. Raises as ``cluster_of``."""
    with cluster_of(address, folder, shards) as (executor, place):
        if executor is None:
            yield None
            return
        from talkscraper.ingest.sharded_pages import ShardedPages

        yield ShardedPages(executor, place)


class _Terminated(BaseException):
    """SIGTERM; no error, so that nothing takes it for one of its own."""


@contextmanager
def _terminated_in_order() -> Iterator[None]:
    def stop(_number: int, _frame: FrameType | None) -> None:
        raise _Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    except _Terminated:
        message = "stopped by SIGTERM: what is done is kept, and the next run goes on from there"
        raise Interrupted(message) from None
    finally:
        signal.signal(signal.SIGTERM, before)


def print_work(work: ClusterWork | None) -> None:
    """Print what a cluster did."""
    if work is None:
        return
    workers = ", ".join(f"{printable(name)} {count}" for name, count in work.workers.items())
    text = f"cluster: {counted(work.units, 'unit')} of work by {counted(len(work.workers), 'worker')} ({workers})"
    if work.reused:
        text += f"; {counted(work.reused, 'page')} of an interrupted run used again"
    if work.read_here:
        text += f"; {counted(work.read_here, 'page')} that no worker could read were read here"
    console().print(text)
