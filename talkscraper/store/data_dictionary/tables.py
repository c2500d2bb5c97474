"""All tables, and the part of docs/schema.md that explains them."""

from __future__ import annotations

from talkscraper.fields import FIELDS, Field
from talkscraper.store.data_dictionary.alert_tables import ALERTS
from talkscraper.store.data_dictionary.article_tables import ARTICLES
from talkscraper.store.data_dictionary.crawl_tables import CRAWLS
from talkscraper.store.data_dictionary.file_tables import FILES
from talkscraper.store.data_dictionary.index_tables import INDEXES

TABLES = {**CRAWLS, **FILES, **ALERTS, **ARTICLES, **INDEXES}
"""Every table, in the order of the data flow."""


def as_markdown() -> str:
    """Return the tables as Markdown, as in docs/schema.md (``docs/tables.py`` writes them there)."""
    parts = []
    for name, table in TABLES.items():
        lines = [f"### {name}", "", f"A row is {table.row}.", ""]
        if name == "articles":
            lines += ["| column | meaning | found by | searched by | exported |", "| --- | --- | --- | --- | --- |"]
            lines += [_article_field(field, table.columns[field.name]) for field in FIELDS]
        else:
            lines += ["| column | meaning |", "| --- | --- |"]
            lines += [f"| `{column}` | {meaning} |" for column, meaning in table.columns.items()]
        parts.append("\n".join(lines))
    return "\n\n".join(parts) + "\n"


def _article_field(field: Field, meaning: str) -> str:
    searched = []
    for each in field.filters:
        searched += [f"`{word}:`" for word in each.words]
        if each.label:
            searched.append(f"`{each.option}`")
    exported = "yes" if field.exported else ""
    return f"| `{field.name}` | {meaning} | {field.found} | {' '.join(searched)} | {exported} |"
