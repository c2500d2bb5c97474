"""The forecast of the archive's size: from rows, by source, and when it will be full."""

from __future__ import annotations

from datetime import timedelta

from talkscraper.monitor.archive_size import folder_bytes, forecast, headroom, in_words, is_full
from talkscraper.store.database import open_reader
from tests.support.archives import SITE, BuiltArchive
from tests.support.clock import at

NOW = at("2026-03-01")


def test_growth_is_counted_by_source_and_the_smaller_room_decides(tmp_path):
    """Two sources of 60 days: a month's growth of each, and the days until ``max_archive`` is reached."""
    built = BuiltArchive(tmp_path / "archive")
    for day in range(60):
        for name, size in (("large", 3000), ("small", 300)):
            noise = "".join(f"{(day * 7919 + each * 104729) % 1_000_003:x}" for each in range(size))
            built.respond(f"{SITE}/{name}/{day}", NOW - timedelta(days=day, hours=1), noise)
    with built.db.conn:
        built.db.execute("update captures set source_id = case when url like '%large%' then 'large' else 'small' end")
    folder = built.done()
    built.db.conn.close()
    reader = open_reader(folder.database)
    size = folder_bytes(folder, reader)
    found = forecast(folder, reader, max_archive=size + 20 * 2**20, now=NOW)
    reader.close()
    on_disk = sum(each.stat().st_size for each in folder.root.rglob("*") if each.is_file())
    assert abs(found.bytes - on_disk) <= 2**17
    large, small = found.month_by_source["large"], found.month_by_source["small"]
    assert list(found.month_by_source) == ["large", "small"] and large > 5 * small
    assert found.limited_by == "max_archive" and not found.is_full
    assert found.days_left is not None and found.days_left > 30
    assert found.full_on == NOW.date() + timedelta(days=found.days_left)
    (line,) = in_words(found)
    assert "(large " in line and f"max_archive is reached in about {found.days_left:,} days" in line


def test_an_archive_counts_as_full_while_its_end_still_has_room():
    """A sixteenth of a small limit, 64 MiB of a large one."""
    assert headroom(16 * 2**20) == 2**20 and headroom(2**40) == 64 * 2**20
    assert is_full(15 * 2**20, 16 * 2**20) and not is_full(14 * 2**20, 16 * 2**20)
    assert not is_full(2**50, None)
