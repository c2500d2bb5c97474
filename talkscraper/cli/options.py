"""Options and output functions shared by all commands."""

from __future__ import annotations

import dataclasses
import json
import shlex
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from talkscraper.archive_folder import ArchiveFolder, find
from talkscraper.errors import UsageError
from talkscraper.printable import escaped
from talkscraper.printable import printable as printable  # noqa: PLC0414  commands take it from here
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from talkscraper.terminal.screen import Screen

_F = TypeVar("_F", bound=Callable[..., Any])


def json_option(function: _F) -> _F:
    """``--json``: one JSON document on stdout instead of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")(function)


def size_option(_ctx: click.Context, _param: click.Parameter, value: str | None) -> int | None:
    """Bytes from ``500M``."""
    from talkscraper.sources.values import ValueRefused, size

    try:
        return None if value is None else size(value)
    except ValueRefused as e:
        raise click.BadParameter(str(e)) from e


def duration_option(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """Seconds from ``50m``, or from a number alone."""
    from talkscraper.sources.values import ValueRefused, duration

    if value is None:
        return None
    text = value.strip().lower()
    try:
        return duration(text if text[-1:].isalpha() else f"{text}s").total_seconds()
    except ValueRefused as e:
        raise click.BadParameter(f"{value!r} is not a time: write 90, 50m or 2h, and no more than ten years") from e


def limit_options(function: _F) -> _F:
    """``--max-pages``, ``--max-bytes``, ``--max-time`` and ``--min-free``: where a run that fetches ends."""
    options = (
        click.option("--max-pages", type=click.IntRange(min=0), metavar="N", help="Fetch at most N articles."),
        click.option("--max-bytes", callback=size_option, metavar="SIZE", help="Receive at most SIZE (200M, 1G)."),
        click.option(
            "--max-time",
            callback=duration_option,
            metavar="S",
            help="End the run after S seconds (or 50m, 2h); the rest is due later.",
        ),
        click.option(
            "--min-free",
            callback=size_option,
            metavar="SIZE",
            help="Stop with exit code 74 if less disk is free [default: 512M; less on a small disk].",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def named_archives(ctx: click.Context) -> tuple[str, ...]:
    """Return the values of ``--archive``, or of its variable; empty without any."""
    named: tuple[str, ...] | None = ctx.find_root().obj
    return named or ()


def folder_of(ctx: click.Context) -> ArchiveFolder:
    """Return the archive's folder; it may not exist yet.

    Raises:
        UsageError: several are named.
    """
    named = named_archives(ctx)
    if len(named) > 1:
        raise UsageError(f"'{ctx.command_path}' takes one --archive: {' and '.join(named)} are named")
    return find(*named)


def folders_of(ctx: click.Context) -> list[ArchiveFolder]:
    """Return the folders of the archives that a command reads as one, one or several.

    Raises:
        NotAnArchive: one of them isn't an archive.
    """
    return [find(each).require() for each in named_archives(ctx) or (None,)]


def open_read_only(folders: Sequence[ArchiveFolder]) -> sqlite3.Connection:
    """Open the archives that a command reads as one.

    Raises:
        ArchiveError: one of them can't be read.
    """
    from talkscraper.store.federation import open_archives

    return open_archives([each.database for each in folders])


@contextmanager
def reading(ctx: click.Context) -> Iterator[tuple[ArchiveFolder, sqlite3.Connection]]:
    """Open the archives that a command reads as one; the folder is the first one's.

    Raises:
        ArchiveError: one of them isn't an archive, or can't be read.
    """
    folders = folders_of(ctx)
    with closing(open_read_only(folders)) as connection:
        yield folders[0], connection


def typed_command(ctx: click.Context) -> str:
    """Return the command line that starts this program with this archive, for commands to be pasted."""
    started = Path(sys.argv[0])
    if started.name != "talkscraper":
        words = ["python", "-m", "talkscraper"]
    elif (found := shutil.which("talkscraper")) is not None and Path(found).samefile(started):
        words = ["talkscraper"]
    else:
        where = started.absolute()
        words = [str(where.relative_to(Path.cwd()) if where.is_relative_to(Path.cwd()) else where)]
    return shlex.join([*words, *(word for each in named_archives(ctx) for word in ("--archive", each))])


def counted(number: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: ``1 article``, ``1,024 articles``; ``many`` is an irregular plural."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def print_json(value: object) -> None:
    """Print a dataclass, mapping or list as one JSON document."""
    click.echo(escaped(json.dumps(value, ensure_ascii=False, indent=2, default=plain)))


def write_text(target: str, pieces: Iterable[str]) -> None:
    """Write a file, which appears when it is whole; ``-`` is stdout."""
    from talkscraper.atomic_file import write_whole

    if target == "-":
        for piece in pieces:
            click.echo(piece, nl=False)
        return
    write_whole(Path(target), (piece.encode() for piece in pieces))


def plain(value: object) -> object:
    """Convert a value that json can't serialise."""
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


def console(*, err: bool = False) -> Screen:
    """Return the screen on stdout (or stderr)."""
    from talkscraper.terminal.screen import Screen

    return Screen(sys.stderr if err else sys.stdout)
