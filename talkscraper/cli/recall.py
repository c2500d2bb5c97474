"""``talkscraper recall``."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress
from talkscraper.errors import ExitCode, UsageError


@click.command("recall")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--all", "everything", is_flag=True, help="All that lie in a store.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, names: tuple[str, ...], everything: bool, as_json: bool) -> int:
    """Bring WARCs back from their object store to the disk.

    NAME is that of a WARC, as in warc_files. Each is compared by SHA-256 before it gets its name. The objects stay in
    the store, as copies; a takedown deletes them there too.

    Exit codes: 0 done, 74 the store or the disk failed, or an object isn't what was put there, 75 another run holds
    the archive.

    \b
    Examples:
      talkscraper recall --all
      talkscraper recall talkscraper-20260301063015999-00000-host~4711.warc.gz
    """
    from talkscraper.preserve.offload import recall

    if bool(names) == everything:
        raise UsageError("name the WARCs to bring back, or write --all")
    with bytes_progress(show=not as_json) as progress:
        report = recall(folder_of(ctx), names, now=datetime.now(UTC), progress=progress)
    if as_json:
        print_json({"ok": not report.failures, "report": report})
    else:
        size = sum(each.size for each in report.files) / 2**20
        console().print(f"{counted(len(report.files), 'WARC')} ({size:.1f} MiB) on disk again")
        for line in report.failures:
            console(err=True).print(printable(line))
    return ExitCode.IO if report.failures else ExitCode.DONE
