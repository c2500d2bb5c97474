"""The executor of a Dask cluster: one that is running, or one of worker processes on this machine.

A worker process executes one unit at a time, in the order of their submission. The scheduler begins a unit again
elsewhere when its worker dies; a nanny restarts that worker. Units, results and tasks are pickled here and there by
``pickle`` alone, so that Dask sees bytes only and looks for nothing in them.
"""

from __future__ import annotations

import logging
import multiprocessing
import pickle
import queue
import secrets
import socket
import tempfile
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from talkscraper.cluster.address import is_local
from talkscraper.cluster.advance import Advanced
from talkscraper.cluster.executor import (
    MAX_ATTEMPTS,
    UNITS_AHEAD,
    Executor,
    Unit,
    UnitOutcome,
    UnitReceipt,
    dead,
    execute,
)
from talkscraper.cluster.handshake import shake_hands
from talkscraper.cluster.probe import check_workers, versions
from talkscraper.errors import ClusterError, UsageError
from talkscraper.extras import install_extra
from talkscraper.pool.signal_mask import without_group_signals

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    # Dask has few types
    Client = Any
    Future = Any

CONNECT_S = 10.0
"""Number of seconds in which a scheduler must answer, and have a worker."""
LOST_S = 180.0
"""Number of seconds without any worker after which a cluster counts as lost. A nanny restarts one in two seconds, or in
a minute on a machine with too much to do."""
_LOOK_S = 1.0
_TOPIC = "talkscraper-advance"
_WORKER_NAME = "Dask Worker process"
_SETTINGS = {
    "distributed.scheduler.allowed-failures": MAX_ATTEMPTS - 1,
    "distributed.scheduler.work-stealing": False,
    "distributed.scheduler.worker-saturation": 1.0,
    "distributed.worker.daemon": True,
    # memory is limited where pages are read: in the extractor processes
    "distributed.worker.memory.target": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.terminate": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.admin.tick.limit": "1h",
    # Dask watches itself fifty times a second and more, which took a tenth of a worker's time
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "10s",
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
    "distributed.comm.timeouts.connect": f"{CONNECT_S:g}s",
}

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
        distributed = _imported()
        with ExitStack() as opening:
            here = is_local(address)
            target = _started(distributed, int(address.partition(":")[2]), opening) if here else address
            client = _connected(distributed, target, opening)
            check_workers(lambda expression: _asked(client, address, expression), folders)
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
        with _quiet():
            self._stack.close()


# --- opening ---------------------------------------------------------------------------------------------------------


def _imported() -> Any:
    """Import Dask, without its own output.

    Raises:
        UsageError: it isn't installed.
    """
    try:
        import dask
    except ImportError as e:
        raise UsageError(f"a cluster needs Dask: {install_extra('cluster')}") from e
    # before the import, which otherwise writes warnings to stderr from now on
    dask.config.set({"logging": {"distributed": "critical", "distributed.client": "critical", "tornado": "critical"}})
    dask.config.set(_SETTINGS)
    try:
        import distributed
    except ImportError as e:
        raise UsageError(f"a cluster needs Dask: {install_extra('cluster')}") from e
    return distributed


def _started(distributed: Any, workers: int, opening: ExitStack) -> str:
    """Start a cluster of processes; return the address of its scheduler."""
    scratch = opening.enter_context(tempfile.TemporaryDirectory(prefix="talkscraper-dask-", ignore_cleanup_errors=True))
    # its start unblocks signals in the thread that needs it first
    resource_tracker.ensure_running()
    opening.callback(_kill_children, frozenset(multiprocessing.active_children()))
    try:
        with without_group_signals():
            cluster = distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                worker_dashboard_address=None,
                # no dashboard: a server without routes on a free port of 127.0.0.1 remains
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                local_directory=scratch,
                silence_logs=logging.CRITICAL,
                memory_limit=0,
            )
    except Exception as e:
        raise ClusterError(f"can't start {workers} worker processes here: {_first_line(e)}") from e
    opening.callback(_closed, cluster.close, timeout=10)
    return str(cluster.scheduler_address)


