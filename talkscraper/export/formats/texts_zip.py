"""A corpus: one text file per article in a ZIP, and a table of them."""

from __future__ import annotations

import csv
import re
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from talkscraper.export.formats.csv_rows import BOM, NO_GUARD, spreadsheet_cell
from talkscraper.export.model import Contents, Export, ExportFormat
from talkscraper.store.export import COLUMNS

METADATA = "metadata.csv"
TEXTS = "texts"
_UNSAFE = re.compile(r"[^a-z0-9.-]+")
_TABLE = tuple(each for each in COLUMNS if each.name != "text")


def _write(export: Export, path: Path) -> None:
    top = _UNSAFE.sub("-", export.name.lower().removesuffix(".zip")).strip("-.")[:80] or "articles"
    guard = NO_GUARD.name not in export.options
    made_at = export.made_at.timetuple()[:6]
    stamp = (min(max(made_at[0], 1980), 2107), *made_at[1:])

    def entry(name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(f"{top}/{name}", stamp)
        info.compress_type = zipfile.ZIP_DEFLATED
        info.external_attr = 0o100644 << 16
        return info

    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", newline="", dir=path.parent) as table,
        zipfile.ZipFile(path, "w") as packed,
    ):
        if BOM.name in export.options:
            table.write("\ufeff")
        writer = csv.writer(table)
        writer.writerow(["file", *(each.name for each in _TABLE)])
        for row in export.rows():
            name = f"{TEXTS}/{file_name(row)}"
            # the text alone, so that its SHA-256 is the one in text_digest
            packed.writestr(entry(name), str(row["text"] or "").encode("utf-8", "replace"))
            writer.writerow([name, *(spreadsheet_cell(row[each.name], guard=guard) for each in _TABLE)])
        table.flush()
        table.seek(0)
        with packed.open(entry(METADATA), "w", force_zip64=True) as out:
            while block := table.read(1 << 20):
                out.write(block.encode("utf-8", "replace"))


def file_name(row: Mapping[str, Any]) -> str:
    """Return the name of an article's file: day, source and id, which programs split at ``_``."""
    parts = (row["day"] or "undated", row["source_id"] or "none", row["id"])
    return "_".join(_UNSAFE.sub("-", str(part).lower()).strip("-.")[:60] or "none" for part in parts) + ".txt"


TEXTS_ZIP = ExportFormat(
    name="zip",
    label="Texts",
    description="one `.txt` per article and a table of them (`metadata.csv`), for R, AntConc and other corpus tools",
    media_type="application/zip",
    ending=".zip",
    contents=Contents.TEXTS,
    options=(NO_GUARD, BOM),
    max_served=100_000,
    write=_write,
)
