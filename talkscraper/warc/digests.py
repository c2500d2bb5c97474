"""Digests as WARC tools join on them: ``sha1:`` and the upper-case base32 of the SHA-1.

SHA-1 isn't chosen for strength (``warc_files.sha256`` and the payload's other checks exist for that) but because
pywb, wget, Heritrix and Browsertrix all name payloads by it.
"""

from __future__ import annotations

import hashlib

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]
"""Two base32 characters for each ten bits: many times faster than ``base64.b32encode``."""


class Hasher:
    """A digest that grows with the bytes it is fed."""

    __slots__ = ("_sha1", "size")

    def __init__(self) -> None:
        self._sha1 = hashlib.sha1(usedforsecurity=False)
        self.size = 0
        """How many bytes were fed."""

    def update(self, data: bytes | bytearray | memoryview) -> None:
        """Feed bytes."""
        self._sha1.update(data)
        self.size += len(data)

    def number(self) -> int:
        """The SHA-1 as a number, which compares faster than text."""
        return int.from_bytes(self._sha1.digest(), "big")

    def digest(self) -> str:
        """``sha1:`` and 32 base32 characters."""
        number = self.number()
        return "sha1:" + "".join([_PAIRS[number >> shift & 0x3FF] for shift in range(150, -1, -10)])


def sha1_base32(data: bytes | bytearray | memoryview) -> str:
    """The digest of ``data`` as WARC-Block-Digest and WARC-Payload-Digest hold it."""
    hasher = Hasher()
    hasher.update(data)
    return hasher.digest()


EMPTY_SHA1 = sha1_base32(b"")
"""The digest of no bytes: the same for every empty payload, so it never says that two captures are alike."""
