"""Commands on a real Dask cluster of processes on loopback, and what they say of one that can't be used."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cluster import dask_executor, open_executor
from talkscraper.errors import ClusterError
from talkscraper.ingest.sharded_pages import ShardedPages
from talkscraper.preserve.extract import extract_again
from talkscraper.preserve.verify import verify
from talkscraper.preserve.warc_import import import_files
from tests.cluster.conftest import NOW, clock, with_selectors
from tests.cluster.work import Number, trouble
from tests.support import cli
from tests.support.dask_processes import scheduler, worker
from tests.support.derived_rows import derived_rows
from tests.support.every_row import every_row
from tests.support.waiting import wait_until

NO_PACKAGE = "import sys; sys.modules['talkscraper'] = None; "
OLD_PACKAGE = "import talkscraper.version; talkscraper.version.__version__ = '0.0.9'; "
NO_NUMPY = "sys.modules['numpy'] = None; "
"""A package of which Dask's client would warn, in several lines."""
NO_FOLDER = "import os; seen = os.path.exists; os.path.exists = lambda p: '.seen-by' not in str(p) and seen(p); "


@pytest.fixture
def expected(archive: Path, tmp_path: Path) -> dict[str, list[dict[str, object]]]:
    """The rows of a local pass over ``archive``, which has got selectors."""
    with_selectors(archive)
    local = Path(shutil.copytree(archive, tmp_path / "local"))
    extract_again(ArchiveFolder(local), clock=clock, workers=1)
    return derived_rows(local)


@contextlib.contextmanager
def extracting(archive: Path, address: str) -> Iterator[subprocess.Popen[str]]:
    """``extract --cluster``, from when its workers have begun to write."""
    process = subprocess.Popen(
        cli.command(archive, "extract", "--cluster", address, "--json"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        shards = archive / "shards"
        wait_until(
            lambda: process.poll() is not None or (shards.is_dir() and any(shards.glob("[0-9a-f]*.*"))),
            message="no shard",
        )
        yield process
    finally:
        process.kill()
        process.communicate()


def test_a_worker_that_is_killed_costs_no_page(archive: Path, tmp_path: Path, expected: object) -> None:
    """kill -9 in the middle: the scheduler has its unit executed by the other one. Nothing is left behind."""
    with scheduler(tmp_path) as (address, _):
        with worker(address, tmp_path / "a") as first, worker(address, tmp_path / "b"):
            with extracting(archive, address) as process:
                first.kill()
                out, err = process.communicate(timeout=300)
            assert (process.returncode, err) == (0, ""), err
            done = json.loads(out)["cluster"]
            assert done["units"] == 3
            assert done["read_here"] == 0
            assert set(done["workers"]) and all(name.startswith(socket.gethostname()) for name in done["workers"])
    assert derived_rows(archive) == expected
    assert not (archive / "shards").exists()


@pytest.mark.slow
def test_a_scheduler_that_is_killed_ends_the_command_with_one_line(
    archive: Path, tmp_path: Path, expected: object
) -> None:
    """Exit code 74; the next run, here, completes the same rows."""
    with scheduler(tmp_path) as (address, process), worker(address, tmp_path / "a"):
        with extracting(archive, address) as command:
            process.kill()
            _, err = command.communicate(timeout=300)
    assert command.returncode == 74
    assert err.count("\n") == 1
    assert f"the cluster {address} is lost" in err
    assert cli.run(archive, "extract").returncode == 0
    assert derived_rows(archive) == expected


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGTERM, 4)])
def test_a_command_that_is_stopped_goes_on_where_it_was(
    archive: Path, tmp_path: Path, expected: object, number: int, code: int
) -> None:
    """kill -9 and SIGTERM of the one that stores: the cluster serves the next run, and the rows are the same."""
    with scheduler(tmp_path) as (address, _), worker(address, tmp_path / "a"):
        with extracting(archive, address) as command:
            command.send_signal(number)
            _, err = command.communicate(timeout=300)
        assert command.returncode == code, err
        assert err.count("\n") == (1 if code > 0 else 0)
        assert cli.run_json(archive, "extract", "--cluster", address)["ok"]
    assert derived_rows(archive) == expected
    assert not (archive / "shards").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("first", "said"),
    [
        (NO_PACKAGE, "has no talkscraper: run pip install 'talkscraper[cluster]' there"),
        (OLD_PACKAGE, "0.0.9, not"),
        (NO_PACKAGE + NO_NUMPY, "has no talkscraper: run"),
        (NO_FOLDER, "share the folder, and mount it there at this path"),
    ],
)
def test_a_worker_that_cannot_help_is_named_before_any_work(
    imported: Path, tmp_path: Path, first: str, said: str
) -> None:
    with scheduler(tmp_path) as (address, _), worker(address, tmp_path / "a", first):
        done = cli.run(imported, "verify", "--cluster", address)
    assert done.returncode == 74
    assert done.stderr.count("\n") == 1
    assert said in done.stderr


