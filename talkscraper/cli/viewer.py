"""``talkscraper viewer``."""

from __future__ import annotations

from pathlib import Path

import click

from talkscraper.cli.options import json_option, print_json


@click.group("viewer")
def command() -> None:
    """Install ReplayWeb.page for replay with scripts. Optional, and not part of talkscraper.

    It is a separate project under the AGPL-3.0-or-later; this command fetches it through npm, checks it, and installs
    it where 'talkscraper serve' finds it.

    \b
    Example:
      talkscraper viewer install
    """


@command.command("install")
@click.option(
    "--from",
    "tarball",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="TGZ",
    help="The npm tarball, if npm isn't available.",
)
@click.option("--any-version", is_flag=True, help="Accept a tarball with another digest.")
@json_option
def install(*, tarball: Path | None, any_version: bool, as_json: bool) -> int:
    """Fetch the viewer, check its SHA-512 and unpack it into the user's data folder (or TALKSCRAPER_VIEWER).

    \b
    Examples:
      talkscraper viewer install
      talkscraper viewer install --from replaywebpage-2.5.3.tgz
    """
    from talkscraper.replay.viewer import install as install_viewer

    done = install_viewer(tarball, any_version=any_version)
    if as_json:
        print_json(done)
    else:
        checked = "its digest is right" if done.checked else "its digest was not checked"
        click.echo(f"replaywebpage {done.version} is in {done.folder} ({checked}); 'talkscraper serve' offers it now")
    return 0
