"""The executor of a Dask cluster (``dask_client.py``): units to its workers, and what becomes of them.

A worker process executes one unit at a time, in the order of their submission. The scheduler begins a unit again
elsewhere when its worker dies; a nanny restarts that worker. Units, results and tasks are pickled here and there by
``pickle`` alone, so that Dask sees bytes only and looks for nothing in them.
"""

from __future__ import annotations

import pickle
import queue
import secrets
import socket
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from talkscraper.cluster.advance import Advanced
from talkscraper.cluster.dask_client import CONNECT_S, first_line, open_client, quiet
from talkscraper.cluster.executor import (
    UNITS_AHEAD,
    Executor,
    Unit,
    UnitOutcome,
    UnitReceipt,
    dead,
    execute,
)
from talkscraper.cluster.probe import versions
from talkscraper.errors import ClusterError

if TYPE_CHECKING:
    from talkscraper.cluster.dask_client import Client

    Future = Any

LOST_S = 180.0
"""Number of seconds without any worker after which a cluster counts as lost. A nanny restarts one in two seconds, or in
a minute on a machine with too much to do."""
_LOOK_S = 1.0
_TOPIC = "talkscraper-advance"

_U = TypeVar("_U", bound=Unit)
_R = TypeVar("_R")


class DaskExecutor(Executor):
    """Executes units on the workers of a Dask cluster."""

    is_remote = True

    def __init__(self, client: Client, stack: ExitStack, name: str) -> None:
        """``stack`` ends what was opened; ``open`` makes all three."""
        self._client = client
        self._stack = stack
        self._name = name

    @classmethod
    def open(cls, address: str, *, folders: Sequence[Path] = ()) -> Self:
        """Connect to the scheduler at an address, or start ``local:N``; all workers are checked.

        Raises:
            ClusterError: there is no scheduler, no worker, or one that can't be used.
            UsageError: Dask isn't installed.
        """
        with ExitStack() as opening:
            client = open_client(address, opening, folders=folders)
            return cls(client, opening.pop_all(), address)

    @property
    def slots(self) -> int:
        """Number of threads of all workers now, at least one; a ``ClusterError`` if the scheduler is lost."""
        threads: int = sum(each["nthreads"] for each in self._workers().values())
        return max(1, threads)

    def map(
        self, task: Callable[[_U], _R], units: Iterable[_U], *, advanced: Advanced | None = None
    ) -> Generator[UnitReceipt[_U, _R], None, None]:
        """See ``Executor.map``."""
        run = secrets.token_hex(8)
        topic = f"{_TOPIC}-{run}" if advanced is not None else None
        # what Dask's thread tells, for this thread: futures that are done, and progress
        told: queue.SimpleQueue[Future | int] = queue.SimpleQueue()
        if topic is not None:
            self._client.subscribe_topic(topic, lambda event: told.put(int(event[1])))
        waiting: dict[Future, _U] = {}
        suspects: set[str] = set()
        cancelled: set[str] = set()

        def begin(unit: _U, prefix: str = "") -> None:
            packed = _packed((versions(), _packed((task, unit, topic))))
            try:
                future = self._client.submit(
                    execute_packed, packed, key=f"talkscraper-{run}-{prefix}{unit.key}", pure=False, retries=0
                )
            except Exception as e:
                raise _lost(self._name, str(e)) from e
            waiting[future] = unit
            future.add_done_callback(told.put)

        rest = iter(units)
        alive = time.monotonic()
        try:
            while True:
                most = UNITS_AHEAD * self.slots  # the scheduler is asked
                while len(waiting) < most and (unit := next(rest, None)) is not None:
                    begin(unit)
                if not waiting:
                    return
                try:
                    event = told.get(timeout=_LOOK_S)
                except queue.Empty:
                    if self._workers():
                        alive = time.monotonic()
                    elif time.monotonic() - alive > LOST_S:
                        raise _lost(self._name, "it has no worker any more") from None
                    continue
                alive = time.monotonic()
                if isinstance(event, int):
                    if advanced is not None:
                        advanced(event)
                elif event.status == "cancelled":
                    if self._client.status != "running" or waiting[event].key in cancelled:
                        raise _lost(self._name, "the connection to its scheduler broke")
                    cancelled.add(waiting[event].key)
                    begin(waiting.pop(event), "anew-")
                elif (receipt := _receipt(event, waiting[event], self._name)) is None:
                    # the worker died before its result was here: the scheduler has the unit executed again
                    event.add_done_callback(told.put)
                elif receipt.failure is not None and receipt.failure.died and receipt.unit.key not in suspects:
                    # it may only have waited where another unit killed the worker
                    suspects.add(receipt.unit.key)
                    begin(waiting.pop(event), "again-")
                else:
                    del waiting[event]
                    yield receipt
        finally:
            if waiting:
                with suppress(Exception):  # a lost cluster can't be told
                    self._client.cancel(list(waiting), force=True)
            if topic is not None:
                with suppress(Exception):
                    self._client.unsubscribe_topic(topic)

    def _workers(self) -> dict[str, Any]:
        """Return what the scheduler says of its workers, by their addresses.

        Raises:
            ClusterError: the scheduler is gone, or hangs.
        """
        if self._client.status != "running":
            raise _lost(self._name, "the connection to its scheduler broke")
        try:
            # Client.scheduler_info waits without limit
            told = self._client.sync(self._client.scheduler.identity, n_workers=-1, callback_timeout=LOST_S)
        except TimeoutError:
            raise _lost(self._name, f"its scheduler hasn't answered for {LOST_S:g} s") from None
        except Exception:  # noqa: BLE001 - counts as none: the client's status says so when it is lost
            return {}
        workers: dict[str, Any] = told["workers"]
        return workers

    def close(self) -> None:
        """Leave the cluster, and end one that was started here."""
        with quiet():
            self._stack.close()


