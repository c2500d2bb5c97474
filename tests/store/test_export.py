"""Exports: whole, streamed, safe in a spreadsheet, and never half a file under its name."""

import csv
import gzip
import hashlib
import json
from datetime import timedelta

import pytest

from talkscraper.errors import QueryError, StorageError, UsageError
from talkscraper.store.articles import hide_article
from talkscraper.store.database import open_reader
from talkscraper.store.export import COLUMNS, export, rows, stream
from talkscraper.store.match import SearchRequest
from talkscraper.store.release import write_release
from tests.support.row_archives import START, WARC, article


@pytest.fixture
def filled(archive):
    """25 articles, one of them hidden."""
    for number in range(25):
        archive.page(
            article(f"https://news.test/{number}", f'wall {number}\n\nsecond, "paragraph"', title=f"Piece {number}")
        )
    hidden = archive.page(article("https://news.test/hidden", "wall hidden"))
    archive.writer.run(hide_article, hidden.article_id, now=START)
    return archive


@pytest.fixture
def connection(filled):
    reader = open_reader(filled.path)
    yield reader
    reader.close()


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_the_whole_result_is_in_every_form_with_its_record(connection, tmp_path, name):
    out = tmp_path / name
    assert export(connection, SearchRequest(text="wall", limit=5), out) == 25
    if name.endswith("parquet"):
        found = pytest.importorskip("pyarrow.parquet").read_table(out).to_pylist()
    else:
        text = (gzip.decompress(out.read_bytes()) if name.endswith("gz") else out.read_bytes()).decode()
        found = (
            list(csv.DictReader(text.splitlines(keepends=True)))
            if ".csv" in name
            else [json.loads(line) for line in text.splitlines()]
        )
    assert len({row["id"] for row in found}) == 25
    assert all(list(row) == [each.name for each in COLUMNS] for row in found)
    assert {row["warc_file"] for row in found} == {WARC}
    assert all(row["capture_id"].startswith("<urn:uuid:") and row["payload_digest"] for row in found)
    assert all('second, "paragraph"' in row["text"] and "\n\n" in row["text"] for row in found)
    assert not list(tmp_path.glob("*.part"))


def test_only_what_is_new_or_changed_since(filled, connection):
    later = START + timedelta(days=1)
    filled.page(article("https://news.test/3", "wall 3 changed", title="Piece 3"), later)
    filled.page(article("https://news.test/4", 'wall 4\n\nsecond, "paragraph"', title="Piece 4"), later)
    for text in ("", "wall"):
        assert [row["title"] for row in rows(connection, SearchRequest(text=text), since_indexed=later)] == ["Piece 3"]


def test_formulas_are_defused_in_csv_alone(archive):
    for number, title in enumerate(["=cmd|' /C calc'!A0", "+1", "-5 degrees", "@home", "plain"]):
        archive.page(article(f"https://news.test/{number}", title=title))
    reader = open_reader(archive.path)
    try:
        guarded = b"".join(stream(reader, SearchRequest(), "csv")).decode()
        plain = b"".join(stream(reader, SearchRequest(), "csv", guard=False)).decode()
        lines = b"".join(stream(reader, SearchRequest(), "jsonl")).decode()
    finally:
        reader.close()
    titles = {row["title"] for row in csv.DictReader(guarded.splitlines())}
    assert titles == {"'=cmd|' /C calc'!A0", "'+1", "'-5 degrees", "'@home", "plain"}
    assert {row["title"] for row in csv.DictReader(plain.splitlines())} == {title.removeprefix("'") for title in titles}
    assert {json.loads(line)["title"] for line in lines.splitlines()} == {title.removeprefix("'") for title in titles}


def test_a_failed_export_leaves_the_old_file(connection, tmp_path):
    out = tmp_path / "a.jsonl"
    out.write_text("old")
    with pytest.raises(QueryError):
        export(connection, SearchRequest(text='"open'), out)
    with pytest.raises(StorageError):
        export(connection, SearchRequest(), tmp_path / "none" / "a.jsonl")
    with pytest.raises(UsageError, match="must end in"):
        export(connection, SearchRequest(), tmp_path / "a.xlsx")
    assert out.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.jsonl"]


def test_a_release_can_be_checked_by_its_sums_and_is_never_written_over(connection, tmp_path):
    pytest.importorskip("pyarrow")
    out = tmp_path / "appendix"
    assert write_release(connection, SearchRequest(text="wall", since="2025"), out, now=START) == 25
    sums = dict(reversed(line.split("  ")) for line in (out / "SHA256SUMS").read_text().splitlines())
    assert set(sums) | {"SHA256SUMS"} == {path.name for path in out.iterdir()}
    for name, digest in sums.items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == digest
    query = json.loads((out / "query.json").read_text())
    assert query["request"] == {"text": "wall", "since": "2025"}
    assert [file["name"] for file in query["warc_files"]] == [WARC]
    assert query["newest_indexed_at"] == "2025-10-28T09:00:00Z"
    assert [each["name"] for each in json.loads((out / "schema.json").read_text())] == [each.name for each in COLUMNS]
    assert "25 news articles" in (out / "README.md").read_text()
    with pytest.raises(UsageError, match="isn't empty"):
        write_release(connection, SearchRequest(), out, now=START)
