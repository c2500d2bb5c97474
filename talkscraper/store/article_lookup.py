"""Look-up of an article by its id, the beginning of its id, or any of its addresses."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from talkscraper.errors import NotFound
from talkscraper.store.federation import federated
from talkscraper.urls.canonical import canonical

if TYPE_CHECKING:
    from sqlite_utils import Database

_ID = re.compile(r"[0-9a-f]{1,16}")


@federated("talkscraper.store.several_articles")
def find_article(connection: sqlite3.Connection, ref: str) -> Mapping[str, Any]:
    """Return the row of the article that ``ref`` names; hidden articles aren't found.

    Args:
        connection: Returns ``sqlite3.Row`` (as ``open_reader`` does).
        ref: An id, a unique beginning of one, or a URL: the canonical one, an alias, or one that differs from these
            only by tracking parameters or http for https.

    Raises:
        NotFound: there is no such article, or several ids begin so.
    """
    ref = ref.strip()
    if _ID.fullmatch(ref):
        rows = connection.execute(
            "select * from articles where id >= ? and id < ? and hidden_at is null order by id limit 3",
            [ref, ref + "g"],
        ).fetchall()
        if len(rows) == 1:
            return _mapping(rows[0])
        if len(rows) > 1:
            known = ", ".join(row["id"] for row in rows[:2])
            raise NotFound(f"more than one article id begins with {ref} ({known}, …): give more of it")
    for url in spellings(ref):
        row = connection.execute(
            "select * from articles where hidden_at is null and"
            " (url = ?1 or id = (select article_id from aliases where url = ?1)) limit 1",
            [url],
        ).fetchone()
        if row is not None:
            return _mapping(row)
    raise NotFound(f"no article {ref[:200]!r} in this archive: give an id, a beginning of one, or a URL")


@federated("talkscraper.store.several_articles")
def article_connection(connection: sqlite3.Connection, article_id: str) -> sqlite3.Connection:  # noqa: ARG001
    """Return the connection by which an article's details are read: of several archives, to the one that is shown."""
    return connection


def find_by_url(db: Database, url: str) -> str | None:
    """Return the id of the article with this address, hidden or not; None if there is none."""
    for spelling in spellings(url):
        row = db.execute(
            "select id from articles where url = ? union all select article_id from aliases where url = ? limit 1",
            [spelling, spelling],
        ).fetchone()
        if row is not None:
            return str(row[0])
    return None


def spellings(url: str) -> list[str]:
    """Return the spellings under which an address may be stored: as given, canonical, with http or https."""
    try:
        url.encode()
    except UnicodeEncodeError:
        return []
    if "\0" in url:
        return []
    found = [url, canonical(url)]
    for prefix, other in (("https://", "http://"), ("http://", "https://")):
        if found[1].startswith(prefix):
            found.append(other + found[1].removeprefix(prefix))
    return list(dict.fromkeys(found))


def _mapping(row: sqlite3.Row) -> Mapping[str, Any]:
    return dict(row)
