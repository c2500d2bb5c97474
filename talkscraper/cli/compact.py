"""``talkscraper compact``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress
from talkscraper.errors import UsageError

if TYPE_CHECKING:
    from talkscraper.preserve.compaction import CompactionReport


@click.command("compact")
@click.option("--before", metavar="DATE", help="Only files finished before this day or time, UTC [default: today].")
@click.option("--dry-run", is_flag=True, help="Only list what would be joined.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, before: str | None, dry_run: bool, as_json: bool) -> int:
    """Join many small WARCs into few, byte for byte.

    Files of crawls below 64 MiB are joined into files of up to 1 GiB. Every record stays as it is, and is read from its
    new place before the old file is removed; rows and index follow in step. A receipt in reports/ and the table
    joined_files say where each old file lies now. Files that were imported, rewritten or accepted, and damaged ones,
    stay as they are. It may be stopped at any moment: the next run finishes or undoes what was begun.

    Exit codes: 0 done, 1 a file isn't what was finished and stays as it is, 74 a disk error or no space left, 75
    another run holds the archive.

    \b
    Examples:
      talkscraper compact --dry-run
      talkscraper compact --before 2026-01-01
    """
    from talkscraper.preserve.compaction import compact

    now = datetime.now(UTC)
    with bytes_progress(show=not as_json) as progress:
        report = compact(folder_of(ctx), before=_moment(before, now), now=now, dry_run=dry_run, progress=progress)
    if as_json:
        print_json({"ok": not report.problems, "report": report})
    else:
        _print(report)
    return 1 if report.problems else 0


def _moment(text: str | None, now: datetime) -> datetime:
    """Return the time of ``--before``.

    Raises:
        UsageError: it is invalid, or later than now.
    """
    if text is None:
        return now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise UsageError(f"--before {text!r} isn't a date: write 2026-01-01 or 2026-01-01T06:00:00Z (UTC)") from e
    return min(moment, now + timedelta(seconds=1))


def _print(report: CompactionReport) -> None:
    screen = console()
    for each in report.joined:
        what = f"{counted(len(each.files), 'file')} ({each.size / 2**20:.1f} MiB)"
        if each.name is None:
            first, last = each.files[0].name, each.files[-1].name
            screen.print(printable(f"{what} would be joined: {first} to {last}"))
        else:
            screen.print(printable(f"{what} joined into {each.name}"))
    for problem in report.problems:
        screen.print(printable(problem))
    change = f"{counted(report.files_before, 'WARC')} before, {report.files} "
    screen.print(change + ("after it" if report.dry_run else "now"))
