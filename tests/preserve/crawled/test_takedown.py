"""What was taken down is found nowhere, at each depth as deep as it says, and everything else stays sound."""

from __future__ import annotations

import csv
import gzip
import json
import shutil
import sqlite3
import zipfile
from datetime import UTC, datetime

import pytest

from talkscraper.archive import Archive as Reader
from talkscraper.archive_folder import ArchiveFolder
from talkscraper.preserve.recovery import recover
from talkscraper.preserve.takedown.receipt import Depth
from talkscraper.preserve.takedown.takedown import takedown
from talkscraper.store.writer import ArchiveWriter
from tests.support.warcs import iter_records
from tests.support.web_servers import ServedArchive

DEPTHS = ("hide", "delete", "rewrite")
NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)


def served_by(folder):
    """Reading room and replay on loopback."""
    return ServedArchive(folder)


def everything(root):
    """All bytes of the archive's own files, WARC members unpacked, but for receipts and what the operator wrote."""
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.parent.name != "reports":
            data = path.read_bytes()
            yield path, data + (gzip.decompress(data) if path.name.endswith(".gz") else b"")


def holding(root, word):
    return [path.name for path, data in everything(root) if word in data]


def secret_is_stored(archive):
    return holding(archive.root, b"zanzibarite")


@pytest.fixture(scope="module", params=DEPTHS)
def taken_once(request, crawled, tmp_path_factory):
    """An archive whose secret article was taken down, by the command, at each depth; not to be changed."""
    root = tmp_path_factory.mktemp("taken") / "archive"
    shutil.copytree(crawled.root, root)
    archive = type(crawled)(root, crawled.base)
    assert secret_is_stored(archive)
    archive.receipt = archive.json(
        "takedown", f"{archive.base}/posts/taken", "--reason", "asked by the author", "--depth", request.param
    )
    archive.depth = request.param
    return archive


@pytest.fixture
def taken(taken_once, archive):
    """A copy of it."""
    shutil.rmtree(archive.root)
    shutil.copytree(taken_once.root, archive.root)
    archive.receipt, archive.depth = taken_once.receipt, taken_once.depth
    return archive


def test_each_depth_removes_what_it_says(taken):
    """hide keeps the bytes, delete leaves them in the WARC alone, rewrite leaves them nowhere."""
    left = secret_is_stored(taken)
    if taken.depth == "hide":
        assert "talkscraper.db" in left
    elif taken.depth == "delete":
        assert left
        assert all(name.endswith(".warc.gz") for name in left)
    else:
        assert left == []
    assert taken.receipt["pages_cleared"] is (None if taken.depth == "hide" else True)


def test_the_archive_stays_sound(taken):
    """verify finds nothing: rows, index lines, digests and revisits fit each other as before."""
    assert taken.verified() == []


def test_nothing_reveals_it(taken):
    """Search, show, diff, cite, export, replay, index, WACZ and the Python reader know nothing of it."""
    url = f"{taken.base}/posts/taken"
    assert taken.json("search", "zanzibarite")["hits"] == []
    for command in (["show", url], ["diff", url], ["cite", url], ["replay", url]):
        done = taken.run(*command)
        assert done.returncode == 1, command
        assert "zanzibarite" not in done.stdout
    assert taken.run("export", str(taken.root / "exports" / "all.csv")).returncode == 0
    with (taken.root / "exports" / "all.csv").open(encoding="utf-8", newline="") as handle:
        assert sorted(row["title"] for row in csv.DictReader(handle)) == ["Boats leave the basin", "The wall is raised"]
    assert all("/posts/taken" not in path.read_text() for path in (taken.root / "index").iterdir())
    assert taken.run("wacz", str(taken.root / "exports" / "all.wacz")).returncode == 0
    with zipfile.ZipFile(taken.root / "exports" / "all.wacz") as packed:
        inside = b"".join(packed.read(name) for name in packed.namelist() if name.endswith((".jsonl", ".idx", ".json")))
        warcs = b"".join(gzip.decompress(packed.read(n)) for n in packed.namelist() if n.endswith(".gz"))
    assert b"zanzibarite" not in inside + warcs
    with Reader(taken.root) as reader:
        assert reader.captures(url) == []
        assert [found.title for found in reader.search("wall secret")] == []


