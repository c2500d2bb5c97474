"""Write docs/man/*.1 from the commands: run it after a change of a command's help (tests/test_manual.py compares)."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from talkscraper.cli.main import COMMANDS, cli
from talkscraper.errors import ExitCode

FOLDER = Path(__file__).parent / "man"
EXIT_CODES: Mapping[ExitCode, str] = {
    ExitCode.DONE: "Done.",
    ExitCode.ERROR: "Error; one line on standard error says what, where and what to do.",
    ExitCode.USAGE: "Usage: an argument, sources.toml or a query that can't be read.",
    ExitCode.PARTIAL: "Done, but some source failed or went quiet.",
    ExitCode.BUDGET: "Stopped by a budget; the rest is due in the next run.",
    ExitCode.IO: "Disk or I/O.",
    ExitCode.LOCKED: "Another run holds the archive's lock.",
}
_GLYPHS = str.maketrans({"\\": "\\e", "-": "\\-", "…": "...", "–": "\\(en", "“": "\\(lq", "”": "\\(rq", "×": "\\(mu",
                         "→": "\\(->", "’": "\\(cq", "·": "\\-", "'": "\\(aq", "^": "\\(ha", "~": "\\(ti",
                         "`": "\\(ga"})  # fmt: skip


def pages() -> dict[str, str]:
    """The text of each page by its file's name: talkscraper.1, and one for each command."""
    root = click.Context(cli, info_name="talkscraper", **cli.context_settings)
    found = {"talkscraper.1": _joined(_main_page(root))}
    for name in COMMANDS:
        command = cli.get_command(root, name)
        assert command is not None
        ctx = click.Context(command, info_name=name, parent=root)
        found[f"talkscraper-{name}.1"] = _joined(_command_page(ctx, COMMANDS[name]))
    return found


def _joined(lines: Iterator[str]) -> str:
    """Lines as a page; a section's first paragraph needs no macro."""
    kept: list[str] = []
    for line in lines:
        if not (line == ".PP" and kept and kept[-1].startswith((".SH ", ".SS "))):
            kept.append(line)
    return "\n".join(kept) + "\n"


def _main_page(ctx: click.Context) -> Iterator[str]:
    yield from _head("talkscraper", "a news archive that people can search, cite and replay")
    yield from _synopsis(ctx)
    yield ".SH DESCRIPTION"
    yield from _description(ctx.command)[0]
    yield ".SH COMMANDS"
    for name, told in COMMANDS.items():
        yield from (".TP", f"\\fBtalkscraper\\-{_text(name)}\\fR(1)", _text(told))
    yield ".SH OPTIONS"
    yield from _options(ctx)
    yield from _examples(ctx.command)
    yield ".SH ENVIRONMENT"
    yield from (".TP", ".B TALKSCRAPER_ARCHIVE", _text("The archive folder, where --archive names none."))
    yield from _exit_status()


def _command_page(ctx: click.Context, told: str) -> Iterator[str]:
    yield from _head(ctx.command_path.replace(" ", "-"), told.rstrip(".")[:1].lower() + told.rstrip(".")[1:])
    yield from _synopsis(ctx)
    yield ".SH DESCRIPTION"
    yield from _description(ctx.command)[0]
    yield ".SH OPTIONS"
    yield from _options(ctx)
    if isinstance(ctx.command, click.Group):
        yield ".SH COMMANDS"
        for name in ctx.command.list_commands(ctx):
            command = ctx.command.get_command(ctx, name)
            assert command is not None
            below = click.Context(command, info_name=name, parent=ctx)
            usage = " ".join(command.collect_usage_pieces(below))
            yield f".SS {_text(below.command_path)} {_text(usage)}"
            yield from _description(command)[0]
            yield from _options(below)
            if examples := _description(command)[1]:
                yield from (".PP", "Examples:", *_verbatim(examples))
    yield from _examples(ctx.command)
    yield from _exit_status()
    yield from (".SH SEE ALSO", ".BR talkscraper (1)")


def _head(name: str, told: str) -> Iterator[str]:
    yield '.\\" Written by docs/manual.py from the commands; not to be edited.'
    yield f'.TH "{_text(name.upper())}" "1" "" "talkscraper" "talkscraper Manual"'
    yield ".SH NAME"
    yield f"{_text(name)} \\- {_text(told)}"


def _synopsis(ctx: click.Context) -> Iterator[str]:
    yield ".SH SYNOPSIS"
    yield f".B {_text(ctx.command_path)}"
    yield _text(" ".join(ctx.command.collect_usage_pieces(ctx)))


def _description(command: click.Command) -> tuple[list[str], list[str]]:
    """The help's paragraphs as lines of a page, and its examples as they stand."""
    lines: list[str] = []
    examples: list[str] = []
    for text in (inspect.cleandoc(command.help or ""), command.epilog or ""):
        for paragraph in re.split(r"\n[ \t]*\n", text):
            rows = [row.rstrip() for row in paragraph.split("\n") if row.strip()]
            if not rows:
                continue
            as_it_stands = rows[0].strip() == "\b"
            rows = rows[1:] if as_it_stands else rows
            if rows and re.fullmatch(r"Examples?:", rows[0]):
                examples += rows[1:]
            elif as_it_stands:
                lines += _verbatim(rows)
            else:
                lines += [".PP", _text(" ".join(row.strip() for row in rows))]
    return lines, examples


def _examples(command: click.Command) -> Iterator[str]:
    examples = _description(command)[1]
    if examples:
        yield ".SH EXAMPLES"
        yield from _verbatim(examples)


def _verbatim(rows: list[str]) -> list[str]:
    return [".PP", ".nf", *(_text(row) for row in rows), ".fi"] if rows else []


def _options(ctx: click.Context) -> Iterator[str]:
    for parameter in ctx.command.params:
        record = parameter.get_help_record(ctx)
        if record is not None and isinstance(parameter, click.Option):
            yield from (".TP", f"\\fB{_text(record[0])}\\fR", _text(" ".join(record[1].split())) or "\\&")


def _exit_status() -> Iterator[str]:
    yield ".SH EXIT STATUS"
    for code in ExitCode:
        yield from (".TP", f".B {int(code)}", _text(EXIT_CODES[code]))


def _text(text: str) -> str:
    """Text with roff's own characters escaped."""
    escaped = text.translate(_GLYPHS)
    return f"\\&{escaped}" if escaped.startswith((".", " ")) else escaped


def main() -> None:
    """Write the pages; those of commands that are gone are removed."""
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.1"):
        old.unlink()
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