def _kill_children(before: frozenset[BaseProcess]) -> None:
    """Kill workers that didn't end when they were told to: at its exit this process would wait for them for ever."""
    for process in multiprocessing.active_children():
        if process not in before and process.name.startswith(_WORKER_NAME):
            process.kill()


def _check_certificates(distributed: Any, address: str) -> None:
    """Require the certificates that a scheduler with TLS asks for: without them Dask's client would hang.

    Raises:
        ClusterError: they aren't configured, or can't be read.
    """
    if not address.startswith("tls://"):
        return
    try:
        found = distributed.Security().get_connection_args("client").get("ssl_context")
    except Exception as e:
        raise ClusterError(f"the certificates for {address} can't be used: {_first_line(e)}") from e
    if found is None:
        raise ClusterError(
            f"{address} needs certificates: Dask's configuration names none for clients (distributed.comm.tls)"
        )


def _connected(distributed: Any, address: str, opening: ExitStack) -> Client:
    _check_certificates(distributed, address)
    try:
        shake_hands(distributed, address, CONNECT_S)
        with warnings.catch_warnings():
            # of versions, in several lines: those that matter are compared by the probe
            warnings.simplefilter("ignore")
            client = distributed.Client(address, timeout=CONNECT_S, set_as_default=False, name="talkscraper")
    except (OSError, TimeoutError) as e:
        raise ClusterError(
            f"no Dask scheduler answers at {address} ({_first_line(e)}): start one by 'dask scheduler', or use local:N"
        ) from e
    except Exception as e:
        raise ClusterError(f"what answers at {address} is no scheduler of our Dask ({_first_line(e)})") from e
    opening.callback(_closed, client.close, timeout=5)
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except Exception as e:
        raise ClusterError(f"the scheduler {address} has no worker: start one by 'dask worker {address}'") from e
    return client


def _closed(close: Callable[..., object], timeout: float) -> None:
    with suppress(Exception), _quiet():  # it is left anyway
        close(timeout=timeout)


def _asked(client: Client, address: str, expression: str) -> dict[str, dict[str, Any]]:
    try:
        answers = client.run(eval, expression, on_error="return")
    except Exception as e:
        raise ClusterError(f"the workers of {address} don't answer: {_first_line(e)}") from e
    # a worker that has just died is no worker
    answers = {worker: answer for worker, answer in answers.items() if not isinstance(answer, OSError)}
    for worker, answer in answers.items():
        if isinstance(answer, BaseException):
            raise ClusterError(f"the worker {worker} can't be asked for its versions: {_first_line(answer)}")
    return dict(answers)


def _lost(name: str, why: str) -> ClusterError:
    first = " ".join(why.split())[:200]
    return ClusterError(f"the cluster {name} is lost ({first}): what is done is kept, run the command again")


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


# --- receipts --------------------------------------------------------------------------------------------------------


def _receipt(future: Future, unit: _U, name: str) -> UnitReceipt[_U, Any] | None:
    """Return the receipt of a unit; None if its result was lost, and will come again."""
    from distributed.scheduler import KilledWorker

    if future.status in ("lost", "pending"):
        return None
    try:
        outcome = pickle.loads(future.result(timeout=CONNECT_S))  # noqa: S301 - from a worker of the user's own cluster
    except KilledWorker as e:
        return UnitReceipt(unit=unit, failure=dead(unit.key, _first_line(e)))
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
            f"a worker of {name} can't execute our work ({_first_line(e)}): install the same versions on all of them"
        ) from e
    assert isinstance(outcome, UnitOutcome)
    return outcome.receipt(unit)


@contextmanager
def _quiet() -> Iterator[None]:
    """Suppress the log while a cluster is closed: Dask complains of workers that are gone."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


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
