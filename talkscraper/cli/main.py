"""``talkscraper``: imports the command's module, runs it, and turns errors into one line and an exit code."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from talkscraper.cli.completed_words import complete_words
from talkscraper.errors import ArchiveLocked, ExitCode, OlderSchema, StorageError, TalkscraperError
from talkscraper.printable import guard_stderr, one_line
from talkscraper.version import __version__

COMMANDS: dict[str, str] = {
    "demo": "Crawl two invented newspapers on loopback twice, and show the resulting archive.",
    "init": "Create an archive folder with a sources.toml.",
    "sources": "List, add, check, rename, merge or remove sources.",
    "crawl": "Crawl what is due: capture, extract, store.",
    "backfill": "Find and fetch a source's older articles, backwards in time.",
    "status": "Show sources, last runs, and which sources are quiet or failing and why.",
    "notify": "Tell what became bad or well since the last message (or --test).",
    "schedule": "Print a crontab line, or a systemd service and timer.",
    "search": "Find articles by words, phrases and fields.",
    "timeline": "Count matching articles by day, week or month, side by side.",
    "kwic": "List the matches in their context (a concordance).",
    "show": "Show an article: text and metadata.",
    "changes": "Show what newsrooms changed after publication, newest first.",
    "alerts": "Tell what saved searches newly find, by mail, webhook or into a file.",
    "diff": "Compare two revisions of an article.",
    "cite": "Print a verifiable reference, or check references.",
    "export": "Export articles as rows, as captures, or as a frozen release.",
    "collection": "Put articles together under a name, with notes.",
    "serve": "Serve the reading room and replay to a browser.",
    "replay": "Print a capture as it was, or open it in a browser.",
    "viewer": "Install ReplayWeb.page for replay with scripts (optional).",
    "pywb": "Run pywb on this archive, from an environment of its own.",
    "wacz": "Write a WACZ file for ReplayWeb.page.",
    "import": "Import captures and articles from any WARC files.",
    "extract": "Derive the articles again from the captures.",
    "verify": "Check every record, digest, index line and row against each other.",
    "repair": "Repair what verify found.",
    "takedown": "Hide or remove addresses from the archive, with a receipt.",
    "backup": "Make a consistent, checked copy.",
    "compact": "Join many small WARCs into few, byte for byte.",
    "offload": "Put finished WARCs into an object store.",
    "recall": "Bring WARCs back from their object store.",
    "prune": "Remove captures that their source's retention doesn't keep, with a receipt.",
    "completion": "Print the script by which a shell completes commands and sources.",
}
"""Every command and its one-line help, in the usual order of use; ``--help`` imports none of them."""

_MODULES = {"import": "import_warcs"}
"""Commands whose name isn't a valid module name."""


MAX_UPDATES = 8
"""Maximum number of older databases that one command updates: those of the archives that it reads as one."""


class ReaderLeft(Exception):
    """The reader of stdout (head, less) has closed the pipe, which isn't an error, though click would exit with 1."""


class CommandFiles(click.Group):
    """A group whose commands are modules of this package, imported only when called."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as e:
            raise ReaderLeft from e
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the commands in the usual order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import the command's module; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"talkscraper.cli.{_MODULES.get(cmd_name, cmd_name)}")
        return with_archive_option(module.command)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name without importing any command."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=told) for name, told in COMMANDS.items() if name.startswith(incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list without importing any command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write where the pages are that help, messages and sources.toml call docs/."""
        from talkscraper.documentation import page_path

        formatter.write(f"\nDocumentation (docs/):\n  {page_path('README.md').parent}\n")


class ArchiveOption(click.Option):
    """``--archive``, which may be repeated; its variable names one folder, with spaces perhaps."""

    def value_from_envvar(self, ctx: click.Context) -> Any:
        """Return the folder in the variable."""
        value = self.resolve_envvar_value(ctx)
        return None if value is None else (value,)


def with_archive_option(command: click.Command) -> click.Command:
    """Accept ``--archive`` after the command's name too."""
    if isinstance(command, click.Group):
        for each in command.commands.values():
            with_archive_option(each)
        return command
    complete_words(command)
    if not any(parameter.name == "archive" for parameter in command.params):
        command.params.append(
            click.Option(
                ["--archive"],
                metavar="DIR",
                multiple=True,
                expose_value=False,
                callback=_remember,
                help="The archive folder.",
            )
        )
    return command


