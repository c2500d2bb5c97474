"""Containerfile and compose.yaml: what they name is there, and their steps do what docs/installing.md says."""

import contextlib
import os
import re
import shlex
import signal
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.support.waiting import wait_until

ROOT = Path(__file__).resolve().parents[1]
CRAWL_EVERY = ROOT / "docs" / "examples" / "crawl-every"
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]


def steps() -> list[tuple[str, str]]:
    """The instructions of Containerfile, continued lines joined."""
    text = (ROOT / "Containerfile").read_text(encoding="utf-8")
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def services() -> dict:
    return yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignored = (ROOT / ".containerignore").read_text(encoding="utf-8").splitlines()
    assert ignored[0] == "*"
    for instruction, arguments in steps():
        if instruction == "COPY" and "--from=" not in arguments:
            words = [word for word in shlex.split(arguments) if not word.startswith("--")]
            for name in words[:-1]:
                assert (ROOT / name).exists(), name
                assert f"!{name.split('/')[0]}" in ignored
    assert (ROOT / ".dockerignore").readlink() == Path(".containerignore")


def test_the_installed_extras_exist() -> None:
    assert any('".[${EXTRAS}]"' in arguments for _, arguments in steps())
    (named,) = {found for _, arguments in steps() for found in re.findall(r"EXTRAS=([\w,]+)", arguments)}
    assert set(named.split(",")) <= set(EXTRAS)


def test_the_image_runs_without_rights_on_a_volume() -> None:
    """The last USER isn't root, the archive is the volume, and it belongs to the user."""
    last = dict(steps())
    assert last["USER"] == "talkscraper"
    assert last["VOLUME"] == "/archive"
    run = [arguments for instruction, arguments in steps() if instruction == "RUN"][-1]
    assert "useradd --uid 10001" in run
    assert "install -d -o talkscraper -g talkscraper /archive" in run
    assert "TALKSCRAPER_ARCHIVE=/archive" in last["ENV"]


def test_the_services_share_the_volume_and_have_health_checks() -> None:
    found = services()
    assert set(found) == {"crawl", "serve"}
    for service in found.values():
        assert service["volumes"] == ["archive:/archive"]
        assert service["cap_drop"] == ["ALL"]
    assert found["crawl"]["healthcheck"]["test"] == ["CMD", "talkscraper", "status", "--check"]
    assert "/healthz" in found["serve"]["healthcheck"]["test"][-1]
    assert all(port.startswith("127.0.0.1:") for port in found["serve"]["ports"])


def test_the_commands_of_the_services_are_understood() -> None:
    """By click, so that a renamed option isn't found by an operator."""
    import click

    from talkscraper.cli.main import cli

    root = click.Context(cli, info_name="talkscraper")
    for words in (services()["serve"]["command"], services()["crawl"]["healthcheck"]["test"][2:]):
        command = cli.get_command(root, words[0])
        assert command is not None
        command.make_context(words[0], list(words[1:]), parent=root)


@pytest.fixture
def stand_in(tmp_path: Path) -> Path:
    """A folder for the PATH whose talkscraper writes its arguments, and ends in good order at SIGTERM."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "talkscraper"
    program.write_text(
        "#!/bin/sh\n"
        f'echo "$@" >> {tmp_path}/runs\n'
        f'[ ! -e {tmp_path}/long ] || {{ trap "echo ended >> {tmp_path}/runs; exit 4" TERM; sleep 60 & wait $!; }}\n'
        "exit 3\n"
    )
    program.chmod(0o755)
    return folder


def started(stand_in: Path, interval: str, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        ["/bin/sh", CRAWL_EVERY, *arguments],
        env={"PATH": f"{stand_in}:/usr/bin:/bin", "INTERVAL": interval},
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def runs(stand_in: Path) -> list[str]:
    path = stand_in.parent / "runs"
    return path.read_text().splitlines() if path.exists() else []


def finish(process: subprocess.Popen) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    process.stderr.close()


def test_crawls_are_repeated_though_one_fails(stand_in: Path) -> None:
    """Exit code 3 (a source is silent) doesn't end the loop; arguments are passed on."""
    process = started(stand_in, "1", "gull", "--max-pages", "5")
    try:
        wait_until(lambda: len(runs(stand_in)) >= 3)
        assert set(runs(stand_in)) == {"crawl --quiet --max-time 0 gull --max-pages 5"}
    finally:
        finish(process)


def test_a_stop_ends_the_crawl_in_good_order(stand_in: Path) -> None:
    """SIGTERM reaches the crawl, the loop waits for its end, and no other begins."""
    (stand_in.parent / "long").touch()
    process = started(stand_in, "3600")
    try:
        wait_until(lambda: runs(stand_in) == ["crawl --quiet --max-time 3000"])
        process.terminate()
        assert process.wait(60) == 0
        assert runs(stand_in) == ["crawl --quiet --max-time 3000", "ended"]
    finally:
        finish(process)


def test_a_stop_between_crawls_is_at_once(stand_in: Path) -> None:
    process = started(stand_in, "86400")
    try:
        wait_until(lambda: len(runs(stand_in)) == 1)
        process.terminate()
        assert process.wait(60) == 0
    finally:
        finish(process)
