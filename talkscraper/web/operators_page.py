"""The operators' page: sources, runs, completeness, disk, and what verify said."""

from __future__ import annotations

import shutil

from starlette.responses import Response

from talkscraper.crawl.status import age
from talkscraper.web.common import Table


def show(table: Table) -> Response:
    """``/sources``."""
    found = table.known.operations.get(table.folder)
    return table.page(
        "sources.html",
        here="sources",
        found=found,
        report=found.report,
        disk=shutil.disk_usage(table.folder.root),
        replay=table.replay,
        age=lambda moment: age(moment, found.at) + ("" if moment is None else " ago"),
    )
