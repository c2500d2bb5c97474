"""``talkscraper schedule``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from talkscraper.cli.options import duration_option, folder_of, json_option, print_json
from talkscraper.errors import UsageError


@click.command("schedule")
@click.option("--every", type=click.IntRange(1, 1440), default=60, show_default=True, metavar="MINUTES",
              help="Minutes between runs.")  # fmt: skip
@click.option("--max-time", callback=duration_option, metavar="S",
              help="Time a run may take: seconds, or 50m, 2h [default: 5/6 of the interval].")  # fmt: skip
@click.option("--mailto", metavar="ADDRESS", help="Who gets an e-mail when something is wrong.")
@click.option("--ping", metavar="URL", help="Healthcheck to notify: URL/start, then URL/<exit code>.")
@click.option("--metrics", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Write figures for Prometheus' textfile collector.")  # fmt: skip
@click.option("--systemd", is_flag=True, help="Print a service and a timer instead of a crontab line.")
@click.option("--serve", is_flag=True, help="With --systemd: a service for 'talkscraper serve' too.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
              help="With --systemd: write the units into DIR.")  # fmt: skip
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    every: int,
    max_time: float | None,
    mailto: str | None,
    ping: str | None,
    metrics: Path | None,
    systemd: bool,
    serve: bool,
    out: Path | None,
    as_json: bool,
) -> int:
    """Print a crontab line, or a systemd service and timer, for regular crawls of this archive.

    Nothing is installed. A good run prints nothing, so cron mails only trouble. Two runs never overlap: the second
    exits with 75 at once.

    \b
    Examples:
      (crontab -l; talkscraper schedule --mailto desk@example.org --max-time 50m) | crontab -
      talkscraper schedule --systemd --serve --out ~/.config/systemd/user
    """
    from talkscraper.monitor.timetable import (
        MAIL_UNIT,
        SERVE_UNIT,
        Timetable,
        crontab_line,
        mail_unit,
        serve_unit,
        service_unit,
        timer_unit,
    )

    if out is not None and not systemd:
        raise UsageError("--out goes with --systemd: a crontab line is only printed")
    if serve and not systemd:
        raise UsageError("--serve goes with --systemd: cron starts no servers")

    timetable = Timetable(
        program=Path(sys.argv[0]) if Path(sys.argv[0]).name == "talkscraper" else _program(),
        archive=folder_of(ctx).root,
        every_minutes=every,
        max_time_s=None if max_time is None else max(1, round(max_time)),
        mailto=mailto,
        ping=ping,
        metrics=metrics,
    )
    if not systemd:
        line = crontab_line(timetable)
        if as_json:
            print_json({"crontab": line})
        else:
            click.echo(line)
        return 0
    units = {"talkscraper.service": service_unit(timetable), "talkscraper.timer": timer_unit(timetable)}
    if serve:
        units[SERVE_UNIT] = serve_unit(timetable)
    if mailto is not None:
        units[MAIL_UNIT] = mail_unit(timetable)
    if as_json:
        print_json(units)
    elif out is None:
        for name, text in units.items():
            click.echo(f"# {name}\n{text}")
    else:
        _write(out, units)
    return 0


def _program() -> Path:
    return Path(sys.executable).parent / "talkscraper"


def _write(folder: Path, units: dict[str, str]) -> None:
    from talkscraper.errors import StorageError
    from talkscraper.monitor.timetable import SERVE_UNIT

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units.items():
            (folder / name).write_text(text, encoding="utf-8")
            click.echo(f"wrote {folder / name}")
    except OSError as e:
        raise StorageError(f"can't write {e.filename}: {e.strerror}") from e
    started = " ".join(name for name in units if name in ("talkscraper.timer", SERVE_UNIT))
    click.echo(f"now: systemctl --user daemon-reload && systemctl --user enable --now {started}")
