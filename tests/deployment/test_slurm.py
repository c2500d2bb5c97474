"""docs/examples/slurm: the job that its configuration makes, and commands with workers of a Slurm that is played."""

from __future__ import annotations

import itertools
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import cli, sql
from tests.support.clustered import newspapers, write_sources
from tests.support.crawls import CrawlArchive
from tests.support.deployments import BIN, EXAMPLES
from tests.support.waiting import wait_until

FOLDER = EXAMPLES / "slurm"
SBATCH = """#!/bin/sh
# a cluster of one machine: the job begins at once
cp "$1" "{place}/job.$$"
setsid sh "{place}/job.$$" >"{place}/log.$$" 2>&1 &
echo "$!" >>"{place}/jobs"
echo "Submitted batch job $!"
"""
SCANCEL = """#!/bin/sh
echo "$1" >>"{place}/cancelled"
kill -TERM -"$1" 2>/dev/null
"""
JOB_SCRIPT = (
    "from dask_jobqueue import SLURMCluster; print(SLURMCluster(scheduler_options={'dashboard': False}).job_script())"
)


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """An environment with the example's configuration, and programs that play Slurm."""
    told = yaml.safe_load((FOLDER / "jobqueue.yaml").read_text())
    # the whole example with the sizes of this machine
    told["jobqueue"]["slurm"] |= {"interface": "lo", "cores": 1, "processes": 1, "memory": "1GB"}
    dask = tmp_path / "dask"
    dask.mkdir()
    (dask / "jobqueue.yaml").write_text(yaml.safe_dump(told))
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in {"sbatch": SBATCH, "scancel": SCANCEL}.items():
        (programs / name).write_text(text.format(place=tmp_path))
        (programs / name).chmod(0o755)
    return {
        "PATH": f"{BIN}:{programs}:/usr/bin:/bin",
        "HOME": str(tmp_path),
        "TMPDIR": str(tmp_path),
        "DASK_CONFIG": str(dask),
        "LANG": "C.UTF-8",
    }


def test_the_job_is_what_the_configuration_says(env: dict[str, str], tmp_path: Path) -> None:
    """dask-jobqueue reads every key of the example: eight workers of one thread in a job of eight cores."""
    (tmp_path / "dask" / "jobqueue.yaml").write_text(
        (FOLDER / "jobqueue.yaml").read_text().replace("interface: null", "interface: lo")
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", JOB_SCRIPT], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    directives = dict(re.findall(r"^#SBATCH (\S+?)[ =](.*)$", done.stdout, re.MULTILINE))
    assert directives == {
        "-J": "talkscraper-workers", "-p": "standard", "-n": "1", "--cpus-per-task": "8", "--mem": "8G", "-t": "04:00:00",
    }  # fmt: skip
    (line,) = (line for line in done.stdout.splitlines() if "dask_worker" in line)
    words = shlex.split(line)
    said = dict(itertools.pairwise(words))
    assert (said["--nthreads"], said["--nworkers"]) == ("1", "8")
    assert said["--memory-limit"] == "0", "the last one counts: memory is limited where pages are read"


def test_no_key_of_the_configuration_is_unknown() -> None:
    """A key that dask-jobqueue doesn't know would be passed over in silence."""
    import dask_jobqueue

    shipped = Path(dask_jobqueue.__file__).with_name("jobqueue.yaml").read_text()
    known, ours = (
        yaml.safe_load(text)["jobqueue"]["slurm"] for text in (shipped, (FOLDER / "jobqueue.yaml").read_text())
    )
    assert set(ours) <= set(known)


@pytest.fixture
def archive(tmp_path: Path) -> CrawlArchive:
    """An archive that has crawled a newspaper."""
    made = CrawlArchive(tmp_path / "archive")
    with newspapers(1, 4) as sites:
        write_sources(made, sites)
        assert made.crawl().code == 0
    return made


def test_a_shell_reads_the_batch_script() -> None:
    assert subprocess.run(["sh", "-n", FOLDER / "extract.sbatch"], check=False).returncode == 0


@pytest.mark.slow
def test_the_batch_script_works_on_a_disk_of_its_node_and_puts_the_database_back(
    archive: CrawlArchive, env: dict[str, str], tmp_path: Path
) -> None:
    """The command has found workers, the database is a file again, nothing is left on the node, and jobs are cancelled."""
    job = env | {"TALKSCRAPER_ARCHIVE": str(archive.root), "SLURM_SUBMIT_DIR": str(FOLDER), "JOBS": "1"}
    before = sql.rows(archive.root, "select id, text_digest from articles order by id")
    done = subprocess.run(
        ["sh", FOLDER / "extract.sbatch", "extract", "--from-start", "--json"],
        env=job, capture_output=True, text=True, check=False, timeout=cli.TIMEOUT_S,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert '"read_here": 0' in done.stdout
    assert (archive.root / "talkscraper.db").is_file()
    assert not (archive.root / "talkscraper.db").is_symlink()
    assert not list(archive.root.glob("talkscraper.db?*"))
    assert not list(tmp_path.glob("talkscraper-*"))
    assert sql.rows(archive.root, "select id, text_digest from articles order by id") == before
    assert (tmp_path / "cancelled").read_text() == (tmp_path / "jobs").read_text()
    assert cli.run(archive.root, "verify").returncode == 0


@pytest.mark.slow
def test_slurms_signal_before_the_end_puts_the_database_back(
    archive: CrawlArchive, env: dict[str, str], tmp_path: Path
) -> None:
    """SIGTERM to the batch script alone, while its workers are still queued: exit code 4, and the jobs are cancelled."""
    queued = tmp_path / "programs" / "sbatch"
    queued.write_text(f"#!/bin/sh\necho 77 >>{tmp_path}/jobs\necho Submitted batch job 77\n")
    job = env | {"TALKSCRAPER_ARCHIVE": str(archive.root), "SLURM_SUBMIT_DIR": str(FOLDER), "JOBS": "1"}
    with subprocess.Popen(["sh", FOLDER / "extract.sbatch", "extract"], env=job, stderr=subprocess.PIPE) as running:
        wait_until((tmp_path / "jobs").exists, message="no job was submitted")
        assert (archive.root / "talkscraper.db").is_symlink()
        second = subprocess.run(["sh", FOLDER / "extract.sbatch", "extract"], env=job, capture_output=True, check=False)
        assert second.returncode == 75, "two jobs would work on two databases"
        os.kill(running.pid, 15)
        _, err = running.communicate(timeout=cli.TIMEOUT_S)
    assert running.returncode == 4, err
    assert (tmp_path / "cancelled").read_text() == "77\n"
    assert not (archive.root / "talkscraper.db").is_symlink()
    assert cli.run(archive.root, "verify").returncode == 0
