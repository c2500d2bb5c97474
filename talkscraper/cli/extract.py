"""``talkscraper extract``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.cluster import cluster_option, cluster_reading, print_work, shards_option
from talkscraper.cli.import_warcs import print_pages
from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import count_progress
from talkscraper.errors import UsageError

if TYPE_CHECKING:
    from talkscraper.preserve.comparison import Comparison, FieldChange

SHOWN = 50
"""Maximum number of pages printed by --compare; --json has them all."""
MAX_VALUE_WIDTH = 80


@click.command("extract")
@click.option("--source", metavar="SOURCE", help="Only captures of this source.")
@click.option("--compare", "compared", is_flag=True, help="Only print what would change; write nothing.")
@click.option("--sample", type=click.IntRange(1), metavar="N", help="With --compare: at most N pages.")
@click.option("--from-start", is_flag=True, help="Start again instead of resuming an interrupted pass.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Number of worker processes.")
@cluster_option
@shards_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    source: str | None,
    compared: bool,
    sample: int | None,
    from_start: bool,
    workers: int | None,
    cluster: str | None,
    shards: Path | None,
    as_json: bool,
) -> int:
    """Derive the articles again from the captures, without the network.

    Articles and revisions become what a crawl with this version of talkscraper and the current selectors would have
    stored; the same extractor changes nothing. An interrupted pass is resumed by the next. --compare shows which
    articles and fields would change, and writes nothing; --sample restricts it to N pages, chosen by the digests of
    their ids, so always the same ones. With --cluster workers read and extract the pages, and this process stores them:
    the rows are the same.

    Exit codes: 0 done, 1 a page couldn't be read, 2 there is no such source, 4 stopped by SIGTERM (with --cluster),
    74 the cluster can't be used, or disk error, 75 another run holds the archive.

    \b
    Examples:
      talkscraper extract --sample 200 --compare
      talkscraper extract --source talkofnations --json
      talkscraper extract --cluster tcp://10.0.0.5:8786
    """
    if sample is not None and not compared:
        raise UsageError("--sample requires --compare: a sample of the pages is never written")
    if cluster is not None and compared:
        raise UsageError("--compare is done on this machine: leave --cluster out")
    folder = folder_of(ctx)
    if cluster is not None:
        folder.require()
    with (
        count_progress(show=not as_json) as progress,
        cluster_reading(cluster, folder, shards) as reading,
    ):
        if compared:
            from talkscraper.preserve.comparison import compare

            found = compare(folder, sample=sample, source=source, workers=workers, progress=progress)
        else:
            from talkscraper.preserve.extract import extract_again

            report = extract_again(
                folder,
                clock=lambda: datetime.now(UTC),
                source=source,
                from_start=from_start,
                workers=workers,
                progress=progress,
                cluster=reading,
            )
    if compared:
        print_json(found) if as_json else _print(found)
        return 1 if found.unread else 0
    if as_json:
        print_json(
            {
                "ok": not report.pages.unread,
                "resumed_after": report.resumed_after,
                "pages": report.pages,
                **({"cluster": report.cluster} if report.cluster is not None else {}),
            }
        )
    else:
        if report.resumed_after:
            console().print(f"resumed after {counted(report.resumed_after, 'page')} of an interrupted pass")
        print_pages(report.pages)
        print_work(report.cluster)
    return 1 if report.pages.unread else 0


def _print(found: Comparison) -> None:
    screen = console()
    for change in found.changes[:SHOWN]:
        where = printable(change.title or change.url)
        screen.print(f"{change.verdict}: {where} ({change.article_id or printable(change.url)})")
        for each in change.fields:
            screen.print(f"  {each.field}: {_difference(each)}")
    if len(found.changes) > SHOWN:
        screen.print(f"and {len(found.changes) - SHOWN} more (--json lists them)")
    for page in found.unread[:SHOWN]:
        screen.print(f"unread: {printable(page.url)}: {printable(page.reason)}")
    fields = ", ".join(f"{name} of {count}" for name, count in found.fields.items())
    changes = f"{len(found.changes)} would change" + (f" ({fields})" if fields else "")
    screen.print(
        f"{counted(found.pages, 'page')} compared: {found.same} stay the same, {changes}; nothing was written",
    )


def _difference(each: FieldChange) -> str:
    if each.words_gone is not None:
        return f"-{each.words_gone} +{each.words_come} words: {printable(each.excerpt)}"
    return f"{_short(each.before)} → {_short(each.after)}"


def _short(value: object) -> str:
    text = printable(str(value))
    return text if len(text) <= MAX_VALUE_WIDTH else text[: MAX_VALUE_WIDTH - 1] + "…"
