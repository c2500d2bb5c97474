"""``talkscraper repair``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress

if TYPE_CHECKING:
    from talkscraper.preserve.repair import RepairReport

SHOWN = 50
"""Maximum number of findings printed; --json has them all."""


@click.command("repair")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Number of worker processes.")
@click.option(
    "--accept",
    "accepted",
    multiple=True,
    metavar="FILE",
    help="Accept this WARC as it is, although it differs from the finished file; the acceptance is recorded.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, *, workers: int | None, accepted: tuple[str, ...], as_json: bool) -> int:
    """Repair what verify found.

    Finishes files that a killed run left, corrects rows and indexes from the records, extracts unread pages, and
    corrects articles and full text. No record is changed: lost bytes are reported, and can only be restored from
    another copy; until then their captures are marked lost. A WARC that differs from the finished one stays
    damaged until a copy replaces it, or --accept accepts it as it is. It may be stopped at any moment and run again.

    Exit codes: 0 everything is sound now, 1 something can't be repaired (it is listed), 2 there is nothing to accept,
    74 a file can't be read, 75 another run holds the archive.

    \b
    Examples:
      talkscraper repair
      talkscraper repair --json | jq '.remaining[].message'
      talkscraper repair --accept talkscraper-20260301063015999-00000-host~4711.warc.gz
    """
    from talkscraper.preserve.repair import repair

    with bytes_progress(show=not as_json) as progress:
        report = repair(
            folder_of(ctx), clock=lambda: datetime.now(UTC), progress=progress, workers=workers, accepted=accepted
        )
    if as_json:
        print_json({"ok": report.ok, "report": report})
    else:
        _print(report)
    return 0 if report.ok else 1


def _print(report: RepairReport) -> None:
    screen = console()
    for each in report.mended:
        screen.print(f"mended   {printable(each.file)}: {printable(each.what)}")
    for finding in report.remaining[:SHOWN]:
        screen.print(f"remains  {printable(finding.line())}")
    if len(report.remaining) > SHOWN:
        screen.print(f"  and {len(report.remaining) - SHOWN} more (--json lists them)")
    if report.remaining:
        screen.print("what remains comes back only from another copy (a backup)")
        if any(finding.kind in ("size", "sha256") for finding in report.remaining):
            screen.print("'talkscraper repair --accept FILE' takes a file as it is, for good")
    elif report.mended:
        screen.print(f"{counted(report.files, 'file')}: all is well now")
    else:
        screen.print(f"{counted(report.files, 'file')}: nothing to mend")
