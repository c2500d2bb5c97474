"""Digests as WARC files label them, by any writer: ``sha1:`` in base32 or base16, ``sha256:``, ``md5:``."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable

_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})


def agrees(labelled: str, chunks: Iterable[bytes]) -> bool:
    """Whether bytes have this labelled digest (WARC/1.1 §5.8); False for an algorithm that isn't known."""
    name, _, value = labelled.strip().partition(":")
    name = name.lower().replace("-", "")
    if name not in _ALGORITHMS:
        return False
    digest = hashlib.new(name, usedforsecurity=False)
    for chunk in chunks:
        digest.update(chunk)
    raw = digest.digest()
    value = value.rstrip("=")
    spellings = (base64.b32encode(raw).decode().rstrip("="), raw.hex(), base64.b64encode(raw).decode().rstrip("="))
    return value == spellings[2] or value.upper() == spellings[0] or value.lower() == spellings[1]
