"""The cache of blocks on disk: bounded, and never believed without its digest."""

from __future__ import annotations

import os
import random

import pytest

from talkscraper.errors import UsageError
from talkscraper.object_store.block_cache import BLOCK_BYTES, SIZE_VARIABLE, BlockCache, cache_of

KEY, OTHER = "a" * 64, "b" * 64


def test_a_block_comes_back_until_it_is_damaged(tmp_path):
    """A block that doesn't match its digest is thrown away, whatever of it was changed."""
    cache = BlockCache(tmp_path, 1 << 20)
    for at in (0, 40, -1):
        cache.put(KEY, 3, b"some bytes of a WARC")
        assert cache.get(KEY, 3) == b"some bytes of a WARC"
        path = tmp_path / KEY / "3"
        data = bytearray(path.read_bytes())
        data[at] ^= 1
        path.write_bytes(data)
        assert cache.get(KEY, 3) is None
        assert not path.exists()
    path.write_bytes(b"cut")
    assert cache.get(KEY, 3) is None


def test_the_oldest_blocks_go_first(tmp_path):
    """The cache stays below its size, and keeps what was used last."""
    cache = BlockCache(tmp_path, 100_000)
    for number in range(100):
        cache.put(KEY, number, bytes(10_000))
        assert cache.get(KEY, 0) is not None
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert size <= 120_000
    assert cache.get(KEY, 99) is not None
    assert cache.get(KEY, 50) is None
    cache.put(OTHER, 0, b"of another file")
    cache.forget(KEY)
    assert not (tmp_path / KEY).exists()
    assert cache.get(OTHER, 0) == b"of another file"


def test_a_cache_that_cant_be_written_costs_only_time(tmp_path):
    """Without a place, or with size 0, nothing is kept and nothing fails."""
    (tmp_path / "file").write_text("no folder")
    for cache in (BlockCache(tmp_path / "file" / "cache", 1 << 20), BlockCache(tmp_path / "none", 0)):
        cache.put(KEY, 0, b"bytes")
        assert cache.get(KEY, 0) is None
    assert not (tmp_path / "none").exists()


def test_the_environment_sets_size_and_folder(tmp_path, monkeypatch):
    """A size that is no number is refused by name; 0 turns the cache off; another folder is used."""
    monkeypatch.setenv(SIZE_VARIABLE, "much")
    with pytest.raises(UsageError, match=SIZE_VARIABLE):
        cache_of(tmp_path)
    monkeypatch.setenv(SIZE_VARIABLE, "1")
    monkeypatch.setenv("TALKSCRAPER_CACHE", str(tmp_path / "elsewhere"))
    cache_of(tmp_path / "archive").put(KEY, 0, b"bytes")
    assert (tmp_path / "elsewhere" / KEY / "0").is_file()
    monkeypatch.setenv(SIZE_VARIABLE, "0")
    assert cache_of(tmp_path / "archive").get(KEY, 0) is None


def test_several_processes_share_it(tmp_path):
    """Processes that read one file at random through a cache too small for it read its bytes, within its size."""
    data = random.Random(3).randbytes(12 * BLOCK_BYTES // 4)
    blocks = [data[start : start + BLOCK_BYTES // 4] for start in range(0, len(data), BLOCK_BYTES // 4)]
    limit = 4 * BLOCK_BYTES // 4

    def read(seed: int) -> bool:
        cache, chosen, hits = BlockCache(tmp_path, limit), random.Random(seed), 0
        for _ in range(150):
            number = chosen.randrange(len(blocks))
            found = cache.get(KEY, number)
            if found is None:
                cache.put(KEY, number, blocks[number])
            elif found != blocks[number]:
                return False
            hits += found is not None
        return hits > 0

    children = []
    for seed in range(3):
        child = os.fork()
        if not child:
            os._exit(0 if read(seed) else 1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    # what one of them left to another, which had looked before, goes with the next block
    BlockCache(tmp_path, limit).put(OTHER, 0, blocks[0])
    size = sum(path.stat().st_size for path in tmp_path.rglob("*") if path.is_file())
    assert 0 < size <= limit
    assert not list(tmp_path.rglob("*.tmp"))
