"""Exports of a search: each format is declared in a module of ``formats/``; the command line and the web read these."""

from talkscraper.export.model import CollectionMember, Contents, Export, ExportFormat, FormatOption
from talkscraper.export.registry import export_formats, format_of, write_export

__all__ = [
    "CollectionMember",
    "Contents",
    "Export",
    "ExportFormat",
    "FormatOption",
    "export_formats",
    "format_of",
    "write_export",
]
