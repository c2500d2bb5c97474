"""``talkscraper sources``: list, add, check; the commands that change sources are in ``source_changes``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable, typed_command
from talkscraper.cli.source_changes import CHANGES, printable_diff
from talkscraper.errors import ExitCode, UsageError
from talkscraper.sources.seed_kinds import seed_keys

if TYPE_CHECKING:
    from talkscraper.discovery.source_intake import ListIntake
    from talkscraper.discovery.source_setup import Added
    from talkscraper.discovery.survey import SiteSurvey
    from talkscraper.sources.model import Source
    from talkscraper.sources.write import Draft


@click.group("sources")
def command() -> None:
    """List, add, check or change sources.

    \b
    Examples:
      talkscraper sources add https://www.example.org/
      talkscraper sources check
    """


for _change in CHANGES:
    command.add_command(_change)


@command.command("list")
@click.argument("names", metavar="[SOURCE|@TAG]...", nargs=-1)
@json_option
@click.pass_context
def list_sources(ctx: click.Context, *, names: tuple[str, ...], as_json: bool) -> int:
    """List the sources of sources.toml.

    \b
    Examples:
      talkscraper sources list
      talkscraper sources list @local
    """
    from talkscraper.sources.load import load
    from talkscraper.sources.selection import select_sources
    from talkscraper.terminal.table import Table

    path = folder_of(ctx).sources_toml
    everything = load(path)
    sources = select_sources(names, everything, path, disabled=True).sources
    if as_json:
        print_json({"contact": everything.contact, "sources": [_as_row(source) for source in sources]})
        return ExitCode.DONE
    screen = console()
    if not sources:
        screen.print(f"{printable(str(path))} has no sources: add one with 'talkscraper sources add URL'")
    table = Table()
    for source in sources:
        tags = " ".join(f"@{tag}" for tag in source.tags)
        cells = (source.id, source.name, source.homepage, tags, "" if source.enabled else "enabled = false")
        table.add_row(*(printable(cell) for cell in cells))
    screen.print(table)
    if everything.contact is None and any(not source.allow_private for source in everything.sources.values()):
        console(err=True).print(f"{printable(str(path))} has no contact: public newsrooms aren't crawled without one")
    return ExitCode.DONE


@command.command("add")
@click.argument("what", metavar="[URL|FILE]...", nargs=-1)
@click.option("--from", "file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="A list of newsrooms: CSV (url,name,language,tags), one URL a line, or OPML.")  # fmt: skip
@click.option("--probe", is_flag=True, help="Survey each newsroom of a list, as is done for a URL.")
@click.option("--id", "wanted_id", metavar="NAME", help="The source's name in sources.toml [default: from its host].")
@click.option("--allow-private", is_flag=True, help="The source is on a private or loopback address of yours.")
@json_option
@click.pass_context
def add(
    ctx: click.Context,
    *,
    what: tuple[str, ...],
    file: Path | None,
    probe: bool,
    wanted_id: str | None,
    allow_private: bool,
    as_json: bool,
) -> int:
    """Survey newsrooms and add a block for each; or add one for each newsroom of a list.

    Of several, one that can't be added doesn't stop the others: exit code 3.

    \b
    Examples:
      talkscraper sources add https://www.example.org/
      talkscraper sources add https://a.example/ https://b.example/
      talkscraper sources add --from newsrooms.csv --probe
    """
    from talkscraper.discovery.source_setup import add_opml, add_url

    path = folder_of(ctx).require().sources_toml
    files = [*([file] if file is not None else []), *(Path(each) for each in what if _is_list(each))]
    urls = [each for each in what if not _is_list(each)]
    if not files and not urls:
        raise UsageError("name the address of a newsroom, or a list of them with --from FILE")
    if wanted_id is not None and (files or len(urls) > 1):
        raise UsageError("--id names one source: give one URL with it")
    if not files and len(urls) == 1:
        now = datetime.now(UTC)
        added = add_url(path, urls[0], now=now, allow_private=allow_private, wanted_id=wanted_id, say=_print_line())
    elif len(files) == 1 and not urls and not probe and _is_opml(files[0]):
        added = add_opml(path, files[0])
    else:
        return _add_listed(ctx, path, files, urls, probe=probe, allow_private=allow_private, as_json=as_json)
    if as_json:
        print_json(
            {
                "sources": [_as_draft(each) for each in added.drafts],
                "block": added.block,
                "left_out": added.left_out,
                "found": added.survey,
            }
        )
        return ExitCode.DONE
    _print_added(added, path, typed_command(ctx))
    return ExitCode.DONE


def _is_list(what: str) -> bool:
    return "://" not in what and (Path(what).suffix.lower() in (".opml", ".xml") or Path(what).is_file())


def _is_opml(file: Path) -> bool:
    if file.suffix.lower() in (".opml", ".xml"):
        return True
    try:
        with file.open("rb") as handle:
            return b"<opml" in handle.read(10_000).lower()
    except OSError:
        return False


def _add_listed(
    ctx: click.Context,
    path: Path,
    files: list[Path],
    urls: list[str],
    *,
    probe: bool,
    allow_private: bool,
    as_json: bool,
) -> int:
    from talkscraper.discovery.source_intake import add_listed
    from talkscraper.discovery.source_list import ListedSource, read_list

    listed = [ListedSource(url=url, where=url) for url in urls]
    for each in files:
        listed += read_list(each)
    probe = probe or bool(urls)  # an address alone says too little for an entry
    found = add_listed(path, listed, now=datetime.now(UTC), probe=probe, allow_private=allow_private, say=_print_line())
    drafts = [each.draft for each in found.results if each.draft is not None]
    if not drafts and not found.failed:
        raise UsageError(f"all of these newsrooms are in {path} already; nothing was written")
    if as_json:
        left_out = [f"{each.where}: {each.reason}" for each in found.results if each.draft is None]
        print_json(
            {
                "sources": [_as_draft(each) for each in drafts],
                "block": found.block,
                "left_out": left_out,
                "found": None,
                "results": [
                    {
                        "url": each.url,
                        "where": each.where,
                        "id": each.draft.id if each.draft is not None else None,
                        "duplicate": each.duplicate,
                        "reason": each.reason,
                    }
                    for each in found.results
                ],
            }
        )
    else:
        _print_intake(found, path, typed_command(ctx))
    return ExitCode.PARTIAL if found.failed else ExitCode.DONE


def _print_intake(found: ListIntake, path: Path, program: str) -> None:
    from talkscraper.terminal.table import Table

    screen = console()
    table = Table(("source", "homepage", "name", "language", *seed_keys()))
    added = [each.draft for each in found.results if each.draft is not None]
    for draft in added:
        seeds = dict(draft.seeds)
        counts = (str(len(seeds.get(key, ()))) for key in seed_keys())
        table.add_row(*(printable(each) for each in (draft.id, draft.homepage, draft.name, draft.language)), *counts)
    if added:
        screen.print(table)
    for each in found.results:
        if each.draft is None:
            word = "there already" if each.duplicate else "not added"
            where = each.where if each.url in each.where else f"{each.where}: {each.url}"
            screen.print(f"{word}: {printable(where)}: {printable(each.reason)}")
    if added:
        screen.print(f"\nAdded {counted(len(added), 'source')} to {printable(str(path))}")
        screen.print(f"Next: {printable(program)} crawl {printable(' '.join(each.id for each in added[:3]))}")


@command.command("check")
@click.argument("source", metavar="[SOURCE|@TAG]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All sources, as without SOURCE.")
@click.option("--fix", is_flag=True, help="Write the proposed changes to sources.toml.")
@json_option
@click.pass_context
def check_sources(ctx: click.Context, source: tuple[str, ...], *, everything: bool, fix: bool, as_json: bool) -> int:
    """Survey what sources offer now: robots.txt, feeds, sitemaps, sections, articles; and the sample page.

    Exit 3 if one fails. If a source's selectors have a sample page, it is fetched and compared with the given values.
    Where a homepage, feed or section has moved or is gone, sections are new, or patterns are too narrow, the
    difference to sources.toml is shown, and with --fix written.

    \b
    Examples:
      talkscraper sources check talkofnations
      talkscraper sources check --all --fix
    """
    from talkscraper.crawl.sample_check import examine_sample
    from talkscraper.discovery.source_setup import check, mend
    from talkscraper.discovery.survey import SiteSurvey

    if everything and source:
        raise UsageError("either --all or names of sources")
    path = folder_of(ctx).require().sources_toml
    failed = False
    surveys: list[SiteSurvey] = []
    reports: list[object] = []
    for found in check(path, source, now=datetime.now(UTC), say=_print_line(), examine=examine_sample):
        failed = failed or not isinstance(found, SiteSurvey) or found.failed
        if isinstance(found, SiteSurvey):
            surveys.append(found)
        if as_json:
            reports.append(_as_json(found))
        elif isinstance(found, SiteSurvey):
            _print_survey(found)
        else:
            console().print(f"{printable(found[0])}: failed: {printable(found[1])}")
    edited, changed = mend(path, surveys, write=fix)
    if as_json:
        print_json({"sources": reports, "diff": printable_diff(edited), "fixed": changed if fix else []})
    elif changed:
        click.echo(f"\n{printable_diff(edited)}", nl=False)
        where = printable(str(path))
        done = f"{where} was changed" if fix else f"{where} wasn't changed: --fix writes the difference"
        console().print(done)
    return ExitCode.PARTIAL if failed else ExitCode.DONE


def _print_line() -> Callable[[str], None]:
    screen = console(err=True)
    return lambda line: screen.print(printable(line), style="dim")


def _print_added(added: Added, path: Path, program: str) -> None:
    screen = console()
    if added.survey is not None:
        _print_survey(added.survey, name=added.drafts[0].id)
    for line in added.left_out:
        screen.print(f"left out: {printable(line)}")
    screen.print(f"\nAdded to {printable(str(path))}:\n")
    screen.print(printable(added.block))
    screen.print(f"Next: {printable(program)} crawl {printable(added.drafts[0].id)}")


def _print_survey(found: SiteSurvey, *, name: str | None = None) -> None:
    screen = console()
    asked = f"Crawl-delay {found.crawl_delay_s:g} s" if found.crawl_delay_s is not None else "no Crawl-delay"
    screen.print(f"{printable(name or found.source_id)}  {printable(found.homepage)}")
    screen.print(f"  robots.txt  {printable(found.robots)}, {asked}")
    screen.print(f"  delay       {found.delay_s:g} s between requests ({found.delay_why})")
    for each in found.seen:
        if each.problem is None:
            newest = f", newest {each.newest:%Y-%m-%d}" if each.newest is not None else ""
            what = f"{counted(each.articles, 'article')} of {counted(each.named, 'address', 'addresses')}{newest}"
            screen.print(f"  {each.kind:10}  {printable(each.url)}: {what}")
    screen.print(f"  articles    {len(found.articles)}")
    for url in found.samples:
        screen.print(f"              {printable(url)}")
    for problem in (*found.problems, *found.sample):
        screen.print(f"  problem     {printable(problem)}")


def _as_json(found: SiteSurvey | tuple[str, str]) -> object:
    if isinstance(found, tuple):
        return {"source_id": found[0], "failed": True, "problems": [found[1]]}
    return {
        "source_id": found.source_id,
        "failed": found.failed,
        "homepage": found.homepage,
        "title": found.title,
        "language": found.language,
        "robots": found.robots,
        "crawl_delay_s": found.crawl_delay_s,
        "delay_s": found.delay_s,
        "delay_why": found.delay_why,
        "seen": found.seen,
        "articles": len(found.articles),
        "samples": found.samples,
        "problems": found.problems,
        "sample": found.sample,
        "mends": found.mends,
    }


def _as_draft(draft: Draft) -> dict[str, object]:
    seeds = dict(draft.seeds)
    row: dict[str, object] = {}
    for name, value in asdict(draft).items():
        row |= {key: seeds.get(key, ()) for key in seed_keys()} if name == "seeds" else {name: value}
    return row


def _as_row(source: Source) -> dict[str, object]:
    return {
        "id": source.id,
        "name": source.name,
        "homepage": source.homepage,
        "enabled": source.enabled,
        "article_urls": [pattern.pattern for pattern in source.article_urls],
        **{key: source.seeds_of(kind.name) for key, kind in seed_keys().items()},
        "language": source.language,
        "tags": source.tags,
        "renamed_from": source.renamed_from,
        "delay": source.delay,
        "hours": source.hours,
        "max_requests_per_day": source.max_requests_per_day,
        "allow_private": source.allow_private,
    }
