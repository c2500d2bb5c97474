"""``talkscraper cite``."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.cite import check, citation_formats, read_claims, reference, render
from talkscraper.cite.registry import DEFAULT_FORMAT
from talkscraper.cli.options import console, json_option, print_json, printable, reading
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
@click.option("--collection", metavar="NAME", help="Cite the articles of this collection as a set.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    articles: tuple[str, ...],
    revision: int | None,
    form: str,
    document: Path | None,
    collection: str | None,
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
    if sum((bool(articles), document is not None, collection is not None)) != 1:
        raise UsageError("cite takes an ARTICLE, --collection NAME, or --check FILE")
    if collection is not None and revision is not None:
        raise UsageError("--revision goes with an ARTICLE: a collection has the texts that were put into it")

    with reading(ctx) as (folder, connection):
        if document is not None:
            return _check(connection, folder, document, as_json=as_json)
        if collection is not None:
            _cite_set(connection, folder, collection, form, as_json=as_json)
            return ExitCode.DONE
        _cite(connection, articles, revision, form, as_json=as_json)
    return ExitCode.DONE


def _cite(
    connection: sqlite3.Connection, articles: tuple[str, ...], revision: int | None, form: str, *, as_json: bool
) -> None:
    found = [reference(connection, each, revision) for each in articles]
    if as_json:
        print_json(found)
    else:
        click.echo(printable(render(found, form)))


def _cite_set(connection: sqlite3.Connection, folder: ArchiveFolder, name: str, form: str, *, as_json: bool) -> None:
    from talkscraper.cite.collected import references, render_set
    from talkscraper.collections import collection

    found = collection(folder, name)
    cited = references(connection, found)
    if as_json:
        print_json({"name": found.name, "id": found.id, "digest": found.digest, "articles": cited})
    else:
        click.echo(printable(render_set(found, cited, form)))


def _check(connection: sqlite3.Connection, folder: ArchiveFolder, document: Path, *, as_json: bool) -> int:
    from talkscraper.cite.claims import read_document
    from talkscraper.cite.collected import check_sets
    from talkscraper.terminal.styled_text import Text

    screen = console(err=as_json)
    styles = {"holds": "green", "changed extractor": "yellow", "broken": "bold red"}
    results = []
    for result in check(connection, folder, read_claims(document)):
        results.append(result)
        where = f"{document}:{result.claim.line}"
        line = Text(f"{printable(where)}  {result.claim.article_id}  ")
        line.append(result.verdict, style=styles[result.verdict])
        screen.print(line.append(printable(f": {'; '.join(result.reasons)}")))
    sets = list(check_sets(read_document(document)))
    for each in sets:
        line = Text(printable(f"{document}:{each.line}  collection {each.collection}  "))
        line.append(each.verdict, style=styles[each.verdict])
        screen.print(line.append(f": {'; '.join(each.reasons)}"))
    broken = sum(each.verdict == "broken" for each in sets) + sum(result.verdict == "broken" for result in results)
    if as_json:
        print_json([*results, *sets])
    else:
        screen.print(f"{len(results) + len(sets)} checked, {broken} broken")
    return ExitCode.ERROR if broken else ExitCode.DONE
