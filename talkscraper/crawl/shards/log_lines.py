"""What the worker of a shard logs, on its way to the log of the command: a file of lines in the shard's folder.

The worker passes on records with their format and arguments, and the command handles them as records of its own, so
that ``--quiet``, ``--log-json``, ``--log-file`` and the filter of repeated lines act as in a local run.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from talkscraper.crawl.logs import is_shown

LINES = "lines.jsonl"
MAX_LINES = 32 * 2**20
"""Maximum size in bytes of a shard's file; later lines are left out."""
MAX_READ = 2**20
"""Number of bytes that are read at a time."""
MAX_TEXT = 32 * 1024
"""Maximum length of a message, and of a traceback, in characters."""
_COMMAND_SAYS = frozenset({"talkscraper.crawl.shutdown"})
"""Loggers whose lines the command has of its own: why the run ends."""


class LinesOut(logging.FileHandler):
    """Writes records into the file of a shard. Scrapy closes all handlers when it starts: this one opens it again."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder / LINES, encoding="ascii")
        self.setFormatter(_Encoded())
        self.addFilter(lambda record: record.name not in _COMMAND_SAYS)
        self._size = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, unless the file would be too large."""
        try:
            line = self.format(record) + self.terminator
            self._size += len(line)
            if self._size <= MAX_LINES:
                self.stream = self.stream or self._open()
                self.stream.write(line)
                self.flush()
        except Exception:  # noqa: BLE001 - as every handler of logging does: a log never ends a run
            self.handleError(record)


@contextmanager
def lines_out(folder: Path, *, verbose: bool) -> Iterator[None]:
    """Pass on what is logged while the block runs: all with ``verbose``, else what a run shows."""
    try:
        handler = LinesOut(folder)
    except OSError:
        yield  # the disk is what the worker will end by
        return
    if not verbose:
        handler.addFilter(is_shown)
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


class LinesIn:
    """Reads what a worker has passed on, and logs it here."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LINES
        self._read = 0

    def log(self) -> bool:
        """Log whole lines that were written since; whether there may be more."""
        try:
            with self._path.open("rb") as handle:
                handle.seek(self._read)
                found = handle.read(MAX_READ)
        except OSError:
            return False
        whole, newline, _ = found.rpartition(b"\n")
        self._read += len(whole) + len(newline)
        for line in whole.splitlines():
            with suppress(ValueError, KeyError, TypeError, AttributeError):
                record = _decoded(json.loads(line))
                logger = logging.getLogger(record.name)
                if logger.isEnabledFor(record.levelno):
                    logger.handle(record)
        return bool(newline) and len(found) == MAX_READ

    def log_all(self) -> None:
        """Log the rest."""
        while self.log():
            pass


class _Encoded(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Return a record as one line of JSON."""
        message, args = record.getMessage(), _plain(record.args)
        values: dict[str, Any] = {"name": record.name, "level": record.levelno, "at": record.created}
        if len(message) <= MAX_TEXT and args and _is_same(str(record.msg), args, message):
            values |= {"format": str(record.msg), "args": args}
        else:
            values["text"] = message[:MAX_TEXT]
        if record.exc_info:
            values["trace"] = self.formatException(record.exc_info)[-MAX_TEXT:]
        return json.dumps(values, separators=(",", ":"))


def _plain(args: object) -> list[Any] | dict[str, Any] | None:
    """Return a record's arguments as JSON has them."""
    if isinstance(args, Mapping):
        return {str(key): _value(each) for key, each in args.items()}
    return [_value(each) for each in args] if isinstance(args, tuple) else None


def _value(each: object) -> object:
    return each if each is None or type(each) in (str, int, float, bool) else str(each)


def _is_same(template: str, args: list[Any] | dict[str, Any], message: str) -> bool:
    try:
        return template % (args if isinstance(args, dict) else tuple(args)) == message
    except (ValueError, TypeError, KeyError):
        return False


def _decoded(values: Mapping[str, Any]) -> logging.LogRecord:
    found = values.get("args")
    args = (found,) if isinstance(found, dict) else tuple(found or ())
    template = str(values["format"] if "format" in values else values["text"])
    record = logging.LogRecord(str(values["name"]), int(values["level"]), "", 0, template, args, None)
    record.created = float(values["at"])
    record.stack_info = values.get("trace")
    return record
