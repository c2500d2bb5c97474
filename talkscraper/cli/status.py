"""``talkscraper status``."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.monitor.completeness import SourceDay
    from talkscraper.monitor.status import Status


@click.command("status")
@click.argument("names", metavar="[SOURCE|@TAG]...", nargs=-1)
@click.option("--completeness", is_flag=True, help="Compare what was named with what is archived, by source and day.")
@click.option(
    "--days", type=click.IntRange(1), default=7, show_default=True, help="With --completeness: number of days."
)
@click.option("--source", metavar="SOURCE", help="With --completeness: only this source.")
@click.option("--check", is_flag=True, help="Print only the sources in alarm; exit with 3 if there are any.")
@click.option("--last", is_flag=True, help="Print the summary of the last run as JSON.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    names: tuple[str, ...],
    completeness: bool,
    days: int,
    source: str | None,
    check: bool,
    last: bool,
    as_json: bool,
) -> int:
    """Show sources, last runs, and which sources are quiet or failing and why. Read-only; a crawl may be running.

    \b
    Examples:
      talkscraper status
      talkscraper status --check
      talkscraper status --check @local
      talkscraper status --completeness --days 30
      talkscraper status @local
    """
    from talkscraper.monitor import status as module

    folder, now = folder_of(ctx), datetime.now(UTC)
    if completeness:
        from talkscraper.monitor.completeness import completeness as measure

        found = measure(folder.require(), since=now.date() - timedelta(days=days - 1), until=now.date(), source=source)
        if as_json:
            print_json(found)
        else:
            _print_completeness(found)
        return 0
    if last:
        print_json(module.last_summary(folder.require()))
        return 0
    if check:
        return _check(folder, names, as_json=as_json)
    current = module.status(folder, now=now)
    if names:
        current = module.selected(current, names, folder.sources_toml)
    if as_json:
        print_json(current)
    else:
        _print_status(current, now)
    return 0


def _free_parts(count: int) -> str:
    return f"{counted(count, 'free part')} before a paywall, " if count else ""


def _check(folder: ArchiveFolder, names: Sequence[str], *, as_json: bool) -> int:
    from talkscraper.errors import ExitCode
    from talkscraper.monitor import alarms

    found = alarms.current(folder.require(), names)
    if as_json:
        print_json({"alarms": found.alarms})
    else:
        for line in alarms.lines(found.alarms, looked_at=len(found.looked_at)):
            click.echo(printable(line))
    return int(ExitCode.PARTIAL if found.alarms else ExitCode.DONE)


def _print_status(current: Status, now: datetime) -> None:
    from talkscraper.monitor import archive_size
    from talkscraper.monitor.status import age
    from talkscraper.terminal.table import Table

    screen = console()
    screen.print(
        f"{printable(current.archive)}: {counted(current.articles, 'article')}, {_free_parts(current.free_parts)}"
        f"{counted(current.revisions, 'revision')}, {counted(current.captures, 'capture')} in "
        f"{counted(current.warc_files, 'WARC file')} ({current.warc_bytes / 2**20:.1f} MiB)",
    )
    for line in archive_size.in_words(current.size):
        screen.print(printable(line))
    if current.running:
        screen.print(f"running: {printable(current.running)}")
    figures = ("articles", "last new", "crawled", "due now", "failing")
    table = Table(("source", *figures, "diagnosis"), right=range(1, 1 + len(figures)))
    for source in current.sources:
        table.add_row(
            printable(source.source_id),
            str(source.articles),
            age(source.newest_article_at, now),
            age(source.last_crawled_at, now),
            str(source.due_now),
            str(source.failing),
            printable(source.away or (source.diagnosis or "not crawled yet").partition(":")[0]),
        )
    screen.print(table)
    for source in current.sources:
        if ":" in (source.diagnosis or ""):
            screen.print(f"{printable(source.source_id)}: {printable(source.diagnosis)}")
        if source.free_parts:
            screen.print(f"{printable(source.source_id)}: {_free_parts(source.free_parts)}not counted as articles")
        if source.capped:
            left_out = f"{counted(source.left_out, 'address', 'addresses')} left out; " if source.left_out else ""
            screen.print(
                f"{printable(source.source_id)}: capped: {printable(source.capped)}: {left_out}"
                f"{source.known_only} wait to be fetched",
            )
        if source.backfill is not None:
            from talkscraper.monitor.backfill_progress import in_words

            screen.print(f"{printable(source.source_id)}: {printable(in_words(source.backfill))}")
        if source.rotten_selectors:
            screen.print(
                f"{printable(source.source_id)}: its selectors for {source.rotten_selectors} find nothing any more; "
                "mend them in sources.toml",
            )
        if source.waiting_until:
            until = f"outside its hours, and nothing is sent to it until {source.waiting_until}"
            screen.print(f"{printable(source.source_id)}: {until}")
        if source.paused_until:
            until = f"its host was busy, and nothing is sent to it until {source.paused_until}"
            screen.print(f"{printable(source.source_id)}: {until}")
    for run in current.runs:
        end = "running, or killed" if run.finished_at is None else f"exit {run.exit_code} ({run.reason})"
        screen.print(f"run {run.id} {run.started_at} {printable(run.command)}: {printable(end)}")


def _print_completeness(days: list[SourceDay]) -> None:
    from talkscraper.documentation import page_path

    screen, caps = console(), printable(str(page_path("crawling.md")))
    if not days:
        screen.print("nothing was named in these days")
    for day in days:
        screen.print(
            f"{day.day}  {printable(day.source_id)}  {day.archived} of {day.named} archived ({day.share:.0%})"
            + (f", {day.left_out} more were too many (see {caps})" if day.left_out else ""),
        )
        for missing in day.missing:
            screen.print(f"  missing {printable(missing.url)}: {printable(missing.reason)}")
