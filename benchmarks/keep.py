"""Run a benchmark, show what it prints, and keep it as one line of JSON in .bench/results.jsonl.

    python benchmarks/keep.py capture --pages 500

The line says when, on which commit and machine, with which arguments and ``versions`` and for how long; ``output`` is
what was printed, ``tables`` are the Markdown tables in it, ``figures`` the JSON document where that is all of it.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from versions import versions

HERE = Path(__file__).parent
KEPT = HERE.parent / ".bench" / "results.jsonl"


def main(script: str, arguments: list[str]) -> int:
    """Run ``script``.py of this folder; the exit code is the script's."""
    started, clock = datetime.now(UTC), time.perf_counter()
    command = [sys.executable, "-u", str(HERE / f"{script}.py"), *arguments]
    lines = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as running:
        assert running.stdout is not None
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line.rstrip("\n"))
    KEPT.parent.mkdir(exist_ok=True)
    kept = {
        "benchmark": script,
        "arguments": arguments,
        "at": started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "seconds": round(time.perf_counter() - clock, 1),
        "exit_code": running.returncode,
        "commit": commit(),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()},
        "versions": versions(),
        "figures": document(lines),
        "tables": tables(lines),
        "output": lines,
    }
    with KEPT.open("a", encoding="utf-8") as handle:
        handle.write(json.dumps(kept, ensure_ascii=False) + "\n")
    return running.returncode


def commit() -> str | None:
    """The commit that was measured, with a + where the checkout differs from it."""
    asked = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--abbrev=12"],
        capture_output=True,
        text=True,
        cwd=HERE,
        check=False,
    )
    return asked.stdout.strip() or None


def document(lines: list[str]) -> Any:
    """The JSON document that the lines are, or None."""
    try:
        return json.loads("\n".join(lines))
    except ValueError:
        return None


def tables(lines: list[str]) -> list[list[dict[str, str]]]:
    """The Markdown tables among the lines, each a list of rows by the names of its columns."""
    found: list[list[dict[str, str]]] = []
    heads: list[str] | None = None
    for line in lines:
        if not line.startswith("|"):
            heads = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if heads is None:
            heads = cells
            found.append([])
        elif any(cell.strip(":-") for cell in cells):
            found[-1].append(dict(zip(heads, cells, strict=False)))
    return found


if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1], sys.argv[2:]))
