"""The operators' page: sources, runs, completeness, disk, and verdicts of verify."""

from __future__ import annotations

import shutil

from starlette.responses import Response

from talkscraper.monitor.status import age
from talkscraper.web.context import RequestContext


def show(context: RequestContext) -> Response:
    """``/sources``."""
    found = context.known.operations.get(context.folder)
    return context.page(
        "sources.html",
        here="sources",
        found=found,
        report=found.report,
        disk=shutil.disk_usage(context.folder.root),
        replay=context.replay,
        age=lambda moment: age(moment, found.at) + ("" if moment is None else " ago"),
    )
