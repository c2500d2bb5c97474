"""Clusters of near-duplicate articles (copies on other sites), joined under one ``cluster_id``.

Two articles are copies if ``shingles.compare`` says so of their texts. Which texts are compared at all is decided by
their sketches: the hashes of a sketch are rows of ``sketch_keys``, and articles that share a rare one come first. A
hash that more than ``MAX_SHARING`` articles have is boilerplate and leads nowhere. A cluster is what is connected by
pairs of copies, so it doesn't depend on the order in which its articles came.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from talkscraper.store.database import first, select
from talkscraper.store.shingles import compare, pack, sketch, unpack

if TYPE_CHECKING:
    import sqlite3

    from sqlite_utils import Database

MAX_MEMBERS = 500
"""Maximum size of a cluster: a text that a thousand pages share isn't a copied story."""
MAX_SHARING = 1_000
"""Maximum number of articles that share a hash; more have it from a form or a footer."""
MAX_COMPARED = 40
"""Maximum number of texts that a new one is compared with, those that share the rarest hashes first."""


def place(db: Database, article_id: str) -> None:
    """Set the sketch and the cluster of an article whose text is new or has changed."""
    row = first(db, "select id, text, truncated, cluster_id from articles where id = ?", [article_id])
    assert row is not None
    # the part before a paywall is the beginning of an article, not a copy of one
    keys = () if row["truncated"] else sketch(row["text"])
    known = first(db, "select number, keys from sketches where article_id = ?", [article_id])
    if known is not None and unpack(known["keys"]) == keys and (row["cluster_id"] or not keys):
        return
    # no upsert with a returning clause: before such a statement the full-text index writes what it holds
    if known is None:
        number = db.execute("insert into sketches (article_id, keys) values (?, ?)", [article_id, pack(keys)]).lastrowid
    else:
        number = known["number"]
        _remove_keys(db, number, unpack(known["keys"]))
        db.execute("update sketches set keys = ? where number = ?", [pack(keys), number])
    if row["cluster_id"] is not None:
        db.execute("update articles set cluster_id = null, cluster_why = null where id = ?", [article_id])
        left(db, row["cluster_id"])
    if not keys:
        return
    _join(db, row, keys)
    db.conn.executemany("insert into sketch_keys (key, number) values (?, ?)", [(key, number) for key in keys])


def forget(db: Database, article_id: str) -> None:
    """Delete the sketch of an article that is about to be deleted; ``left`` follows when its row is gone."""
    known = first(db, "select number, keys from sketches where article_id = ?", [article_id])
    if known is not None:
        _remove_keys(db, known["number"], unpack(known["keys"]))
        db.execute("delete from sketches where number = ?", [known["number"]])


def left(db: Database, cluster_id: str | None) -> None:
    """Rebuild a cluster after an article left it: join the remaining articles that still belong together."""
    if cluster_id is None:
        return
    members = {
        row["id"]: (set(unpack(row["keys"])), row["text"])
        for row in select(
            db,
            "select a.id, a.text, s.keys from articles a join sketches s on s.article_id = a.id where a.cluster_id = ?",
            [cluster_id],
        )
    }
    db.execute("update articles set cluster_id = null, cluster_why = null where cluster_id = ?", [cluster_id])
    rest = sorted(members)
    while rest:
        # rest is sorted, so the first of a group has its smallest id
        start = rest.pop(0)
        group = [start]
        edge = [start]
        while edge:
            here = edge.pop()
            keys, text = members[here]
            for other in list(rest):
                if keys.isdisjoint(members[other][0]):
                    continue
                if compare(text, members[other][1]).is_copy:
                    group.append(other)
                    rest.remove(other)
                    edge.append(other)
        if len(group) > 1:
            _name(db, start, group)


CANDIDATES = (
    "select s.article_id as id, a.text, a.cluster_id from sketches s join articles a on a.id = s.article_id"
    " where s.number = ?"
)
"""What is compared of the article that has a sketch."""


def _join(db: Database, row: dict[str, Any], keys: tuple[int, ...]) -> None:
    """Join an article with its copies, in one cluster with all of theirs, named after the smallest id."""
    clusters: set[str] = set()
    singles: set[str] = set()
    for number in nearest(db, keys):
        other = first(db, CANDIDATES, [number])
        if other is None or other["cluster_id"] in clusters:
            continue
        if not compare(row["text"], other["text"]).is_copy:
            continue
        if other["cluster_id"]:
            clusters.add(other["cluster_id"])
        else:
            singles.add(other["id"])
    if not clusters and not singles:
        return
    sizes = [
        db.execute("select count(*) from articles where cluster_id = ?", [each]).fetchone()[0] for each in clusters
    ]
    if 1 + len(singles) + sum(sizes) > MAX_MEMBERS:
        return
    name = min(row["id"], *clusters, *singles)
    new = {row["id"], *singles}
    for cluster in clusters - {name}:
        new |= {found[0] for found in db.execute("select id from articles where cluster_id = ?", [cluster]).fetchall()}
    _name(db, name, new)


def nearest(db: Database | sqlite3.Connection, keys: tuple[int, ...]) -> list[int]:
    """Return the numbers of the sketches that share the most and rarest of these hashes, nearest first."""
    weights: defaultdict[int, float] = defaultdict(float)
    for key in keys:
        sharing = db.execute("select number from sketch_keys where key = ? limit ?", [key, MAX_SHARING + 1]).fetchall()
        if len(sharing) <= MAX_SHARING:
            for (number,) in sharing:
                weights[number] += 1 / len(sharing)
    return sorted(weights, key=lambda number: (-weights[number], number))[:MAX_COMPARED]


def _name(db: Database, name: str, new: Iterable[str]) -> None:
    """Add articles to the cluster that is named after its smallest id, and say how near each is to that article.

    Of that article itself, how near the second one is; so what is said doesn't depend on the order of arrival either.
    """
    ids = list(new)
    db.conn.executemany("update articles set cluster_id = ? where id = ?", [(name, each) for each in ids])
    first_two = db.execute("select id, text from articles where cluster_id = ? order by id limit 2", [name]).fetchall()
    for article_id in {name, *ids}:
        nearest, text = first_two[article_id == name]
        (own,) = db.execute("select text from articles where id = ?", [article_id]).fetchone()
        why = f"text nearly the same as {nearest}: {compare(own, text).shared:.0%} of word triples shared"
        db.execute("update articles set cluster_why = ? where id = ?", [why, article_id])


def _remove_keys(db: Database, number: int, keys: tuple[int, ...]) -> None:
    db.conn.executemany("delete from sketch_keys where key = ? and number = ?", [(key, number) for key in keys])
