"""``talkscraper sources rename``, ``merge``, ``remove``, ``enable``, ``disable``."""

from __future__ import annotations

import difflib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.errors import ExitCode

if TYPE_CHECKING:
    from talkscraper.preserve.source_changes import SourceChange
    from talkscraper.sources.edit import Edited


@click.command("rename")
@click.argument("old")
@click.argument("new")
@json_option
@click.pass_context
def rename_source(ctx: click.Context, *, old: str, new: str, as_json: bool) -> int:
    """Give a source another name: its entry stays in place, its articles and all other rows follow.

    The old name goes on working on the command line. Exit code 75 if a crawl holds the archive.

    \b
    Example:
      talkscraper sources rename quay the-quay
    """
    from talkscraper.preserve.source_changes import rename

    change = rename(folder_of(ctx), old, new)
    if as_json:
        print_json(_as_json(change))
    else:
        _print_change(change, f"source {old} is {new} now")
    return ExitCode.DONE


@click.command("merge")
@click.argument("gone", metavar="A")
@click.argument("kept", metavar="B")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@json_option
@click.pass_context
def merge_sources(ctx: click.Context, *, gone: str, kept: str, dry_run: bool, as_json: bool) -> int:
    """Make one source of two: the articles, hosts and feeds of A become B's, whose settings win.

    A's entry leaves sources.toml; its name goes on working on the command line. Exit code 75 if a crawl holds the
    archive.

    \b
    Example:
      talkscraper sources merge quay-mobile quay --dry-run
    """
    from talkscraper.preserve.source_changes import merge

    change = merge(folder_of(ctx), gone, kept, dry_run=dry_run)
    if as_json:
        print_json(_as_json(change))
        return ExitCode.DONE
    if dry_run:
        click.echo(printable_diff(change.edited), nl=False)
    _print_change(change, f"source {gone} is part of {kept} now", dry_run=dry_run)
    return ExitCode.DONE


@click.command("remove")
@click.argument("names", metavar="SOURCE|@TAG...", nargs=-1, required=True)
@click.option("--yes", is_flag=True, hidden=True, help="Accepted; nothing is asked.")
@json_option
@click.pass_context
def remove_sources(ctx: click.Context, *, names: tuple[str, ...], yes: bool, as_json: bool) -> int:  # noqa: ARG001
    """Take sources out of sources.toml: they aren't crawled any more; what is archived stays and is found.

    Exit code 75 if a crawl holds the archive.

    \b
    Example:
      talkscraper sources remove quay
    """
    from talkscraper.preserve.source_changes import remove

    folder = folder_of(ctx)
    removed = remove(folder, names, now=datetime.now(UTC))
    if as_json:
        print_json({"removed": removed})
        return ExitCode.DONE
    screen = console()
    for each in removed:
        kept = f"its {counted(each.articles, 'article')} stay, and are found under its name"
        screen.print(f"source {printable(each.source_id)} was removed; {kept}")
        place, toml = printable(str(each.entry)), printable(str(folder.sources_toml))
        screen.print(f"  to bring it back: cat {place} >> {toml}")
    return ExitCode.DONE


@click.command("enable")
@click.argument("names", metavar="SOURCE|@TAG...", nargs=-1, required=True)
@json_option
@click.pass_context
def enable_sources(ctx: click.Context, *, names: tuple[str, ...], as_json: bool) -> int:
    """Crawl sources again that were disabled.

    \b
    Example:
      talkscraper sources enable quay
    """
    return _switch(ctx, names, enabled=True, as_json=as_json)


@click.command("disable")
@click.argument("names", metavar="SOURCE|@TAG...", nargs=-1, required=True)
@json_option
@click.pass_context
def disable_sources(ctx: click.Context, *, names: tuple[str, ...], as_json: bool) -> int:
    """Don't crawl sources for now: their entries and what is archived stay.

    \b
    Example:
      talkscraper sources disable @local
    """
    return _switch(ctx, names, enabled=False, as_json=as_json)


CHANGES = (rename_source, merge_sources, remove_sources, enable_sources, disable_sources)
"""The commands, in the order of their help."""


def printable_diff(edited: Edited) -> str:
    """Return the difference that an edit makes to sources.toml, as a unified diff."""
    lines = difflib.unified_diff(
        edited.before.splitlines(), edited.after.splitlines(), "sources.toml", "sources.toml", lineterm=""
    )
    return "".join(f"{printable(line)}\n" for line in lines)


def _switch(ctx: click.Context, names: tuple[str, ...], *, enabled: bool, as_json: bool) -> int:
    from talkscraper.preserve.source_changes import enable

    change = enable(folder_of(ctx), names, enabled=enabled)
    if as_json:
        print_json(_as_json(change))
    else:
        for line in change.notes:
            console().print(printable(line))
    return ExitCode.DONE


def _print_change(change: SourceChange, done: str, *, dry_run: bool = False) -> None:
    screen = console()
    if not dry_run:
        screen.print(printable(done))
    for each in change.moved:
        counts = (
            f"{counted(each.articles, 'article')}, {counted(each.captures, 'capture')} and"
            f" {counted(each.urls, 'address', 'addresses')}"
        )
        goes = "would go over" if dry_run else "went over"
        screen.print(f"{counts} of {printable(each.former_id)} {goes} to {printable(each.source_id)}")
    for line in change.notes:
        screen.print(printable(line))
    if dry_run:
        screen.print("nothing was changed")


def _as_json(change: SourceChange) -> dict[str, object]:
    return {"moved": change.moved, "notes": change.notes, "diff": printable_diff(change.edited)}
