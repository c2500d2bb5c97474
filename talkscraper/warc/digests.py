"""Digests in the form that WARC tools compare: ``sha1:`` and the SHA-1 in upper-case base32.

SHA-1 isn't chosen for strength (``warc_files.sha256`` and the payload's other checks exist for that) but because
pywb, wget, Heritrix and Browsertrix all identify payloads by it.
"""

from __future__ import annotations

import hashlib

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]
"""Two base32 characters for each ten bits: many times faster than ``base64.b32encode``."""


class Hasher:
    """An incremental digest."""

    __slots__ = ("_sha1", "size")

    def __init__(self) -> None:
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self.size = 0
        """Number of bytes so far."""

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Add bytes."""
        self._sha1.update(data)
        self.size += len(data)

    def number(self) -> int:
        """The SHA-1 as an integer, which compares faster than text."""
        return int.from_bytes(self._sha1.digest(), "big")

    def digest(self) -> str:
        """Return ``sha1:`` and 32 base32 characters."""
        number = self.number()
        return "sha1:" + "".join([_PAIRS[number >> shift & 0x3FF] for shift in range(150, -1, -10)])


def sha1_base32(data: bytes | bytearray | memoryview) -> str:
    """Return the digest of ``data`` as in WARC-Block-Digest and WARC-Payload-Digest."""
    hasher = Hasher()
    hasher.update(data)
    return hasher.digest()


EMPTY_SHA1 = sha1_base32(b"")
"""The digest of no bytes: the same for every empty payload, so it doesn't identify a capture's content."""
