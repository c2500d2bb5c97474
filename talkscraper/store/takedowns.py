"""Addresses that were taken down: look-ups, and extension to aliases of an article."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from talkscraper.model import Capture, Extraction
from talkscraper.store.database import select
from talkscraper.store.text_values import storable
from talkscraper.urls.canonical import canonical, urlkey

if TYPE_CHECKING:
    from sqlite_utils import Database

DEPTHS = ("rewrite", "delete", "hide")
"""Depths of a takedown, deepest first."""
AT_KEY = "substr(urlkey, -24) = substr(?1, -24) and +urlkey = ?1"
"""SQL condition on ``urls`` for a key: the index holds only the ends of keys, since addresses may be long.

The plus sign keeps SQLite from using the key in the first term, where the index wouldn't apply.
"""


def follow(db: Database, capture: Capture, extraction: Extraction) -> str | None:
    """Return the depth to which this page was taken down, or None.

    A page at an address of its own that turns out to be an article that was taken down (an AMP page, a link with
    another parameter) is taken down with it from now on.
    """
    own = {storable(capture.urlkey), urlkey(canonical(capture.url))}
    keys = set(own)
    if extraction.article is not None:
        keys.add(storable(urlkey(extraction.article.url)))
    rows = list(
        select(db, f"select * from takedowns where urlkey in ({', '.join('?' * len(keys))}) order by id", sorted(keys))
    )
    if not rows:
        return None
    depth = next(each for each in DEPTHS if any(row["depth"] == each for row in rows))
    if not any(row["urlkey"] == capture.urlkey for row in rows):
        row = next(row for row in rows if row["depth"] == depth)
        receipt = {"follows": row["id"], "url": row["url"], "records": [], "files": []}
        if depth != "hide":
            receipt["records"] = [place_of(capture)]
        db.execute(
            "insert into takedowns (url, urlkey, depth, reason, taken_at, receipt) values (?, ?, ?, ?, ?, ?)",
            [
                storable(capture.url),
                capture.urlkey,
                # its own record stays until it is rewritten too
                "hide" if depth == "hide" else "delete",
                row["reason"],
                row["taken_at"],
                json.dumps(receipt),
            ],
        )
    return depth


def place_of(capture: Capture) -> dict[str, object]:
    """Return the position of a record, in the form of receipts."""
    from talkscraper.store.database import iso

    return {
        "record_id": capture.id,
        "url": capture.url,
        "captured_at": iso(capture.captured_at),
        "file": capture.warc_file,
        "offset": capture.warc_offset,
        "length": capture.warc_length,
    }


def any_of(db: Database, keys: list[str]) -> frozenset[str]:
    """Return those of the SURT keys that were taken down; quick if none ever was."""
    hidden = hidden_keys(db)
    return hidden.intersection(keys) if hidden else hidden


def hidden_keys(db: Database | sqlite3.Connection) -> frozenset[str]:
    """Return the SURT keys of all addresses that were taken down, at any depth: no index lists them."""
    return frozenset(row[0] for row in db.execute("select distinct urlkey from takedowns").fetchall())


def taken_down_keys(db: Database | sqlite3.Connection) -> frozenset[str]:
    """Return the SURT keys of taken-down addresses whose rows were deleted."""
    rows = db.execute("select distinct urlkey from takedowns where depth <> 'hide'").fetchall()
    return frozenset(row[0] for row in rows)
