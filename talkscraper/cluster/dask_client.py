"""A client of a Dask cluster: of one that is running, or of worker processes that are started on this machine.

Whatever is there is checked before it is used: the scheduler, its certificates, its workers.
"""

from __future__ import annotations

import logging
import multiprocessing
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from multiprocessing import resource_tracker
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talkscraper.cluster.address import is_local
from talkscraper.cluster.executor import MAX_ATTEMPTS
from talkscraper.cluster.handshake import shake_hands
from talkscraper.cluster.probe import check_workers
from talkscraper.errors import ClusterError
from talkscraper.extras import ExtraMissing
from talkscraper.pool.signal_mask import without_group_signals

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

    # Dask has few types
    Client = Any

CONNECT_S = 10.0
"""Number of seconds in which a scheduler must answer, and have a worker."""
SETTINGS = {
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
"""Dask's configuration in this process, and in the processes that it starts."""
_WORKER_NAME = "Dask Worker process"


def open_client(address: str, opening: ExitStack, *, folders: Sequence[Path] = ()) -> Client:
    """Connect to the scheduler at an address, or start ``local:N``; all workers are checked.

    ``opening`` gets what ends it again.

    Raises:
        ClusterError: there is no scheduler, no worker, or one that can't be used.
        ExtraMissing: Dask isn't installed.
    """
    distributed = _imported()
    here = is_local(address)
    target = _started(distributed, int(address.partition(":")[2]), opening) if here else address
    client = _connected(distributed, target, opening)
    check_workers(lambda expression: _asked(client, address, expression), folders)
    return client


@contextmanager
def quiet() -> Iterator[None]:
    """Suppress the log while a cluster is closed: Dask complains of workers that are gone."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        yield
    finally:
        logging.disable(before)


def first_line(error: BaseException) -> str:
    """Return the beginning of an error's text as one line."""
    return " ".join(str(error).split())[:160] or type(error).__name__


def _imported() -> Any:
    """Import Dask, without its own output.

    Raises:
        ExtraMissing: it isn't installed.
    """
    try:
        import dask

        # before the import, which otherwise writes warnings to stderr from now on
        dask.config.set(
            {"logging": {"distributed": "critical", "distributed.client": "critical", "tornado": "critical"}}
        )
        dask.config.set(SETTINGS)
        import distributed
    except ImportError as e:
        raise ExtraMissing("a cluster needs Dask:", "cluster") from e
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
        raise ClusterError(f"can't start {workers} worker processes here: {first_line(e)}") from e
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
        raise ClusterError(f"the certificates for {address} can't be used: {first_line(e)}") from e
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
            f"no Dask scheduler answers at {address} ({first_line(e)}): start one by 'dask scheduler', or use local:N"
        ) from e
    except Exception as e:
        raise ClusterError(f"what answers at {address} is no scheduler of our Dask ({first_line(e)})") from e
    opening.callback(_closed, client.close, timeout=5)
    try:
        client.wait_for_workers(1, timeout=CONNECT_S)
    except Exception as e:
        raise ClusterError(f"the scheduler {address} has no worker: start one by 'dask worker {address}'") from e
    return client


def _closed(close: Callable[..., object], timeout: float) -> None:
    with suppress(Exception), quiet():  # it is left anyway
        close(timeout=timeout)


def _asked(client: Client, address: str, expression: str) -> dict[str, dict[str, Any]]:
    try:
        answers = client.run(eval, expression, on_error="return")
    except Exception as e:
        raise ClusterError(f"the workers of {address} don't answer: {first_line(e)}") from e
    # a worker that has just died is no worker
    answers = {worker: answer for worker, answer in answers.items() if not isinstance(answer, OSError)}
    for worker, answer in answers.items():
        if isinstance(answer, BaseException):
            raise ClusterError(f"the worker {worker} can't be asked for its versions: {first_line(answer)}")
    return dict(answers)
