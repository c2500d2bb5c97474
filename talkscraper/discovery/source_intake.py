"""Addition of several newsrooms at once: as a list gives them, or each as its site shows itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from talkscraper.discovery.source_draft import draft
from talkscraper.discovery.source_list import ListedSource
from talkscraper.discovery.source_setup import refuse_known, slashed, survey_site
from talkscraper.discovery.survey import SiteSurvey
from talkscraper.errors import SourcesError, SourceUnreachable, TalkscraperError, UsageError
from talkscraper.pool import WorkerPool
from talkscraper.sources.load import load
from talkscraper.sources.model import FieldRefused, Source, Sources
from talkscraper.sources.write import Draft, add_blocks, free_id, free_name
from talkscraper.urls.canonical import cleaned, host_of

MAX_PROBES = 8
"""Maximum number of hosts that are asked at one time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeResult:
    """What became of one newsroom of a list."""

    url: str
    where: str
    draft: Draft | None = None
    """Its entry, if it was added."""
    duplicate: bool = False
    reason: str | None = None
    """Why it wasn't."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIntake:
    """What became of all."""

    results: tuple[IntakeResult, ...]
    block: str
    """The text that was added to sources.toml."""

    @property
    def failed(self) -> bool:
        """Whether one couldn't be added, for another reason than being there already."""
        return any(each.draft is None and not each.duplicate for each in self.results)


def add_listed(
    path: Path,
    listed: Iterable[ListedSource],
    *,
    now: datetime,
    probe: bool,
    allow_private: bool = False,
    say: Callable[[str], None] = lambda _line: None,
) -> ListIntake:
    """Add the newsrooms of a list; one that can't be added doesn't stop the others.

    Args:
        path: sources.toml; must exist.
        listed: The newsrooms; what the list says of one is kept, also where its site says otherwise.
        now: The time, to detect stale feeds.
        probe: Whether to survey each site; hosts are asked in parallel, one request at a time each. If not, nothing
            is requested.
        allow_private: They may have private or loopback addresses.
        say: Called with a line for each site that was surveyed.

    Raises:
        SourcesError: sources.toml is invalid.
        StorageError: it can't be written.
    """
    sources = load(path)
    known = {**sources.sources, **sources.disabled}
    # an id under which records of another source stand isn't free
    taken = known | {former: each for each in known.values() for former in each.renamed_from}
    wanted = list(listed)
    surveyed: dict[int, SiteSurvey | str] = {}
    early = [_fault(path, each, taken, allow_private=allow_private) for each in wanted]
    if probe:
        places = [place for place, fault in enumerate(early) if fault is None]
        surveyed = _surveys(wanted, places, sources, path, now=now, allow_private=allow_private, say=say)
    results: list[IntakeResult] = []
    drafts: list[Draft] = []
    for place, each in enumerate(wanted):
        result = early[place] or _result(path, each, surveyed.get(place), taken, allow_private=allow_private)
        results.append(result)
        if result.draft is not None:
            drafts.append(result.draft)
            taken[result.draft.id] = _as_source(result.draft)
    return ListIntake(results=tuple(results), block=add_blocks(path, drafts) if drafts else "")


def _fault(path: Path, listed: ListedSource, taken: dict[str, Source], *, allow_private: bool) -> IntakeResult | None:
    """Return the result of a newsroom that needn't be asked: what the list says of it is wrong, or it is there."""
    try:
        if not listed.url:
            raise UsageError("has no url")
        made = _from_list(listed, taken, allow_private=allow_private)
        if listed.id is not None and listed.id in taken:
            raise SourcesError(f"{path} has a source {listed.id} already")
        _as_source(made)
    except FieldRefused as e:
        return IntakeResult(url=listed.url, where=listed.where, reason=f"{e.field}: {e}")
    except TalkscraperError as e:
        return IntakeResult(url=listed.url, where=listed.where, reason=str(e))
    return _duplicate(path, listed, made.homepage, taken)


def _duplicate(path: Path, listed: ListedSource, homepage: str, taken: dict[str, Source]) -> IntakeResult | None:
    try:
        refuse_known(path, homepage, taken)
    except SourcesError as e:
        return IntakeResult(url=listed.url, where=listed.where, duplicate=True, reason=str(e))
    return None


def _result(
    path: Path, listed: ListedSource, found: SiteSurvey | str | None, taken: dict[str, Source], *, allow_private: bool
) -> IntakeResult:
    if isinstance(found, str):
        return IntakeResult(url=listed.url, where=listed.where, reason=found)
    made = _from_list(listed, taken, allow_private=allow_private)
    if found is not None:
        seen = draft(found, taken, wanted_id=listed.id, allow_private=allow_private)
        said = dict(listed.seeds)
        made = replace(
            seen,
            name=made.name if listed.name else seen.name,
            language=listed.language or seen.language,
            timezone=listed.timezone,
            tags=listed.tags,
            seeds=tuple({**dict(seen.seeds), **said}.items()),
        )
    # one before it in the list may be the same, also only after a redirect
    again = _duplicate(path, listed, made.homepage, taken)
    if again is not None:
        return again
    try:
        _as_source(made)
    except FieldRefused as e:
        return IntakeResult(url=listed.url, where=listed.where, reason=f"{e.field}: {e}")
    return IntakeResult(url=listed.url, where=listed.where, draft=made)


def _from_list(listed: ListedSource, taken: dict[str, Source], *, allow_private: bool) -> Draft:
    homepage = slashed(cleaned(listed.url if "://" in listed.url else f"https://{listed.url}"))
    return Draft(
        id=listed.id or free_id(homepage, taken),
        name=free_name(listed.name, homepage, (each.name for each in taken.values())),
        homepage=homepage,
        seeds=listed.seeds,
        language=listed.language,
        timezone=listed.timezone,
        tags=listed.tags,
        allow_private=allow_private,
    )


def _as_source(made: Draft) -> Source:
    """Return a draft as a source.

    Raises:
        FieldRefused: it makes none.
    """
    return Source(
        id=made.id,
        name=made.name,
        homepage=made.homepage,
        seeds=made.seeds,
        language=made.language,
        timezone=made.timezone,
        tags=made.tags,
        allow_private=made.allow_private,
    )


def _surveys(
    wanted: list[ListedSource],
    places: list[int],
    sources: Sources,
    path: Path,
    *,
    now: datetime,
    allow_private: bool,
    say: Callable[[str], None],
) -> dict[int, SiteSurvey | str]:
    """Survey sites, hosts in parallel; return what was found, or the reason, by place in the list."""
    by_host: dict[str, list[int]] = {}
    for place in places:
        url = wanted[place].url
        by_host.setdefault(host_of(url if "://" in url else f"https://{url}"), []).append(place)
    found: dict[int, SiteSurvey | str] = {}

    def host(group: list[int], pool: WorkerPool) -> None:
        last: dict[str, float] = {}
        for place in group:
            url = wanted[place].url
            try:
                found[place] = survey_site(
                    url, sources=sources, path=path, pool=pool, now=now, allow_private=allow_private, last=last
                )
                outcome = "found"
            except (SourcesError, SourceUnreachable, UsageError) as e:
                found[place] = outcome = str(e).removesuffix("; nothing was written")
            say(f"{len(found)} of {len(places)}: {urlsplit(url).netloc or url}: {outcome}")

    with WorkerPool() as pool, ThreadPoolExecutor(MAX_PROBES) as executor:
        for done in as_completed([executor.submit(host, group, pool) for group in by_host.values()]):
            done.result()
    return found
