"""Receipts of takedowns outlive the database: when it was lost and is made anew, what they say binds again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from talkscraper.folder import ArchiveFolder
from talkscraper.store.takedowns import DEPTHS
from talkscraper.urls import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database


def heed(folder: ArchiveFolder, db: Database) -> int:
    """Rows of ``takedowns`` for receipts in ``reports/`` that have none; returns how many addresses that concerns.

    A receipt that can't be read is passed over: whoever edits one by hand may break it.

    Raises:
        OSError: the folder can't be read.
    """
    if not folder.reports.is_dir():
        return 0
    count = 0
    for path in sorted(folder.reports.glob("takedown-*.json")):
        try:
            text = path.read_text("utf-8")
            told = json.loads(text)
            depth, reason, taken_at = str(told["depth"]), str(told["reason"]), str(told["taken_at"])
            urls = [str(url) for url in told["urls"]]
        except (ValueError, KeyError, TypeError):
            continue
        if depth not in DEPTHS:
            continue
        for url in urls:
            key = urlkey(url)
            if db.execute("select 1 from takedowns where urlkey = ? and depth = ?", [key, depth]).fetchone():
                continue
            db.execute(
                "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values (?, ?, ?, ?, ?, ?)",
                [url, key, depth, reason, taken_at, text],
            )
            count += 1
    return count
