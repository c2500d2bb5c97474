"""What users and their scripts rely on, read from the program: names only, so that two versions can be compared."""

from __future__ import annotations

import json
import sys

import click

import talkscraper
from talkscraper.cli.main import COMMANDS, cli
from talkscraper.errors import ExitCode
from talkscraper.sources.load import TOP_KEYS
from talkscraper.sources.model import Source
from talkscraper.sources.seed_kinds import seed_keys
from talkscraper.store.data_dictionary.tables import TABLES
from talkscraper.web.api.registry import endpoints


def commands() -> dict[str, list[str]]:
    """The options of each command and subcommand."""
    found = {}
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        leaves = command.commands.items() if isinstance(command, click.Group) else [("", command)]
        for below, leaf in leaves:
            options = (each for each in leaf.params if isinstance(each, click.Option) and not each.hidden)
            found[f"{name} {below}".strip()] = sorted(word for option in options for word in option.opts)
    return found


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