def test_the_web_reveals_nothing(taken):
    """The reading room and the replay origin answer 404, 410 or 451, and WARC ranges with it are refused."""
    served = served_by(ArchiveFolder(taken.root))
    try:
        _reveals_nothing(taken, served)
    finally:
        served.stop()


def _reveals_nothing(taken, served):
    url = f"{taken.base}/posts/taken"
    for path in (f"/web/{url}", f"/web/2026id_/{url}", f"/web/timemap/link/{url}", f"/web/*/{url}"):
        assert served.play(path).status in (404, 451), path
    assert served.play(f"/cdx?url={url}").text.strip() == ""
    assert "/posts/taken" not in served.play(f"/cdx?url={taken.base}/&matchType=prefix").text
    assert "The secret of the wall" not in served.get("/?q=zanzibarite").text
    assert "The secret of the wall" not in served.get("/?q=wall").text
    for article in taken.receipt["articles"]:
        assert served.get(f"/article/{article['id']}").status == 404
    for place in taken.receipt["records"]:
        if taken.depth != "rewrite":
            span = f"bytes={place['offset']}-{place['offset'] + place['length'] - 1}"
            assert served.play(f"/warc/{place['file']}", Range=span).status == 451
        else:
            assert served.play(f"/warc/{place['file']}").status == 200


def test_a_picture_that_another_page_shares_stays(taken):
    """The other address of the same bytes is a revisit of the record that goes: its payload is kept under its name."""
    taken.json("takedown", f"{taken.base}/a.png", "--reason", "the same", "--depth", taken.depth)
    kept = taken.run("replay", f"{taken.base}/b.png")
    assert kept.returncode == 0, kept.stderr
    assert taken.verified() == []
    (digest,) = {row[0] for row in taken.rows("select payload_digest from captures where url like '%/b.png'")}
    assert taken.rows(
        "select 1 from captures where url like '%/b.png' and record_type = 'response' and payload_digest = ?", digest
    )


@pytest.mark.parametrize("depth", ["hide", "delete"])
def test_it_is_never_fetched_again(archive, paper, depth):
    """Not by its address, a variant of it, a redirect to it, nor another page that turns out to be it."""
    archive.json("takedown", f"{archive.base}/posts/taken", "--reason", "r", "--depth", depth)
    paper.add("/posts/short", b"moved", 301, content_type="text/plain", headers={"Location": "/posts/taken"})
    paper.add("/posts/taken-amp", paper.pages["/posts/taken"].body)
    names = ("kept", "taken", "short", "taken-amp", "taken?utm_source=x")
    links = "".join(f'<li><a href="/posts/{name}">Story {name}</a></li>' for name in names)
    paper.add("/", f"<html><body><ul>{links}</ul></body></html>".encode())
    done = archive.run("crawl", "quay")
    assert done.returncode == 0, done.stderr
    assert "/posts/kept" in paper.paths()
    assert "/posts/short" in paper.paths()
    assert [path for path in paper.paths() if path.startswith("/posts/taken") and path != "/posts/taken-amp"] == []
    assert archive.run("replay", f"{archive.base}/posts/taken-amp").returncode == 1
    assert all("taken-amp" not in path.read_text() for path in (archive.root / "index").iterdir())
    assert archive.verified() == []
    assert archive.rows("select count(*) from takedowns where url like '%/taken-amp'") == [(1,)]


def test_the_receipt_lies_in_reports_and_in_the_table(taken):
    """One file, one row per address, and both say who asked, which records went, and where copies are."""
    told = json.loads((taken.root / taken.receipt["file"]).read_text("utf-8"))
    rows = taken.rows("select url, depth, reason, receipt from takedowns order by id")
    assert rows[0][:3] == (f"{taken.base}/posts/taken", taken.depth, "asked by the author")
    whole, *others = [json.loads(row[3]) for row in rows if json.loads(row[3]).get("reason")]
    assert whole["records"] == told["records"]
    for (url, *_), each in zip(rows[1:], others, strict=False):
        assert each["urls"] == [url]
        assert [place["record_id"] for place in each["records"]] == [
            place["record_id"] for place in told["records"] if place["url"] == url
        ], "the rows of further addresses say what concerns them, or a long takedown would be noted many times over"
    assert [each["record_id"] for each in told["records"]] == [each["record_id"] for each in taken.receipt["records"]]
    assert told["articles"][0]["title"] == ("The secret of the wall" if taken.depth == "hide" else None)
    if taken.depth == "rewrite":
        (before,) = {
            row[0]
            for row in taken.rows("select sha256_before from warc_files where name = ?", told["files"][0]["name"])
        }
        assert before == told["files"][0]["sha256_before"]


