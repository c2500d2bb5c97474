"""Addition of sources to sources.toml, leaving the existing text unchanged."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import tomlkit
from tomlkit.items import Table

from talkscraper.sources.edit import edit_file, rendered_list
from talkscraper.sources.model import SOURCE_ID
from talkscraper.urls.canonical import host_of, site_of

MAX_NAME = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A source as found, before it is a ``Source``; unknown fields are left to discovery."""

    id: str
    name: str
    homepage: str
    article_urls: tuple[str, ...] = ()
    seeds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """As in ``Source``."""
    language: str | None = None
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    allow_private: bool = False


def add_blocks(path: Path, drafts: Iterable[Draft]) -> str:
    """Append ``[sources.ID]`` blocks to sources.toml atomically; return the text that was added.

    The result is parsed before it is written: with an invalid draft the file stays as it was.

    Raises:
        SourcesError: a draft is invalid, or its id, name or homepage is in use.
        StorageError: a write failed.
    """
    document = tomlkit.document()
    sources = tomlkit.table(is_super_table=True)
    for draft in drafts:
        sources.add(draft.id, _block(draft))
    document.add("sources", sources)
    added = tomlkit.dumps(document).strip("\n") + "\n"

    def appended(before: str) -> str:
        newline = "\r\n" if "\r\n" in before else "\n"
        apart = newline * 2 if before.strip() else ""
        return before.rstrip("\r\n") + apart + added.replace("\n", newline)

    edit_file(path, appended)
    return added


def free_id(homepage: str, taken: Iterable[str]) -> str:
    """Return an unused id for a source: its site's name, without the suffix."""
    site = site_of(homepage)
    if ":" in site:
        base = re.sub(r"[^a-z0-9]+", "-", host_of(homepage)).strip("-")
    else:
        base = site.split(".", maxsplit=1)[0]
        below = host_of(homepage).removesuffix(site).strip(".")
        if below and below not in ("m", "news"):
            base = f"{below.replace('.', '-')}-{base}"
    base = unicodedata.normalize("NFKD", base).encode("ascii", "ignore").decode()
    base = re.sub(r"[^A-Za-z0-9_.-]+", "-", base).strip("-._")[:50]
    base = base if SOURCE_ID.fullmatch(base) else "source"
    known = set(taken)
    return next(name for name in (base, *(f"{base}-{number}" for number in range(2, 10_000))) if name not in known)


def free_name(wanted: str | None, homepage: str, taken: Iterable[str]) -> str:
    """Return an unused display name: the site's own, else its host."""
    name = " ".join("".join(c if c.isprintable() else " " for c in wanted or "").split())[:MAX_NAME].strip()
    name = name or urlsplit(homepage).netloc
    known = {each.strip().casefold() for each in taken}
    if name.casefold() in known:
        name = f"{name} ({urlsplit(homepage).netloc})"
    return next(
        each for each in (name, *(f"{name} {number}" for number in range(2, 10_000))) if each.casefold() not in known
    )


def _block(draft: Draft) -> Table:
    table = tomlkit.table()
    table.add("name", draft.name)
    table.add("homepage", draft.homepage)
    if draft.article_urls:
        table.add("article_urls", rendered_list(draft.article_urls, literal=True))
    for key, urls in draft.seeds:
        if urls:
            table.add(key, rendered_list(urls))
    if draft.language:
        table.add("language", draft.language)
    if draft.timezone:
        table.add("timezone", draft.timezone)
    if draft.tags:
        table.add("tags", rendered_list(draft.tags).multiline(False))
    if draft.allow_private:
        table.add("allow_private", True)
        # a source on a private address is the operator's own, and was surveyed without delays too
        table.add("delay", 0)
    return table
