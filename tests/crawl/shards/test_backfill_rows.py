"""A backfill that a shard went on with is in the archive as the shard left it, whatever its number is there."""

from contextlib import closing

from talkscraper.crawl.shards.backfill_rows import merge_backfills
from talkscraper.store.database import open_writer

DOOR = {
    "source_id": "quay", "kind": "sitemap", "url": "https://quay.example/sitemap.xml", "since": "2020-01-01",
    "rank": 0, "state": "open", "started_at": "2026-03-01T09:00:00Z",
}  # fmt: skip


def database(path, *doors):
    db = open_writer(path)
    db["sources"].insert({"id": "quay", "name": "The Quay", "homepage": "https://quay.example/"})
    for door in doors:
        db["backfills"].insert(DOOR | door)
    return db


def named(db, door, page, state):
    db["backfill_pages"].insert({"backfill_id": door, "address": f"{page}", "walked_at": "2026-03-01T09:00:00Z"})
    url = f"https://quay.example/posts/{page}"
    db["backfill_urls"].insert({"source_id": "quay", "url": url, "backfill_id": door, "page": page, "state": state})


def test_the_shards_rows_replace_those_of_its_doors_and_no_others(tmp_path):
    elsewhere, listing = {"url": "https://quay.example/other.xml"}, {"url": "https://quay.example/archive"}
    with (
        closing(database(tmp_path / "here.db", elsewhere, {"page": 1})) as here,
        closing(database(tmp_path / "shard.db", {"page": 3, "state": "done"}, listing)) as shard,
    ):
        named(here, 1, 7, "waiting")
        named(here, 2, 1, "taken")
        named(shard, 1, 2, "done")
        named(shard, 2, 5, "waiting")
        merge_backfills(here, shard.conn)
        doors = list(here.query("select id, url, page, state, started_at from backfills order by id"))
        assert [(each["id"], each["url"], each["page"], each["state"]) for each in doors] == [
            (1, elsewhere["url"], 0, "open"), (2, DOOR["url"], 3, "done"), (3, listing["url"], 0, "open"),
        ]  # fmt: skip
        assert here.execute("select backfill_id, page, state from backfill_urls order by 1").fetchall() == [
            (1, 7, "waiting"), (2, 2, "done"), (3, 5, "waiting"),
        ]  # fmt: skip
        pages = here.execute("select backfill_id, address from backfill_pages order by 1").fetchall()
        assert pages == [(1, "7"), (2, "2"), (3, "5")]
