"""Options and output that every command shares."""

from __future__ import annotations

import dataclasses
import json
import shlex
import shutil
import sys
from collections.abc import Callable
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from talkscraper.archive_folder import ArchiveFolder, find
from talkscraper.printable import escaped
from talkscraper.printable import printable as printable  # noqa: PLC0414  commands take it from here
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_F = TypeVar("_F", bound=Callable[..., Any])

UNBOUNDED_COLUMNS = 2000
"""Width of what is no terminal: in a log or a pipe no cell of a table is cut short."""


def json_option(function: _F) -> _F:
    """``--json``: one JSON document on stdout instead of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def folder_of(ctx: click.Context) -> ArchiveFolder:
    """The archive the user means; it need not exist yet."""
    return find(ctx.find_root().obj)


def print_indented(screen: Console, text: Text, columns: int) -> None:
    """Print text with a margin on its left; lines that a terminal has to wrap keep it."""
    from rich.padding import Padding

    screen.print(Padding(text, (0, 0, 0, columns), expand=False))


def typed_command(ctx: click.Context) -> str:
    """How this program, with this archive, is typed in the shell that started it: for commands to paste."""
    started = Path(sys.argv[0])
    if started.name != "talkscraper":
        words = ["python", "-m", "talkscraper"]
    elif (found := shutil.which("talkscraper")) is not None and Path(found).samefile(started):
        words = ["talkscraper"]
    else:
        where = started.absolute()
        words = [str(where.relative_to(Path.cwd()) if where.is_relative_to(Path.cwd()) else where)]
    archive = ctx.find_root().obj
    return shlex.join(words if archive is None else [*words, "--archive", archive])


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number of things: ``1 article``, ``1,024 articles``; ``many`` where the plural isn't made by an s."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def print_json(value: object) -> None:
    """Print a dataclass, mapping or list as one JSON document."""
    click.echo(escaped(json.dumps(value, ensure_ascii=False, indent=2, default=plain)))


def plain(value: object) -> object:
    """What json can't write by itself."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date | Path):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"not JSON: {type(value).__name__}")


def console(*, err: bool = False) -> Console:
    """A rich console on stdout (or stderr); it writes plain lines where there is no terminal."""
    from rich.console import Console as RichConsole

    class Screen(RichConsole):
        def on_broken_pipe(self) -> None:
            """Leave it to main() instead of leaving with 1."""
            raise  # noqa: PLE0704 - called by rich while it handles the BrokenPipeError

    to_terminal = (sys.stderr if err else sys.stdout).isatty()
    return Screen(
        stderr=err, highlight=False, soft_wrap=not to_terminal, width=None if to_terminal else UNBOUNDED_COLUMNS
    )