def test_exports_and_backups_are_listed(archive):
    """A CSV and a JSONL with the article are named; one without it isn't."""
    archive.run("export", str(archive.root / "exports" / "all.csv"))
    archive.run("export", str(archive.root / "exports" / "all.jsonl"))
    (archive.root / "exports" / "none.csv").write_text("id,title\n")
    told = archive.json("takedown", f"{archive.base}/posts/taken", "--reason", "r", "--dry-run")
    assert [each["path"].rsplit("/", 1)[-1] for each in told["copies"]] == ["all.csv", "all.jsonl"]


def test_a_dry_run_changes_nothing(archive):
    """It lists what would go, and every file stays as it was."""
    before = {path: path.read_bytes() for path in archive.root.rglob("*.gz")}
    told = archive.json("takedown", f"{archive.base}/posts/taken", "--reason", "r", "--depth", "rewrite", "--dry-run")
    assert told["dry_run"] is True
    assert len(told["records"]) == 2
    assert archive.rows("select count(*) from takedowns") == [(0,)]
    assert secret_is_stored(archive)
    assert {path: path.read_bytes() for path in archive.root.rglob("*.gz")} == before


def test_a_takedown_may_go_deeper_later(archive):
    """hide, then delete, then rewrite: the last finds the record although its rows are gone."""
    for depth in DEPTHS:
        archive.json("takedown", f"{archive.base}/posts/taken", "--reason", "r", "--depth", depth)
        assert archive.verified() == []
    assert secret_is_stored(archive) == []


def test_a_rewrite_keeps_every_other_record_byte_for_byte(archive):
    """All records but those of the address, in their order, and one that says what was done."""
    folder = ArchiveFolder(archive.root)
    before = {
        path.name: [(each.record_id, each.block) for each in iter_records(path)]
        for path in sorted(folder.warc.glob("*.gz"))
    }
    receipt = takedown(folder, [f"{archive.base}/posts/taken"], reason="r", depth=Depth.REWRITE, now=NOW)
    assert len(receipt.files) == 2
    for file in receipt.files:
        after = [(each.record_id, each.block) for each in iter_records(folder.warc / file.name)]
        assert after[:-1] == [each for each in before[file.name] if each[0] not in file.removed]
        assert b"talkscraper-takedown: " in after[-1][1]
        assert len(file.removed) == len(before[file.name]) - len(after) + 1


@pytest.mark.parametrize("step", ["_write_rows", "_put_in_place", "write_sorted"])
def test_a_power_cut_in_a_rewrite_is_finished_or_undone(archive, monkeypatch, step):
    """Killed before the rows, after the rows, or before the index: the next run leads back to a sound archive."""
    from talkscraper.preserve.takedown import takedown as module

    def cut(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, step, cut)
    url = f"{archive.base}/posts/taken"
    with pytest.raises(KeyboardInterrupt):
        takedown(ArchiveFolder(archive.root), [url], reason="r", depth=Depth.REWRITE, now=NOW)
    monkeypatch.undo()
    archive.json("takedown", f"{archive.base}/posts/other", "--reason", "r")
    assert archive.verified() == []
    assert list((archive.root / "warc").glob("*.rewrite")) == []
    committed = archive.rows("select 1 from takedowns where url = ? and depth = 'rewrite'", url) != []
    assert committed == (step != "_write_rows")
    in_warcs = [name for name in secret_is_stored(archive) if name.endswith(".gz")]
    assert bool(in_warcs) != committed


