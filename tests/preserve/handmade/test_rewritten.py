"""Files that were rewritten long after they were finished: by ``takedown`` and by ``prune``, also where they were joined."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.archive_writer import archive_writer
from talkscraper.preserve.compaction import compact
from talkscraper.preserve.pruning import prune
from talkscraper.preserve.receipts import Depth
from talkscraper.preserve.takedown import takedown
from talkscraper.preserve.verify import verify
from talkscraper.sources.retention import Retention
from talkscraper.store.writer import ArchiveWriter
from talkscraper.warc.reader import read_record
from tests.support import sql
from tests.support.exchanges import exchange, framed

START = datetime(2026, 3, 1, 6, 30, 15, tzinfo=UTC)
NOW = START + timedelta(days=60)
DAYS = 4


@pytest.fixture
def folder(tmp_path) -> ArchiveFolder:
    """Four days: a page of each, and a front page that is the same on all of them."""
    folder = ArchiveFolder(tmp_path / "archive").make()
    for day in range(DAYS):
        at = START + timedelta(days=day)
        database = ArchiveWriter(folder.database)
        writer = archive_writer(folder, database, run_id=None, user_agent="tests", clock=lambda at=at: at)
        for page in (f"page-{day}", "front"):
            body = f"<p>{page} holds.</p>".encode() * 100
            writer.submit(exchange(f"http://news.example/{page}", framed(body), at)).result()
        writer.close()
        database.run(lambda db: db.execute("update captures set source_id = 'news'"))
        database.close()
    return folder


def _sound(folder: ArchiveFolder) -> None:
    found = list(verify(folder, now=NOW).all_findings())
    assert not found, found


def test_a_takedown_of_an_old_file_leaves_it_sound(folder):
    """The record that documents the rewriting isn't younger than its file may be."""
    takedown(folder, ["http://news.example/page-1"], reason="asked", depth=Depth.REWRITE, now=NOW)
    _sound(folder)


@pytest.mark.parametrize("joined", [False, True])
def test_unchanged_captures_go_from_files_joined_or_not(folder, joined):
    """The first and the newest look stay, places and files agree, and joined files still begin where rows say."""
    if joined:
        compact(folder, before=NOW, now=NOW)
    retention = {"news": Retention(unchanged=timedelta(days=30))}
    planned = prune(folder, retention, now=NOW, dry_run=True)
    done = prune(folder, retention, now=NOW)
    assert [(each.rule, each.captures) for each in planned.removed] == [("unchanged", DAYS - 2)]
    assert done.removed == planned.removed and done.freed > planned.freed
    left = sql.rows(folder.root, "select captured_at, warc_file, warc_offset, id from captures where url like '%front'")
    assert sorted(each[0][:10] for each in left) == ["2026-03-01", "2026-03-04"]
    for _, name, offset, record_id in left:
        assert read_record(folder.warc / name, offset).record_id == record_id
    for name, offset in sql.rows(folder.root, "select joined_into, joined_offset from joined_files"):
        assert read_record(folder.warc / name, offset).headers.get("WARC-Type") == "warcinfo"
    _sound(folder)


def test_another_source_s_revisit_keeps_what_it_refers_to(folder):
    """A payload that a kept revisit of another source needs stays, however old."""
    database = ArchiveWriter(folder.database)
    database.run(lambda db: db.execute("update captures set page_capture_id = 'p' where url like '%front'"))
    database.run(
        lambda db: db.execute(
            "update captures set source_id = 'other' where url like '%front' and captured_at >= '2026-03-02'"
        )
    )
    database.close()
    retention = {"news": Retention(requisites=timedelta(days=1))}
    assert not prune(folder, retention, now=NOW).files
    retention["other"] = retention["news"]
    assert sum(each.captures for each in prune(folder, retention, now=NOW).removed) == DAYS
