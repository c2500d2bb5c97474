"""Bytes of database an article, by table and index.

    python benchmarks/disk.py [FOLDER] [--articles 20000]

FOLDER is an archive; without it, one of invented articles is made (benchmarks/million.py) and removed again. The floor
is what can't be left out: each text once, since any SQLite tool reads it, and the row numbers and places of its words.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
import tempfile
from pathlib import Path

from million import make

MIN_SHOWN = 10
"""Smallest number of bytes an article that has a line of its own."""


def weigh(path: Path) -> None:
    """Print the table."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        articles, text = connection.execute("select count(*), sum(length(cast(text as blob))) from articles").fetchone()
        if not articles:
            raise SystemExit(f"{path} has no articles")
        sizes = connection.execute("select name, sum(pgsize) from dbstat group by name order by 2 desc").fetchall()
        pages, size = (connection.execute(f"pragma {each}").fetchone()[0] for each in ("freelist_count", "page_size"))
    print(f"{articles} articles, texts of {text / articles:,.0f} bytes\n")
    print("| table or index | bytes an article |\n| --- | ---: |")
    total = sum(each for _, each in sizes) / articles
    rest = total
    for name, each in sizes:
        if each / articles >= MIN_SHOWN:
            print(f"| `{name}` | {each / articles:,.0f} |")
            rest -= each / articles
    print(f"| all others | {rest:,.0f} |")
    print(f"| free pages | {pages * size / articles:,.0f} |")
    print(f"| **database, without free pages** | **{total:,.0f}** |")


def main() -> None:
    """Weigh an archive, or one that is made for it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--articles", type=int, default=20_000)
    arguments = parser.parse_args()
    if arguments.folder:
        weigh(arguments.folder / "talkscraper.db")
        return
    with tempfile.TemporaryDirectory() as folder:
        weigh(make(Path(folder), arguments.articles))


if __name__ == "__main__":
    main()
