"""A WARC in a store is read like one on disk, and rows of a stranger lead nowhere else."""

from __future__ import annotations

import hashlib
import os
import random

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import ArchiveError, ObjectMissing, StorageError
from talkscraper.object_store import remote_warc
from talkscraper.object_store.block_cache import BLOCK_BYTES
from talkscraper.object_store.remote_warc import RemoteWarc, located
from talkscraper.object_store.store import stat_object

pytest.importorskip("fsspec")
DATA = random.Random(1).randbytes(3 * BLOCK_BYTES + 12_345)


@pytest.fixture
def warc(tmp_path) -> RemoteWarc:
    """One in a store that is a folder."""
    path = tmp_path / "store" / "warc" / "a.warc"
    path.parent.mkdir(parents=True)
    path.write_bytes(DATA)
    url = path.as_uri()
    remote_warc._looked_at.clear()
    return RemoteWarc(
        name="a.warc", location=url, size=len(DATA), sha256=hashlib.sha256(DATA).hexdigest(),
        etag=stat_object(url).etag, root=tmp_path,
    )  # fmt: skip


def test_any_range_is_the_same_as_on_disk(warc):
    """Ranges over and at the ends of blocks, forward and back, have the file's bytes; the second time from the cache."""
    choices = random.Random(2)
    for attempt in range(2):
        with warc.open_ranges() as handle:
            for start in (0, BLOCK_BYTES - 5, 3 * BLOCK_BYTES, len(DATA) - 1, len(DATA), len(DATA) + 5, 100):
                length = choices.choice((1, 10, 70_000, 2 * BLOCK_BYTES))
                handle.seek(start)
                assert handle.read(length) == DATA[start : start + length], (attempt, start, length)
            assert handle.seek(0, os.SEEK_END) == len(DATA)
    with warc.open() as handle:
        assert handle.read() == DATA


def test_one_that_was_only_touched_is_read(warc):
    """With another tag the SHA-256 of all of it decides: the same bytes are read, others are refused."""
    path = ArchiveFolder(warc.root).root / "store" / "warc" / "a.warc"
    os.utime(path, (1, 1))
    with warc.open_ranges() as handle:
        assert handle.read(10) == DATA[:10]
    path.write_bytes(DATA[:-1] + bytes([DATA[-1] ^ 1]))
    remote_warc._looked_at.clear()
    warc.forget_cached()
    with pytest.raises(StorageError, match="SHA-256"), warc.open_ranges() as handle:
        handle.read(10)


def test_missing_is_something_else_than_out_of_reach(warc, tmp_path):
    """A missing object is missing; when its whole folder is away, as an unmounted disk, nothing is said of the object."""
    path = tmp_path / "store" / "warc" / "a.warc"
    path.unlink()
    assert not warc.exists()
    path.parent.rmdir()
    with pytest.raises(StorageError, match="mounted") as caught:
        warc.exists()
    assert not isinstance(caught.value, ObjectMissing)


@pytest.mark.parametrize(
    ("location", "sha256"),
    [("http://127.0.0.1:1/x", "a" * 64), ("/etc/passwd", "a" * 64), ("s3://b/x", "../../x"), ("s3://b/x", None)],
)
def test_rows_of_a_stranger(tmp_path, location, sha256):
    """A row that names no store, or a digest that would lead the cache elsewhere, is refused."""
    row = {"name": "a.warc", "path": None, "location": location, "location_etag": None, "size": 5, "sha256": sha256}
    with pytest.raises(ArchiveError):
        located(ArchiveFolder(tmp_path), row)
