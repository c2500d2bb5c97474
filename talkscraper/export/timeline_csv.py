"""A timeline as CSV in long form: a row for each period and series, as R's tidyverse and pandas like it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from talkscraper.export.formats.csv_rows import spreadsheet_cell
from talkscraper.store.timeline import Timeline

COLUMNS = ("period", "series", "matches", "total", "share")


def timeline_csv(found: Timeline) -> Iterator[str]:
    """Yield the file, a series at a time; ``period`` is the first day of each period."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for each in found.series:
        name = spreadsheet_cell(each.key, guard=True)
        writer.writerows([p.start.isoformat(), name, p.matches, p.total, f"{p.share:.6f}"] for p in each.points)
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