def _lost(name: str, why: str) -> ClusterError:
    first = " ".join(why.split())[:200]
    return ClusterError(f"the cluster {name} is lost ({first}): what is done is kept, run the command again")


# --- receipts --------------------------------------------------------------------------------------------------------


def _receipt(future: Future, unit: _U, name: str) -> UnitReceipt[_U, Any] | None:
    """Return the receipt of a unit; None if its result was lost, and will come again."""
    from distributed.scheduler import KilledWorker

    if future.status in ("lost", "pending"):
        return None
    try:
        outcome = pickle.loads(future.result(timeout=CONNECT_S))  # noqa: S301 - from a worker of the user's own cluster
    except KilledWorker as e:
        return UnitReceipt(unit=unit, failure=dead(unit.key, first_line(e)))
    except TimeoutError:
        return None
    except ClusterError:
        raise  # of a worker that was added later, and can't help
    except Exception as e:
        if future.status in ("lost", "pending"):
            return None
        if isinstance(e, OSError):
            # the result can't be fetched from the scheduler; what a unit raises is in its outcome
            raise _lost(name, str(e)) from e
        raise ClusterError(
            f"a worker of {name} can't execute our work ({first_line(e)}): install the same versions on all of them"
        ) from e
    assert isinstance(outcome, UnitOutcome)
    return outcome.receipt(unit)


# --- in the worker ---------------------------------------------------------------------------------------------------


def execute_packed(packed: bytes) -> bytes:
    """Execute a unit on a worker; return its packed outcome.

    Raises:
        ClusterError: this worker has other versions than the command.
    """
    from distributed import get_worker

    worker = get_worker()
    wanted, work = pickle.loads(packed)  # noqa: S301 - from the command that uses this cluster
    fault = versions().fault(wanted)
    if fault is not None:
        raise ClusterError(f"the worker {worker.address} on {socket.gethostname()} {fault}")
    task, unit, topic = pickle.loads(work)  # noqa: S301
    advanced: Advanced | None = None
    if topic is not None:

        def advanced(count: int) -> None:
            worker.log_event(topic, count)

    outcome = execute(task, unit, advanced)
    return _packed(replace(outcome, worker=f"{socket.gethostname()}:{worker.name}"))


def _packed(value: object) -> bytes:
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
