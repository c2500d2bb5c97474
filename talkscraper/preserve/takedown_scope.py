"""Scope of a takedown: addresses, their articles and captures, and the records that depend on them.

An address of an article includes the whole article: its canonical address, its aliases, and every address at which it
was captured. Addresses that link to articles (homepages, listings, feeds) are taken down only if they are requested
themselves, since their captures concern other articles too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from talkscraper.model import Capture
from talkscraper.store.captures import row_to_capture
from talkscraper.store.takedowns import AT_KEY
from talkscraper.urls.canonical import canonical, urlkey

_IN_CLAUSE = 500
_ROUNDS = 8
"""Maximum number of rounds from articles to addresses and back; more would be a trap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenArticle:
    """An article affected by a takedown."""

    id: str
    url: str
    title: str | None
    revisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The scope of a takedown. Nothing in it is changed yet."""

    urls: tuple[str, ...]
    """One address for each key, the requested ones first."""
    keys: frozenset[str]
    """The SURT keys of all these addresses."""
    articles: tuple[TakenArticle, ...] = ()
    captures: tuple[Capture, ...] = ()
    copies: tuple[str, ...] = ()
    """Addresses that aren't taken down and have the same payload, or an article with the same text."""
    named_by: tuple[str, ...] = ()
    """Feeds, sitemaps and listings that named the addresses: their captures hold the link, often a headline."""

    @property
    def files(self) -> tuple[str, ...]:
        """The WARC files that hold the captures."""
        return tuple(sorted({capture.warc_file for capture in self.captures}))


def scope_of(connection: sqlite3.Connection, urls: Sequence[str]) -> Scope:
    """Return the scope of these addresses.

    Args:
        connection: Returns ``sqlite3.Row``.
        urls: Absolute URLs.
    """
    found: dict[str, str] = {}
    for url in urls:
        found.setdefault(urlkey(url), url)
        found.setdefault(urlkey(canonical(url)), canonical(url))
    seeds = {row[0] for row in connection.execute("select urlkey from urls where kind <> 'article'")} - found.keys()
    articles: dict[str, TakenArticle] = {}
    for _ in range(_ROUNDS):
        fresh = _articles_at(connection, found) - articles.keys()
        if not fresh:
            break
        for article_id in sorted(fresh):
            articles[article_id] = _article(connection, article_id)
            for url in _addresses_of(connection, article_id):
                if (key := urlkey(url)) not in seeds:
                    found.setdefault(key, url)
    keys = frozenset(found)
    captures = tuple(
        row_to_capture(row) for row in _rows(connection, "select * from captures where urlkey in ({})", sorted(keys))
    )
    return Scope(
        urls=tuple(found.values()),
        keys=keys,
        articles=tuple(articles.values()),
        captures=tuple(sorted(captures, key=lambda each: (each.warc_file, each.warc_offset))),
        copies=tuple(sorted(_copies(connection, keys, captures, articles))),
        named_by=tuple(sorted({row[0] for row in _rows(connection, _NAMED, _spelled(connection, found))})),
    )


_NAMED = "select distinct via from mentions where url in ({})"


def dependents(connection: sqlite3.Connection, scope: Scope) -> list[Capture]:
    """Return revisits of other addresses whose payload is only in these captures."""
    held = {each.payload_digest for each in scope.captures if each.record_type != "revisit" and each.payload_digest}
    found: list[Capture] = []
    for digest in sorted(held):
        rows = connection.execute(
            "select * from captures where payload_digest = ? order by captured_at, seq", [digest]
        ).fetchall()
        others = [row_to_capture(row) for row in rows if row["urlkey"] not in scope.keys]
        if any(each.record_type != "revisit" and each.truncated is None for each in others):
            continue
        found.extend(each for each in others if each.record_type == "revisit")
    return found


def _articles_at(connection: sqlite3.Connection, found: dict[str, str]) -> set[str]:
    keys, urls = sorted(found), sorted(set(found.values()))
    return {
        *(row[0] for row in _rows(connection, "select id from articles where url in ({})", urls)),
        *(row[0] for row in _rows(connection, "select article_id from aliases where url in ({})", urls)),
        *(
            row[0]
            for row in _rows(
                connection,
                "select distinct article_id from captures where article_id is not null and urlkey in ({})",
                keys,
            )
        ),
    }


def _article(connection: sqlite3.Connection, article_id: str) -> TakenArticle:
    row = connection.execute("select url, title, revision_count from articles where id = ?", [article_id]).fetchone()
    if row is None:
        return TakenArticle(id=article_id, url="", title=None, revisions=0)
    return TakenArticle(id=article_id, url=row[0], title=row[1], revisions=row[2])


def _addresses_of(connection: sqlite3.Connection, article_id: str) -> list[str]:
    rows = connection.execute(
        "select url from articles where id = ?1 union select url from aliases where article_id = ?1"
        " union select url from captures where article_id = ?1",
        [article_id],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _copies(
    connection: sqlite3.Connection, keys: frozenset[str], captures: Iterable[Capture], articles: Iterable[str]
) -> set[str]:
    digests = sorted({each.payload_digest for each in captures if each.payload_digest and each.status == 200})
    same_bytes = {
        row["url"]
        for row in _rows(connection, "select distinct url, urlkey from captures where payload_digest in ({})", digests)
        if row["urlkey"] not in keys
    }
    same_text = {
        row["url"]
        for row in _rows(
            connection,
            "select b.url from articles a join articles b on b.text_digest = a.text_digest"
            " and substr(b.text_digest, 8, 12) = substr(a.text_digest, 8, 12) where a.id in ({})",
            sorted(articles),
        )
        if urlkey(row["url"]) not in keys
    }
    return same_bytes | same_text


def _spelled(connection: sqlite3.Connection, found: dict[str, str]) -> list[str]:
    """Return all spellings of the addresses in the frontier, since mentions are listed by address."""
    rows = [row for key in sorted(found) for row in connection.execute(f"select url from urls where {AT_KEY}", [key])]
    return sorted({*found.values(), *(row[0] for row in rows)})


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any]) -> list[Any]:
    """Return the rows of a query with one ``in ({})``, for any number of values."""
    rows: list[Any] = []
    for start in range(0, len(values), _IN_CLAUSE):
        part = values[start : start + _IN_CLAUSE]
        rows += connection.execute(query.format(", ".join("?" * len(part))), list(part)).fetchall()
    return rows
