"""Pages about several archives: what ``federated`` functions of the reading room return for a ``Federation``."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from talkscraper.store.federation import Federation
from talkscraper.web import cache, front_page


def known_sources(federation: Federation) -> list[cache.KnownSource]:
    """Return the sources of all archives with their numbers of articles, largest first; a shared one counts once."""
    together: dict[str, cache.KnownSource] = {}
    for member in federation.members:
        twice = dict(
            member.execute(
                "select source_id, count(*) from articles where seq in (select value from json_each(?)) group by 1",
                [member.excluded or "[]"],
            ).fetchall()
        )
        for found in cache.known_sources(member):
            each = replace(found, articles=found.articles - twice.get(found.id, 0))
            known = together.get(each.id)
            together[each.id] = replace(known, articles=known.articles + each.articles) if known else each
    return sorted(together.values(), key=lambda each: (-each.articles, each.name or ""))


def figures(federation: Federation) -> cache.Figures:
    """Return counts of the large tables of all archives; of revisions, those of each."""
    found = [cache.figures(each) for each in federation.members]
    twice = sum(len(json.loads(each.excluded)) for each in federation.members if each.excluded)
    return cache.Figures(
        articles=sum(each.articles for each in found) - twice,
        revisions=sum(each.revisions for each in found),
        captures=sum(each.captures for each in found),
        since=min((each.since for each in found if each.since), default=None),
    )


def front(federation: Federation) -> front_page.Front:
    """Read the lists of the front page from all archives."""
    found = [front_page.front(each) for each in federation.members]

    def recent(name: str) -> tuple[front_page.Recent, ...]:
        listed: list[Any] = [each for one in found for each in getattr(one, name)]
        return tuple(sorted(listed, key=lambda each: str(each.at), reverse=True)[: front_page.RECENT])

    return front_page.Front(newest=front_page.newest(federation), changed=recent("changed"), gone=recent("gone"))
