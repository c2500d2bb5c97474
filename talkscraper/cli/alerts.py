"""``talkscraper alerts``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import counted, folder_of, json_option, print_json, printable

if TYPE_CHECKING:
    from talkscraper.monitor.alerts import AlertOutcome


@click.command("alerts")
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--dry-run", is_flag=True, help="Show what would be told; send and remember nothing.")
@json_option
@click.pass_context
def command(ctx: click.Context, *, names: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Tell what the saved searches of alerts.toml newly find, each article once, by mail, webhook or into a file.

    Run it after each crawl. The first time, an alert tells nothing: it begins with what is indexed from then on.
    Exit code 1: a message couldn't be sent; it is sent the next time.

    \b
    Examples:
      talkscraper alerts --dry-run
      talkscraper crawl --quiet; talkscraper alerts
    """
    from talkscraper.errors import ExitCode
    from talkscraper.monitor import alerts

    outcomes = alerts.run(folder_of(ctx).require(), names, dry_run=dry_run)
    if as_json:
        print_json([_document(each) for each in outcomes])
    for each in outcomes:
        if each.failure is not None:
            line = f"talkscraper: {each.alert}: {each.to}: not sent, but kept for the next time: {each.failure}"
            click.echo(printable(line), err=True)
        elif not as_json:
            click.echo(printable(_line(each)))
            if dry_run:
                for story in each.stories:
                    click.echo(printable(f"  {story.match.article_id} {story.match.title or story.match.url}"))
    return int(ExitCode.ERROR if any(each.failure for each in outcomes) else ExitCode.DONE)


def _line(outcome: AlertOutcome) -> str:
    where = f"{outcome.alert}: {outcome.to}"
    if outcome.state == "begun":
        return f"{where}: begins now; what is indexed from {outcome.since} on is told"
    if outcome.state == "nothing":
        return f"{where}: nothing new since {outcome.since}"
    return f"{where}: {counted(len(outcome.stories), 'new article')} {outcome.state}"


def _document(outcome: AlertOutcome) -> dict[str, object]:
    return {
        "alert": outcome.alert,
        "to": outcome.to,
        "state": outcome.state,
        "since": outcome.since,
        "new": len(outcome.stories),
        "copies_of_told": outcome.copies_of_told,
        "failure": outcome.failure,
        "articles": [each.document() for each in outcome.stories],
    }
