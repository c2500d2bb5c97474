"""Draw docs/pictures/demo.svg: what a terminal shows when 'talkscraper demo' has run.

    .venv/bin/python docs/terminal.py

The demo runs in a pseudo-terminal; what it printed is drawn, nothing is written by hand.
"""

from __future__ import annotations

import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from io import StringIO
from pathlib import Path

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

COLUMNS, LINES = 92, 50
OUT = Path(__file__).parent / "pictures" / "demo.svg"
ERASED = re.compile(r".*\x1b\[2K")
"""What a live line showed before it was wiped."""
CELL_WIDTH = 12.2
"""Units that rich gives a column of its picture."""


def in_terminal(command: list[str], folder: str) -> str:
    """What ``command`` prints on a terminal of our size, in colours."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {
        **os.environ,
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    environment.pop("TALKSCRAPER_ARCHIVE", None)
    printed = b""
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, cwd=folder, env=environment) as running:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 65536):
                printed += chunk
        except OSError:  # EIO: Linux says so that the other side has closed
            pass
        finally:
            os.close(ours)
    if running.returncode:
        raise SystemExit(printed.decode("utf-8", "replace"))
    return printed.decode("utf-8")


def shown(printed: str) -> list[str]:
    """The lines that are left on the screen, without those that were wiped."""
    return [ERASED.sub("", line).rstrip("\r") for line in printed.split("\n")]


def measured(found: re.Match[str]) -> str:
    """A text's length in the picture: rich counts characters, but Japanese ones are two columns wide."""
    length = f"{cell_len(html.unescape(found[2])) * CELL_WIDTH:.1f}"
    return f'textLength="{length}"{found[1]}>{found[2]}<'


def main() -> None:
    """Run the demo, draw it."""
    with tempfile.TemporaryDirectory() as folder:
        printed = in_terminal(["talkscraper", "demo"], folder)
    lines = shown(printed)
    screen = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    screen.print("[bold]$ talkscraper demo[/bold]")
    for line in lines:
        screen.print(Text.from_ansi(line), soft_wrap=True)
    svg = screen.export_svg(title="talkscraper demo")
    # the picture names no font on somebody's server: a reader's own monospace will do
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"<!--.*?-->\s*", "", svg)
    svg = re.sub(r"terminal-\d+-", "terminal-", svg)
    svg = re.sub(r'textLength="[\d.]+"([^>]*)>([^<]*)<', measured, svg)
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(svg, encoding="utf-8")
    print(f"{OUT}: {len(lines)} lines")  # noqa: T201


if __name__ == "__main__":
    main()
