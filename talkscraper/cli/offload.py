"""``talkscraper offload``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, duration_option, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress
from talkscraper.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from talkscraper.preserve.offload import OffloadReport


@click.command("offload")
@click.argument("url")
@click.option(
    "--older-than", callback=duration_option, metavar="AGE", help="Only files finished so long ago (7d, 2w, 36h)."
)
@click.option("--keep-local", is_flag=True, help="Keep the files on disk too.")
@click.option("--dry-run", is_flag=True, help="Only list what would be put there.")
@json_option
@click.pass_context
def command(
    ctx: click.Context, *, url: str, older_than: float | None, keep_local: bool, dry_run: bool, as_json: bool
) -> int:
    """Put finished WARCs into an object store, and free their disk space.

    URL is s3://bucket/prefix, or any that fsspec can write to (file:///mnt/nas/captures). Each WARC and its index are
    uploaded, read back and compared by SHA-256; then its row says where it lies (warc_files.location), and only then
    it is removed here. Everything reads it from there as before. It may be stopped at any moment: the next run goes on.

    Credentials come from the environment or the files of AWS's tools (AWS_PROFILE, AWS_ENDPOINT_URL, ...), never from
    the URL.

    Exit codes: 0 done, 1 a file isn't what was finished, or its name is taken there, 2 no URL of a store, 74 the store
    or the disk failed and files stay on disk, 75 another run holds the archive.

    \b
    Examples:
      talkscraper offload s3://news-captures/talkofnations --older-than 7d
      talkscraper offload file:///mnt/nas/captures --dry-run
    """
    from talkscraper.object_store.store_url import IN_MEMORY, scheme_of, store_url
    from talkscraper.preserve.offload import offload

    if scheme_of(store_url(url)) == IN_MEMORY and not keep_local:
        raise UsageError("memory:// ends with this command, and the captures with it: name a store that stays")
    with bytes_progress(show=not as_json) as progress:
        report = offload(
            folder_of(ctx),
            url,
            now=datetime.now(UTC),
            older_than=timedelta(seconds=older_than or 0),
            keep_local=keep_local,
            dry_run=dry_run,
            progress=progress,
        )
    if as_json:
        print_json({"ok": not report.problems and not report.failures, "report": report})
    else:
        _print(report)
    if report.failures:
        return ExitCode.IO
    return ExitCode.ERROR if report.problems else ExitCode.DONE


def _print(report: OffloadReport) -> None:
    screen = console()
    size = sum(each.size for each in report.files) / 2**20
    files = f"{counted(len(report.files), 'WARC')} ({size:.1f} MiB)"
    if report.dry_run:
        screen.print(printable(f"{files} would be put to {report.url}"))
    else:
        freed = f", {report.released_bytes / 2**20:.1f} MiB of disk space are free again"
        screen.print(
            printable(f"{files} put to {report.url} and checked there{freed if report.released_bytes else ''}"),
        )
    for url in report.deleted:
        screen.print(printable(f"deleted there, since it was rewritten: {url}"))
    for line in (*report.problems, *report.failures):
        console(err=True).print(printable(line))
