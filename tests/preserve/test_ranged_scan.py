"""The ranges of a file, scanned by themselves, give together what one scan of it gives, whatever it holds."""

from __future__ import annotations

import gzip
import os
import random
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from talkscraper.cluster import UnitFailure, UnitReceipt
from talkscraper.cluster.local import LocalExecutor
from talkscraper.preserve import ranged_scan
from talkscraper.preserve.ranged_scan import RangedScans
from talkscraper.warc.scan import WholeScan, scanned
from tests.support import warcs

PAGE = "https://quay.example/posts/{}"


def _records(count: int) -> list[bytes]:
    seeded = random.Random(count)
    made = [warcs.info()]
    made += [warcs.response(PAGE.format(n), seeded.randbytes(seeded.randrange(600))) for n in range(count)]
    return [warcs.members(each) for each in made]


def _nested() -> bytes:
    """A captured WARC whose members lie unpacked in the members of ours."""
    inner = b"".join(_records(6))
    outer = warcs.plain(warcs.response(PAGE.format("inner.warc.gz"), inner, mime="application/warc"))
    packer = zlib.compressobj(0, zlib.DEFLATED, 31)
    return packer.compress(outer) + packer.flush()


def _damaged(at: float) -> bytes:
    data = bytearray(b"".join(_records(20)))
    place = int(len(data) * at)
    data[place : place + 40] = b"\x55" * 40
    return bytes(data)


FILES: dict[str, Callable[[], bytes]] = {
    "sound": lambda: b"".join(_records(20)),
    "a captured WARC": lambda: b"".join([*_records(4), _nested(), *_records(5)]),
    "damage at the start": lambda: _damaged(0),
    "damage in the middle": lambda: _damaged(0.5),
    "a torn tail": lambda: b"".join(_records(20))[:-9],
    "zeros at the end": lambda: b"".join(_records(9)) + bytes(4000),
    "rubbish between records": lambda: b"".join([*_records(9), b"rubbish " * 200, *_records(8)]),
    "a member of several records": lambda: (
        b"".join(_records(3)) + warcs.one_member(*(warcs.response(PAGE.format(n), b"x" * 99) for n in range(9)))
    ),
    "one large record": lambda: b"".join(
        [*_records(3), warcs.members(warcs.response(PAGE.format("l"), os.urandom(5000)))]
    ),
    "members without records": lambda: b"".join([*_records(3), gzip.compress(b"WARC/nothing" * 9), *_records(4)]),
    "not compressed": lambda: warcs.plain(*(warcs.response(PAGE.format(n), b"x" * 200) for n in range(12))),
    "empty": lambda: b"",
}


def _everything(scan: WholeScan) -> tuple[list[str], int, str]:
    return [repr(each) for each in scan], scan.size, scan.sha256()


def _in_ranges(path: Path) -> tuple[list[str], int, str]:
    with closing(RangedScans(LocalExecutor(1))) as scans:
        scans.read_digests([path])
        scans.begin([path])
        scanner = scans.scanner(path)
        assert scanner is not scanned
        with scanner(path) as scan:
            return _everything(scan)


@pytest.mark.parametrize("kind", FILES)
def test_ranges_give_what_one_scan_gives(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For ranges smaller than records, and for larger ones, with ends at any place."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(FILES[kind]())
    with scanned(path) as scan:
        expected = _everything(scan)
    for size in (97, 331, 1000, 2500, 6100, 1 << 20):
        monkeypatch.setattr(ranged_scan, "RANGE_BYTES", size)
        assert _in_ranges(path) == expected, size


def test_a_worker_returns_little_of_a_range_with_many_heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it leaves is scanned by who asked, so that the result is the same."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(_records(20)))
    monkeypatch.setattr(ranged_scan, "MAX_KEPT", 2000)
    unit = ranged_scan.RangeUnit(key="a", weight=0, path=path, start=0, stop=path.stat().st_size)
    assert len(ranged_scan.scan_range(unit).found) < 10
    with scanned(path) as scan:
        assert _in_ranges(path) == _everything(scan)


def test_what_no_worker_could_read_is_scanned_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a worker doesn't see costs time, and no record."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(_records(20)))
    monkeypatch.setattr(ranged_scan, "RANGE_BYTES", 1000)
    with scanned(path) as scan:
        expected = _everything(scan)

    unread = []

    class Blind(LocalExecutor):
        def map(self, task, units, *, advanced=None):  # type: ignore[no-untyped-def]
            for number, receipt in enumerate(super().map(task, units, advanced=advanced)):
                lost = task is ranged_scan.read_unit and number % 2
                unread.extend([receipt.unit] if lost else [])
                yield UnitReceipt(unit=receipt.unit, failure=UnitFailure(message="no")) if lost else receipt

    monkeypatch.setattr(f"{__name__}.LocalExecutor", Blind)
    assert _in_ranges(path) == expected
    assert len(unread) > 1


def test_a_file_that_changes_is_scanned_anew(tmp_path: Path) -> None:
    """Neither its digest nor its records are those of before."""
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(_records(3)))
    with closing(RangedScans(LocalExecutor(1))) as scans:
        scans.read_digests([path])
        scans.begin([path])
        before = scans.sha256_of(path)
        path.write_bytes(b"".join(_records(4)))
        assert scans.scanner(path) is scanned
        assert scans.sha256_of(path) != before
