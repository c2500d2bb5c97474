"""``talkscraper notify``."""

from __future__ import annotations

import click

from talkscraper.cli.options import folder_of, printable


@click.command("notify")
@click.option("--test", is_flag=True, help="Send a test message by each channel.")
@click.pass_context
def command(ctx: click.Context, *, test: bool) -> int:
    """Tell what became bad or well since the last message, as each crawl does at its end.

    Whom to tell, and how, stands under [notify] in sources.toml. Exit code 1: a message couldn't be sent.

    \b
    Examples:
      talkscraper notify --test
      talkscraper notify
    """
    from talkscraper.errors import ExitCode, UsageError
    from talkscraper.monitor import notify

    folder = folder_of(ctx).require()
    settings = notify.settings_of(folder)
    if settings is None or (settings.email is None and settings.webhook is None):
        raise UsageError(f"{folder.sources_toml} says nobody is to be told: write [notify.email] or [notify.webhook]")
    if test:
        found = notify.send_test(folder, settings)
        for channel, failure in found.items():
            click.echo(printable(f"{channel}: {failure or 'sent'}"), err=failure is not None)
        return int(ExitCode.ERROR if any(found.values()) else ExitCode.DONE)
    failures = notify.tell(folder, settings)
    for line in failures:
        click.echo(f"talkscraper: {printable(line)}", err=True)
    return int(ExitCode.ERROR if failures else ExitCode.DONE)
