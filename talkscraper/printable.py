"""Text from the network, made safe for terminals and logs: no escape sequences, no bidirectional controls.

All printed text passes through ``printable``, all logged text through a ``PrintableLines`` formatter.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from types import TracebackType

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""C0 and C1 controls except tab and line feed, bidirectional controls, and lone surrogates, which no stream can
write."""
_BREAKS = re.compile("[\t\n\u2028\u2029]")


def printable(text: str | None) -> str:
    """Return text with control characters replaced by U+FFFD; line feeds and tabs are kept."""
    return _CONTROLS.sub("�", text or "")


def one_line(text: str) -> str:
    """Return the same with line breaks and tabs replaced too, so that it can't pass for several lines."""
    return _BREAKS.sub("�", printable(text))


def escaped(document: str) -> str:
    """Return an equivalent JSON document with all control characters as JSON escapes."""
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


class PrintableLines(logging.Formatter):
    """Formats a record as one line, followed by an indented traceback, if any."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record's text, safe for a terminal."""
        lines = [self.head(record) + one_line(record.getMessage())]
        if record.exc_info:
            lines.append(printable(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(printable(self.formatStack(record.stack_info)))
        return "\n".join(lines).replace("\n", "\n  ")

    def head(self, record: logging.LogRecord) -> str:  # noqa: ARG002
        """Return the text before the message."""
        return ""


def guard_stderr() -> None:
    """Make Python's own output safe: warnings logged before a handler is installed, and uncaught exceptions."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PrintableLines())
    sys.excepthook = _print_fault
    threading.excepthook = lambda args: _print_fault(args.exc_type, args.exc_value, args.exc_traceback)


def _print_fault(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    text = "".join(traceback.format_exception(kind, error, trace))
    sys.stderr.write(printable(text))
