"""Units of pages get smaller towards the end, so that no worker is left with much when the others have nothing."""

from __future__ import annotations

import heapq
from types import SimpleNamespace
from typing import Any

import pytest

from talkscraper.ingest import sharded_pages


def sizes(pages: int, slots: int | None, files: int = 1) -> list[int]:
    """The numbers of pages of the units, in the order in which they are begun; pages of several files alternate."""
    given = [
        SimpleNamespace(number=number, capture=SimpleNamespace(warc_file=str(number % files), warc_length=1))
        for number in range(pages)
    ]
    parts: list[Any] = list(sharded_pages._parts(given, slots))  # type: ignore[arg-type]
    assert sorted(each.number for part in parts for each in part) == list(range(pages))
    assert all(len({each.capture.warc_file for each in part}) == 1 for part in parts)
    assert all(part == sorted(part, key=lambda each: each.number) for part in parts)
    return [len(part) for part in sorted(parts, key=lambda part: part[0].number)]


@pytest.mark.parametrize("files", [1, 2])
@pytest.mark.parametrize("pages", [1, 30, 260, 700, 3000, 9999])
@pytest.mark.parametrize("slots", [1, 2, 4, 16])
def test_the_last_units_are_small_and_no_worker_waits_long(pages: int, slots: int, files: int) -> None:
    """Each worker takes the next unit when it has done one: all are done within the time of a small unit or two."""
    found = sizes(pages, slots, files)
    assert max(found) <= sharded_pages.UNIT_PAGES
    assert len(found) <= pages / sharded_pages.MIN_UNIT_PAGES + files
    done = [0] * slots
    for size in found:
        heapq.heapreplace(done, done[0] + size)
    assert max(done) - pages / slots <= 2 * files * sharded_pages.MIN_UNIT_PAGES


def test_before_the_last_window_units_have_their_full_size() -> None:
    assert sizes(600, None) == [250, 250, 100]
