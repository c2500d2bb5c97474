"""Drafts of sources.toml blocks from the results of a survey."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from talkscraper.discovery.survey import SiteSurvey
from talkscraper.discovery.url_patterns import guess
from talkscraper.sources.model import Source
from talkscraper.sources.seed_kinds import SeedKind, seed_keys
from talkscraper.sources.write import Draft, free_id, free_name

MAX_SEEDS = 20
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_SEPARATORS = re.compile(r"(?<!\s)\s++[|–—·:»-]\s+|[|｜]")


def draft(
    found: SiteSurvey, known: Mapping[str, Source], *, wanted_id: str | None = None, allow_private: bool
) -> Draft:
    """Return a block for a surveyed site; ``known`` are the existing sources."""
    pattern = guess(found.articles, found.others)
    primary, dash, rest = (found.language or "").strip().replace("_", "-").partition("-")
    language = primary.lower() + dash + rest
    return Draft(
        id=wanted_id or free_id(found.homepage, known),
        name=free_name(_name(found), found.homepage, (source.name for source in known.values())),
        homepage=found.homepage,
        article_urls=(pattern,) if pattern else (),
        seeds=tuple((key, _found(found, kind)[:MAX_SEEDS]) for key, kind in seed_keys().items()),
        language=language if _LANGUAGE.fullmatch(language) else None,
        allow_private=allow_private,
    )


def _name(found: SiteSurvey) -> str | None:
    """Return ``og:site_name``, else the part of the title that resembles the host, else its first part."""
    if found.site_name:
        return found.site_name
    parts = [part.strip() for part in _SEPARATORS.split(found.title or "") if part.strip()]
    host = re.sub(r"[^a-z0-9]", "", (urlsplit(found.homepage).hostname or "").lower())
    alike = (part for part in parts if (plain := re.sub(r"[^a-z0-9]", "", part.lower())) and plain in host)
    return next(alike, parts[0] if parts else None)


def _found(found: SiteSurvey, kind: SeedKind) -> tuple[str, ...]:
    """Return the addresses of a kind that work, but not those named by others: a crawl finds these again."""
    if kind.max_depth is None:
        return found.found(kind.name)
    working = {each.url for each in found.seen if each.kind == kind.name and each.problem is None and each.named}
    return tuple(
        each.url for each in found.seen if each.url in working and each.kind == kind.name and each.via not in working
    )
