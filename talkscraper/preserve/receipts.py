"""Receipts of takedowns in ``reports/``: applied again after the database was lost and rebuilt."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.store.takedowns import DEPTHS
from talkscraper.urls.canonical import urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

_OF_ALL: dict[str, list[Any]] = {"articles": [], "files": [], "copies": [], "same_elsewhere": [], "named_by": []}
"""Fields of a receipt that apply to the receipt as a whole."""


def heed(folder: ArchiveFolder, db: Database) -> int:
    """Insert rows of ``takedowns`` for receipts in ``reports/`` that have none; return the number of addresses.

    An unreadable receipt is skipped, since manual editing may break it.

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
        records = _by_address(told.get("records"))
        for url in urls:
            key = urlkey(url)
            if db.execute("select 1 from takedowns where urlkey = ? and depth = ?", [key, depth]).fetchone():
                continue
            # as a takedown writes them: the first row has the whole receipt, the others the part for their address
            own = {**told, **_OF_ALL, "urls": [url], "records": records.get(key, [])}
            db.execute(
                "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values (?, ?, ?, ?, ?, ?)",
                [url, key, depth, reason, taken_at, text or json.dumps(own, ensure_ascii=False)],
            )
            count += 1
            text = ""
    return count


def _by_address(records: object) -> dict[str, list[Any]]:
    """Return the records of a receipt by SURT key; invalid entries are left out."""
    found: dict[str, list[Any]] = {}
    for place in records if isinstance(records, list) else ():
        if isinstance(place, dict) and isinstance(place.get("url"), str):
            found.setdefault(urlkey(place["url"]), []).append(place)
    return found
