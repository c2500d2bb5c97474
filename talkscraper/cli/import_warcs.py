"""``talkscraper import``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.cluster import cluster_option, cluster_reading, print_work, shards_option
from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_then_count_progress

if TYPE_CHECKING:
    from talkscraper.ingest.derivation import Derived
    from talkscraper.preserve.import_report import ImportedFile, ImportReport

SHOWN = 10
"""Maximum number of findings printed for one file; --json has them all."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path))
@click.option("--copy", is_flag=True, help="Copy files into the archive's warc/ instead of leaving them in place.")
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Number of worker processes.")
@cluster_option
@shards_option
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    files: tuple[Path, ...],
    copy: bool,
    workers: int | None,
    cluster: str | None,
    shards: Path | None,
    as_json: bool,
) -> int:
    """Import captures and articles from WARC files of any writer.

    FILE is a WARC (1.0 or 1.1, gzip, zstd or plain), an ARC, a WACZ, or a folder of these. WARCs are indexed in place
    and must stay there; ARCs, WARCs in a WACZ or packed by zstd, and WARCs whose records share gzip members are copied
    into warc/, and with --copy all are. What is left out or read leniently is counted by its kind. Files already in the
    archive are skipped, damage is reported with its place, and an interrupted import is resumed by the next. With
    --cluster workers read and extract the pages of what was imported.

    Exit codes: 0 done, 1 something is damaged or can't be imported (the rest is imported), 2 a file doesn't exist,
    4 stopped by SIGTERM (with --cluster), 74 disk error, or the cluster can't be used, 75 another run holds the
    archive.

    \b
    Examples:
      talkscraper import /mnt/other/CC-NEWS-20260301.warc.gz
      talkscraper import --copy crawl.wacz old/*.arc.gz
    """
    from talkscraper.preserve.warc_import import import_files

    folder = folder_of(ctx)
    if cluster is not None and not folder.exists() and not (folder.root.is_dir() and any(folder.root.iterdir())):
        folder.make()  # workers are asked whether they see it
    with (
        bytes_then_count_progress(show=not as_json) as (progress, page_progress),
        cluster_reading(cluster, folder, shards) as reading,
    ):
        report = import_files(
            folder,
            files,
            clock=lambda: datetime.now(UTC),
            copy=copy,
            workers=workers,
            progress=progress,
            page_progress=page_progress,
            cluster=reading,
        )
    if as_json:
        print_json(_as_mapping(report))
    else:
        _print(report)
    return 0 if report.ok else 1


def _as_mapping(report: ImportReport) -> dict[str, object]:
    pages = report.pages
    return {
        "ok": report.ok,
        "records": report.records,
        "captures": report.captures,
        "captures_new": report.added,
        "articles_new": pages.new,
        "articles_revised": pages.revised,
        "articles_known": pages.unchanged + pages.older,
        "page_kinds": pages.page_kinds,
        "skipped": [file.path for file in report.files if file.state == "known"],
        "refused": [{"file": file.path, "reason": file.reason} for file in report.files if file.state == "refused"],
        "damage": [_damage(file, each) for file in report.files for each in file.findings],
        "notes": report.notes,
        "passed_over": report.passed_over,
        "unread": pages.unread,
        "gone": pages.gone,
        "withheld": pages.withheld,
        "files": report.files,
        **({"cluster": report.cluster} if report.cluster is not None else {}),
    }


def _damage(file: ImportedFile, finding: object) -> dict[str, object]:
    from talkscraper.preserve.findings import Finding

    assert isinstance(finding, Finding)
    return {
        "file": file.path,
        "offset": finding.offset,
        "kind": finding.kind,
        "level": finding.level,
        "message": finding.message,
        "record_id": finding.record_id,
    }


def _print(report: ImportReport) -> None:
    from talkscraper.preserve.import_notes import lines

    screen = console()
    for file in report.files:
        name = printable(str(file.path))
        if file.state == "refused":
            screen.print(f"refused   {name}: {printable(file.reason)}")
            continue
        result = f"{counted(file.records, 'record')}, {counted(file.captures, 'capture')}, {file.added} of them new"
        if file.state == "known":
            result = f"in the archive already, as {printable(file.name)}"
        elif file.state == "moved":
            result = f"in the archive already, as {printable(file.name)}: it is looked for here from now on"
        elif file.copied:
            result += f"; copied to {printable(file.name)}" + (
                f", since {printable(file.reason)}" if file.reason else ""
            )
        screen.print(f"{file.state:9} {name}: {result}")
        for text in lines(file.notes):
            screen.print(f"  {text}")
        for finding in file.findings[:SHOWN]:
            where = "" if finding.offset is None else f"at byte {finding.offset}: "
            screen.print(f"  {where}{printable(finding.message)} [{finding.kind}]")
        more = max(0, len(file.findings) - SHOWN) + file.uncounted
        if more:
            screen.print(f"  and {more} more (--json lists them)")
    if report.passed_over:
        others = ", ".join(f"{count} {printable(ending)}" for ending, count in sorted(report.passed_over.items()))
        screen.print(f"passed over, by their names: {others}")
    print_pages(report.pages)
    print_work(report.cluster)


def print_pages(pages: Derived) -> None:
    """Print the result of extracting pages."""
    screen = console()
    for each in pages.unread[:SHOWN]:
        where = f"{printable(each.file)} at byte {each.offset}"
        screen.print(f"unread    {where}: {printable(each.url)}: {printable(each.reason)}")
    if len(pages.unread) > SHOWN:
        screen.print(f"  and {len(pages.unread) - SHOWN} more (--json lists them)")
    kinds = ", ".join(f"{count} {kind}" for kind, count in pages.page_kinds.items())
    screen.print(
        f"{counted(pages.pages, 'page')} read{f' ({kinds})' if kinds else ''}: {counted(pages.new, 'article')} new,"
        f" {pages.revised} revised, {pages.changed} read otherwise than before,"
        f" {pages.unchanged + pages.older} known, {pages.gone} gone",
    )
