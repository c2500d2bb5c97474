"""The reading room and replay over several archives show what they would over one with all captures."""

import json
import re

import pytest

from talkscraper.errors import UsageError
from talkscraper.web.connection_pool import Readers
from tests.support.archives import SITE, BuiltArchive, extraction, published, store
from tests.support.cli import run_here
from tests.support.web_servers import ServedArchive

HOME, WALL, MARKET, PIER = f"{SITE}/", f"{SITE}/wall", f"{SITE}/market", f"{SITE}/pier"


def _older(built):
    home = built.respond(HOME, "2024-05-01", "<p>home in May")
    first = built.respond(WALL, "2024-05-01T10:00:00", "<p>The wall holds.")
    store(built, first, extraction(WALL, "Wall", "The wall holds.", published=published("2024-05-01")), "news")
    market = built.respond(MARKET, "2024-05-02", "<p>The market by the wall.")
    store(
        built,
        market,
        extraction(MARKET, "Market", "The market by the wall.", published=published("2024-05-02")),
        "news",
    )
    return home


def _newer(built):
    built.respond(HOME, "2025-05-01", "<p>home a year later")
    second = built.respond(WALL, "2025-05-03T10:00:00", "<p>The wall fell.")
    store(
        built,
        second,
        extraction(WALL, "Wall", "The wall fell, after a year.", published=published("2024-05-01")),
        "news",
    )
    pier = built.respond(PIER, "2025-05-02", "<p>A pier behind the wall.")
    store(built, pier, extraction(PIER, "Pier", "A pier behind the wall.", published=published("2025-05-02")), "coast")


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """(two archives served as one, one with the pages of both), and the folders of the two."""
    root = tmp_path_factory.mktemp("several")
    older, newer, whole = (
        BuiltArchive(root / folder / "news", f"talkscraper-test-{number}.warc.gz")
        for number, folder in enumerate(("a", "b", "c"))
    )
    original = _older(older)
    _newer(newer)
    # its original is in the other archive
    newer.revisit(original, "2025-05-09T10:00:00")
    _older(whole)
    _newer(whole)
    whole.revisit(original, "2025-05-09T10:00:00")
    folders = [each.done() for each in (older, newer, whole)]
    with ServedArchive(folders[0], others=(folders[1],)) as both, ServedArchive(folders[2]) as one:
        yield both, one, folders[:2]
    for each in (older, newer, whole):
        each.db.conn.close()


def _plain(server, reply):
    """A page without what differs between any two servers: ports, ids of records, names of files."""
    text = reply.text.replace(str(server.port), "PORT").replace(str(server.replay_port), "REPLAY")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UUID", text)
    text = re.sub(r"talkscraper-test-\d.warc.gz|byte [\d,]+|,\d+,\d+,,\d{4}", "", text)
    return re.sub(r'"(filename|offset|length|marks)": "[^"]*"', "", text)


@pytest.mark.parametrize(
    "path",
    [
        "/?q=wall", "/?q=wall&order=newest", "/?q=wall&source=coast", "/timeline?q=wall", "/timeline.csv?q=wall&by=source",
        "/changes", "/changes.atom", "/feed.atom?q=wall", "/kwic?q=wall", "/kwic.csv?q=wall", "/api/search?q=wall&order=newest",
        "/api/timeline?q=wall", "/api/changes", "/article?url=" + PIER, "/healthz",
    ],
)  # fmt: skip
def test_pages_of_the_reading_room_are_those_of_one_archive(served, path):
    both, one, _ = served
    asked, expected = both.get(path), one.get(path)
    assert asked.status == expected.status
    assert _plain(both, asked).splitlines() == _plain(one, expected).splitlines()


@pytest.mark.parametrize(
    "path",
    [
        f"/web/timemap/link/{WALL}", f"/web/timemap/json/{HOME}", f"/web/20240501id_/{HOME}", f"/web/20250501id_/{HOME}",
        f"/web/20250509100000id_/{HOME}", f"/web/{WALL}", f"/web/*/{WALL}", f"/cdx?url={SITE}&matchType=host",
        f"/cdx?url={WALL}&closest=20250503100000&limit=1",
    ],
)  # fmt: skip
def test_replay_finds_the_nearest_capture_of_any_archive(served, path):
    """Also a revisit whose original another archive has."""
    both, one, _ = served
    asked, expected = both.get(path, replay=True), one.get(path, replay=True)
    assert asked.status == expected.status
    assert _plain(both, asked) == _plain(one, expected)
    assert [re.sub(r"\d{5}/", "/", asked.headers.get(name) or "") for name in ("Location", "Memento-Datetime")] == [
        re.sub(r"\d{5}/", "/", expected.headers.get(name) or "") for name in ("Location", "Memento-Datetime")
    ]


def test_an_article_of_both_has_its_revisions_in_order_on_its_page(served):
    both, _, _ = served
    article_id = json.loads(both.get("/api/search?q=title:wall").body)["hits"][0]["id"]
    document = json.loads(both.get(f"/api/article/{article_id}").body)
    assert document["text"] == "The wall fell, after a year."
    assert [each["number"] for each in document["revisions"]] == [1, 2]
    assert document["revisions"][1]["change"] != "first"
    old = json.loads(both.get(f"/api/article/{article_id}?revision=1").body)
    assert old["revision"]["text"] == "The wall holds."
    assert "The wall holds." in both.get(f"/article/{article_id}/20240601").text
    assert both.get(f"/article/{article_id}/diff").status == 200
    assert len(json.loads(both.get("/api/changes").body)["changes"]) == 1


def test_downloads_hold_the_records_of_both(served):
    both, one, _ = served
    assert both.get("/export.csv?q=wall").text.count("\n") == one.get("/export.csv?q=wall").text.count("\n")
    assert both.get("/export.warc?q=wall").status == one.get("/export.warc?q=wall").status
    for each in ("test-0", "test-1"):
        assert both.get(f"/warc/talkscraper-{each}.warc.gz", replay=True).status == 200


def test_the_commands_that_read_take_several_archives_and_the_others_one(served):
    _, _, (older, newer) = served
    both = ["--archive", newer.root]
    for command in ("search wall", "timeline wall", "kwic wall", "changes", "show " + WALL, "diff " + WALL):
        done = run_here(older.root, *both, *command.split())
        assert done.returncode == 0, (command, done.stderr)
        assert done.stdout
    after = run_here(older.root, "search", "wall", "--archive", older.root, "--archive", newer.root, "--json")
    assert json.loads(after.stdout)["total"] == 3
    assert "The wall holds" in run_here(older.root, *both, "show", WALL, "--revision", 1).stdout
    for command in ("verify", "crawl", "status", "takedown http://x.test/ --reason r", "wacz x.wacz"):
        done = run_here(older.root, *both, *command.split())
        assert done.returncode == 2
        assert "takes one --archive" in done.stderr
        assert done.stderr.count("\n") == 1


def test_the_same_archive_twice_is_no_federation(served):
    _, _, (older, _) = served
    with pytest.raises(UsageError, match="named twice"):
        Readers(older.database, older.database)
