"""``talkscraper sources``: list, add, check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from talkscraper.cli.options import console, counted, folder_of, json_option, print_json, printable, typed_command
from talkscraper.errors import ExitCode
from talkscraper.sources.seed_kinds import seed_keys

if TYPE_CHECKING:
    from talkscraper.discovery.source_setup import Added
    from talkscraper.discovery.survey import SiteSurvey
    from talkscraper.sources.model import Source
    from talkscraper.sources.write import Draft


@click.group("sources")
def command() -> None:
    """List, add or check sources.

    \b
    Example:
      talkscraper sources add https://www.example.org/
      talkscraper sources check
    """


@command.command("list")
@json_option
@click.pass_context
def list_sources(ctx: click.Context, *, as_json: bool) -> int:
    """List the sources of sources.toml.

    \b
    Example:
      talkscraper sources list
    """
    from rich.table import Table
    from rich.text import Text

    from talkscraper.sources.load import load

    path = folder_of(ctx).sources_toml
    everything = load(path)
    sources = [*everything.sources.values(), *everything.disabled.values()]
    if as_json:
        print_json({"contact": everything.contact, "sources": [_as_row(source) for source in sources]})
        return ExitCode.DONE
    screen = console()
    if not sources:
        screen.print(f"{printable(str(path))} has no sources: add one with 'talkscraper sources add URL'", markup=False)
    table = Table(box=None, pad_edge=False, show_header=False)
    for source in sources:
        cells = (source.id, source.name, source.homepage, "" if source.enabled else "enabled = false")
        table.add_row(*(Text(printable(cell)) for cell in cells))
    screen.print(table)
    if everything.contact is None and any(not source.allow_private for source in everything.sources.values()):
        console(err=True).print(
            f"{printable(str(path))} has no contact: public newsrooms aren't crawled without one", markup=False
        )
    return ExitCode.DONE


@command.command("add")
@click.argument("what", metavar="URL|FILE.opml")
@click.option("--id", "wanted_id", metavar="NAME", help="The source's name in sources.toml [default: from its host].")
@click.option("--allow-private", is_flag=True, help="The source is on a private or loopback address of yours.")
@json_option
@click.pass_context
def add(ctx: click.Context, what: str, *, wanted_id: str | None, allow_private: bool, as_json: bool) -> int:
    """Survey a newsroom and add a block for it; or add one for each site of an OPML file.

    \b
    Example:
      talkscraper sources add https://www.example.org/
      talkscraper sources add feeds.opml
    """
    from talkscraper.discovery.source_setup import add_opml, add_url

    path = folder_of(ctx).require().sources_toml
    file = Path(what)
    if "://" not in what and (file.suffix.lower() in (".opml", ".xml") or file.is_file()):
        added = add_opml(path, file)
    else:
        now = datetime.now(UTC)
        added = add_url(path, what, now=now, allow_private=allow_private, wanted_id=wanted_id, say=_print_line())
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


@command.command("check")
@click.argument("source", metavar="[SOURCE]", nargs=-1)
@json_option
@click.pass_context
def check_sources(ctx: click.Context, source: tuple[str, ...], *, as_json: bool) -> int:
    """Survey what sources offer now: robots.txt, feeds, sitemaps, sections, articles; and the sample page.

    Exit 3 if one fails. If a source's selectors have a sample page, it is fetched and compared with the given values.

    \b
    Example:
      talkscraper sources check talkofnations
    """
    from talkscraper.crawl.sample_check import examine_sample
    from talkscraper.discovery.source_setup import check
    from talkscraper.discovery.survey import SiteSurvey

    path = folder_of(ctx).require().sources_toml
    failed = False
    reports: list[object] = []
    for found in check(path, source, now=datetime.now(UTC), say=_print_line(), examine=examine_sample):
        failed = failed or not isinstance(found, SiteSurvey) or found.failed
        if as_json:
            reports.append(_as_json(found))
        elif isinstance(found, SiteSurvey):
            _print_survey(found)
        else:
            console().print(f"{printable(found[0])}: failed: {printable(found[1])}", markup=False)
    if as_json:
        print_json({"sources": reports})
    return ExitCode.PARTIAL if failed else ExitCode.DONE


def _print_line() -> Callable[[str], None]:
    screen = console(err=True)
    return lambda line: screen.print(printable(line), markup=False, style="dim")


def _print_added(added: Added, path: Path, program: str) -> None:
    screen = console()
    if added.survey is not None:
        _print_survey(added.survey, name=added.drafts[0].id)
    for line in added.left_out:
        screen.print(f"left out: {printable(line)}", markup=False)
    screen.print(f"\nAdded to {printable(str(path))}:\n", markup=False)
    screen.print(printable(added.block), markup=False)
    screen.print(f"Next: {printable(program)} crawl {printable(added.drafts[0].id)}", markup=False)


def _print_survey(found: SiteSurvey, *, name: str | None = None) -> None:
    screen = console()
    asked = f"Crawl-delay {found.crawl_delay_s:g} s" if found.crawl_delay_s is not None else "no Crawl-delay"
    screen.print(f"{printable(name or found.source_id)}  {printable(found.homepage)}", markup=False)
    screen.print(f"  robots.txt  {printable(found.robots)}, {asked}", markup=False)
    screen.print(f"  delay       {found.delay_s:g} s between requests ({found.delay_why})", markup=False)
    for each in found.seen:
        if each.problem is None:
            newest = f", newest {each.newest:%Y-%m-%d}" if each.newest is not None else ""
            what = f"{counted(each.articles, 'article')} of {counted(each.named, 'address', 'addresses')}{newest}"
            screen.print(f"  {each.kind:10}  {printable(each.url)}: {what}", markup=False)
    screen.print(f"  articles    {len(found.articles)}", markup=False)
    for url in found.samples:
        screen.print(f"              {printable(url)}", markup=False)
    for problem in (*found.problems, *found.sample):
        screen.print(f"  problem     {printable(problem)}", markup=False)


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
        "delay": source.delay,
        "hours": source.hours,
        "max_requests_per_day": source.max_requests_per_day,
        "allow_private": source.allow_private,
    }
