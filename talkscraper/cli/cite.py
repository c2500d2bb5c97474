"""``talkscraper cite``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cite import check, citation_formats, read_claims, reference, render
from talkscraper.cite.registry import DEFAULT_FORMAT
from talkscraper.cli.options import console, folder_of, json_option, print_json, printable
from talkscraper.errors import ExitCode, UsageError


@click.command("cite")
@click.argument("articles", metavar="[ARTICLE]...", nargs=-1)
@click.option("--revision", type=click.IntRange(1), metavar="N", help="Cite the text of this revision.")
@click.option(
    "--format", "form", type=click.Choice(tuple(citation_formats())), default=DEFAULT_FORMAT, show_default=True,
    help="The format.",
)  # fmt: skip
@click.option(
    "--check", "document", type=click.Path(path_type=Path, dir_okay=False, exists=True), metavar="FILE",
    help="Check all references in FILE against the archive.",
)  # fmt: skip
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    articles: tuple[str, ...],
    revision: int | None,
    form: str,
    document: Path | None,
    as_json: bool,
) -> int:
    """Print a verifiable reference, or check references.

    --check reads any document that contains such references (text, BibTeX, CSL-JSON) and prints for each: holds,
    changed extractor, or broken; the exit code is 1 if one is broken.

    \b
    Examples:
      talkscraper cite 3f2a --format bibtex >> paper.bib
      talkscraper cite --check paper.bib
    """
    if bool(articles) == (document is not None):
        raise UsageError("cite takes an ARTICLE, or --check FILE")
    from talkscraper.store.database import open_reader

    folder = folder_of(ctx).require()
    connection = open_reader(folder.database)
    try:
        if document is not None:
            return _check(connection, folder, document, as_json=as_json)
        _cite(connection, articles, revision, form, as_json=as_json)
    finally:
        connection.close()
    return ExitCode.DONE


def _cite(
    connection: sqlite3.Connection, articles: tuple[str, ...], revision: int | None, form: str, *, as_json: bool
) -> None:
    found = [reference(connection, each, revision) for each in articles]
    if as_json:
        print_json(found)
    else:
        click.echo(printable(render(found, form)))


def _check(connection: sqlite3.Connection, folder: ArchiveFolder, document: Path, *, as_json: bool) -> int:
    from rich.text import Text

    screen = console(err=as_json)
    styles = {"holds": "green", "changed extractor": "yellow", "broken": "bold red"}
    results = []
    for result in check(connection, folder, read_claims(document)):
        results.append(result)
        where = f"{document}:{result.claim.line}"
        line = Text(f"{printable(where)}  {result.claim.article_id}  ")
        line.append(result.verdict, style=styles[result.verdict])
        screen.print(line.append(printable(f": {'; '.join(result.reasons)}")))
    broken = sum(result.verdict == "broken" for result in results)
    if as_json:
        print_json(results)
    else:
        screen.print(f"{len(results)} checked, {broken} broken")
    return ExitCode.ERROR if broken else ExitCode.DONE
