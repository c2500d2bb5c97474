"""Logging of a run: plain or JSON lines on stderr, a progress line on a terminal, fewer lines of Scrapy's own.

With ``--quiet`` stderr has only what an operator must act on; ``--log-file`` has all lines, and is rotated here.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.crawl.repeated_lines import RepeatedLines
from talkscraper.printable import PrintableLines, escaped
from talkscraper.terminal.screen import Screen

if TYPE_CHECKING:
    from talkscraper.monitor.run_report import RunReport, Tally

Progress = Callable[[Mapping[str, "Tally"]], None]

_NOISY = frozenset({"scrapy", "twisted", "asyncio", "py", "trafilatura", "htmldate", "urllib3", "charset_normalizer"})


_RUNS = logging.getLogger("talkscraper.crawl.runs")
"""For the log file alone: stdout has the same as a report."""
_TROUBLE = ("talkscraper.monitor", "talkscraper.preserve")
"""Loggers whose warnings are shown with ``--quiet`` too: nobody is told, or the archive was damaged."""
MAX_LOG_BYTES = 10 * 1024 * 1024
LOG_FILES = 5
"""Number of older log files that are kept: crawl.log.1 to crawl.log.5."""


class LogFile(RotatingFileHandler):
    """A log file of bounded size; a failure of its disk is one line on stderr, and ends no run."""

    def __init__(self, path: Path) -> None:
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)  # reports/ of an archive that was never crawled
        super().__init__(path, maxBytes=MAX_LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True)
        self._failed = False

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802  the name is logging's
        """Report the first failure."""
        if not self._failed:
            self._failed = True
            sys.stderr.write(f"talkscraper: --log-file {self.baseFilename}: {sys.exc_info()[1]}\n")


class ScreenHandler(logging.Handler):
    """Prints lines on a terminal, above its live line; trouble in colours."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        style = "red" if record.levelno >= logging.ERROR else "yellow" if record.levelno >= logging.WARNING else ""
        try:
            self._screen.print(self.format(record), style=style, wrap=False)
        except Exception:  # noqa: BLE001 - as every handler of logging does: a log never ends a run
            self.handleError(record)


class JsonLines(logging.Formatter):
    """Formats records as one JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON: time, level, logger, message, and the traceback if there is one."""
        line: dict[str, str] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        elif record.stack_info:
            line["traceback"] = self.formatStack(record.stack_info)
        return escaped(json.dumps(line, ensure_ascii=False))


class PlainLines(PrintableLines):
    """Formats records as ``2025-11-24T09:00:00Z WARNING message``, one line each (a traceback follows)."""

    def head(self, record: logging.LogRecord) -> str:
        """Return time and level."""
        moment = datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return f"{moment} {record.levelname} "


def is_shown(record: logging.LogRecord) -> bool:
    """Whether a record is shown without ``--verbose``: of libraries only trouble."""
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] not in _NOISY


def _is_trouble(record: logging.LogRecord) -> bool:
    return record.levelno >= (logging.WARNING if record.name.startswith(_TROUBLE) else logging.ERROR)


@contextmanager
def start_logging(
    *, as_json: bool, verbose: bool, quiet: bool = False, file: Path | None = None
) -> Iterator[Progress | None]:
    """Log to stderr while the block runs; yields a function that shows progress, or None without a terminal.

    Args:
        as_json: one JSON object per line.
        verbose: every request, and every line of the libraries.
        quiet: on stderr only trouble; the file isn't concerned.
        file: a log file with all lines, beside stderr.
    """
    root = logging.getLogger()
    before = root.level, list(root.handlers)
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    progress: Progress | None = None
    screen = None
    if sys.stderr.isatty() and not as_json and not verbose and not quiet:
        screen = Screen(sys.stderr)
        handler = ScreenHandler(screen)

        def progress(tallies: Mapping[str, Tally]) -> None:
            screen.show_live(_line(tallies.values()))

    handler.setFormatter(JsonLines() if as_json else PlainLines())
    handlers = [handler]
    repeated = None if verbose else RepeatedLines()
    if quiet:
        handler.addFilter(_is_trouble)
    elif repeated is not None:
        # Scrapy sets the levels of its own loggers when it starts, so its messages are filtered here
        handler.addFilter(is_shown)
        handler.addFilter(repeated.is_shown)
        handler.addFilter(lambda record: record.name != _RUNS.name)
    if file is not None:
        log = LogFile(file)
        log.setFormatter(JsonLines() if as_json else PlainLines())
        if not verbose:
            log.addFilter(is_shown)
        handlers.append(log)
    root.handlers[:] = handlers
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    try:
        yield progress
    finally:
        if screen is not None:
            screen.show_live("")
        if repeated is not None:
            repeated.close(handler)
        if file is not None:
            log.close()
        root.setLevel(before[0])
        root.handlers[:] = before[1]


def log_end(report: RunReport) -> None:
    """Write a run's end into the log file."""
    totals = report.summary()["totals"]
    figures = ", ".join(f"{totals[name]} {name}" for name in ("fetched", "new", "revised", "failed"))
    _RUNS.info("run %s: exit %d (%s): %s", report.run_id, int(report.exit_code), report.reason, figures)


def _line(tallies: Collection[Tally]) -> str:
    total = {
        name: sum(getattr(tally, name) for tally in tallies)
        for name in ("requests", "fetched", "new", "revised", "failed")
    }
    return (
        f"{total['requests']} requests, {total['fetched']} articles fetched, {total['new']} new, "
        f"{total['revised']} revised, {total['failed']} failed"
    )
