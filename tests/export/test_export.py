"""Exports: whole, streamed, safe in a spreadsheet, and never half a file under its name."""

import csv
import gzip
import hashlib
import io
import json
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import QueryError, StorageError, UsageError
from talkscraper.export import export_formats, format_of, write_export
from talkscraper.export.release import write_release
from talkscraper.preserve.known_copies import known_copies
from talkscraper.store import export as export_rows
from talkscraper.store.articles import hide_article
from talkscraper.store.export import COLUMNS, rows
from talkscraper.store.match import SearchRequest
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


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.jsonl", "a.jsonl.gz", "a.ndjson", "a.parquet"])
def test_the_whole_result_is_in_every_format_of_rows_with_its_record(filled, export_of, tmp_path, name):
    out = tmp_path / name
    if name.endswith("parquet"):
        parquet = pytest.importorskip("pyarrow.parquet")
    assert write_export(export_of(request=SearchRequest(text="wall", limit=5)), out) == 25
    if name.endswith("parquet"):
        found = parquet.read_table(out).to_pylist()
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
    assert not list(tmp_path.glob("*.tmp"))


@pytest.mark.parametrize("text", ["", "wall", "wall NOT 7", "wal*", "words:>1"])
@pytest.mark.parametrize("first", [2, 7, 24, 25, 26])
def test_what_is_looked_up_first_and_what_is_looked_up_later_is_the_whole(filled, export_of, monkeypatch, text, first):
    """However many are looked up at once: every match once, newest first; the second part only when it is needed."""
    whole = [row["id"] for row in rows(export_of().connection, SearchRequest(text=text))]
    assert len(whole) == 25 - (" 7" in text)
    monkeypatch.setattr(export_rows, "FIRST", first)
    connection = export_of().connection
    asked = []
    connection.set_trace_callback(
        lambda each: asked.append(each) if "order by seq desc limit" in each or "articles_fts match" in each else None
    )
    found = rows(connection, SearchRequest(text=text))
    ids = [next(found)["id"]]
    assert len(asked) == 1
    ids += [row["id"] for row in found]
    assert ids == whole


def test_an_export_of_everything_reads_no_row_to_list_it(filled, export_of, monkeypatch):
    """Of a million articles, those would be all texts, before the first is written; what is hidden is left out of each part."""
    monkeypatch.setattr(export_rows, "FIRST", 2)
    for since in (None, START):
        connection = export_of().connection
        asked = []
        connection.set_trace_callback(asked.append)
        assert len(list(rows(connection, SearchRequest(), since_indexed=since))) == 25
        connection.set_trace_callback(None)
        listings = [each for each in asked if each.startswith("select seq from") and " in (" not in each]
        assert len(listings) == (3 if since is None else 1)
        steps = [row[3] for each in listings for row in connection.execute(f"explain query plan {each}")]
        assert not [each for each in steps if " articles USING" in each and "COVERING" not in each], steps


def test_only_what_is_new_or_changed_since(filled, export_of):
    later = START + timedelta(days=1)
    filled.page(article("https://news.test/3", "wall 3 changed", title="Piece 3"), later)
    filled.page(article("https://news.test/4", 'wall 4\n\nsecond, "paragraph"', title="Piece 4"), later)
    for text in ("", "wall"):
        connection = export_of().connection
        assert [row["title"] for row in rows(connection, SearchRequest(text=text), since_indexed=later)] == ["Piece 3"]
        assert len(list(export_of(text, since_indexed=later).article_ids())) == 1


def test_formulas_are_defused_in_csv_alone(archive, export_of):
    for number, title in enumerate(["=cmd|' /C calc'!A0", "+1", "-5 degrees", "@home", "plain"]):
        archive.page(article(f"https://news.test/{number}", title=title))

    def written(name, *options):
        return b"".join(export_formats()[name].pieces(export_of(options=frozenset(options)))).decode()

    titles = {row["title"] for row in csv.DictReader(written("csv").splitlines())}
    assert titles == {"'=cmd|' /C calc'!A0", "'+1", "'-5 degrees", "'@home", "plain"}
    unguarded = {title.removeprefix("'") for title in titles}
    assert {row["title"] for row in csv.DictReader(written("csv", "no-guard").splitlines())} == unguarded
    assert {json.loads(line)["title"] for line in written("jsonl").splitlines()} == unguarded


def test_a_failed_export_leaves_the_old_file(filled, export_of, tmp_path):
    out = tmp_path / "out" / "a.jsonl"
    out.parent.mkdir()
    out.write_text("old")
    with pytest.raises(QueryError):
        write_export(export_of('"open'), out)
    with pytest.raises(StorageError):
        write_export(export_of(), tmp_path / "none" / "a.jsonl")
    with pytest.raises(UsageError, match="must end in"):
        write_export(export_of(), out.with_name("a.xlsx"))
    with pytest.raises(UsageError, match="at most 3 articles"):
        write_export(export_of(max_articles=3), out)
    assert out.read_text() == "old"
    assert [path.name for path in out.parent.iterdir()] == ["a.jsonl"]


def test_a_release_can_be_checked_by_its_sums_and_is_never_written_over(filled, export_of, tmp_path):
    pytest.importorskip("pyarrow")
    out = tmp_path / "appendix"
    assert write_release(export_of(request=SearchRequest(text="wall", since="2025")), out) == 25
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
        write_release(export_of(), out)


def test_a_release_in_a_zip_has_the_files_of_the_folder(filled, export_of, tmp_path):
    pytest.importorskip("pyarrow")
    out = tmp_path / "appendix.release.zip"
    assert write_export(export_of(name=out.name), out) == 25
    names = ["README.md", "SHA256SUMS", "articles.parquet", "query.json", "schema.json"]
    packed = zipfile.ZipFile(io.BytesIO(out.read_bytes()))
    assert sorted(packed.namelist()) == [f"appendix/{name}" for name in names]


def test_a_takedown_finds_every_export_that_is_text(filled, export_of, tmp_path):
    """So that a person knows which files to delete."""
    folder = ArchiveFolder(tmp_path).make()
    endings = [end for each in export_formats().values() if each.is_text for end in each.endings if end[-3:] != ".gz"]
    for ending in endings:
        write_export(export_of(), folder.exports / f"all{ending}")
    assert {".csv", ".jsonl", ".ndjson"} <= set(endings)
    held = known_copies(folder, ["https://news.test/7"], [], [])
    assert {Path(each.path).name for each in held if each.told == "holds it"} == {f"all{ending}" for ending in endings}
    assert known_copies(folder, ["https://news.test/none"], [], []) == ()


def test_no_two_formats_share_a_name_or_an_ending():
    endings = [ending for each in export_formats().values() for ending in each.endings]
    assert len(endings) == len(set(endings))
    for name, each in export_formats().items():
        assert name == each.name
        assert all(format_of(Path(f"a{ending}")) is each for ending in each.endings)
        assert format_of(Path(f"A{each.ending.upper()}")) is each
