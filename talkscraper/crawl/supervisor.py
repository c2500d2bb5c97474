"""A run with its monitoring: healthcheck requests at start and end, and a metrics file."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from talkscraper.crawl.options import CrawlOptions
from talkscraper.crawl.run import crawl
from talkscraper.errors import TalkscraperError
from talkscraper.monitor import metrics, ping

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.crawl.logs import Progress
    from talkscraper.monitor.run_report import RunReport


def supervised_crawl(folder: ArchiveFolder, options: CrawlOptions, progress: Progress | None = None) -> RunReport:
    """``crawl`` with healthcheck and metrics; a failure of either doesn't fail the run."""
    ping.started(options.ping)
    try:
        report = crawl(folder, dataclasses.replace(options, progress=progress))
    except TalkscraperError as e:
        ping.finished(options.ping, int(e.exit_code), str(e))
        raise
    if options.metrics is not None:
        metrics.write(options.metrics, folder, report)
    ping.finished(options.ping, int(report.exit_code), str(report.summary()))
    return report
