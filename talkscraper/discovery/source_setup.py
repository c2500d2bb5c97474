"""Implementation of ``sources add`` and ``sources check``: surveys sites and writes their blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from talkscraper.discovery.opml import OpmlSite, parse_opml
from talkscraper.discovery.source_corrections import mended
from talkscraper.discovery.source_draft import draft
from talkscraper.discovery.survey import SiteSurvey, survey
from talkscraper.errors import SourcesError, SourceUnreachable, UsageError
from talkscraper.pool import WorkerPool
from talkscraper.sources.access import SourceAccess
from talkscraper.sources.edit import Edited, edit_file, with_keys
from talkscraper.sources.http_client import SiteClient, SiteResponse
from talkscraper.sources.load import load, parse
from talkscraper.sources.model import FieldRefused, Source, Sources
from talkscraper.sources.names import none_enabled
from talkscraper.sources.selection import select_sources
from talkscraper.sources.write import Draft, add_blocks, free_id, free_name
from talkscraper.urls.canonical import cleaned, host_of, site_of

MAX_OPML = 16 * 1024 * 1024
Say = Callable[[str], None]
Examine = Callable[[Source, Callable[[str], SiteResponse], datetime], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Sources that were added to sources.toml."""

    drafts: tuple[Draft, ...]
    block: str
    """The text that was added."""
    survey: SiteSurvey | None = None
    """The survey, if a site was surveyed."""
    left_out: tuple[str, ...] = ()
    """Sites of an OPML file that weren't added, with reasons."""


def add_url(
    path: Path,
    url: str,
    *,
    now: datetime,
    allow_private: bool = False,
    wanted_id: str | None = None,
    say: Say = lambda _line: None,
) -> Added:
    """Survey a site and add a block for it.

    Args:
        path: sources.toml; must exist.
        url: Its homepage; ``https://`` if no scheme is given.
        now: The time, to detect stale feeds.
        allow_private: It may have a private or loopback address; stored as ``allow_private = true``.
        wanted_id: Its id in sources.toml; derived from its host if not given.
        say: Called with a line for each step.

    Raises:
        SourcesError: sources.toml is invalid, has the source already, or (for a public site) has no contact.
        SourceUnreachable: it doesn't respond, robots.txt forbids access, or no article was found; nothing is written.
    """
    sources = load(path)
    known = {**sources.sources, **sources.disabled}
    known |= {former: each for each in known.values() for former in each.renamed_from}
    if wanted_id is not None and wanted_id in known:
        raise SourcesError(f"{path} has a source {wanted_id} already")
    with WorkerPool(1) as pool:
        found = survey_site(
            url,
            sources=sources,
            path=path,
            pool=pool,
            now=now,
            allow_private=allow_private,
            wanted_id=wanted_id,
            say=say,
            refuse=lambda homepage: refuse_known(path, homepage, known),
        )
    made = draft(found, known, wanted_id=wanted_id, allow_private=allow_private)
    return Added(drafts=(made,), block=add_blocks(path, [made]), survey=found)


def survey_site(
    url: str,
    *,
    sources: Sources,
    path: Path,
    pool: WorkerPool,
    now: datetime,
    allow_private: bool,
    wanted_id: str | None = None,
    say: Say = lambda _line: None,
    refuse: Callable[[str], None] = lambda _homepage: None,
    last: dict[str, float] | None = None,
) -> SiteSurvey:
    """Survey a site of which only the address is known.

    Args:
        url: Its homepage; ``https://`` if no scheme is given.
        sources: The contents of sources.toml, for its contact and proxy.
        path: sources.toml.
        pool: The processes in which responses are parsed.
        now: The time, to detect stale feeds.
        allow_private: It may have a private or loopback address.
        wanted_id: The id that it is to get.
        say: Called with a line for each request.
        refuse: Called with the homepage, once redirects are followed; may raise.
        last: When each host was last asked, shared by surveys that follow each other.

    Raises:
        SourcesError: a public address without a contact, or a private one that isn't allowed.
        SourceUnreachable: it doesn't respond, robots.txt forbids access, or no article was found.
        UsageError: the address is none.
    """
    homepage = url if "://" in url else f"https://{url}"
    source = replace(_provisional(cleaned(homepage), wanted_id, allow_private=allow_private), proxy=sources.proxy)
    client = SiteClient(
        contact=sources.contact,
        source=source,
        access=SourceAccess(source, path.parent) if source.access_keys else None,
        delay_s=_delay(allow_private),
        report=say,
        _last={} if last is None else last,
    )
    first = client.get(homepage, anywhere=True)
    get = _remembering(client.get, first)
    if not first.ok:
        raise SourceUnreachable(f"{homepage}: {first.describe()}; nothing was written")
    homepage = first.url if urlsplit(first.url).netloc != urlsplit(homepage).netloc else slashed(homepage)
    refuse(homepage)
    source = client.source = _provisional(homepage, wanted_id, allow_private=allow_private)
    found = survey(source, get=get, robots=client.robots, pool=pool, now=now, look_around=True)
    if found.failed:
        why = "; ".join(found.problems[:3]) or "no address looks like an article's"
        raise SourceUnreachable(f"{homepage}: no articles found ({why}); nothing was written")
    return found


