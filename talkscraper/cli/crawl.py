"""``talkscraper crawl``."""

from __future__ import annotations

import json
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.cluster import cluster_option
from talkscraper.cli.options import console, folder_of, json_option, limit_options, plain, print_json, printable
from talkscraper.errors import ArchiveLocked, ExitCode, UsageError
from talkscraper.printable import escaped

if TYPE_CHECKING:
    from collections.abc import Iterator

    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.crawl.plan import Plan
    from talkscraper.frontier.by_hand import Answer
    from talkscraper.monitor.run_report import RunReport

MAX_ALIKE = 3
"""Number of sources with the same failure that have lines of their own in the table."""
MAX_FAILED_SHOWN = 20
"""Number of failed addresses given by hand that ``--quiet`` prints."""


@click.command("crawl")
@click.argument("targets", nargs=-1, metavar="[SOURCE|@TAG|URL|-]...")
@limit_options
@click.option("--full", is_flag=True, help="Look at everything again: all seeds and all known articles, now.")
@click.option("--retry-failed", is_flag=True, help="Try failed addresses now, also those given up.")
@cluster_option
@click.option("--dry-run", is_flag=True, help="Only print what would be fetched and when each source is due.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write figures for Prometheus' textfile collector.")  # fmt: skip
@click.option("--ping", metavar="URL", help="Healthcheck to notify: URL/start, then URL/<exit code>.")
@click.option("-q", "--quiet", is_flag=True, help="Print only trouble: nothing at all after a good run (for cron).")
@click.option("--log-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write all log lines to FILE too; at 10 MB it is rotated.")  # fmt: skip
@click.option("--log-json", is_flag=True, help="Log one JSON object per line on stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Log every request.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    targets: tuple[str, ...],
    max_pages: int | None,
    max_bytes: int | None,
    max_time: float | None,
    min_free: int | None,
    full: bool,
    retry_failed: bool,
    cluster: str | None,
    dry_run: bool,
    metrics: Path | None,
    ping: str | None,
    quiet: bool,
    log_file: Path | None,
    log_json: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Crawl what is due: capture, extract, store.

    Without arguments, everything due is fetched from every source of sources.toml; the seeds of a named SOURCE (or of
    all with a TAG) are fetched now. A URL is captured now, whatever its rhythm, under the source that has its host, or
    `inbox`; - reads a list of URLs, one per line. Exit codes: 0 done, 3 done but a source or
    a URL failed, or a source is quiet, 4 stopped by a budget or SIGTERM, 74 disk error, 75 another run holds the
    archive.

    \b
    Examples:
      talkscraper crawl
      talkscraper crawl talkofnations --max-pages 20
      talkscraper crawl @local
      talkscraper crawl https://www.example.org/news/2026/harbour
      talkscraper crawl - < urls.txt
      talkscraper crawl --cluster local:4
      talkscraper crawl --max-time 50m --min-free 2G --metrics /var/lib/node_exporter/talkscraper.prom
    """
    from talkscraper.crawl.options import CrawlOptions
    from talkscraper.crawl.stop_signals import StopSignals
    from talkscraper.crawl.targets import parse_targets

    if quiet and verbose:
        raise UsageError("--quiet and --verbose exclude each other; --log-file takes the lines that --quiet leaves out")
    if cluster is not None:
        from talkscraper.cluster import check_address

        check_address(cluster)
    folder = folder_of(ctx)
    given = parse_targets(targets, sys.stdin.buffer)
    options = CrawlOptions(
        sources=given.sources,
        urls=given.urls,
        full=full,
        retry_failed=retry_failed,
        max_pages=max_pages,
        max_bytes=max_bytes,
        max_time=max_time,
        min_free=min_free,
        cluster=cluster,
        dry_run=dry_run,
        metrics=metrics,
        ping=ping,
    )
    if dry_run:
        from talkscraper.crawl.plan import plan

        _print_plan(plan(folder, options), as_json=as_json)
        return 0

    with StopSignals() as signals:
        # slow imports, during which a signal may arrive
        from talkscraper.crawl.logs import log_end, start_logging
        from talkscraper.crawl.run import supervised_crawl
        from talkscraper.monitor.trouble import is_overdue, troubles

        with start_logging(as_json=log_json, verbose=verbose, quiet=quiet, file=log_file) as progress:
            try:
                report = supervised_crawl(folder, replace(options, signals=signals), progress)
            except ArchiveLocked:
                if quiet and not is_overdue(folder):
                    return int(ExitCode.LOCKED)
                raise
            log_end(report)
        if quiet:
            trouble = [*troubles(report), *_failed_by_hand(report, folder)]
            if not trouble:
                return int(report.exit_code)
        if as_json:
            _print_summary(report, folder)
        elif quiet:
            for line in trouble:
                click.echo(printable(line))
        else:
            _print_report(report)
            if options.urls is not None:
                _print_answers(report, folder)
    return int(report.exit_code)


def _print_summary(report: RunReport, folder: ArchiveFolder) -> None:
    """Print the run as one line of JSON; the addresses given by hand are its last key, written one by one."""
    summary = escaped(json.dumps(report.summary(), ensure_ascii=False, default=plain))
    if not report.by_hand:
        click.echo(summary)
        return
    click.echo(summary.removesuffix("}") + ', "urls": [', nl=False)
    for number, answer in enumerate(_answers(report, folder)):
        text = json.dumps(answer, ensure_ascii=False, default=plain)
        click.echo(escaped(f"{', ' if number else ''}{text}"), nl=False)
    click.echo("]}")


def _print_answers(report: RunReport, folder: ArchiveFolder) -> None:
    """Print a line for each address given by hand."""
    for answer in _answers(report, folder):
        click.echo(printable(_in_words(answer)))


def _failed_by_hand(report: RunReport, folder: ArchiveFolder) -> list[str]:
    """Return a line for each address given by hand that failed, or is still due for a reason; the first ones."""
    lines: list[str] = []
    more = 0
    for answer in _answers(report, folder):
        if answer.outcome == "failed" or (answer.outcome is None and answer.detail is not None):
            if len(lines) < MAX_FAILED_SHOWN:
                lines.append(_in_words(answer))
            else:
                more += 1
    return [*lines, f"and {more:,} more addresses failed"] if more else lines


def _in_words(answer: Answer) -> str:
    words = [answer.outcome or "still due", answer.url, f"({answer.source})"]
    words += [answer.article_id] if answer.article_id else []
    return " ".join(words) + (f": {answer.detail}" if answer.detail else "")


def _answers(report: RunReport, folder: ArchiveFolder) -> Iterator[Answer]:
    from talkscraper.frontier.by_hand import answers
    from talkscraper.store.database import open_reader

    if report.run_id is None or not report.by_hand:
        return
    with closing(open_reader(folder.database)) as connection:
        yield from answers(connection, report.run_id)


def _print_report(report: RunReport) -> None:
    from talkscraper.monitor.alarms import grouped, of_run
    from talkscraper.monitor.run_report import CAPPED, MAX_ARCHIVE
    from talkscraper.monitor.trouble import alarm_lines
    from talkscraper.terminal.table import Table

    screen = console()
    figures = ("found", "fetched", "new", "revised", "unchanged", "gone", "failed", "MiB")
    table = Table(("source", *figures, "diagnosis"), right=range(1, 1 + len(figures)), gap=1)
    # sources that fail in the same way have a line together below, and no figures
    alike = {each.source_id for group in grouped(of_run(report)) if len(group) > MAX_ALIKE for each in group}
    for source in report.sources:
        if source.source_id in alike and not (source.fetched or source.found):
            continue
        table.add_row(
            printable(source.source_id),
            *(str(value) for value in (source.found, source.fetched, source.new, source.revised, source.unchanged,
                                       source.gone, source.failed)),
            f"{source.bytes / 2**20:.1f}",
            source.diagnosis,
        )  # fmt: skip
    screen.print(table)
    for line in alarm_lines(report):
        screen.print(printable(line))
    for source in report.sources:
        if source.detail and source.diagnosis == "stopped":
            screen.print(f"{printable(source.source_id)}: {source.diagnosis}: {printable(source.detail)}")
    for note in report.notes:
        screen.print(printable(note))
    for source in report.sources:
        if source.capped:
            screen.print(f"{printable(source.source_id)}: capped: {printable(source.capped)}")
    if report.reason == MAX_ARCHIVE:
        screen.print(f"stopped: {CAPPED[MAX_ARCHIVE]}")
    elif report.reason != "done":
        screen.print(f"stopped: {report.reason}; what was not fetched is due in the next run")
    if report.error is not None:
        click.echo(f"talkscraper: {printable(report.error)}", err=True)


def _print_plan(planned: Plan, *, as_json: bool) -> None:
    if as_json:
        print_json(planned)
        return
    screen = console()
    for source in planned.sources:
        when = "now" if source.due_now else (source.next_due or "when it has been crawled once")
        screen.print(f"{printable(source.source_id)}: due {when}")
        if source.waiting is not None:
            screen.print(f"  nothing is fetched {source.waiting}: outside its hours")
        for kind, count in source.due_now.items():
            screen.print(f"  {count} {kind}")
        for url in source.urls:
            screen.print(f"    {printable(url)}")
        if source.more:
            screen.print(f"    and {source.more} more")
