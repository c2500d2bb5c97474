"""``talkscraper wacz``."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from talkscraper.cli.filters import dedupe_option, filter_options, require_source, since_indexed_option, since_moment
from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable

if TYPE_CHECKING:
    from collections.abc import Callable

    from talkscraper.replay.wacz_signature import SigningKey


@click.command("wacz")
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("query", nargs=-1)
@filter_options
@since_indexed_option
@dedupe_option
@click.option("--limit", type=click.IntRange(1), help="Maximum number of articles, newest first.")
@click.option("--all-captures", is_flag=True, help="All captures with their requests, not only what the pages need.")
@click.option("--name", metavar="TEXT", help="The package's name.")
@click.option("--sign", type=click.Path(path_type=Path, dir_okay=False), metavar="KEY",
              help="Sign it by the private key in the PEM file KEY; if there is none, one is made.")  # fmt: skip
@click.option("--check", is_flag=True, help="Write nothing: check the hashes and the signature of the package OUT.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    out: Path,
    query: tuple[str, ...],
    since_indexed: str | None,
    dedupe: bool,
    limit: int | None,
    all_captures: bool,
    name: str | None,
    sign: Path | None,
    check: bool,
    as_json: bool,
    **filters: Any,
) -> int:
    """Write a WACZ file for ReplayWeb.page: pages, their requisites, and the articles' texts for its search.

    QUERY and the filters select articles as in 'search'; without any, the package contains all articles, and with
    --all-captures every record that the archive may show: front pages, redirects, all revisions, requests.

    \b
    Examples:
      talkscraper wacz harbour.wacz "harbour wall" --since 2025-10-01
      talkscraper wacz harbour.wacz --sign key.pem
      talkscraper wacz harbour.wacz --check
    """
    if check:
        return _check(out, as_json=as_json)
    from talkscraper.replay.wacz import write_wacz
    from talkscraper.store.database import open_reader
    from talkscraper.store.export import article_ids
    from talkscraper.store.match import SearchRequest

    folder = folder_of(ctx).require()
    request = SearchRequest(text=" ".join(query), copies="collapse" if dedupe else "all", **filters)
    changed = since_moment(since_indexed)
    key = _key(sign)
    connection = open_reader(folder.database)
    try:
        require_source(folder, connection, filters["source"])
        report = write_wacz(
            connection,
            folder,
            islice(article_ids(connection, request, since_indexed=changed), limit),
            out,
            title=name
            or (f"{' '.join(query)} – {folder.root.absolute().name}" if query else folder.root.absolute().name),
            made_at=datetime.now(UTC),
            all_captures=all_captures,
            whole=not query and not any(filters.values()) and changed is None and limit is None and not dedupe,
            sign=key,
            progress=_progress(),
        )
    finally:
        connection.close()
    if as_json:
        print_json(report)
    else:
        what = f"{counted(report.pages, 'page')}, {counted(report.records, 'record')}"
        click.echo(f"{report.path}: {what}, {report.size / 2**20:.1f} MiB")
    return 0


def _key(path: Path | None) -> SigningKey | None:
    from talkscraper.replay.wacz_signature import fingerprint, key_at

    if path is None:
        return None
    key, made = key_at(path)
    if made:
        click.echo(f"made the key {path}: keep it secret; its fingerprint is {fingerprint(key.public)}", err=True)
    return key


def _check(path: Path, *, as_json: bool) -> int:
    from talkscraper.replay.wacz_signature import check_wacz

    found = check_wacz(path)
    if as_json:
        print_json(found)
    else:
        for fault in found.faults:
            click.echo(printable(f"{path}: {fault}"))
        if not found.faults:
            by = f"signed by the key {found.fingerprint} on {found.created}" if found.signed else "not signed by a key"
            click.echo(printable(f"{path}: {counted(found.files, 'file')} sound, {by}"))
    return 1 if found.faults else 0


def _progress() -> Callable[[int, int], None]:
    """Return a function that prints a line on stderr for each tenth of a large package."""
    screen = console(err=True)

    def report(done: int, total: int) -> None:
        if total >= 1000 and done % max(1, total // 10) == 0:
            screen.print(f"{done} of {total} records")

    return report
