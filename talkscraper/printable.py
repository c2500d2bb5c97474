"""Text from the network, made safe for a terminal and a log: no escape sequences, no bidirectional tricks.

Whatever is printed goes through ``printable``; whatever is logged, through a formatter that is a ``PrintableLines``.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from types import TracebackType

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 and C1 controls but for tab and line feed, bidirectional overrides, and halves of surrogate pairs, which no
stream can write."""
_BREAKS = re.compile("[\t\n\u2028\u2029]")


def printable(text: str | None) -> str:
    """Text from a page, safe for a terminal; its lines and tabs are kept."""
    return _CONTROLS.sub("�", text or "")


def one_line(text: str) -> str:
    """The same on one line, so that it can't pass for several."""
    return _BREAKS.sub("�", printable(text))


def escaped(document: str) -> str:
    """A JSON document without what ``json`` leaves as it is and a terminal obeys; it means the same."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


class PrintableLines(logging.Formatter):
    """A record as one line, and below it, indented, the traceback where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's text, safe for a terminal."""
        lines = [self.head(record) + one_line(record.getMessage())]
        if record.exc_info:
            lines.append(printable(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(printable(self.formatStack(record.stack_info)))
        return "\n".join(lines).replace("\n", "\n  ")

    def head(self, record: logging.LogRecord) -> str:  # noqa: ARG002
        """What stands before the message."""
        return ""


def guard_stderr() -> None:
    """Make safe what Python itself writes: warnings logged before there is a handler, and faults nobody caught."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PrintableLines())
    sys.excepthook = _tell_fault
    threading.excepthook = lambda args: _tell_fault(args.exc_type, args.exc_value, args.exc_traceback)


def _tell_fault(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    told = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(printable(told))
