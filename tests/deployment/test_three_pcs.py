"""docs/examples/three-pcs: systemd accepts the units, and what they and cron start works, on loopback with TLS."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from talkscraper.store.database import open_writer
from tests.support.clustered import compared, newspapers, write_sources
from tests.support.crawls import CrawlArchive
from tests.support.deployments import (
    BIN,
    EXAMPLES,
    ROOT,
    check_units,
    cron_commands,
    exec_start,
    needs_systemd,
    port_of,
    running,
)
from tests.support.servers import SiteServer

FOLDER = EXAMPLES / "three-pcs"
UNITS = ("talkscraper-scheduler.service", "talkscraper-worker.service")
HOST, PORT = "192.168.7.1", 8786


@needs_systemd
@pytest.mark.parametrize("name", UNITS)
def test_systemd_accepts_the_units(tmp_path: Path, name: str) -> None:
    """With the programs of this environment, since systemd looks whether they are there."""
    unit = tmp_path / name
    unit.write_text((FOLDER / name).read_text().replace("/opt/talkscraper/bin", str(BIN)))
    check_units(unit)


def test_what_mounts_are_of_is_what_is_exported() -> None:
    """One path on all of them; every PC that mounts is one that the first lets in."""
    exported = re.findall(r"^(/\S+)|(\d+\.\d+\.\d+\.\d+)\(", (FOLDER / "exports").read_text(), re.MULTILINE)
    mounts = [
        line.lstrip("# ").split() for line in (FOLDER / "fstab").read_text().splitlines() if "/srv/archive " in line
    ]
    assert [each[0] for each in exported if each[0]] == ["/srv/archive"]
    assert {each[0].rpartition(":")[2] for each in mounts} == {each[1] for each in mounts} == {"/srv/archive"}
    assert {each[2] for each in mounts} == {"nfs4", "fuse.sshfs"}
    assert all(len(each) == 6 for each in mounts)
    assert HOST not in {each[1] for each in exported}, "the first PC has the disk"


def certificates() -> str:
    """The commands of docs/scale.md that make them."""
    text = (ROOT / "docs" / "scale.md").read_text("utf-8")
    (block,) = re.findall(r"((?:^    .*\n)*^    openssl.*\n(?:^    .*\n)*)", text, re.MULTILINE)
    return block


@pytest.fixture(scope="module")
def configuration(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """/etc/dask, with certificates made as docs/scale.md says."""
    folder = tmp_path_factory.mktemp("etc-dask")
    done = subprocess.run(["sh", "-euc", certificates()], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (folder / "dask.yaml").write_text((FOLDER / "dask.yaml").read_text().replace("/etc/dask", str(folder)))
    return folder


def test_every_file_that_dask_is_told_of_is_made(configuration: Path) -> None:
    told = yaml.safe_load((configuration / "dask.yaml").read_text())["distributed"]["comm"]["tls"]
    files = {told["ca-file"], *(path for role in ("scheduler", "worker", "client") for path in told[role].values())}
    assert all(Path(path).is_file() for path in files), files
    assert all(Path(path).stat().st_mode & 0o077 == 0 for path in files if path.endswith(".key"))


@pytest.fixture(scope="module")
def sites() -> Iterator[list[SiteServer]]:
    with newspapers(2, 4) as found:
        yield found


@pytest.fixture
def cluster(configuration: Path, archive: CrawlArchive, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Scheduler and worker, started as the units say; what the examples say, and what it is here."""
    here = {
        "/opt/talkscraper/bin": str(BIN),
        "/etc/dask": str(configuration),
        "/srv/archive": str(archive.root),
        "/var/tmp/talkscraper-dask": str(tmp_path / "scratch"),
        HOST: "127.0.0.1",
        "--nworkers 4": "--nworkers 2",
    }
    env = {"DASK_CONFIG": str(configuration), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
    scheduler, worker = ((FOLDER / name).read_text() for name in UNITS)
    told = tmp_path / "scheduler.json"
    words = exec_start(placed(scheduler, here).replace(f"--port {PORT}", f"--port 0 --scheduler-file {told}"))
    with running(words, env, tmp_path / "scheduler.log"):
        here[f":{PORT}"] = f":{port_of(told)}"
        with running(exec_start(placed(worker, here)), env, tmp_path / "worker.log"):
            yield here


@pytest.fixture
def archive(tmp_path: Path, sites: list[SiteServer]) -> CrawlArchive:
    made = CrawlArchive(tmp_path / "archive")
    write_sources(made, sites)
    return made


def placed(text: str, here: dict[str, str]) -> str:
    """An example's text, with the places and addresses of this machine."""
    for there, place in here.items():
        text = text.replace(there, place)
    return text


@pytest.mark.slow
def test_what_cron_starts_crawls_and_verifies(
    cluster: dict[str, str], archive: CrawlArchive, sites: list[SiteServer], tmp_path: Path
) -> None:
    """In cron's empty environment: both commands are silent, and the rows are those of a local crawl."""
    local = CrawlArchive(tmp_path / "local")
    write_sources(local, sites)
    assert local.crawl().code == 0
    for command in _of_cron(cluster):
        _silent(command, tmp_path)
    assert compared(archive.root, "captures") == compared(local.root, "captures")
    assert not (archive.root / "shards").exists()


def test_a_command_of_cron_uses_the_cluster_over_tls_and_nobody_else_does(
    cluster: dict[str, str], archive: CrawlArchive, tmp_path: Path
) -> None:
    """Certificates of docs/scale.md, configuration of the example; without it the scheduler answers nobody."""
    open_writer(archive.root / "talkscraper.db").close()
    (command,) = (each for each in _of_cron(cluster) if " verify " in each)
    _silent(command, tmp_path)
    address = f"127.0.0.1{cluster[f':{PORT}']}"
    none, gone = tmp_path / "none", tmp_path / "gone"
    gone.mkdir()
    (gone / "dask.yaml").write_text((FOLDER / "dask.yaml").read_text().replace("/etc/dask", str(gone)))
    for scheme, configured, said in (
        ("tcp", none, "no Dask scheduler answers"),
        ("tls", none, "needs certificates"),
        ("tls", gone, "can't be used"),
    ):
        refused = archive.run("verify", "--cluster", f"{scheme}://{address}", env={"DASK_CONFIG": str(configured)})
        assert (refused.returncode, refused.stderr.count("\n")) == (74, 1), refused.stderr
        assert said in refused.stderr


def _of_cron(here: dict[str, str]) -> list[str]:
    variables, commands = cron_commands(placed((FOLDER / "crontab").read_text(), here))
    given = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    return [f"export {given}; {command}" for command in commands]


def _silent(command: str, home: Path) -> None:
    env = {"HOME": str(home), "LOGNAME": "talkscraper", "SHELL": "/bin/sh"}
    done = subprocess.run(["/bin/sh", "-c", command], env=env, cwd=home, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), command
