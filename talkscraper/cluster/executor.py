"""The seam between work and what executes it: units in, receipts out, in the order of completion."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Generic, Protocol, Self, TypeVar

from talkscraper.cluster.advance import Advanced, telling
from talkscraper.errors import ExitCode, TalkscraperError

MAX_ATTEMPTS = 3
"""Maximum number of times that a unit is begun, if its worker dies each time."""
UNITS_AHEAD = 2
"""Number of units in progress for each slot: one is executed while the next one waits there."""
MAX_MESSAGE = 500


class Unit(Protocol):
    """A piece of work: a small, picklable, frozen dataclass."""

    @property
    def key(self) -> str:
        """Its name, unique among the units of one ``map``."""
        ...

    @property
    def weight(self) -> int:
        """Its share of the work, for progress; usually bytes."""
        ...


_U = TypeVar("_U", bound=Unit)
_U_co = TypeVar("_U_co", bound=Unit, covariant=True)
_R = TypeVar("_R")
_R_co = TypeVar("_R_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFailure:
    """Why a unit has no result."""

    message: str
    """One line, as it is shown."""
    exit_code: ExitCode = ExitCode.ERROR
    """That of the error which the task raised."""
    died: bool = False
    """Whether each of its workers died; otherwise the task raised an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReceipt(Generic[_U_co, _R_co]):
    """What became of a unit: a result, or a failure."""

    unit: _U_co
    result: _R_co | None = None
    failure: UnitFailure | None = None
    worker: str = ""
    """The name of the host and process that executed it, or the cluster's name for that."""
    seconds: float = 0.0
    """How long it took there."""


class Executor(Protocol):
    """Maps units to receipts. Close it, or use it as a context manager."""

    @property
    def slots(self) -> int:
        """Number of units that are executed at the same time."""
        ...

    @property
    def is_remote(self) -> bool:
        """Whether units leave this process's memory and, possibly, this machine: results should be small."""
        ...

    def map(
        self, task: Callable[[_U], _R], units: Iterable[_U], *, advanced: Advanced | None = None
    ) -> Generator[UnitReceipt[_U, _R], None, None]:
        """Yield the receipts of all units in the order of completion; few units are taken ahead of them.

        A unit whose worker dies is begun again, at most ``MAX_ATTEMPTS`` times; then its receipt is a failure, and so
        is that of a task that raises an error. If the iterator is closed early, units not yet begun are cancelled.

        Args:
            task: A module-level function, or an instance of a dataclass with ``__call__``. It may run more than once
                for a unit.
            units: The units; an iterator is consumed as slots become free.
            advanced: Called in this process with what tasks pass to ``advance``, while receipts are waited for.

        Raises:
            ClusterError: the cluster as a whole is lost.
        """
        ...

    def close(self) -> None:
        """Cancel what isn't done, and end what was started. Idempotent."""
        ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class UnitOutcome:
    """What a worker returns for a unit."""

    result: Any
    failure: UnitFailure | None
    worker: str
    seconds: float

    def receipt(self, unit: _U) -> UnitReceipt[_U, Any]:
        """Return the receipt of the unit."""
        return UnitReceipt(
            unit=unit, result=self.result, failure=self.failure, worker=self.worker, seconds=self.seconds
        )


def execute(task: Callable[[_U], Any], unit: _U, advanced: Advanced | None = None) -> UnitOutcome:
    """Execute a task in this process; its errors become a failure."""
    begun = time.perf_counter()
    result, failure = None, None
    try:
        with telling(advanced):
            result = task(unit)
    except TalkscraperError as e:
        failure = UnitFailure(message=_line(str(e)), exit_code=e.exit_code)
    except OSError as e:
        where = f"{e.filename}: " if e.filename is not None else ""
        failure = UnitFailure(message=_line(f"{where}{e.strerror or e}"), exit_code=ExitCode.IO)
    except Exception as e:  # noqa: BLE001 - one unit's error must not end the others
        failure = UnitFailure(message=_line(f"{type(e).__name__}: {e}"))
    return UnitOutcome(result, failure, f"{socket.gethostname()}:{os.getpid()}", time.perf_counter() - begun)


def dead(key: str, why: str) -> UnitFailure:
    """Return the failure of a unit whose workers died."""
    return UnitFailure(message=_line(f"{key}: each worker that began it died ({why})"), died=True)


def _line(text: str) -> str:
    return " ".join(text.split())[:MAX_MESSAGE]
