"""``talkscraper backfill``."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, limit_options, print_json, printable

if TYPE_CHECKING:
    from talkscraper.crawl.backfill import BackfillReport
    from talkscraper.crawl.backfill_plan import BackfillPlan
    from talkscraper.monitor.backfill_progress import BackfillProgress


def _day(_ctx: click.Context, _param: click.Parameter, value: str | None) -> date | None:
    """A day from ``2024-01-01``, ``2024-01`` or ``2024``."""
    if value is None:
        return None
    try:
        parts = [int(part) for part in value.strip().split("-")]
        return date(*[*parts, 1, 1][:3]) if 1 <= len(parts) <= 3 else date.fromisoformat(value)
    except (ValueError, TypeError) as e:
        raise click.BadParameter(f"{value!r} is no day: write it as in 2024-01-01") from e


@click.command("backfill")
@click.argument("source", metavar="SOURCE")
@click.option("--since", callback=_day, metavar="D", help="First day (2024-01-01) [default: the source's since].")
@click.option("--until", callback=_day, metavar="D", help="Last day [default: the source's until, or today].")
@click.option("--delay", type=click.FloatRange(0, 3600), metavar="S",
              help="Seconds between two requests to a host, at least the source's [default: twice those].")  # fmt: skip
@limit_options
@click.option("--again", is_flag=True, help="Begin anew, also after the end of a backfill with the same bounds.")
@click.option("--dry-run", is_flag=True, help="Only print the sitemaps and lists that would be walked; no network.")
@click.option("--log-json", is_flag=True, help="Log one JSON object per line on stderr.")
@click.option("-v", "--verbose", is_flag=True, help="Log every request.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    source: str,
    since: date | None,
    until: date | None,
    delay: float | None,
    max_pages: int | None,
    max_bytes: int | None,
    max_time: float | None,
    min_free: int | None,
    again: bool,
    dry_run: bool,
    log_json: bool,
    verbose: bool,
    as_json: bool,
) -> int:
    """Find and fetch a source's older articles: sitemaps, archives by date and paged lists, backwards in time.

    It may be stopped at any time, and goes on when it is called again. A crawl that begins meanwhile comes first. Exit
    codes: 0 complete, 3 some sitemap or list failed, 4 stopped by a budget or SIGTERM, 74 disk error, 75 another run
    holds the archive.

    \b
    Examples:
      talkscraper backfill talkofnations --since 2024-01-01
      talkscraper backfill talkofnations --since 2024-01-01 --max-time 3h --delay 10
      talkscraper backfill talkofnations --since 2024-01-01 --dry-run
    """
    from talkscraper.crawl.backfill_options import BackfillOptions, source_of

    folder = folder_of(ctx)
    chosen = source_of(folder, source)
    first = since or chosen.since
    if first is None:
        raise click.UsageError("write how far back: --since 2024-01-01 (or since in sources.toml)", ctx)
    if chosen.since is not None and first < chosen.since:
        click.echo(
            f"talkscraper: {source}: sources.toml says since = {chosen.since}: nothing older is fetched", err=True
        )
        first = chosen.since
    last = min((each for each in (until, chosen.until) if each is not None), default=None)
    if first > datetime.now(UTC).date() or (last is not None and last < first):
        raise click.UsageError(f"from {first} to {last or 'today'} there is no day", ctx)
    options = BackfillOptions(
        source=source, since=first, until=last, again=again, delay=delay, max_pages=max_pages, max_bytes=max_bytes,
        max_time=max_time, min_free=min_free,
    )  # fmt: skip
    if dry_run:
        from talkscraper.crawl.backfill_plan import plan

        _print_plan(plan(folder, options), as_json=as_json)
        return 0

    from talkscraper.crawl.stop_signals import StopSignals

    with StopSignals() as signals:
        # slow imports, during which a signal may arrive
        from talkscraper.crawl.backfill import backfill
        from talkscraper.crawl.logs import start_logging

        with start_logging(as_json=log_json, verbose=verbose) as progress:
            report = backfill(folder, options, signals, progress)
    if as_json:
        print_json(report)
    else:
        _print_report(report)
    return report.exit_code


def _print_report(report: BackfillReport) -> None:
    from talkscraper.monitor.backfill_progress import in_words

    screen = console()
    current = report.progress
    if report.reason == "complete":
        screen.print(f"{printable(current.source_id)}: the backfill was complete already; --again begins anew")
    screen.print(f"{printable(current.source_id)}: {printable(in_words(current))}")
    print_failed(current)
    if current.state == "open" and report.reason == "waiting":
        screen.print(f"what failed is tried again after {current.retry_at}: call it again then")
    elif current.state == "open":
        screen.print(f"stopped: {printable(report.reason)}; it goes on when it is called again")
    if report.error is not None:
        click.echo(f"talkscraper: {printable(report.error)}", err=True)


def print_failed(current: BackfillProgress, most: int = 5) -> None:
    """Print the first doors that failed."""
    screen = console()
    for door in current.failed[:most]:
        screen.print(f"  {door.kind} {printable(door.url)}: {printable(door.why)}")
    if len(current.failed) > most:
        screen.print(f"  and {len(current.failed) - most} more")


def _print_plan(planned: BackfillPlan, *, as_json: bool) -> None:
    if as_json:
        print_json(planned)
        return
    screen = console()
    bounds = f"{planned.since} to {planned.until or 'today'}"
    name = printable(planned.source_id)
    if planned.state != "open":
        how = "complete" if planned.state == "done" else "at its end, though some doors failed"
        screen.print(f"{name}: the backfill from {bounds} is {how}; --again begins anew")
        return
    state = "goes on" if planned.begun else "begins"
    screen.print(f"{name}: the backfill from {bounds} {state}")
    if planned.left:
        screen.print(f"  {counted(planned.left, 'article')} found before would be fetched")
    for door in planned.doors:
        screen.print(f"  {door.kind:8} {printable(door.next_url or door.url)}")
    screen.print(f"{counted(len(planned.doors), 'door')}; more are found on their pages")
