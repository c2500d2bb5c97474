"""CDXJ lines: ``urlkey SP timestamp14 SP {json}``, exactly as cdxj-indexer writes them, all values strings.

| in the index | not in it |
| --- | --- |
| responses and revisits of GET | request, warcinfo and metadata records |
| resources | responses to other methods (a HEAD record's length isn't its payload's; replay tools stall on it) |
| | responses that aren't HTTP, which no replay tool could show |
| | records without a plausible date, since a line begins with key and time |
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from talkscraper.atomic_file import replacing
from talkscraper.model import UNDATED, Capture, RecordType

_quoted = json.encoder.encode_basestring_ascii
_NO_MARKS = str.maketrans("", "", "-:T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxjLine:
    """A parsed line."""

    urlkey: str
    timestamp: str
    """14 digits, UTC."""
    fields: dict[str, str]


def is_indexed(capture: Capture) -> bool:
    """Whether a capture has a line in the index."""
    if capture.captured_at == UNDATED:
        return False
    if capture.record_type is RecordType.RESPONSE and capture.status is None:
        return False
    return capture.method == "GET" or capture.record_type is RecordType.RESOURCE


def line(capture: Capture) -> str:
    """Return the line of a capture, without a line end."""
    revisit = capture.record_type is RecordType.REVISIT
    fields: dict[str, str] = {"url": capture.url}
    mime = "warc/revisit" if revisit else capture.mime
    if mime is not None:
        fields["mime"] = mime
    # the block of a server-not-modified revisit is empty, and so has no status line
    if capture.status is not None and not (revisit and capture.status == 304):
        fields["status"] = str(capture.status)
    if capture.payload_digest is not None:
        fields["digest"] = capture.payload_digest
    fields["length"] = str(capture.warc_length)
    fields["offset"] = str(capture.warc_offset)
    fields["filename"] = capture.warc_file
    # as json.dumps, in a third of its time: verify makes a line for each capture
    pairs = ", ".join([f'"{name}": {_quoted(value)}' for name, value in fields.items()])
    return f"{capture.urlkey} {timestamp14(capture.captured_at)} {{{pairs}}}"


def timestamp14(moment: datetime) -> str:
    """Return an instant as 14 digits, UTC."""
    # several times faster than strftime, which matters for verify
    return moment.astimezone(UTC).isoformat()[:19].translate(_NO_MARKS)


def parse(text: str) -> CdxjLine:
    """Parse a line of an index.

    Raises:
        ValueError: it isn't a CDXJ line.
    """
    parts = text.rstrip("\r\n").split(" ", 2)
    if len(parts) != 3 or not (len(parts[1]) == 14 and parts[1].isascii() and parts[1].isdigit()):
        raise ValueError(f"not a CDXJ line: {text[:80]!r}")
    fields = json.loads(parts[2])
    if not isinstance(fields, dict):
        raise ValueError(f"not a CDXJ line: {text[:80]!r}")  # noqa: TRY004  the line is wrong, not its type
    return CdxjLine(urlkey=parts[0], timestamp=parts[1], fields={str(key): str(value) for key, value in fields.items()})


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Write an index: its lines sorted by bytes, each once; the file is replaced whole or not at all.

    Raises:
        StorageError: the file can't be written; the old one, if any, is unchanged.
    """
    ordered = sorted({text.encode() for text in lines})
    with replacing(path) as part, part.open("wb") as handle:
        handle.writelines(text + b"\n" for text in ordered)
