"""``talkscraper completion``."""

from __future__ import annotations

import os
from pathlib import PurePath

import click

SHELLS = ("bash", "zsh", "fish")


@click.command("completion")
@click.argument("shell", type=click.Choice(SHELLS), required=False)
def command(*, shell: str | None) -> int:
    """Print the shell's script that completes commands, options, sources, tags and endings.

    Without SHELL, the one that $SHELL names.

    \b
    Examples:
      eval "$(talkscraper completion bash)"       in ~/.bashrc
      eval "$(talkscraper completion zsh)"        in ~/.zshrc, after compinit
      talkscraper completion fish | source        in ~/.config/fish/config.fish
    """
    from click.shell_completion import get_completion_class

    from talkscraper.cli.main import cli
    from talkscraper.errors import UsageError

    name = shell or PurePath(os.environ.get("SHELL", "")).name
    found = get_completion_class(name) if name in SHELLS else None
    if found is None:
        raise UsageError(f"which shell? Write 'talkscraper completion {'|'.join(SHELLS)}'")
    script = found(cli, {}, "talkscraper", "_TALKSCRAPER_COMPLETE")
    # not script.source(), which runs bash to see its version
    click.echo(script.source_template % script.source_vars())
    return 0
