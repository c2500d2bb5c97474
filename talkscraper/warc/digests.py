"""Labelled digests of WARC fields (WARC/1.1 §5.8, §5.9): computed for writing, compared for reading.

Written is what WARC tools compare: ``sha1:`` and the SHA-1 in upper-case base32. Read is what any writer declares: each
common algorithm, in base32, base16 or base64. SHA-1 isn't chosen for strength (``warc_files.sha256`` and the payload's
other checks exist for that) but because pywb, wget, Heritrix and Browsertrix all identify payloads by it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]
"""Two base32 characters for each ten bits: many times faster than ``base64.b32encode``."""

_ALGORITHMS = {name.replace("_", "-"): name for name in ("md5", "sha3_256", "blake2b")} | {
    label: name
    for name in ("sha1", "sha224", "sha256", "sha384", "sha512")
    for label in (name, name.replace("sha", "sha-"))
}
_HELD_BYTES = 1024 * 1024
_USUAL = len("sha1:") + 32
_TO_BASE32HEX = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz0189_-+ ",
    "0123456789ABCDEFGHIJKLMNOPQRSTUV0123456789ABCDEFGHIJKLMNOP" + "~" * 8,
)
"""Translates the digits of base32 digests to those of Python's ``int(…, 32)``; other characters become invalid."""


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

    def digest(self) -> str:
        """Return ``sha1:`` and 32 base32 characters."""
        return _labelled(self._sha1.digest())


def _labelled(sha1: bytes) -> str:
    number = int.from_bytes(sha1, "big")
    return "sha1:" + "".join([_PAIRS[number >> shift & 0x3FF] for shift in range(150, -1, -10)])


def sha1_base32(data: bytes | bytearray | memoryview) -> str:
    """Return the digest of ``data`` as in WARC-Block-Digest and WARC-Payload-Digest."""
    hasher = Hasher()
    hasher.update(data)
    return hasher.digest()


EMPTY_SHA1 = sha1_base32(b"")
"""The digest of no bytes: the same for every empty payload, so it doesn't identify a capture's content."""


class DigestCheck:
    """Takes the bytes; then ``fits`` says whether they have the declared digest."""

    __slots__ = ("_hash", "declared", "known")

    def __init__(self, declared: str | None) -> None:
        self.declared = declared
        self.known = True
        """Whether the algorithm is available."""
        if declared is None or declared.startswith("sha1:"):
            # the usual one, several times faster than by its name
            self._hash = hashlib.sha1(usedforsecurity=False)
            return
        algorithm = _ALGORITHMS.get(declared.partition(":")[0].strip().lower())
        self.known = algorithm is not None
        self._hash = hashlib.new(algorithm or "sha1", usedforsecurity=False)

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        self._hash.update(data)

    def text(self) -> str:
        """The digest of the bytes: ``sha1:`` and base32, other algorithms in base16."""
        if self._hash.name == "sha1":
            return _labelled(self._hash.digest())
        return f"{self._hash.name}:{self._hash.hexdigest()}"

    def fits(self) -> bool:
        """Whether the bytes have the declared digest; True if none with a known algorithm was declared."""
        if self.declared is None or not self.known:
            return True
        digest = self._hash.digest()
        if len(self.declared) == _USUAL and self.declared.startswith("sha1:"):
            # an integer compares faster than text
            try:
                return int.from_bytes(digest, "big") == int(self.declared[5:].translate(_TO_BASE32HEX), 32)
            except ValueError:
                return False
        return _decoded(self.declared.partition(":")[2], len(digest)) == digest


class LateDigestCheck:
    """A check that is rarely needed: a small number of bytes is held, and digested only on demand."""

    __slots__ = ("_check", "_held", "_size")

    def __init__(self, declared: str) -> None:
        self._check = DigestCheck(declared)
        self._held: list[bytes | memoryview] = []
        self._size = 0

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes; they must not change."""
        self._held.append(data)
        self._size += len(data)
        if self._size > _HELD_BYTES:
            self._digest()

    def fits(self) -> bool:
        """Whether the bytes have the declared digest."""
        self._digest()
        return self._check.fits()

    def _digest(self) -> None:
        for data in self._held:
            self._check.update(data)
        self._held, self._size = [], 0


def agrees(declared: str, chunks: Iterable[bytes]) -> bool:
    """Whether bytes have this declared digest; False for an unknown algorithm."""
    check = DigestCheck(declared)
    for chunk in chunks:
        check.update(chunk)
    return check.known and check.fits()


def _decoded(value: str, size: int) -> bytes | None:
    """Return a digest's ``size`` bytes, from base32 (any case, padded or not), base16 or base64."""
    value = value.strip().rstrip("=")
    try:
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        if len(value) == -(-size * 4 // 3):
            return base64.b64decode(value + "=" * (-len(value) % 4))
        return base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except (ValueError, binascii.Error):
        return None
