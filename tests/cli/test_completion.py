"""Completion: what a shell gets at Tab, asked as bash, zsh and fish ask."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.cli.main import COMMANDS
from tests.support.cli import run

SOURCES = """
contact = "https://desk.example/about"
[sources.gull]
name = "The Gull"
homepage = "http://127.0.0.1:9/"
tags = ["coast", "daily"]
[sources.gannet]
name = "Gannet: a weekly"
homepage = "http://127.0.0.1:9/gannet"
enabled = false
[sources.tern]
homepage = "http://127.0.0.1:9/tern"
tags = ["coast"]
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "sources.toml").write_text(SOURCES)
    return tmp_path


def words(root: Path | None, *typed: str, cwd: Path | None = None) -> list[str]:
    """The words offered for the last one typed."""
    done = run(
        None,
        env={
            **({"TALKSCRAPER_ARCHIVE": str(root)} if root else {}),
            "_TALKSCRAPER_COMPLETE": "bash_complete",
            "COMP_WORDS": " ".join(["talkscraper", *typed]),
            "COMP_CWORD": str(len(typed)),
        },
        cwd=cwd,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_commands(root: Path) -> None:
    assert words(root, "") == list(COMMANDS)
    assert words(root, "ver") == ["verify"]


def test_options(root: Path) -> None:
    assert "--max-pages" in words(root, "crawl", "--max")
    assert "--archive" in words(root, "--arch")


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["crawl", ""], ["@coast", "@daily", "gannet", "gull", "tern"]),
        (["crawl", "g"], ["gannet", "gull"]),
        (["crawl", "gull", "g"], ["gannet"]),
        (["crawl", "@c"], ["@coast"]),
        (["status", "t"], ["tern"]),
        (["backfill", "te"], ["tern"]),
        (["sources", "check", "@d"], ["@daily"]),
        (["sources", "rename", "gu"], ["gull"]),
        (["sources", "merge", "gull", "ga"], ["gannet"]),
        (["extract", "--source", "g"], ["gannet", "gull"]),
        (["search", "--source", "te"], ["tern"]),
        (["crawl", "zzz"], []),
    ],
)
def test_sources_and_tags(root: Path, typed: list[str], offered: list[str]) -> None:
    assert words(root, *typed) == offered


def test_the_archive_of_the_line_is_asked(root: Path, tmp_path: Path) -> None:
    """--archive before the command, not the one of the environment."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "sources.toml").write_text('[sources.auk]\nhomepage = "http://127.0.0.1:9/"\n')
    assert words(root, "--archive", str(other), "crawl", "") == ["auk"]


@pytest.mark.parametrize("text", [None, "[sources", "\udcff", "[sources.a]\nhomepage = 3\n"])
def test_a_sources_toml_that_cant_be_read_completes_nothing(tmp_path: Path, text: str | None) -> None:
    """And says nothing in the middle of a line that is being typed."""
    if text is not None:
        (tmp_path / "sources.toml").write_bytes(text.encode("utf-8", "surrogateescape"))
    assert words(tmp_path, "crawl", "") == []


def test_endings_of_an_export(root: Path) -> None:
    offered = words(root, "export", "gulls")
    assert {"gulls.csv", "gulls.jsonl", "gulls.parquet", "gulls.wacz"} <= set(offered)
    assert words(root, "export", "gulls.csv") == ["gulls.csv"]


def test_a_completion_imports_neither_scrapy_nor_lxml(root: Path) -> None:
    """A Tab is answered at once."""
    script = (
        "import atexit, os, sys; "
        "atexit.register(lambda: print(sorted({'scrapy', 'twisted', 'lxml', 'trafilatura', 'talkscraper.terminal'} & set(sys.modules)),"
        " file=sys.stderr)); "
        "from talkscraper.cli.main import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={
            "PATH": "/usr/bin:/bin",
            "TALKSCRAPER_ARCHIVE": str(root),
            "_TALKSCRAPER_COMPLETE": "zsh_complete",
            "COMP_WORDS": "talkscraper sources rename ",
            "COMP_CWORD": "3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == "[]\n"
    assert "gull\n" in done.stdout


def test_the_shell_is_that_of_the_environment() -> None:
    assert "complete" in run(None, "completion", env={"SHELL": "/usr/bin/fish"}).stdout
    refused = run(None, "completion", env={"SHELL": "/bin/dash"})
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "bash|zsh|fish" in refused.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_sound(shell: str) -> None:
    """By the shell's own syntax check, where it is installed."""
    script = run(None, "completion", shell)
    assert script.returncode == 0
    assert "_TALKSCRAPER_COMPLETE" in script.stdout
    if not shutil.which(shell):
        pytest.skip(f"{shell} isn't installed")
    checked = subprocess.run([shell, "-n"], input=script.stdout, capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


def test_bash_completes_by_the_script(root: Path, tmp_path: Path) -> None:
    """A real bash with the script loaded offers the sources."""
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    (bin_folder / "talkscraper").write_text(f'#!/bin/sh\nexec {sys.executable} -m talkscraper "$@"\n')
    (bin_folder / "talkscraper").chmod(0o755)
    asked = (
        'eval "$(talkscraper completion bash)"; complete -p talkscraper >/dev/null || exit 9; '
        "COMP_WORDS=(talkscraper crawl gu); COMP_CWORD=2; _talkscraper_completion talkscraper; echo ${COMPREPLY[@]}"
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", asked],
        env={"PATH": f"{bin_folder}:/usr/bin:/bin", "TALKSCRAPER_ARCHIVE": str(root), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert (done.stdout, done.stderr) == ("gull\n", "")