@pytest.mark.slow
def test_a_worker_that_comes_later_with_another_version_is_named(tmp_path: Path) -> None:
    """It wasn't there when the workers were compared: it compares itself, and does nothing."""
    with scheduler(tmp_path) as (address, _), contextlib.ExitStack() as workers:
        first = workers.enter_context(worker(address, tmp_path / "a"))
        with open_executor(address) as executor:
            assert [each.result for each in executor.map(trouble, [Number("well")])] == ["well"]
            first.kill()
            workers.enter_context(worker(address, tmp_path / "b", OLD_PACKAGE))
            with pytest.raises(
                ClusterError, match=r"the worker tcp://\S+ on \S+ has talkscraper 0\.0\.9, not "
            ) as refused:
                list(executor.map(trouble, [Number("well")]))
    assert refused.value.exit_code == 74


def test_a_scheduler_that_hangs_in_the_middle_ends_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dask's client itself would wait for its answer without limit."""
    with (
        scheduler(tmp_path) as (address, process),
        worker(address, tmp_path),
        open_executor(address) as executor,
        contextlib.closing(executor.map(trouble, (Number(f"well-{n}") for n in range(1000)))) as receipts,
    ):
        assert next(receipts).result == "well"
        monkeypatch.setattr(dask_executor, "LOST_S", 1.0)
        process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(ClusterError, match="its scheduler hasn't answered for 1 s"):
                list(receipts)
        finally:
            process.send_signal(signal.SIGCONT)


@pytest.mark.slow
def test_a_scheduler_without_workers_is_one_line(imported: Path, tmp_path: Path) -> None:
    with scheduler(tmp_path) as (address, _):
        done = cli.run(imported, "extract", "--cluster", address)
    assert (done.returncode, done.stdout) == (74, "")
    assert f"the scheduler {address} has no worker: start one by 'dask worker {address}'" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_real_workers_leave_every_row_of_every_table(files: list[Path], archive: Path, tmp_path: Path) -> None:
    """Import, extract and verify by two processes of ``dask worker``, and on this machine alone."""
    with scheduler(tmp_path) as (address, _), worker(address, tmp_path / "a"), worker(address, tmp_path / "b"):
        with open_executor(address, folders=[tmp_path]) as executor:
            folder = ArchiveFolder(tmp_path / "imported")
            import_files(folder, files, clock=clock, copy=True, cluster=ShardedPages(executor, folder.shards))
            assert every_row(folder.root) == every_row(archive)
            local = ArchiveFolder(Path(shutil.copytree(archive, tmp_path / "local")))
            for each in (folder, local):
                with_selectors(each.root)
            report = extract_again(folder, clock=clock, cluster=ShardedPages(executor, folder.shards))
            assert report.pages == extract_again(local, clock=clock, workers=1).pages
            assert every_row(folder.root) == every_row(local.root)
            (path, *_) = sorted(folder.warc.glob("*.warc.gz"))
            path.write_bytes(path.read_bytes()[:-50] + b"\x55" * 50)
            shutil.copy(path, local.warc)
            found = [
                verify(each, now=NOW, articles=-1, executor=use) for each, use in ((folder, executor), (local, None))
            ]
            assert found[0] == found[1]
            assert not found[0].ok
            assert every_row(folder.root) == every_row(local.root)


@pytest.mark.parametrize("command", [["extract"], ["verify"], ["import", "x.warc.gz"]])
def test_no_scheduler_is_one_line(imported: Path, command: list[str], refusing: Callable[[], str]) -> None:
    """Exit code 74, within a bounded time, and the archive is as it was."""
    done = cli.run(imported, *command, "--cluster", refusing())
    assert done.returncode == 74
    assert done.stdout == ""
    assert done.stderr.startswith("talkscraper: no Dask scheduler answers at tcp://127.0.0.1:")
    assert done.stderr.count("\n") == 1
    assert not (imported / "shards").exists()


@pytest.fixture
def refusing() -> Iterator[Callable[[], str]]:
    """An address at which nothing listens: a socket is bound there."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield lambda: f"tcp://127.0.0.1:{held.getsockname()[1]}"


def test_usage_errors_come_before_any_connection(imported: Path) -> None:
    for arguments, said in (
        (["extract", "--cluster", "http://x"], "is not the address of a cluster"),
        (["extract", "--cluster", "local:2", "--compare"], "--compare is done on this machine"),
    ):
        done = cli.run_here(imported, *arguments)
        assert done.returncode == 2
        assert said in done.stderr
        assert done.stderr.count("\n") == 1
