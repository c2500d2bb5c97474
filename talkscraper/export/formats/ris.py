"""RIS: a reference to each article."""

from __future__ import annotations

from talkscraper.export.bibliography import bibliography
from talkscraper.export.model import Contents, ExportFormat

RIS = ExportFormat(
    name="ris",
    label="RIS",
    description="references for Zotero, EndNote, Mendeley and JabRef",
    media_type="application/x-research-info-systems; charset=utf-8",
    ending=".ris",
    contents=Contents.REFERENCES,
    is_text=True,
    pieces=lambda export: bibliography(export, "ris"),
)
