"""Each executor does the same: a receipt for every unit, whatever becomes of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from talkscraper.cluster import Executor, open_executor
from talkscraper.errors import ExitCode, UsageError
from tests.cluster.work import Number, Times, trouble

# on a busy machine Dask warns of its own slowness
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module", params=["this process", "processes", "dask"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    """Every kind of executor."""
    address = "local:2" if request.param == "dask" else None
    with open_executor(address, slots=1 if request.param == "this process" else 2) as opened:
        yield opened


def test_every_unit_has_a_receipt_with_its_result_and_worker(executor: Executor) -> None:
    receipts = list(executor.map(Times(3), (Number(str(n)) for n in range(20))))
    assert sorted((int(each.unit.key), each.result) for each in receipts) == [(n, 3 * n) for n in range(20)]
    assert all(each.failure is None and each.worker and each.seconds >= 0 for each in receipts)
    assert len({each.worker for each in receipts}) <= executor.slots


def test_few_units_are_taken_ahead(executor: Executor) -> None:
    """A generator of a million units isn't listed in memory."""
    taken = []

    def units() -> Iterator[Number]:
        for n in range(1000):
            taken.append(n)
            yield Number(str(n))

    receipts = executor.map(Times(1), units())
    next(receipts)
    receipts.close()
    assert len(taken) <= 4 * executor.slots + 1
    assert [each.result for each in executor.map(Times(1), [Number("7")])] == [7], "it can be used again"


def test_an_error_is_the_failure_of_its_unit_alone(executor: Executor) -> None:
    units = [Number("refuse"), Number("fail"), *(Number(f"well-{n}") for n in range(4))]
    receipts = {each.unit.key: each for each in executor.map(trouble, units)}
    refused, failed = receipts["refuse"].failure, receipts["fail"].failure
    assert refused is not None
    assert failed is not None
    assert (refused.message, refused.exit_code, refused.died) == ("the disk is full", ExitCode.IO, False)
    assert (failed.message, failed.exit_code) == ("ValueError: a mistake in two lines", ExitCode.ERROR)
    assert sum(each.result == "well" for each in receipts.values()) == 4


def test_progress_within_units_is_told(executor: Executor) -> None:
    """All that was told arrives, except what comes after the last receipt."""
    told: list[int] = []
    list(executor.map(Times(1), [Number(str(n), weight=5) for n in range(10)], advanced=told.append))
    assert set(told) == {5}
    assert len(told) <= 10


@pytest.mark.parametrize("executor", ["processes", "dask"], indirect=True)
def test_a_unit_that_kills_its_workers_is_given_up_and_the_others_are_done(executor: Executor) -> None:
    """After some attempts; units that waited beside it aren't blamed. In this process there is no worker to kill."""
    units = [Number("well-0"), Number("die"), *(Number(f"well-{n}") for n in range(1, 6))]
    receipts = {each.unit.key: each for each in executor.map(trouble, units)}
    assert set(receipts) == {unit.key for unit in units}
    failure = receipts.pop("die").failure
    assert failure is not None
    assert failure.died
    assert "\n" not in failure.message
    assert all(each.result == "well" for each in receipts.values())


@pytest.mark.parametrize(
    "address",
    ["", "local", "local:0", "local:-1", "local:9999", "tcp://", "tcp://host", "tcp://host:0", "tcp://host:99999",
     "http://host:1", "host:8786", "tcp://a b:1", "ucx://host:1", "local:2\n x", "tcp://user@host:1"],
)  # fmt: skip
def test_what_is_no_address_of_a_cluster_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError, match="is not the address of a cluster"):
        open_executor(address)
