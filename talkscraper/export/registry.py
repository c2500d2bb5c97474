"""The formats of exports, and the writing of a file in one of them."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from talkscraper.atomic_file import replacing
from talkscraper.declarations import declared
from talkscraper.errors import UsageError
from talkscraper.export.model import Contents, Export, ExportFormat


@cache
def export_formats() -> Mapping[str, ExportFormat]:
    """Return all formats by name: of rows, of captures, releases."""
    order = list(Contents)
    found = sorted(declared("talkscraper.export.formats", ExportFormat), key=lambda each: order.index(each.contents))
    return MappingProxyType({each.name: each for each in found})


def format_of(out: Path) -> ExportFormat:
    """Return the format for a file's ending.

    Raises:
        UsageError: no format has this ending.
    """
    name = out.name.lower()
    # the longest ending: a release's .release.zip ends in .zip too
    fitting = [
        (len(ending), each) for each in export_formats().values() for ending in each.endings if name.endswith(ending)
    ]
    if fitting:
        return max(fitting, key=lambda pair: pair[0])[1]
    known = [ending for each in export_formats().values() for ending in each.endings]
    raise UsageError(f"{out}: the name must end in {', '.join(known[:-1])} or {known[-1]}")


def write_export(export: Export, out: Path) -> int:
    """Write an export to ``out`` in the format of its ending; return the number of articles.

    The file appears under its name only when it is complete.

    Raises:
        QueryError: the query is invalid.
        UsageError: the ending is unknown, or the format needs a package that isn't installed.
        StorageError: the file can't be written.
        TalkscraperError: a record can't be read.
    """
    found = format_of(out)
    with replacing(out) as part:
        if found.write is not None:
            found.write(export, part)
        elif found.pieces is not None:
            gzipped = found.may_be_gzipped and out.name.lower().endswith(".gz")
            with gzip.open(part, "wb") if gzipped else part.open("wb") as handle:
                for piece in found.pieces(export):
                    handle.write(piece)
    return export.articles
