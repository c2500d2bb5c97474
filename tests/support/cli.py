"""Running talkscraper's commands."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TIMEOUT_S = 500.0


def command(root: Path | None, *arguments: object) -> list[str]:
    """The command line of talkscraper on the archive at ``root`` (None: on none that is named)."""
    archive = [] if root is None else ["--archive", str(root)]
    return [sys.executable, "-m", "talkscraper", *archive, *map(str, arguments)]


def run(
    root: Path | None,
    *arguments: object,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    text: bool = True,
) -> subprocess.CompletedProcess[Any]:
    """Run a command to its end in a process of its own.

    Args:
        root: the archive.
        arguments: the command's name and what follows it.
        env: variables beside those of this process.
        cwd: the folder to run in.
        text: whether its output is text or bytes.
    """
    return subprocess.run(
        command(root, *arguments), capture_output=True, text=text, timeout=TIMEOUT_S, check=False, cwd=cwd,
        env=os.environ | (env or {}),
    )  # fmt: skip


def run_json(root: Path, *arguments: object, code: int = 0) -> Any:
    """Run a command with --json in a process of its own; its document."""
    done = run(root, *arguments, "--json")
    assert done.returncode == code, (done.returncode, done.stdout[-2000:], done.stderr[-2000:])
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Done:
    """A command that has ended in this process."""

    returncode: int
    stdout: str
    stderr: str


def run_here(root: Path, *arguments: object) -> Done:
    """Run a command in this process, which is faster; not for crawls, since a reactor runs once."""
    from talkscraper.cli.main import main

    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="replace") for _ in range(2))
    code: Any = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(["--archive", str(root), *map(str, arguments)])
        except SystemExit as left:
            code = left.code or 0
    for stream in (out, err):
        stream.seek(0)
    return Done(int(code), out.read(), err.read())
