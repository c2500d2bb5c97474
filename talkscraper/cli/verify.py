"""``talkscraper verify``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.cluster import cluster_of, cluster_option, shards_option
from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable
from talkscraper.cli.progress import bytes_progress

if TYPE_CHECKING:
    from talkscraper.preserve.file_verdicts import FileVerdict
    from talkscraper.preserve.findings import Finding
    from talkscraper.preserve.verify import VerifyReport


class ArticleCount(click.ParamType[int]):
    """A number, or ``all``, which is -1."""

    name = "count"

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Parse the option's value."""
        if isinstance(value, int):
            return value
        if value == "all":
            return -1
        if not (value.isascii() and value.isdigit() and len(value) < 10):
            self.fail(f"{value[:40]!r} is neither a number nor 'all'", param, ctx)
        return int(value)


SHOWN = 10
"""Maximum number of findings printed for one file; --json has them all."""


@click.command("verify")
@click.argument("names", nargs=-1, metavar="[WARC]...")
@click.option("--second-reader", is_flag=True, help="Also read each file with warcio, and report where it disagrees.")
@click.option(
    "--workers", type=click.IntRange(1), metavar="N", help="Maximum number of processes [default: one per processor]."
)
@click.option(
    "--articles",
    type=ArticleCount(),
    metavar="N|all",
    help="Number of random articles whose pages are extracted again and compared [default: 50].",
)
@cluster_option
@shards_option
@click.option("-q", "--quiet", is_flag=True, help="Print only problems.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    names: tuple[str, ...],
    second_reader: bool,
    workers: int | None,
    articles: int | None,
    cluster: str | None,
    shards: Path | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Check every record, digest, index line and row against each other.

    Without WARC, the whole archive is checked; with names of its WARC files, only these. A WARC may also be the path of
    a file outside the archive: then its records are checked. Only the verdicts in warc_files are changed; a crawl may
    be running. Every article is compared with its revisions and captures; for some (for all with --articles all) the
    page is extracted again and must give what is stored. With --cluster workers read the files of the archive; a file
    that a run is writing, and one whose check needs other files' rows, is checked here.

    Exit codes: 0 everything is sound, 1 something is damaged or inconsistent ('talkscraper repair' mends what it can),
    4 stopped by SIGTERM (with --cluster), 74 a file can't be read, or the cluster can't be used.

    \b
    Examples:
      talkscraper verify
      talkscraper verify --json | jq '.files[] | select(.verdict != "ok")'
      talkscraper verify --second-reader
      talkscraper verify --articles all
      talkscraper verify /mnt/other/CC-NEWS-20260301.warc.gz
    """
    from talkscraper.preserve.article_check import DEFAULT_ARTICLES
    from talkscraper.preserve.file_verdicts import check_foreign
    from talkscraper.preserve.verify import VerifyReport, verify

    if second_reader:
        from talkscraper.preserve.second_reader import disputes

    outside = [Path(name) for name in names if "/" in name or Path(name).is_file()]
    inside = tuple(name for name in names if Path(name) not in outside)
    folder = folder_of(ctx)
    if cluster is not None:
        folder.require()
    with (
        bytes_progress(show=not as_json) as progress,
        cluster_of(cluster, folder, shards) as (executor, place),
    ):
        files = [check_foreign(path, progress=progress) for path in outside]
        if inside or not outside:
            report = verify(
                folder,
                now=datetime.now(UTC),
                names=inside,
                second_reader=second_reader,
                workers=workers,
                articles=DEFAULT_ARTICLES if articles is None else articles,
                progress=progress,
                executor=executor,
                shards=place,
            )
        else:
            report = VerifyReport(files=())
    outside_disputes = [each for path in outside for each in disputes(path, path.name)] if second_reader else []
    report = replace(report, files=(*files, *report.files), disputes=(*outside_disputes, *report.disputes))
    if as_json:
        print_json({"ok": report.ok, **_as_mapping(report)})
    else:
        _print(report, quiet=quiet, own=bool(inside or not outside))
    return 0 if report.ok else 1


def _as_mapping(report: VerifyReport) -> dict[str, object]:
    return {
        "files": report.files,
        "findings": report.findings,
        "disputes": report.disputes,
        "verdicts_noted": report.noted,
    }


def _print(report: VerifyReport, *, quiet: bool, own: bool) -> None:
    screen = console()
    for file in report.files:
        if not quiet or file.verdict != "ok":
            screen.print(f"{file.verdict:8}  {printable(file.name)}  {_figures(file)}")
        _print_findings(file.findings, file.uncounted)
    _print_findings(report.findings, 0)
    _print_findings(report.disputes, 0)
    if own and not report.noted and not quiet:
        screen.print("the verdicts aren't recorded: the archive is being written, or is read-only")
    if report.ok and not quiet:
        size = report.bytes_read / 2**20
        screen.print(f"{counted(len(report.files), 'file')}, {size:.1f} MiB: all is well")
    elif not report.ok:
        lost = any(finding.level == "damage" for finding in report.all_findings())
        mend = any(finding.level == "mendable" for finding in report.all_findings())
        if mend:
            screen.print("'talkscraper repair' mends what can be mended")
        if lost:
            screen.print("damaged bytes come back only from another copy (a backup)")


def _figures(file: FileVerdict) -> str:
    figures = f"{counted(file.records, 'record')}, {counted(file.captures, 'capture')}, {file.size / 2**20:.1f} MiB"
    if file.truncated:
        figures += f", {file.truncated} truncated (marked so, ok)"
    if file.undigested:
        figures += f", {file.undigested} without a digest"
    return figures


def _print_findings(findings: tuple[Finding, ...], uncounted: int) -> None:
    screen = console()
    for finding in findings[:SHOWN]:
        screen.print(f"  {printable(finding.line())}")
    more = len(findings) - SHOWN
    if more > 0 or uncounted:
        screen.print(f"  and {max(more, 0) + uncounted} more (--json lists them)")
