"""``talkscraper backup``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress

if TYPE_CHECKING:
    from talkscraper.preserve.backup import BackupReport


@click.command("backup")
@click.argument("target", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--quick", is_flag=True, help="Check only what was copied now: neither earlier copies nor their originals."
)
@json_option
@click.pass_context
def command(ctx: click.Context, *, target: Path, quick: bool, as_json: bool) -> int:
    """Copy the archive into DIR and check the copy; a crawl may be running.

    The next backup into the same folder copies only what is new. The copy is an archive: to restore it, use it in
    place, or copy it back.

    Exit codes: 0 copy and archive are complete and sound, 1 one of them isn't (each line says why), 74 a disk error or
    no space left, 75 another backup is writing there.

    \b
    Examples:
      talkscraper backup /mnt/disk/archive
      talkscraper --archive /mnt/disk/archive search "harbour wall"
    """
    from talkscraper.preserve.backup import backup

    with bytes_progress(show=not as_json) as progress:
        report = backup(folder_of(ctx), target, now=datetime.now(UTC), quick=quick, progress=progress)
    if as_json:
        print_json({"ok": report.ok, **_as_mapping(report)})
    else:
        _print(report)
    return 0 if report.ok else 1


def _as_mapping(report: BackupReport) -> dict[str, object]:
    return {
        "folder": report.folder,
        "made_at": report.made_at,
        "articles": report.articles,
        "captures": report.captures,
        "warcs": report.warcs,
        "copied": report.copied,
        "bytes_copied": report.bytes_copied,
        "problems": report.problems,
        "unrecorded": report.unrecorded,
        "findings": list(report.check.all_findings()),
    }


def _print(report: BackupReport) -> None:
    screen = console()
    for problem in report.problems:
        screen.print(printable(problem))
    if report.unrecorded is not None:
        screen.print(printable(report.unrecorded))
    for finding in report.check.all_findings():
        if finding.level != "note":
            screen.print(printable(finding.line()))
    articles, captures = counted(report.articles, "article"), counted(report.captures, "capture")
    contents = f"{articles}, {captures}, {counted(report.warcs, 'WARC')} in {report.folder}"
    new = f"{counted(len(report.copied), 'WARC')} and {report.bytes_copied / 2**20:.1f} MiB copied now"
    screen.print(printable(f"{contents}; {new}; {'all is well' if report.ok else 'something is wrong'}"))
