"""What of a source's entry its site has left behind: homepage, feeds and sections that moved or are gone, patterns.

Only what the site says for good counts: a permanent redirect (301, 308), 404 or 410. What fails today may work
tomorrow.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from talkscraper.discovery.dated_patterns import frozen_dates, generalised
from talkscraper.discovery.source_draft import MAX_SEEDS
from talkscraper.discovery.survey import SiteSurvey, survey
from talkscraper.discovery.url_patterns import guess
from talkscraper.errors import SourcesError, SourceUnreachable
from talkscraper.pool import WorkerPool
from talkscraper.sources.edit import Value
from talkscraper.sources.http_client import SiteClient, SiteResponse
from talkscraper.sources.model import Source
from talkscraper.sources.seed_kinds import HOMEPAGE, seed_keys
from talkscraper.urls.canonical import canonical, host_of

GONE = (404, 410)
MIN_NAMED = 3
"""Minimum number of addresses that a feed names for its share of articles to count."""
Get = Callable[[str], SiteResponse]
Keys = dict[str, Value | None]


def mended(source: Source, found: SiteSurvey, *, client: SiteClient, get: Get, pool: WorkerPool, now: datetime) -> Keys:
    """Return the keys of a source's entry that should be others, with their values; None: the key should go.

    Args:
        source: The source as sources.toml has it.
        found: Its survey.
        client: The client of the survey.
        get: Fetches an address, and remembers those of the survey.
        pool: The processes in which responses are parsed.
        now: The time.
    """
    keys: Keys = {}
    moved = _homepage(source, found, client, get)
    if moved is not None:
        there = client.source = replace(
            source,
            homepage=moved,
            hosts=tuple(dict.fromkeys((*source.hosts, *(each for each in source.own_hosts if each != host_of(moved))))),
        )
        bare = _bare_survey(there, client, get, pool, now)
        if bare is None or not bare.articles:
            client.source = source
            return {}
        keys["homepage"] = moved
        if there.hosts != source.hosts:
            keys["hosts"] = there.hosts
    elif source.seeds or source.article_urls:
        bare = _bare_survey(source, client, get, pool, now)
    else:
        return {}
    keys |= _seeds(client.source, bare, get)
    patterns = _patterns(source, found, bare)
    if patterns != tuple(each.pattern for each in source.article_urls):
        keys["article_urls"] = patterns
    return keys


def _homepage(source: Source, found: SiteSurvey, client: SiteClient, get: Get) -> str | None:
    """Return where the homepage has moved to for good; None if it hasn't."""
    broken = not any(each.kind == HOMEPAGE and each.problem is None for each in found.seen)
    try:
        answer = client.get(source.homepage, anywhere=True) if broken else get(source.homepage)
    except (SourcesError, SourceUnreachable):
        return None
    if not answer.ok or answer.moved is None or answer.moved == source.homepage:
        return None
    return answer.moved


def _bare_survey(source: Source, client: SiteClient, get: Get, pool: WorkerPool, now: datetime) -> SiteSurvey | None:
    """Survey a source as if nothing of it but its homepage were known."""
    try:
        return survey(
            replace(source, seeds=(), article_urls=()),
            get=get,
            robots=client.robots,
            pool=pool,
            now=now,
            look_around=True,
        )
    except (SourcesError, SourceUnreachable):
        return None


def _seeds(source: Source, bare: SiteSurvey | None, get: Get) -> Keys:
    keys: Keys = {}
    for key, kind in seed_keys().items():
        listed = source.seeds_of(kind.name)
        if not listed:
            continue
        present = [url for each in listed if (url := _present(each, get)) is not None]
        known = {canonical(each) for each in (*listed, *present, source.homepage)}
        offered = bare.found(kind.name) if bare is not None else ()
        fresh = [each for each in offered if canonical(each) not in known]
        # feeds are chosen by people: others take the place of those that are gone, and are no news of themselves
        added = fresh if kind.is_page or len(present) < len(listed) else []
        wanted = tuple(dict.fromkeys((*present, *added)))[: max(MAX_SEEDS, len(listed))]
        if wanted != listed:
            keys[key] = wanted or None
    return keys


def _present(url: str, get: Get) -> str | None:
    """Return where a seed is now; None if it is gone for good."""
    try:
        answer = get(url)
    except (SourcesError, SourceUnreachable):
        return url
    if answer.status in GONE:
        return None
    if not answer.ok or answer.moved is None:
        return url
    # what leads to the front page has not moved, it is gone
    return None if urlsplit(answer.moved).path in ("", "/") and urlsplit(url).path not in ("", "/") else answer.moved


def _patterns(source: Source, found: SiteSurvey, bare: SiteSurvey | None) -> tuple[str, ...]:
    """Return the article patterns: dates in them made general, and one more if they miss most of what is named."""
    patterns = tuple(_undated(each.pattern) for each in source.article_urls)
    if not patterns or bare is None:
        return patterns
    compiled = [re.compile(each) for each in patterns]
    missed = [url for url in bare.articles if not any(each.search(url) for each in compiled)]
    narrow = any(
        each.kind != HOMEPAGE and each.problem is None and each.named >= MIN_NAMED and 2 * each.articles < each.named
        for each in found.seen
    )
    if (narrow or not found.articles) and 2 * len(missed) > len(bare.articles):
        more = guess(missed, bare.others)
        if more is not None and more not in patterns:
            patterns = (*patterns, more)
    return patterns


def _undated(pattern: str) -> str:
    general = pattern
    for date in frozen_dates(pattern):
        for written in (date, re.escape(date)):
            general = general.replace(f"/{written}/", f"/{generalised(date) or date}/")
    return pattern if frozen_dates(general) else general
