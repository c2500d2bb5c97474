"""Write the tables of docs/schema.md anew, as talkscraper/fields.py and talkscraper/store/data_dictionary/ have them.

.venv/bin/python docs/tables.py
"""

from pathlib import Path

from talkscraper.store.data_dictionary.tables import TABLES, as_markdown

PAGE = Path(__file__).parent / "schema.md"
BEGIN = f"### {next(iter(TABLES))}\n"
"""The tables are the end of the page."""

if __name__ == "__main__":
    head, begin, _ = PAGE.read_text("utf-8").partition(BEGIN)
    if not begin:
        raise SystemExit(f"{PAGE} has no line {BEGIN!r}")
    PAGE.write_text(head + as_markdown(), "utf-8")
