"""Records copied into another file: the same block and fields, and the new file's ``warcinfo`` (WARC/1.1 §5.16)."""

from __future__ import annotations

import re

from talkscraper.warc.compression import first_bytes, pack, pack_head_only
from talkscraper.warc.headers import head_size

MAX_UNPACKED_BYTES = 128 * 1024 * 1024
"""A record that is larger is copied as it is."""
_FIELD = re.compile(rb"^WARC-Warcinfo-ID:[^\n]*\n", re.IGNORECASE | re.MULTILINE)
_STORED_FROM = 0.9
"""From this ratio on a member's block counts as incompressible."""


def most_bytes(length: int) -> int:
    """Return how long a member of ``length`` bytes can be with another field."""
    return 2 * length + 4096


def with_warcinfo(member: bytes, record_id: str) -> bytes:
    """Return a record's gzip member with WARC-Warcinfo-ID; as it is if it can't be unpacked."""
    raw = first_bytes(member, MAX_UNPACKED_BYTES + 1)
    size = head_size(raw)
    if size is None or len(raw) > MAX_UNPACKED_BYTES or not raw.startswith(b"WARC/"):
        return member
    head = _FIELD.sub(b"", raw[:size])
    version, line_end, fields = head.partition(b"\n")
    end = b"\r\n" if version.endswith(b"\r") else b"\n"
    head = version + line_end + b"WARC-Warcinfo-ID: " + record_id.encode() + end + fields
    rest = raw[size:]
    dense = len(member) > _STORED_FROM * len(raw)
    made = b"".join(pack_head_only(head, [rest])) if dense else pack(head + rest)
    return made if len(made) <= most_bytes(len(member)) else member
