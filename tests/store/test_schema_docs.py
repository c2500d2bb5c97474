"""docs/schema.md and docs/searching.md say what the database and the exports hold, and their examples run."""

import os
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from talkscraper.model import Author
from talkscraper.store.data_dictionary.tables import TABLES, as_markdown
from talkscraper.store.export import COLUMNS
from tests.support.row_archives import START, article

ROOT = Path(__file__).parents[2]
SCHEMA = (ROOT / "docs/schema.md").read_text("utf-8")
OTHERS = re.compile(r"sqlite_|_sqlite_|articles_fts_")


def test_every_table_and_column_is_explained_and_nothing_else(archive):
    names = [row["name"] for row in archive.rows("select name from sqlite_master where type in ('table', 'view')")]
    held = {
        name: [row["name"] for row in archive.rows("select name from pragma_table_info(?)", name)]
        for name in names
        if not OTHERS.match(name)
    }
    assert {name: list(table.columns) for name, table in TABLES.items()} == held
    assert all(meaning for table in TABLES.values() for meaning in table.columns.values())


def test_the_page_holds_these_explanations():
    assert SCHEMA.endswith(as_markdown()), "docs/schema.md is out of date: run .venv/bin/python docs/tables.py"


def test_every_exported_column_is_explained():
    assert [each.name for each in COLUMNS if not each.meaning] == []


@pytest.fixture
def folder(tmp_path, make):
    """An archive folder named archive, as the examples name it."""
    archive = make()
    archive.writer.run(
        lambda db: db.execute("insert into sources (id, name, homepage) values ('daily', 'The Daily', 'h')")
    )
    archive.page(article("https://news.test/1", "The old harbour wall stands.", authors=(Author(name="Ann Reed"),)))
    page = article("https://news.test/2", "The harbour has a wall.")
    archive.store(archive.capture(page.url, START), page, source_id="daily")
    archive.writer.close()
    (tmp_path / "archive").mkdir()
    archive.path.rename(tmp_path / "archive" / "talkscraper.db")
    return tmp_path


@pytest.mark.parametrize("statement", re.findall(r"```sql\n(.*?)```", SCHEMA, re.DOTALL))
def test_the_sql_examples_run_in_plain_sqlite(folder, statement):
    connection = sqlite3.connect(folder / "archive/talkscraper.db")
    rows = connection.execute(statement).fetchall()
    connection.close()
    assert rows or "cluster_id" in statement or "revisions" in statement


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", SCHEMA, re.DOTALL))
def test_the_python_examples_run(folder, example):
    for module in re.findall(r"import (pandas|duckdb)", example):
        pytest.importorskip(module)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, "-W", "error::SyntaxWarning", "-c", example],
        cwd=folder,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
