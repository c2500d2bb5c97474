"""Units of pages get smaller towards the end, so that no worker is left with much when the others have nothing."""

from __future__ import annotations

import heapq
from types import SimpleNamespace

import pytest

from talkscraper.ingest import sharded_pages


def sizes(pages: int, slots: int) -> list[int]:
    """The numbers of pages of the units of one file."""
    given = [SimpleNamespace(number=number, capture=SimpleNamespace(warc_length=1)) for number in range(pages)]
    parts = list(sharded_pages._parts(given, pages, slots))  # type: ignore[arg-type]
    assert [each.number for part in parts for each in part] == list(range(pages))  # type: ignore[attr-defined]
    return [len(part) for part in parts]


@pytest.mark.parametrize("pages", [1, 30, 260, 700, 3000, 9999])
@pytest.mark.parametrize("slots", [1, 2, 4, 16])
def test_the_last_units_are_small_and_no_worker_waits_long(pages: int, slots: int) -> None:
    """Each worker takes the next unit when it has done one: all are done within the time of a small unit or two."""
    found = sizes(pages, slots)
    assert max(found) <= sharded_pages.UNIT_PAGES
    assert len(found) <= pages / sharded_pages.MIN_UNIT_PAGES + 1
    done = [0] * slots
    for size in found:
        heapq.heapreplace(done, done[0] + size)
    assert max(done) - pages / slots <= 2 * sharded_pages.MIN_UNIT_PAGES


def test_before_the_last_window_units_have_their_full_size() -> None:
    given = [SimpleNamespace(capture=SimpleNamespace(warc_length=1))] * 600
    assert [len(part) for part in sharded_pages._parts(given, None, 4)] == [250, 250, 100]  # type: ignore[arg-type]
