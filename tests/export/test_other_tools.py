"""Exports that other tools read: bibliographies, corpora, spreadsheets, typed tables."""

import csv
import hashlib
import io
import re
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest
import rispy

from talkscraper.export import write_export
from talkscraper.export.model import CollectionMember
from talkscraper.store.export import COLUMNS
from talkscraper.store.match import SearchRequest
from tests.support.row_archives import START, article, published


@pytest.fixture
def filled(archive):
    """Three articles, one of them with two revisions, one with a hostile title and source."""
    for number in range(3):
        title = "=1+1 ../x" if number == 2 else f"Harbour {number}"
        archive.page(
            article(
                f"https://news.test/{number}",
                f"wall {number}\n\nsecond",
                title=title,
                published=published(START - timedelta(days=1)),
            )
        )
    archive.page(
        article("https://news.test/1", "wall 1\n\nanother second paragraph", title="Harbour 1 again"),
        START.replace(day=30),
    )
    return archive


def written(export, path):
    number = write_export(export, path)
    return number, path.read_bytes()


def test_a_bibliography_has_every_article_once(filled, export_of, tmp_path):
    number, data = written(export_of("wall"), tmp_path / "a.ris")
    found = rispy.loads(data.decode())
    assert number == len(found) == 3
    assert len({each["id"] for each in found}) == 3
    number, data = written(export_of("wall"), tmp_path / "a.bib")
    keys = re.findall(r"^@online\{([^,]+),$", data.decode(), re.MULTILINE)
    assert number == len(set(keys)) == 3
    assert data.decode().count("WARC-Record-ID") == 3


def test_an_article_without_its_record_is_left_out_of_a_bibliography(filled, export_of, tmp_path):
    filled.rows(
        "delete from captures where id = (select capture_id from articles where title = 'Harbour 0') returning id"
    )
    assert written(export_of(), tmp_path / "a.ris")[0] == 2


def test_a_corpus_has_one_text_per_article_and_a_table_of_them(filled, export_of, tmp_path):
    number, data = written(export_of("wall", name="Corpus 1.zip"), tmp_path / "a.zip")
    packed = zipfile.ZipFile(io.BytesIO(data))
    assert packed.testzip() is None
    table = list(csv.DictReader(io.TextIOWrapper(packed.open("corpus-1/metadata.csv"), "utf-8", newline="")))
    texts = [name for name in packed.namelist() if name.endswith(".txt")]
    assert number == len(texts) == len(table) == 3
    assert {f"corpus-1/{row['file']}" for row in table} == set(texts)
    for row in table:
        assert re.fullmatch(r"texts/\d{4}-\d\d-\d\d_[a-z0-9.-]+_[0-9a-f]{16}\.txt", row["file"])
        digest = hashlib.sha256(packed.read(f"corpus-1/{row['file']}")).hexdigest()
        assert row["text_digest"] == f"sha256:{digest}"
    assert list(table[0]) == ["file", *(each.name for each in COLUMNS if each.name != "text")]
    assert {row["title"][:2] for row in table} == {"Ha", "'="}


def test_the_byte_order_mark_is_there_on_demand(filled, export_of, tmp_path):
    plain = written(export_of(), tmp_path / "a.csv")[1]
    marked = written(export_of(options=frozenset({"bom"})), tmp_path / "b.csv")[1]
    assert marked == b"\xef\xbb\xbf" + plain
    packed = zipfile.ZipFile(
        io.BytesIO(written(export_of(name="c", options=frozenset({"bom"})), tmp_path / "c.zip")[1])
    )
    assert packed.read("c/metadata.csv").startswith(b"\xef\xbb\xbffile,")


def test_times_are_timestamps_and_days_are_dates_in_parquet(filled, export_of, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow as pa

    write_export(export_of("title:0"), tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    for column in COLUMNS:
        kind = table.schema.field(column.name).type
        assert (kind == pa.timestamp("us", tz="UTC")) == (column.kind == "time"), column
        assert (kind == pa.date32()) == (column.kind == "day"), column
    (row,) = table.to_pylist()
    assert row["first_captured_at"] == START.astimezone(UTC)
    assert row["published_day"] == row["day"] == date(2025, 10, 27)
    assert row["gone_at"] is None
    assert isinstance(row["captured_at"], datetime)


def test_a_time_that_is_none_is_empty_in_parquet(filled, export_of, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    filled.rows("update articles set modified_at = 'soon' where title = 'Harbour 0' returning id")
    write_export(export_of("title:0"), tmp_path / "a.parquet")
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist()[0]["modified_at"] is None


def test_day_is_in_every_export_of_rows():
    assert "day" in [each.name for each in COLUMNS]


def test_only_the_members_of_a_set_with_or_without_a_search(filled, export_of, tmp_path):
    ids = {row["title"]: row["id"] for row in filled.rows("select id, title from articles")}
    members = {
        ids["Harbour 0"]: CollectionMember(revision=1, note="look here"), ids["Harbour 1 again"]: CollectionMember(revision=1), "f" * 16: CollectionMember(revision=1),
    }  # fmt: skip
    for request, expected in (
        (SearchRequest(), {"Harbour 0", "Harbour 1 again"}), (SearchRequest(text="again"), {"Harbour 1 again"}),
        (SearchRequest(title="again"), {"Harbour 1 again"}), (SearchRequest(until="2025-10-27"), {"Harbour 0"}),
    ):  # fmt: skip
        found = {row["title"] for row in export_of(request=request, members=members).rows()}
        assert found == expected, request
    found = rispy.loads(written(export_of(members=members), tmp_path / "a.ris")[1].decode())
    assert {each["title"] for each in found} == {"Harbour 0", "Harbour 1"}
    assert [each["notes_abstract"] for each in found if each["title"] == "Harbour 0"] == ["look here"]
