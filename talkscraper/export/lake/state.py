"""What a lake holds, by its instalments, and how an archive differs from it."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from talkscraper.errors import ArchiveError
from talkscraper.export.lake.manifest import Manifest
from talkscraper.export.lake.partitions import NO_SOURCE, Partition, partition_of
from talkscraper.export.lake.place import Place

KEYS = {
    "id": "text",
    "seq": "integer",
    "indexed_at": "text",
    "source": "text",
    "month": "text",
    "removed": "integer",
}
"""The columns of an instalment's keys, as ``parquet.write_table`` takes them."""
_PART = 500
_SCHEMA = """
create table held (id text primary key, seq integer, indexed_at text, source text, month text) without rowid;
create table wanted (id text primary key, seq integer, source text, month text) without rowid;
create table same (seq integer primary key);
"""


class LakeState:
    """The articles of a lake beside those of the archive, in a temporary database on disk: there may be millions."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("")
        self._db.executescript(_SCHEMA)

    def read(self, place: Place, manifests: Iterable[Manifest]) -> None:
        """Take over what all instalments, oldest first, have written and removed.

        Raises:
            ArchiveError: the keys of an instalment aren't those of its manifest.
        """
        for each in manifests:
            content = place.read(each.keys.path)
            if hashlib.sha256(content).hexdigest() != each.keys.sha256:
                raise ArchiveError(f"{place.url}: {each.keys.path} was changed: restore it, or begin a lake elsewhere")
            for rows in _batches(content):
                # an article that moves is removed from one partition and written to another
                gone = [(row["id"], row["source"], row["month"]) for row in rows if row["removed"]]
                kept = [
                    (row["id"], row["seq"], row["indexed_at"], row["source"], row["month"])
                    for row in rows
                    if not row["removed"]
                ]
                self._db.executemany("delete from held where (id, source, month) = (?, ?, ?)", gone)
                self._db.executemany("insert or replace into held values (?, ?, ?, ?, ?)", kept)
        self._db.execute("create index held_seq on held(seq, indexed_at, source)")

    def compare(self, connection: sqlite3.Connection, seqs: Iterator[int]) -> None:
        """Find the articles that the lake doesn't hold as the archive has them.

        Only of these are the rows read; for the others, two indexes that cover what is compared.

        Args:
            connection: The archive.
            seqs: Row numbers of all articles that the lake should hold.
        """
        while part := list(islice(seqs, _PART)):
            marks = ", ".join("?" * len(part))
            held = set(self._db.execute(f"select seq, indexed_at, source from held where seq in ({marks})", part))
            found = connection.execute(
                f"select a.seq, a.indexed_at, coalesce(nullif(b.source_id, ''), '{NO_SOURCE}')"
                " from articles a indexed by articles_seq_indexed"
                f" cross join articles b indexed by articles_facets on b.seq = a.seq where a.seq in ({marks})",
                part,
            )
            same: list[int] = []
            other: list[int] = []
            for row in map(tuple, found.fetchall()):
                (same if row in held else other).append(row[0])
            self._db.executemany("insert or ignore into same values (?)", ((seq,) for seq in same))
            self._db.executemany("insert or replace into wanted values (?, ?, ?, ?)", _rows(connection, other))

    @property
    def shares_nothing(self) -> bool:
        """Whether lake and archive both have articles, but none in common."""
        (held, same, wanted, common) = self._db.execute(
            "select exists (select 1 from held), exists (select 1 from same), exists (select 1 from wanted),"
            " exists (select 1 from wanted join held using (id))"
        ).fetchone()
        return bool(held and wanted and not same and not common)

    def counts(self) -> tuple[int, int, int, int]:
        """Return the numbers of articles that are new, changed (with those moved), moved and removed."""
        new, changed, moved = self._db.execute(
            "select count(*) filter (where h.id is null), count(*) filter (where h.id is not null),"
            " count(*) filter (where (h.source, h.month) <> (w.source, w.month))"
            " from wanted w left join held h using (id)"
        ).fetchone()
        (removed,) = self._db.execute(
            "select count(*) from held h where id not in (select id from wanted) and seq not in (select seq from same)"
        ).fetchone()
        return new, changed, moved, removed

    def partitions(self) -> list[Partition]:
        """Return the partitions in which something is to be written, in order."""
        rows = self._db.execute(f"select source, month from wanted union select source, month from ({_LEAVING})")
        return sorted(Partition(*row) for row in rows)

    def wanted(self, partition: Partition) -> list[tuple[int, str]]:
        """Return row numbers and ids of a partition's articles that are to be written, newest first."""
        return self._db.execute(
            "select seq, id from wanted where source = ? and month = ? order by seq desc",
            [partition.source, partition.month],
        ).fetchall()

    def leaving(self, partition: Partition) -> list[str]:
        """Return the ids of articles that are no longer in a partition."""
        rows = self._db.execute(
            f"select id from ({_LEAVING}) where source = ? and month = ? order by id",
            [partition.source, partition.month],
        )
        return [row[0] for row in rows]

    def partition_of(self, article_id: str) -> Partition | None:
        """Return the partition in which the lake holds an article; None if it doesn't."""
        row = self._db.execute("select source, month from held where id = ?", [article_id]).fetchone()
        return None if row is None else Partition(*row)

    def is_wanted(self, article_id: str) -> bool:
        """Whether an article is to be written, to whatever partition."""
        return self._db.execute("select 1 from wanted where id = ?", [article_id]).fetchone() is not None

    def close(self) -> None:
        """Drop the temporary database."""
        self._db.close()


_LEAVING = (
    "select h.id, h.source, h.month from held h left join wanted w using (id)"
    " where (w.id is null and h.seq not in (select seq from same)) or (h.source, h.month) <> (w.source, w.month)"
)


def _rows(connection: sqlite3.Connection, seqs: list[int]) -> Iterator[tuple[str, int, str, str]]:
    found = connection.execute(
        "select id, seq, source_id, published_day, published_precision from articles"
        f" where seq in ({', '.join('?' * len(seqs))}) and hidden_at is null",
        seqs,
    )
    for row in found.fetchall():
        partition = partition_of(row["source_id"], row["published_day"], row["published_precision"])
        yield row["id"], row["seq"], partition.source, partition.month


def _batches(content: bytes) -> Iterator[list[dict[str, Any]]]:
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetFile(pa.BufferReader(content)) as file:
        for batch in file.iter_batches(batch_size=10_000):
            yield batch.to_pylist()
