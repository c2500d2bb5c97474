"""BibTeX: a reference to each article."""

from __future__ import annotations

from talkscraper.export.bibliography import bibliography
from talkscraper.export.model import Contents, ExportFormat

BIBTEX = ExportFormat(
    name="bib",
    label="BibTeX",
    description="references for LaTeX and Zotero",
    media_type="application/x-bibtex; charset=utf-8",
    ending=".bib",
    contents=Contents.REFERENCES,
    is_text=True,
    pieces=lambda export: bibliography(export, "bibtex"),
)
