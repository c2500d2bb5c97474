"""Attribution of captures to sources: by the source their record names, by host in sources.toml, or by site."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.sources.hosts import belongs, hosts_of
from talkscraper.sources.load import load
from talkscraper.sources.model import SOURCE_ID, Source, Sources
from talkscraper.urls.canonical import host_of, site_of

if TYPE_CHECKING:
    from sqlite_utils import Database

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.-]+")
_WRITE = """
insert into sources (id, name, homepage, language, timezone, hosts) values (?, ?, ?, ?, ?, ?)
on conflict (id) do update set name = excluded.name, homepage = excluded.homepage, language = excluded.language,
timezone = excluded.timezone, hosts = excluded.hosts
"""


class Newsrooms:
    """The sources of an archive, including those that are no longer crawled."""

    def __init__(self, sources: Sources) -> None:
        self._sources = {**sources.disabled, **sources.sources}
        self._hosts: dict[str, list[Source]] = {}
        for each in self._sources.values():
            for host in each.own_hosts:
                self._hosts.setdefault(host, []).append(each)
        self._written: set[str] = set()

    @classmethod
    def of(cls, folder: ArchiveFolder) -> Newsrooms:
        """Return the sources of the archive's sources.toml; none if there is no such file.

        Raises:
            SourcesError: the file is invalid.
        """
        return cls(load(folder.sources_toml) if folder.sources_toml.exists() else Sources())

    def all(self) -> list[Source]:
        """Return every source, in the file's order."""
        return list(self._sources.values())

    def has(self, source_id: str) -> bool:
        """Whether sources.toml has a source of this id."""
        return source_id in self._sources

    def owns(self, source_id: str, url: str) -> bool:
        """Whether an address is on a host of this source, of its feeds or sections, or on a subdomain of these."""
        source = self._sources.get(source_id)
        return source is not None and belongs(url, hosts_of(source))

    def of_capture(self, source_id: str | None, url: str) -> Source | None:
        """Return the source of a capture: the one it names, else by host; None if sources.toml has none."""
        if source_id is not None and source_id in self._sources:
            return self._sources[source_id]
        if source_id is not None:
            return None
        for name in _and_above(host_of(url)):
            found = self._hosts.get(name, [])
            if len(found) > 1:
                # sources on one host differ only by port
                found = [each for each in found if _netloc(each.homepage) == _netloc(url)]
            if found:
                return found[0]
        return None

    def write(self, db: Database, source_id: str | None, url: str) -> str:
        """Return the id of a capture's source, adding its row if missing; without a source it has its site's name."""
        source = self.of_capture(source_id, url)
        if source is not None:
            if source.id not in self._written:
                hosts = json.dumps(source.hosts)
                db.execute(_WRITE, [source.id, source.name, source.homepage, source.language, source.timezone, hosts])
                self._written.add(source.id)
            return source.id
        name = source_id or _named_after(site_of(url) or host_of(url))
        if name not in self._written:
            db.execute(
                "insert into sources (id, name, homepage) values (?, ?, ?) on conflict (id) do nothing",
                [name, name, f"{url.partition(':')[0]}://{_netloc(url)}/"],
            )
            self._written.add(name)
        return name


def _netloc(url: str) -> str:
    try:
        return urlsplit(url).netloc.rpartition("@")[2].lower().removeprefix("www.")
    except ValueError:
        return ""


def _named_after(site: str) -> str:
    name = _NOT_IN_IDS.sub("_", site).lstrip("_.-")[:64]
    return name if SOURCE_ID.fullmatch(name) else "unknown"


def _and_above(host: str) -> Iterable[str]:
    """Return the host and its parent domains."""
    while host:
        yield host
        host = host.partition(".")[2]