def test_a_reader_in_the_way_is_told(archive):
    """A reader inside a transaction keeps deleted pages in the log: exit code 1, and running it again clears them."""
    reader = sqlite3.connect(archive.root / "talkscraper.db")
    reader.execute("begin")
    reader.execute("select count(*) from articles").fetchone()
    command = ["takedown", f"{archive.base}/posts/taken", "--reason", "r", "--depth", "delete"]
    done = archive.run(*command)
    assert done.returncode == 1
    assert "run this again" in done.stdout
    reader.close()
    assert archive.run(*command).returncode == 0
    assert [name for name in secret_is_stored(archive) if not name.endswith(".gz")] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["posts/taken", "--reason", "r"], "is no address"),
        (["https://news.example/a", "--reason", "  "], "needs a reason"),
    ],
)
def test_nonsense_is_refused_in_one_line(archive, arguments, told):
    """A relative address or an empty reason is a usage error."""
    done = archive.run("takedown", *arguments)
    assert done.returncode == 2
    assert told in done.stderr


def test_an_address_that_the_archive_does_not_have_is_barred_beforehand(archive, paper):
    """A takedown may come before the first crawl of a page."""
    told = archive.json("takedown", f"{archive.base}/posts/coming", "--reason", "an embargo for ever")
    assert told["records"] == []
    paper.add("/posts/coming", b"<html><h1>Coming</h1></html>")
    paper.add("/", b'<html><body><a href="/posts/coming">Coming</a></body></html>')
    archive.run("crawl", "quay")
    assert "/posts/coming" not in paper.paths()


def test_receipts_bind_when_the_database_was_lost(archive):
    """A new database takes them from reports/; a broken receipt stops nobody."""
    url = f"{archive.base}/posts/taken"
    archive.json("takedown", url, "--reason", "asked by the author", "--depth", "delete")
    before = archive.rows("select url, depth, reason from takedowns order by id")
    for path in archive.root.glob("talkscraper.db*"):
        path.unlink()
    (archive.root / "reports" / "takedown-20260101000000.json").write_text("{", encoding="utf-8")
    writer = ArchiveWriter(archive.root / "talkscraper.db")
    writer.run(lambda db: recover(ArchiveFolder(archive.root), db, NOW))
    writer.close()
    assert archive.rows("select url, depth, reason from takedowns order by id") == before
    whole, *others = [json.loads(row[0]) for row in archive.rows("select receipt from takedowns order by id")]
    assert whole["records"]
    assert [each["urls"] for each in others] == [[row[0]] for row in before[1:]]
    assert archive.rows("select count(*) from captures where url = ?", url) == [(0,)]
    assert archive.rows("select count(*) from captures") != [(0,)]


def test_a_run_that_is_going_on_is_not_disturbed(archive):
    """75, and nothing has changed."""
    with ArchiveFolder(archive.root).lock(what="crawl"):
        done = archive.run("takedown", f"{archive.base}/posts/taken", "--reason", "r")
    assert done.returncode == 75
    assert archive.rows("select count(*) from takedowns") == [(0,)]


def test_a_record_outside_of_the_archive_is_not_rewritten(archive):
    """Somebody else's file: refused by name before anything has changed; delete works."""
    (name,) = archive.rows("select warc_file from captures where url like '%/posts/taken' order by seq limit 1")[0]
    outside = archive.root.parent / name
    (archive.root / "warc" / name).rename(outside)
    connection = sqlite3.connect(archive.root / "talkscraper.db")
    with connection:
        connection.execute("update warc_files set path = ? where name = ?", [str(outside), name])
    connection.close()
    command = ["takedown", f"{archive.base}/posts/taken", "--reason", "r", "--depth"]
    done = archive.run(*command, "rewrite")
    assert done.returncode == 2
    assert str(outside) in done.stderr
    assert archive.rows("select count(*) from takedowns") == [(0,)]
    assert archive.run(*command, "delete").returncode == 0
    assert archive.rows("select count(*) from captures where url like '%/posts/taken'") == [(0,)]


def test_the_same_bytes_captured_later_never_refer_to_what_was_taken_down(archive):
    """find_originals passes over records of addresses that were taken down."""
    from talkscraper.store.captures import find_originals

    (digest,) = archive.rows("select payload_digest from captures where url like '%/posts/taken' limit 1")[0]
    writer = ArchiveWriter(archive.root / "talkscraper.db")
    assert writer.run(find_originals, digest)
    writer.close()
    archive.json("takedown", f"{archive.base}/posts/taken", "--reason", "r")
    writer = ArchiveWriter(archive.root / "talkscraper.db")
    assert not writer.run(find_originals, digest)
    writer.close()
