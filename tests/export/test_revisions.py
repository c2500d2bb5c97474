"""``export --revisions``: one row for each revision, with what changed, in three formats."""

import csv
import gzip
import io
import json
from datetime import timedelta

import pytest

from tests.support.cli import run_here
from tests.support.row_archives import START, RowArchive, article


@pytest.fixture
def revised(tmp_path):
    """An article with two revisions, one of which begins like a formula, and one without changes."""
    rows = RowArchive(tmp_path / "talkscraper.db")
    (tmp_path / "sources.toml").touch()
    rows.page(article("https://news.test/a", "Nine boats sank in the night."))
    rows.page(article("https://news.test/a", "Ten boats sank in the night.", title="=Boats"), START + timedelta(days=1))
    rows.page(article("https://news.test/b", "Nothing sank here at all today."))
    rows.writer.close()
    return tmp_path


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "jsonl", "parquet"])
def test_each_revision_is_a_row_with_its_changed_words(revised, ending):
    out = revised / f"out.{ending}"
    done = run_here(revised, "export", out, "revised:yes", "--revisions", "--json")
    assert (done.returncode, json.loads(done.stdout)["revisions"]) == (0, 2)
    if ending == "parquet":
        from pyarrow import parquet

        rows = parquet.read_table(out).to_pylist()
    elif ending == "jsonl":
        rows = [json.loads(line) for line in out.read_text().splitlines()]
    else:
        data = gzip.decompress(out.read_bytes()) if ending.endswith("gz") else out.read_bytes()
        rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    first, second = rows
    assert (int(first["number"]), first["change"], first["changed_words"]) == (1, "first", "")
    assert (int(second["number"]), int(second["changed_words_cut"])) == (2, 0)
    assert "[-Nine -]{+Ten +}boats" in second["changed_words"]
    assert second["text"].startswith("Ten")
    fields = second["changed_fields"]
    assert (fields.split("; ") if isinstance(fields, str) else fields) == ["title", "text"]
    assert second["title"] == ("'=Boats" if "csv" in ending else "=Boats")


@pytest.mark.parametrize("arguments", [["out.wacz"], ["out.csv", "--release"], ["out.csv", "change:nothing"]])
def test_what_revisions_cannot_be_written_as_is_refused(revised, arguments):
    out, *others = arguments
    assert run_here(revised, "export", revised / out, *others, "--revisions").returncode == 2
    assert not (revised / out).exists()
