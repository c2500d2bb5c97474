"""Attribution of captures to sources: by the source their record names, by host in sources.toml, or by site.

A file whose writing wasn't observed can claim anything about itself. So the source that a record names is accepted only
if that source owns the host according to sources.toml; for a file in warc/ that names talkscraper as its writer (a lost
database is rebuilt from such files) also if sources.toml lacks the source, and for documents other than article pages:
feeds, and the pictures and style sheets that a page took from other hosts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.model import Capture
from talkscraper.sources.hosts import belongs, hosts_of
from talkscraper.sources.load import load
from talkscraper.sources.model import SOURCE_ID, Source, Sources
from talkscraper.store.source_rows import write_named, write_source
from talkscraper.urls.canonical import host_of, site_of

if TYPE_CHECKING:
    from sqlite_utils import Database

_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_.-]+")


class Newsrooms:
    """The sources of an archive, including those that are no longer crawled."""

    def __init__(self, sources: Sources) -> None:
        self._sources = {**sources.disabled, **sources.sources}
        self._renamed = {former: each.id for each in self._sources.values() for former in each.renamed_from}
        self._hosts: dict[str, list[Source]] = {}
        for each in self._sources.values():
            for host in each.own_hosts:
                self._hosts.setdefault(host, []).append(each)

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

    def present_id(self, source_id: str) -> str:
        """Return the id that a source has now: records keep the one that it had when they were written."""
        return source_id if source_id in self._sources else self._renamed.get(source_id, source_id)

    def owns(self, source_id: str, url: str) -> bool:
        """Whether an address is on a host of this source, of its feeds or sections, or on a subdomain of these."""
        source = self._sources.get(source_id)
        return source is not None and belongs(url, hosts_of(source))

    def of_capture(self, source_id: str | None, url: str) -> Source | None:
        """Return the source of a capture: the one it names, else by host; None if sources.toml has none."""
        if source_id is not None:
            return self._sources.get(self.present_id(source_id))
        for name in _and_above(host_of(url)):
            found = self._hosts.get(name, [])
            if len(found) > 1:
                # sources on one host differ only by port
                found = [each for each in found if _netloc(each.homepage) == _netloc(url)]
            if found:
                return found[0]
        return None


class Attribution:
    """Decides on the sources of one file's captures."""

    def __init__(self, newsrooms: Newsrooms, *, ours: bool) -> None:
        """``ours``: the file is in the archive's warc/ and names talkscraper as its writer."""
        self._newsrooms = newsrooms
        self._ours = ours
        self.refused = 0
        """Number of captures whose claim was rejected."""

    @property
    def origin(self) -> str:
        """The file's ``origin``: ``crawl`` if talkscraper wrote it and no claim in it was rejected, else ``import``."""
        return "crawl" if self._ours and not self.refused else "import"

    def of(self, capture: Capture) -> Capture:
        """Return the capture with its source; None if no source owns its host."""
        claimed = capture.source_id
        if claimed is not None:
            present = self._newsrooms.present_id(claimed)
            if self._is_believed(capture, present):
                return capture if present == claimed else replace(capture, source_id=present)
            self.refused += 1
        owner = self._newsrooms.of_capture(None, capture.url)
        return replace(capture, source_id=owner.id if owner is not None else None)

    def _is_believed(self, capture: Capture, claimed: str) -> bool:
        if not SOURCE_ID.fullmatch(claimed):
            return False
        if self._newsrooms.owns(claimed, capture.url):
            return True
        if not self._ours:
            return False
        page = capture.asked_as == "article" or (capture.asked_as is None and capture.page_capture_id is None)
        return not page or not self._newsrooms.has(claimed)


def write_source_of(db: Database, source: Source | None, claimed: str | None, url: str) -> str:
    """Return the id of a page's source, whose row is written if it is missing.

    Without a ``source`` in sources.toml it is the ``claimed`` one, else one named after the site of ``url``.
    """
    if source is not None:
        write_source(db, source)
        return source.id
    name = claimed or _named_after(site_of(url) or host_of(url))
    write_named(db, name, f"{url.partition(':')[0]}://{_netloc(url)}/")
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
