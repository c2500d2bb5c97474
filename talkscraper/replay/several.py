"""Captures of several archives, merged: what ``federated`` functions of replay return for a ``Federation``."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveError, DamagedRecord, NotFound, StorageError
from talkscraper.model import Capture
from talkscraper.object_store.remote_warc import WarcPlace
from talkscraper.replay import cdx, lookup, payload
from talkscraper.replay.cdx_query import CdxQuery, Position
from talkscraper.store.federation import ArchiveMember, Federation
from talkscraper.warc.reader import Record

_T = TypeVar("_T")


def by_id(federation: Federation, record_id: str) -> Capture:
    """Return the capture of a WARC-Record-ID from the first archive that has it."""
    refused: NotFound | None = None
    for member in federation.members:
        try:
            return lookup.by_id(member, record_id)
        except NotFound as e:
            refused = e if refused is None or "retention" in str(e) else refused
    assert refused is not None
    raise refused


def closest(
    federation: Federation, url: str, at: datetime | None = None, *, as_requisite: bool = False
) -> Capture | None:
    """Return the capture of ``url`` nearest to ``at`` in any archive."""
    found = [lookup.closest(each, url, at, as_requisite=as_requisite) for each in federation.members]
    rank = lookup.ranking(url, at, as_requisite=as_requisite)
    return min((each for each in found if each is not None), key=rank, default=None)


def resized(federation: Federation, url: str, at: datetime | None = None) -> Capture | None:
    """Return the same picture in another size."""
    found = [each for member in federation.members if (each := lookup.resized(member, url, at)) is not None]
    return min(found, key=lookup.ranking(url, at, as_requisite=True), default=None)


def around(federation: Federation, capture: Capture) -> lookup.Around:
    """Return first, previous, next and last capture of an address in all archives."""
    found = [lookup.around(each, capture) for each in federation.members]
    # an archive without the address returns the capture itself
    return lookup.Around(
        first=min((each.first for each in found), key=_time),
        previous=max((each.previous for each in found if each.previous is not None), key=_time, default=None),
        next=min((each.next for each in found if each.next is not None), key=_time, default=None),
        last=max((each.last for each in found), key=_time),
        count=min(sum(each.count for each in found), lookup.COUNTED),
    )


def all_of(federation: Federation, url: str, *, limit: int = lookup.COUNTED, offset: int = 0) -> Iterator[Capture]:
    """Yield the captures of an address in all archives, oldest first."""
    parts = [lookup.all_of(each, url, limit=limit + offset) for each in federation.members]
    yield from islice(_once(heapq.merge(*parts, key=_time), _id), offset, offset + limit)


def captures_of(
    federation: Federation, query: CdxQuery, *, backwards: bool | None = None
) -> Iterator[tuple[Position, Capture]]:
    """Return the captures of an index query in all archives, in its order."""
    parts = [cdx.captures_of(each, query, backwards=backwards) for each in federation.members]

    def place(found: tuple[Position, Capture]) -> Any:
        position, capture = found
        if query.closest is not None:
            return abs((capture.captured_at - query.closest).total_seconds()), position.captured_at, position.seq
        return position.urlkey, position.captured_at, position.seq

    reverse = query.closest is None and (query.backwards if backwards is None else backwards)
    return _once(heapq.merge(*parts, key=place, reverse=reverse), lambda found: found[1].id)


def _once(found: Iterable[_T], id_of: Callable[[_T], str]) -> Iterator[_T]:
    """Leave out records that an archive has from another one."""
    seen: set[str] = set()
    for each in found:
        if id_of(each) not in seen:
            seen.add(id_of(each))
            yield each


def _id(capture: Capture) -> str:
    return capture.id


def _time(capture: Capture) -> datetime:
    return capture.captured_at


def _holders(federation: Federation, capture_id: str) -> list[ArchiveMember]:
    held = "select 1 from captures where id = ?"
    return [each for each in federation.members if each.execute(held, [capture_id]).fetchone()] or list(
        federation.members[:1]
    )


def record_of(federation: Federation, folder: ArchiveFolder, capture: Capture) -> Record:  # noqa: ARG001
    """Return the record of a capture from an archive that has it undamaged."""
    *others, last = _holders(federation, capture.id)
    for each in others:
        try:
            return payload.record_of(each, ArchiveFolder(each.root), _own(each, capture))
        except (DamagedRecord, StorageError, ArchiveError):
            continue
    return payload.record_of(last, ArchiveFolder(last.root), _own(last, capture))


def _own(member: ArchiveMember, capture: Capture) -> Capture:
    """Return a capture with its place in this archive's files."""
    try:
        return lookup.by_id(member, capture.id)
    except NotFound:
        return capture


def original_of(federation: Federation, capture: Capture) -> Capture | None:
    """Return the original of a revisit: in its own archive, else in another."""
    holders = _holders(federation, capture.id)
    for each in (*holders, *(each for each in federation.members if each not in holders)):
        found = payload.original_of(each, capture)
        if found is not None:
            return found
    return None


def warc_path(federation: Federation, folder: ArchiveFolder, name: str) -> WarcPlace:  # noqa: ARG001
    """Return the path of a WARC of any of the archives."""
    refused: ArchiveError | StorageError | None = None
    for each in federation.members:
        try:
            return payload.warc_path(each, ArchiveFolder(each.root), name)
        except (ArchiveError, StorageError) as e:
            refused = refused or e
    assert refused is not None
    raise refused
