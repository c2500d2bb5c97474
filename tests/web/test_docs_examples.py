"""The examples in docs/datasette.md run as they stand, over an archive in ``archive/``."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.archives import BuiltArchive, extraction, published, store

DOCS = Path(__file__).parents[2] / "docs/datasette.md"
EXAMPLES = dict(re.findall(r"<!-- example: (\w+) -->\n```python\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL))


def test_there_are_examples():
    """One for each tool that the page names."""
    assert sorted(EXAMPLES) == ["duckdb", "pandas", "sqlite3"]


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_runs_and_prints_the_archive(tmp_path, name):
    """Its output names the source or the day."""
    pytest.importorskip(name)
    built = BuiltArchive(tmp_path / "archive")
    for number in range(3):
        capture = built.respond(f"http://news.example/{number}", "2025-10-01", "<p>x")
        store(
            built,
            capture,
            extraction(capture.url, f"Wall {number}", f"The wall {number}.", published=published("2025-10-01")),
            "quay",
        )
    built.done()
    built.db.conn.close()
    done = subprocess.run(
        [sys.executable, "-c", EXAMPLES[name]],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
    )
    assert done.returncode == 0, done.stderr
    assert {"sqlite3": "2025-10-01 3", "pandas": "quay", "duckdb": "quay"}[name] in done.stdout


def test_the_sql_of_the_page_runs(built):
    """With the two functions that the plugin adds."""
    pytest.importorskip("datasette")
    import sqlite3

    from talkscraper.datasette import archive_match, archive_snippet

    capture = built.respond("http://news.example/a", "2025-10-01", "<p>x")
    store(built, capture, extraction(capture.url, "Wall", "The harbour wall holds."))
    sql = re.search(r"    select a\.title.*?limit 20", DOCS.read_text("utf-8"), re.DOTALL)[0]
    with sqlite3.connect(built.folder.database) as connection:
        connection.create_function("archive_match", 1, archive_match)
        connection.create_function("archive_snippet", 2, archive_snippet)
        assert connection.execute(sql).fetchall() == [("Wall", "The \x02harbour\x03 \x02wall\x03 holds.")]
