"""The next instalment of a lake: the difference between archive and lake, written so that it can end at any moment.

All files are prepared, and their names noted in a file ``….pending.json``; then they are put in their places; then the
manifest is written, with which the instalment exists. Whoever finds a note without a manifest removes the files that it
names: nothing is doubled, and what was to be written still differs, so nothing is lost.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import file_digest
from itertools import chain, count, islice
from pathlib import Path
from typing import Any

from talkscraper.errors import ArchiveError, ArchiveLocked, UsageError
from talkscraper.export.formats.parquet import typed, write_table
from talkscraper.export.lake.manifest import FOLDER, LakeFile, Manifest, manifest_path, number_of, read_manifest
from talkscraper.export.lake.partitions import Partition, partition_of
from talkscraper.export.lake.place import Place
from talkscraper.export.lake.state import KEYS, LakeState
from talkscraper.export.model import Export
from talkscraper.extras import ExtraMissing
from talkscraper.store.database import iso
from talkscraper.store.export import COLUMNS, row_of, seqs
from talkscraper.store.match import prepare
from talkscraper.version import __version__

ROWS_PER_GROUP = 10_000
"""Rows of a row group, about 40 MB of text: what a reader decodes at once."""
MAX_ROWS = 100_000
"""Rows of a file."""
ADDED_COLUMNS = {"instalment": "integer", "removed_at": "time"}
"""The columns of a lake besides those of exports: a row of a higher instalment replaces those before it in its
partition, and one with ``removed_at`` says that the article is no longer there."""
LAKE_COLUMNS = {**{each.name: each.kind for each in COLUMNS}, **ADDED_COLUMNS}
_PENDING = ".pending.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instalment:
    """What an instalment has written, or would."""

    number: int | None
    """None: the lake is up to date."""
    new: int
    changed: int
    moved: int
    removed: int
    partitions: int
    files: tuple[LakeFile, ...] = ()
    until: str | None = None


def write_instalment(
    export: Export, place: Place, *, collection: str | None = None, dry_run: bool = False
) -> Instalment:
    """Write what is new, changed or gone in the archive since the last instalment; the first one is the whole result.

    Args:
        export: The search whose articles the lake holds.
        place: The lake, begun if there is none.
        collection: The name of the collection whose articles ``export.members`` are.
        dry_run: Only say what would be written.

    Raises:
        UsageError: the lake holds the articles of another search, or of another archive; pyarrow isn't installed.
        ArchiveLocked: another export is writing to the lake.
        StorageError: a file can't be read or written.
        QueryError: the query is invalid.
    """
    try:
        import pyarrow as pa  # noqa: F401  refused before anything is created
    except ImportError as e:
        raise ExtraMissing("Parquet needs pyarrow:", "parquet") from e
    prepared = prepare(export.request, export.connection)
    if not place.exists() and not place.is_empty():
        raise UsageError(f"{place.url} is neither empty nor a lake: name another folder")
    with ExitStack() as stack:
        if not dry_run:
            stack.enter_context(place.lock())
            _clear_unfinished(place)
        manifests = _manifests(place)
        selection = _selection(export, collection)
        if manifests and manifests[-1].selection != selection:
            held = (
                json.dumps(manifests[-1].selection, ensure_ascii=False) if manifests[-1].selection else "all articles"
            )
            raise UsageError(
                f"{place.url} is a lake of another search ({held}): export the same one, or name another folder"
            )
        state = LakeState()
        stack.callback(state.close)
        state.read(place, manifests)
        until = _newest(export)
        state.compare(export.connection, seqs(export.connection, prepared, None, export.members))
        if state.shares_nothing:
            raise UsageError(f"{place.url} holds the articles of another archive: name another folder")
        new, changed, moved, removed = state.counts()
        partitions = state.partitions()
        number = len(manifests) + 1
        if not partitions or dry_run:
            return Instalment(
                number=number if partitions else None,
                new=new,
                changed=changed,
                moved=moved,
                removed=removed,
                partitions=len(partitions),
                until=until,
            )
        writing = _Writing(
            export=export, place=place, state=state, staging=stack.enter_context(place.staging()), number=number
        )
        since = manifests[-1].until if manifests else None
        return writing.write(partitions, selection, since, until)


@dataclass(slots=True, kw_only=True)
class _Writing:
    """An instalment that is being written."""

    export: Export
    place: Place
    state: LakeState
    staging: Path
    number: int
    token: str = ""
    new: int = 0
    changed: int = 0
    moved: int = 0
    removed: int = 0

    def write(
        self, partitions: list[Partition], selection: dict[str, Any], since: str | None, until: str | None
    ) -> Instalment:
        self.token = f"{self.number:06d}-{secrets.token_hex(4)}"
        prepared: list[tuple[Path, LakeFile]] = []
        keys_file = self.staging / "keys.parquet"

        def keys() -> Iterator[dict[str, Any]]:
            for partition in partitions:
                written: list[dict[str, Any]] = []
                prepared.extend(self._prepare(partition, written.append, len(prepared)))
                yield from written

        rows = write_table(keys_file, KEYS, keys(), group=ROWS_PER_GROUP)
        keys_entry = _entry(keys_file, f"{FOLDER}/{self.token}.keys.parquet", rows)
        manifest = Manifest(
            instalment=self.number,
            made_at=iso(self.export.made_at),
            talkscraper=__version__,
            selection=selection,
            since=since,
            until=until,
            new=self.new,
            changed=self.changed,
            removed=self.removed,
            moved=self.moved,
            files=tuple(entry for _, entry in prepared),
            keys=keys_entry,
        )
        self._put([*prepared, (keys_file, keys_entry)], manifest)
        return Instalment(
            number=self.number,
            new=self.new,
            changed=self.changed,
            moved=self.moved,
            removed=self.removed,
            partitions=len(partitions),
            files=manifest.files,
            until=until,
        )

    def _prepare(
        self, partition: Partition, note: Callable[[dict[str, Any]], None], first: int
    ) -> Iterator[tuple[Path, LakeFile]]:
        rows = self._rows(partition, note)
        for number in count(first):
            beginning = list(islice(rows, 1))
            if not beginning:
                return
            path = self.staging / f"{number}.parquet"
            part = chain(beginning, islice(rows, MAX_ROWS - 1))
            written = write_table(path, LAKE_COLUMNS, part, group=ROWS_PER_GROUP)
            yield path, _entry(path, f"{partition.folder}/{self.token}-{number}.parquet", written)

    def _rows(self, partition: Partition, note: Callable[[dict[str, Any]], None]) -> Iterator[dict[str, Any]]:
        empty = dict.fromkeys(LAKE_COLUMNS) | {"instalment": self.number}
        base = {"source": partition.source, "month": partition.month}
        for article_id in self.state.leaving(partition):
            if not self.state.is_wanted(article_id):
                self.removed += 1
            note({**dict.fromkeys(KEYS), **base, "id": article_id, "removed": 1})
            yield empty | {"id": article_id, "removed_at": self.export.made_at}
        for seq, article_id in self.state.wanted(partition):
            row = row_of(self.export.connection, seq)
            if row is None or row["id"] != article_id or _partition(row) != partition:
                continue  # changed since it was compared: a matter for the next instalment
            before = self.state.partition_of(article_id)
            self.new += before is None
            self.changed += before is not None
            self.moved += before is not None and before != partition
            note({**base, "id": article_id, "seq": seq, "indexed_at": row["indexed_at"], "removed": 0})
            yield empty | typed(row)

    def _put(self, files: list[tuple[Path, LakeFile]], manifest: Manifest) -> None:
        note = f"{FOLDER}/{self.token}{_PENDING}"
        self.place.write(note, json.dumps([entry.path for _, entry in files]).encode())
        for path, entry in files:
            self.place.put(path, entry.path)
        names = self.place.names(FOLDER)
        if note.rpartition("/")[2] not in names or any(number_of(each) == self.number for each in names):
            # a place without locks, and another export that took this one for dead
            for _, entry in files:
                self.place.remove(entry.path)
            raise ArchiveLocked(f"another export is writing to {self.place.url}: try again when it is done")
        self.place.write(manifest_path(self.number), manifest.to_json())
        self.place.remove(note)


def _entry(path: Path, place: str, rows: int) -> LakeFile:
    with path.open("rb") as handle:
        digest = file_digest(handle, "sha256").hexdigest()
    return LakeFile(path=place, rows=rows, bytes=path.stat().st_size, sha256=digest)


def _partition(row: dict[str, Any]) -> Partition:
    return partition_of(row["source_id"], row["published_day"], row["published_precision"])


def _newest(export: Export) -> str | None:
    sql = "select max(indexed_at) from articles indexed by articles_new where hidden_at is null"
    found: str | None = export.connection.execute(sql).fetchone()[0]
    return found


def _selection(export: Export, collection: str | None) -> dict[str, Any]:
    request = export.request
    named = [("text", request.text), *request.filters, ("collection", collection)]
    chosen = {name: list(value) if isinstance(value, tuple) else str(value) for name, value in named if value}
    return chosen if request.copies == "all" else {**chosen, "copies": request.copies}


def _manifests(place: Place) -> list[Manifest]:
    """Return the manifests of all instalments.

    Raises:
        ArchiveError: one of them is missing or damaged.
    """
    numbers = sorted(number for name in place.names(FOLDER) if (number := number_of(name)) is not None)
    if numbers != list(range(1, len(numbers) + 1)):
        missing = min(set(range(1, numbers[-1])) - set(numbers))
        raise ArchiveError(f"{place.url} lacks {manifest_path(missing)}: restore it, or begin a lake elsewhere")
    return [read_manifest(place.read(path), f"{place.url}: {path}") for path in map(manifest_path, numbers)]


def _clear_unfinished(place: Place) -> None:
    """Remove the files of instalments that a killed export has left without a manifest."""
    names = place.names(FOLDER)
    for note in names:
        if not note.endswith(_PENDING):
            continue
        token = note.removesuffix(_PENDING)
        manifest = f"{token.partition('-')[0]}.json"
        keys = f"{FOLDER}/{token}.keys.parquet"
        where = f"{FOLDER}/{manifest}"
        if manifest not in names or read_manifest(place.read(where), f"{place.url}: {where}").keys.path != keys:
            for path in _noted(place.read(f"{FOLDER}/{note}")):
                # only what this export can have written
                if path.rpartition("/")[2].startswith(token) and ".." not in path.split("/"):
                    place.remove(path)
        place.remove(f"{FOLDER}/{note}")


def _noted(content: bytes) -> list[str]:
    try:
        return [str(each) for each in json.loads(content)]
    except ValueError:
        return []
