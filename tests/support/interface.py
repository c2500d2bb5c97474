"""What users and their scripts rely on, read from the program: names only, so that two versions can be compared."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

import talkscraper
from talkscraper.cli.main import COMMANDS, cli
from talkscraper.errors import ExitCode
from talkscraper.sources.load import TOP_KEYS
from talkscraper.sources.model import Source
from talkscraper.sources.seed_kinds import seed_keys
from talkscraper.store.data_dictionary.tables import TABLES
from talkscraper.web.api.registry import endpoints


def leaves() -> Iterator[tuple[str, click.Command]]:
    """The commands that have no subcommands, by their words."""
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {below}", each) for below, each in command.commands.items())
        else:
            yield name, command


def options(command: click.Command) -> list[click.Option]:
    """Those that help shows."""
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def commands() -> dict[str, list[str]]:
    """The options of each command and subcommand."""
    return {name: sorted(word for option in options(leaf) for word in option.opts) for name, leaf in leaves()}


def interface() -> dict[str, dict[str, list[str]]]:
    """Everything, by kind and name."""
    return {
        "commands": commands(),
        "exit codes": {each.name: [str(int(each))] for each in ExitCode},
        "tables": {name: sorted(table.columns) for name, table in TABLES.items()},
        "python": {name: [] for name in talkscraper.__all__},
        "sources.toml": {
            "file": sorted(TOP_KEYS),
            "source": sorted({*Source.__dataclass_fields__, *seed_keys()} - {"id", "seeds"}),
        },
        "api": {each.path: sorted(parameter.name for parameter in each.parameters) for each in endpoints()},
    }


def _lines(entries: dict[str, list[str]]) -> str:
    """JSON with an entry on each line, which shows in a comparison what changed."""
    return ",\n".join(f"  {json.dumps(name)}: {json.dumps(parts)}" for name, parts in entries.items())


if __name__ == "__main__":
    lines = (f' "{kind}": {{\n{_lines(entries)}\n }}' for kind, entries in interface().items())
    sys.stdout.write("{\n" + ",\n".join(lines) + "\n}\n")