def _remember(ctx: click.Context, _parameter: click.Parameter, value: tuple[str, ...]) -> None:
    if value:
        ctx.find_root().obj = value


@click.group(cls=CommandFiles, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="talkscraper")
@click.option(
    "--archive",
    metavar="DIR",
    multiple=True,
    cls=ArchiveOption,
    envvar="TALKSCRAPER_ARCHIVE",
    help="The archive folder [default: archive/, or $TALKSCRAPER_ARCHIVE]; several to read them as one.",
)
@click.pass_context
def cli(ctx: click.Context, archive: tuple[str, ...]) -> None:
    """A news archive that people can search, cite and replay.

    \b
    Examples:
      talkscraper demo
      talkscraper crawl && talkscraper search "harbour wall"
    """
    ctx.obj = archive


def _usage_message(error: click.ClickException) -> str:
    """Return a usage error as one line, with a reference to the help."""
    message = " ".join(error.format_message().split()).removesuffix(".")
    path = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx is not None else None
    return message if path is None else f"{message[:1].lower()}{message[1:]}; see '{path} --help'"


def _run(arguments: list[str] | None) -> Any:
    """Run the command; again after migrating an older database that a read-only command met."""
    for _ in range(MAX_UPDATES):
        try:
            return cli.main(args=arguments, prog_name="talkscraper", standalone_mode=False)
        except OlderSchema as e:
            _update(e)
    return cli.main(args=arguments, prog_name="talkscraper", standalone_mode=False)


def _update(older: OlderSchema) -> None:
    """Migrate the database.

    Raises:
        OlderSchema: it can't be written, or a run holds the lock.
    """
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.store.database import open_writer

    try:
        with ArchiveFolder(older.database.parent).lock(what="update"):
            open_writer(older.database).close()
    except (ArchiveLocked, StorageError) as e:
        raise older from e
    click.echo(one_line(f"talkscraper: {older.database} is up to date now"), err=True)


def main(arguments: list[str] | None = None) -> None:
    """Run the program and exit with its exit code."""
    guard_stderr()
    try:
        result = _run(arguments)
        code = int(result) if isinstance(result, int) else int(ExitCode.DONE)
    except TalkscraperError as e:
        click.echo(one_line(f"talkscraper: {e.for_this_machine()}"), err=True)
        code = int(e.exit_code)
    except click.exceptions.Exit as e:
        code = e.exit_code
    except click.exceptions.NoArgsIsHelpError as e:
        e.show()  # called without arguments: print the whole help
        code = e.exit_code
    except click.ClickException as e:
        click.echo(one_line(f"talkscraper: {_usage_message(e)}"), err=True)
        code = e.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("talkscraper: interrupted", err=True)
        code = 130
    except ReaderLeft:
        # discard buffered output, or Python would print an error when it flushes at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = int(ExitCode.DONE)
    except OSError as e:
        where = f"{e.filename}: " if e.filename is not None else ""
        click.echo(one_line(f"talkscraper: {where}{e.strerror or e}"), err=True)
        _drop_buffered_output()
        code = int(ExitCode.IO)
    except Exception as e:
        if not _is_disk_error(e):
            raise
        message = f"talkscraper: the database can't be read or written: {e}; 'talkscraper verify' says more"
        click.echo(one_line(message), err=True)
        code = int(ExitCode.IO)
    sys.exit(code)


def _is_disk_error(error: Exception) -> bool:
    """Whether a SQLite error is one of the disk (damage, full, I/O) or a lock; any other is a bug."""
    import sqlite3  # imported on demand: --help is fast

    if not isinstance(error, sqlite3.DatabaseError):
        return False
    kinds = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
    kinds |= {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_READONLY}
    return (getattr(error, "sqlite_errorcode", None) or 0) & 0xFF in kinds


def _drop_buffered_output() -> None:
    """Discard buffered output if stdout fails (a full disk), or Python would print another error at exit."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
