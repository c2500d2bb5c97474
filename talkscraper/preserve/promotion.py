"""Promotion of revisits whose original is taken down: the payload is written again under the revisit's address.

A revisit of an address that stays may refer to a record that is removed: the same picture at two addresses. Its payload
is then kept in a separate WARC, as a ``response`` record with the revisit's address and date, marked
``Talkscraper-Restored`` with the revisit's id; other addresses with the same payload get a revisit of that one.
Finished files aren't changed. The payload is that of the wire; the framing isn't, as the head must match the body.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.record_builder import SOURCE_FIELD
from talkscraper.capture.warc_file import FinishedFile, WarcFile, new_name
from talkscraper.capture.warcinfo import CrawlInfo
from talkscraper.errors import DamagedRecord, StorageError, StoreUnreachable
from talkscraper.model import Capture
from talkscraper.preserve.capture_rows import survey
from talkscraper.replay.payload import Replayed, load
from talkscraper.warc import cdxj
from talkscraper.warc.digests import Hasher
from talkscraper.warc.records import (
    IDENTICAL_PAYLOAD,
    NOT_MODIFIED,
    NewRecord,
    build_response,
    build_revisit,
    build_warcinfo,
)
from talkscraper.warc.spool import Spool

RESTORED_FIELD = "Talkscraper-Restored"
"""Field of a response or revisit written in place of an earlier revisit: that revisit's record id."""
_FRAMING = frozenset({"transfer-encoding", "content-length", "trailer", "connection", "keep-alive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """A WARC with the payloads that would have been lost."""

    file: FinishedFile
    captures: tuple[Capture, ...]


def promote(
    connection: sqlite3.Connection, folder: ArchiveFolder, revisits: Sequence[Capture], now: datetime
) -> Promoted | None:
    """Write the payloads of these revisits into a separate WARC; return None if none of them can be read.

    Raises:
        StorageError: a write failed.
    """
    file: WarcFile | None = None
    try:
        for group in _groups(revisits):
            original = _restored(connection, folder, group)
            if original is None:
                continue  # it was damaged before, and verify reports it
            if file is None:
                file = _begin(folder, now)
            file.append(original)
            written = {group[0].url}
            for each in group[1:]:
                if each.url not in written:
                    written.add(each.url)
                    file.append(_referring(each, original))
        if file is None:
            return None
        file.sync()
        seen = survey(folder.warc / (file.name + ".open"), file.name, latest=now)
        for capture in seen.captures:
            if cdxj.is_indexed(capture):
                file.index(cdxj.line(capture))
        finished = file.finish(now)
    except OSError as e:
        raise StorageError(f"can't write to {folder.warc}: {e.strerror or e}") from e
    finally:
        if file is not None:
            file.release()
    return Promoted(file=finished, captures=tuple(seen.captures))


def _groups(revisits: Iterable[Capture]) -> list[list[Capture]]:
    """Group by payload; first in each group is the earliest one with a response of its own."""
    groups: dict[str, list[Capture]] = {}
    for each in revisits:
        groups.setdefault(each.payload_digest or "", []).append(each)
    return [sorted(group, key=lambda each: (each.status == 304, each.captured_at)) for group in groups.values()]


def _restored(connection: sqlite3.Connection, folder: ArchiveFolder, group: Sequence[Capture]) -> NewRecord | None:
    """Return the payload of a group as a response of its first revisit."""
    first = group[0]
    try:
        shown = load(connection, folder, first)
    except StoreUnreachable:
        raise  # the payload may be there, and mustn't count as lost
    except (DamagedRecord, StorageError):
        return None
    try:
        block, digest = _block(shown)
    finally:
        shown.close()
    if digest != first.payload_digest:
        return None
    return build_response(
        url=first.url, date=first.captured_at, block=block, payload_digest=digest, fields=_fields(first)
    )


def _block(shown: Replayed) -> tuple[Spool, str]:
    """Return a message with the payload unchunked, and the payload's digest."""
    payload, hasher = Spool(), Hasher()
    for piece in shown.chunks():
        payload.write(piece)
        hasher.update(piece)
    lines = [f"HTTP/1.1 {shown.status} {shown.reason}".rstrip()]
    lines += [f"{name}: {value}" for name, value in shown.headers if name.lower() not in _FRAMING]
    lines.append(f"Content-Length: {payload.size}")
    block = Spool(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"))
    for piece in payload.chunks():
        block.write(piece)
    payload.close()
    return block, hasher.digest()


def _referring(revisit: Capture, original: NewRecord) -> NewRecord:
    return build_revisit(
        url=revisit.url,
        date=revisit.captured_at,
        head=b"",
        profile=NOT_MODIFIED if revisit.status == 304 else IDENTICAL_PAYLOAD,
        payload_digest=revisit.payload_digest or "",
        refers_to=original.record_id,
        refers_to_url=original.target_uri or "",
        refers_to_date=original.date,
        fields=_fields(revisit),
    )


def _fields(revisit: Capture) -> tuple[tuple[str, str], ...]:
    source = ((SOURCE_FIELD, revisit.source_id),) if revisit.source_id is not None else ()
    return (*source, (RESTORED_FIELD, revisit.id))


def _begin(folder: ArchiveFolder, now: datetime) -> WarcFile:
    file = WarcFile(folder, new_name(folder, now, 0), now)
    pairs = (*CrawlInfo().pairs(), ("description", "payloads of revisits whose original was taken down"))
    file.append(build_warcinfo(date=now, filename=file.name, pairs=pairs))
    return file
