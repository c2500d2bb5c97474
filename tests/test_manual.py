"""The manual pages say what the commands' help says, and are sound roff."""

import importlib.util
import shutil
import subprocess
from pathlib import Path

import pytest

from talkscraper.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "docs" / "man"
STORED = {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.1"))}


def made() -> dict[str, str]:
    spec = importlib.util.spec_from_file_location("manual", ROOT / "docs" / "manual.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.pages()


def test_the_pages_are_those_of_the_commands() -> None:
    """Where a command's help has changed, docs/manual.py hasn't been run."""
    pages = made()
    stale = sorted(name for name in {*pages, *STORED} if pages.get(name) != STORED.get(name))
    assert not stale, f"run: .venv/bin/python docs/manual.py ({', '.join(stale)})"


def test_every_command_has_a_page() -> None:
    assert set(STORED) == {"talkscraper.1", *(f"talkscraper-{name}.1" for name in COMMANDS)}


@pytest.mark.parametrize("name", STORED)
def test_a_page_is_ascii(name: str) -> None:
    """So that it doesn't depend on a reader's locale."""
    assert STORED[name].isascii()


def test_the_pages_have_no_roff_errors() -> None:
    """By mandoc's lint, or groff with all warnings, whichever is installed."""
    paths = [str(path) for path in sorted(FOLDER.glob("*.1"))]
    if shutil.which("mandoc"):
        # a date in .TH would differ with each release
        done = subprocess.run(
            ["mandoc", "-T", "lint", "-W", "warning", *paths], capture_output=True, text=True, check=False
        )
        complaints = [line for line in done.stdout.splitlines() if "missing date" not in line]
    elif shutil.which("groff"):
        done = subprocess.run(
            ["groff", "-man", "-Tutf8", "-ww", "-z", *paths], capture_output=True, text=True, check=False
        )
        complaints = done.stderr.splitlines()
    else:
        pytest.skip("neither mandoc nor groff is installed")
    assert complaints == []


@pytest.mark.skipif(not shutil.which("man"), reason="man isn't installed")
def test_man_shows_options_and_examples() -> None:
    """The page as a reader sees it has the words of --help."""
    done = subprocess.run(
        ["man", "-l", FOLDER / "talkscraper-crawl.1"],
        capture_output=True,
        text=True,
        env={"PATH": "/usr/bin:/bin", "MANWIDTH": "100", "LANG": "C.UTF-8"},
        check=True,
    )
    assert "--max-pages" in done.stdout
    assert "EXAMPLES" in done.stdout
    assert "talkscraper crawl" in done.stdout
    assert "EXIT STATUS" in done.stdout