def add_opml(path: Path, file: Path) -> Added:
    """Add blocks for the sites of an OPML file, without any request.

    Raises:
        SourcesError: sources.toml is invalid.
        Unreadable: the file isn't OPML, or names no feeds.
        UsageError: the file can't be read, or all of its sites are sources already.
    """
    sources = load(path)
    known = {**sources.sources, **sources.disabled}
    try:
        if file.stat().st_size > MAX_OPML:
            raise UsageError(f"{file}: larger than {MAX_OPML // 1024**2} MiB")
        body = file.read_bytes()
    except OSError as e:
        raise UsageError(f"can't read {file}: {e.strerror}") from e
    drafts: list[Draft] = []
    left_out: list[str] = []
    sites = {site_of(source.homepage): source.id for source in known.values()}
    for newsroom in parse_opml(body, str(file)):
        taken = sites.get(site_of(newsroom.homepage))
        if taken is not None:
            left_out.append(f"{newsroom.homepage}: there already ({taken})")
            continue
        drafts.append(_from_opml(newsroom, known, drafts))
    if not drafts:
        raise UsageError(f"{file}: all of its newsrooms are in {path} already; nothing was written")
    return Added(drafts=tuple(drafts), block=add_blocks(path, drafts), left_out=tuple(left_out))


def check(
    path: Path,
    names: tuple[str, ...],
    *,
    now: datetime,
    say: Say = lambda _line: None,
    examine: Examine = lambda _source, _get, _now: (),
) -> Iterator[SiteSurvey | tuple[str, str]]:
    """Survey the sources of sources.toml, one after another.

    Args:
        path: sources.toml.
        names: Ids of the sources; empty for all.
        now: The time; aware.
        say: Called with a line for each step.
        examine: A further check of a source; returns problems, one line each.

    Yields:
        The survey of a source; for a source that can't be surveyed, its id and the reason.

    Raises:
        SourcesError: sources.toml is invalid.
        UsageError: a name isn't in it.
    """
    sources = load(path)
    nothing = none_enabled(sources, path)
    if nothing is not None and not names:
        raise nothing
    for source in _chosen(path, sources, names):
        try:
            access = SourceAccess(source, path.parent) if source.access_keys else None
            client = SiteClient(contact=sources.contact, source=source, access=access, delay_s=source.delay, report=say)
            get = _remembering(client.get)
            with WorkerPool(1) as pool:
                found = survey(source, get=get, robots=client.robots, pool=pool, now=now)
                mends = mended(source, found, client=client, get=get, pool=pool, now=now)
            client.source = source
            yield replace(found, sample=_examined(examine, source, get, now), mends=mends)
        except (SourcesError, SourceUnreachable) as e:
            yield source.id, str(e)


def mend(path: Path, found: Iterable[SiteSurvey], *, write: bool) -> tuple[Edited, list[str]]:
    """Make the changes to sources.toml that surveys propose, or only show them.

    Returns:
        The text before and after, and the ids of the sources that changed.

    Raises:
        SourcesError: sources.toml is invalid.
        StorageError: it can't be written.
    """
    changed: list[str] = []

    def mended_text(text: str) -> str:
        changed.clear()
        for each in found:
            if not each.mends:
                continue
            try:
                after = with_keys(text, each.source_id, each.mends)
                parse(after, path)
            except SourcesError:
                continue  # removed in the meantime, or the new homepage is another source's
            if after != text:
                changed.append(each.source_id)
                text = after
        return text

    return edit_file(path, mended_text, write=write), changed


def _examined(examine: Examine, source: Source, get: Callable[[str], SiteResponse], now: datetime) -> tuple[str, ...]:
    try:
        return examine(source, get, now)
    except SourceUnreachable as e:
        return (str(e),)


def _chosen(path: Path, sources: Sources, names: tuple[str, ...]) -> list[Source]:
    return list(select_sources(names, sources, path, disabled=bool(names)).sources)


def _from_opml(newsroom: OpmlSite, known: dict[str, Source], drafts: list[Draft]) -> Draft:
    ids = [*known, *(each.id for each in drafts)]
    names = [*(source.name for source in known.values()), *(each.name for each in drafts)]
    return Draft(
        id=free_id(newsroom.homepage, ids),
        name=free_name(newsroom.name, newsroom.homepage, names),
        homepage=newsroom.homepage,
        seeds=(("feeds", tuple(newsroom.feeds)),),
    )


def refuse_known(path: Path, homepage: str, known: Mapping[str, Source]) -> None:
    """Refuse a homepage that a source has.

    Raises:
        SourcesError: it is in sources.toml.
    """
    for source in known.values():
        same_host = host_of(source.homepage) == host_of(homepage) and site_of(source.homepage) == site_of(homepage)
        if same_host and urlsplit(source.homepage).path.rstrip("/") == urlsplit(homepage).path.rstrip("/"):
            raise SourcesError(f"{homepage} is in {path} already ({source.id})")


def _provisional(homepage: str, wanted_id: str | None, *, allow_private: bool) -> Source:
    """Return a provisional source for a site, from what is known."""
    try:
        return Source(id=wanted_id or "new", name="new", homepage=homepage, allow_private=allow_private)
    except FieldRefused as e:
        raise UsageError(f"{e.field}: {e}") from e


def _remembering(get: Callable[[str], SiteResponse], *known: SiteResponse) -> Callable[[str], SiteResponse]:
    """Return a ``get`` that requests each address once, and not if its result is known."""
    answers = {answer.url: answer for answer in known}

    def remembered(url: str) -> SiteResponse:
        if url not in answers:
            answers[url] = get(url)
            answers.setdefault(answers[url].url, answers[url])
        return answers[url]

    return remembered


def _delay(allow_private: bool) -> float:
    return 0.0 if allow_private else 2.0


def slashed(url: str) -> str:
    """Return an address with a path."""
    return url if urlsplit(url).path else urljoin(url, "/")
