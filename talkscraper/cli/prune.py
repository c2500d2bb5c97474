"""``talkscraper prune``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress
from talkscraper.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.preserve.pruning import PruneReport
    from talkscraper.sources.retention import Retention


@click.command("prune")
@click.argument("names", metavar="[SOURCE|@TAG]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, names: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Remove captures that their source's retention doesn't keep, with a receipt.

    What goes is said by `retention` in sources.toml: old requisites, captures that show the same as the one before,
    old captures of feeds, sitemaps and sections. What an article's text or a reference depends on, the newest capture
    of an address and whatever a kept record refers to never go. The files are rewritten without these records, all
    others stay byte for byte. Without `retention`, nothing is ever removed.

    Exit codes: 0 done, 1 a file isn't what was finished and stays as it is, 74 a disk error or no space left, 75
    another run holds the archive.

    \b
    Examples:
      talkscraper prune --dry-run
      talkscraper prune talkofnations
    """
    from talkscraper.preserve.pruning import prune

    folder = folder_of(ctx).require()
    retentions = _retentions(folder, names)
    with bytes_progress(show=not as_json) as progress:
        report = prune(folder, retentions, now=datetime.now(UTC), dry_run=dry_run, progress=progress)
    if as_json:
        print_json({"ok": not report.problems, "report": report})
    elif not retentions:
        console().print("nothing is removed: no source of sources.toml has a retention")
    else:
        _print(report)
    return 1 if report.problems else 0


def _retentions(folder: ArchiveFolder, names: tuple[str, ...]) -> Mapping[str, Retention]:
    """Return the retention of the selected sources that have one, disabled ones too.

    Raises:
        UsageError: a name is unknown, or a named source has none.
    """
    from talkscraper.sources.load import load
    from talkscraper.sources.selection import select_sources

    everything = load(folder.sources_toml)
    known = {**everything.sources, **everything.disabled}
    ids = select_sources(names, everything, folder.sources_toml, disabled=True).ids
    for name in names:
        if name in known and not known[name].retention:
            raise UsageError(
                f"{name} has no retention, so that all its captures are kept: write"
                f' retention = {{ requisites = "2y", unchanged = "90d" }} under [sources.{name}]'
            )
    return {name: known[name].retention for name in ids if known[name].retention}


def _print(report: PruneReport) -> None:
    screen = console()
    verb = "would be removed" if report.dry_run else "removed"
    for each in report.removed:
        what = f"{each.source_id}: {counted(each.captures, 'capture')} {verb} ({each.rule})"
        screen.print(printable(what))
    for problem in report.problems:
        screen.print(printable(problem))
    size = f"{report.freed / 2**20:.1f} MiB"
    if not report.removed:
        screen.print("nothing is old enough to be removed")
    elif report.dry_run:
        screen.print(f"{counted(len(report.files), 'WARC')} would be rewritten, at least {size} freed")
    else:
        screen.print(f"{counted(len(report.files), 'WARC')} rewritten, {size} freed")
    if report.receipt:
        screen.print(f"Receipt: {report.receipt}")
