"""The table of what pages need: made from what an archive has, and kept by whoever writes rows of captures."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime

import pytest
from sqlite_utils import Database

from talkscraper.model import Capture, RecordType
from talkscraper.store import captures, migrations, requisites
from talkscraper.store.database import open_reader, open_writer

PAIRS = "select page_capture_id, capture_id from requisites order by 1, 2"


def capture(name, *, page=None, when=1, status=200, **more):
    return Capture(
        id=f"<urn:{name}>",
        url=f"http://quay.example/{name.partition('@')[0]}",
        urlkey=f"example,quay)/{name.partition('@')[0]}",
        captured_at=datetime(2026, 11, when, tzinfo=UTC),
        status=status,
        mime="text/css",
        payload_digest=None,
        record_type=RecordType.RESPONSE,
        warc_file="a.warc.gz",
        warc_offset=abs(hash(name)) % (1 << 40),
        warc_length=9,
        page_capture_id=page and f"<urn:{page}>",
        **more,
    )


@pytest.fixture
def db(tmp_path):
    """An archive's database with one file."""
    database = open_writer(tmp_path / "talkscraper.db")
    captures.open_warc_file(database, "a.warc.gz", None)
    database.conn.commit()
    yield database
    database.conn.close()


def pairs(db):
    return [tuple(name.strip("<>").removeprefix("urn:") for name in row) for row in db.execute(PAIRS).fetchall()]


def test_an_archive_of_an_older_version_gets_its_pairs(tmp_path):
    """From the column that was there, when it is brought up to date."""
    path = tmp_path / "old.db"
    old = Database(path)
    migrations.apply(old, stop_before="m014_requisites")
    old.execute("insert into warc_files (name) values ('a.warc.gz')")
    captures.add_captures(old, [capture("page"), capture("style", page="page"), capture("other")])
    old.conn.commit()
    old.conn.close()
    migrated = open_writer(path)
    assert pairs(migrated) == [("page", "style")]
    migrated.conn.close()
    with closing(open_reader(path)) as reader:
        assert [each.id for each in requisites.of_page(reader, capture("page"), where="true")] == ["<urn:style>"]


def test_rows_of_captures_keep_their_pairs(db):
    """Written, corrected or deleted by whomever: a pair is never of a capture that was taken away."""
    captures.add_captures(db, [capture("a"), capture("b"), capture("style", page="a"), capture("font", page="a")])
    assert requisites.add(db, [("<urn:b>", "<urn:style>"), ("<urn:b>", "<urn:style>")]) == 1
    assert pairs(db) == [("a", "font"), ("a", "style"), ("b", "style")]
    captures.correct_capture(db, capture("font", page="b"))
    assert pairs(db) == [("a", "style"), ("b", "font"), ("b", "style")]
    db.execute("delete from captures where id = '<urn:style>'")
    assert pairs(db) == [("b", "font")]
    db.execute("delete from captures where id = '<urn:b>'")
    assert pairs(db) == []


def test_the_newest_good_capture_of_an_address_is_needed_with_its_redirects(db):
    """A failed one isn't, nor one whose bytes are lost, and a redirect that leads in a circle ends."""
    captures.add_captures(
        db,
        [
            capture("s@1", when=1),
            capture("s@2", when=2),
            capture("s@3", when=3, status=404),
            capture("s@4", when=4),
            capture("round", status=302, redirect_to="http://quay.example/about"),
            capture("about", status=302, redirect_to="http://quay.example/round"),
        ],
    )
    db.execute("update captures set lost_at = '2026-03-01T00:00:00Z' where id = '<urn:s@4>'")
    found = requisites.newest(db, [f"http://quay.example/{name}" for name in ("s", "round", "nothing")])
    assert {url.rpartition("/")[2]: [each.id for each in chain] for url, chain in found.items()} == {
        "s": ["<urn:s@2>"],
        "round": ["<urn:round>", "<urn:about>"],
    }


def test_what_a_capture_needs_itself_comes_first_then_the_nearest(db, tmp_path):
    """Also for a revisit, which shows the bytes of another record."""
    first, second = capture("p@1", when=1), capture("p@9", when=9)
    captures.add_captures(
        db,
        [
            first,
            second,
            capture("x", page="p@1", when=1),
            capture("y", page="p@9", when=9),
            capture("z", page="p@1", when=8),
        ],
    )
    db.conn.commit()
    reader = open_reader(tmp_path / "talkscraper.db")
    revisit = capture("q", when=9, refers_to="<urn:p@1>")

    def needed(page, limit=-1):
        return [each.id for each in requisites.of_page(reader, page, where="true", limit=limit)]

    assert needed(second) == ["<urn:y>", "<urn:z>", "<urn:x>"]
    assert needed(first, 2) == ["<urn:x>", "<urn:z>"]
    assert needed(revisit) == ["<urn:z>", "<urn:x>"]
    reader.close()
