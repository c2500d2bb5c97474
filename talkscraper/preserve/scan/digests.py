"""Comparison of declared digests with bytes: any common algorithm, in base32, base16 or base64."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

from talkscraper.warc.digests import Hasher

_ALGORITHMS = {"sha1": "sha1", "sha-1": "sha1", "sha256": "sha256", "sha-256": "sha256", "sha512": "sha512",
               "sha-512": "sha512", "md5": "md5", "sha384": "sha384", "sha3-256": "sha3_256",
               "blake2b": "blake2b"}  # fmt: skip

_HELD_BYTES = 1024 * 1024
_USUAL = len("sha1:") + 32
_TO_BASE32HEX = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567abcdefghijklmnopqrstuvwxyz0189_-+ ",
    "0123456789ABCDEFGHIJKLMNOPQRSTUV0123456789ABCDEFGHIJKLMNOP" + "~" * 8,
)
"""Translates the digits of base32 digests to those of Python's ``int(…, 32)``; other characters become invalid."""


class Check:
    """Takes the bytes; then ``fits`` says whether they have the declared digest."""

    __slots__ = ("_hash", "declared", "known")

    def __init__(self, declared: str | None) -> None:
        self.declared = declared
        algorithm = "sha1"
        self.known = True
        """Whether the algorithm is available."""
        if declared is not None:
            label = declared.partition(":")[0].strip().lower()
            self.known = label in _ALGORITHMS
            algorithm = _ALGORITHMS.get(label, "sha1")
        self._hash: Any = Hasher() if algorithm == "sha1" else hashlib.new(algorithm, usedforsecurity=False)

    def update(self, data: bytes | memoryview) -> None:
        """Add bytes."""
        self._hash.update(data)

    def text(self) -> str:
        """The digest of the bytes: ``sha1:`` and base32, other algorithms in base16."""
        if isinstance(self._hash, Hasher):
            return self._hash.digest()
        return f"{self._hash.name}:{self._hash.hexdigest()}"

    def fits(self) -> bool:
        """Whether the bytes have the declared digest; True if none with a known algorithm was declared."""
        if self.declared is None or not self.known:
            return True
        if isinstance(self._hash, Hasher) and len(self.declared) == _USUAL and self.declared.startswith("sha1:"):
            try:
                return self._hash.number() == int(self.declared[5:].translate(_TO_BASE32HEX), 32)
            except ValueError:
                return False
        return _decoded(self.declared) == _decoded(self.text())


class LateCheck:
    """A check that is rarely needed: a small number of bytes is held, and digested only on demand."""

    __slots__ = ("_check", "_held", "_size")

    def __init__(self, declared: str) -> None:
        self._check = Check(declared)
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


def _decoded(digest: str) -> bytes | None:
    """Return the digest's bytes, from base32 (any case, padded or not), base16 or base64."""
    label, _, value = digest.partition(":")
    value = value.strip().rstrip("=")
    size = 20 if label.strip().lower() in ("sha1", "sha-1") else _size(label)
    try:
        if len(value) == 2 * size:
            return bytes.fromhex(value)
        if len(value) == -(-size * 4 // 3):
            return base64.b64decode(value + "=" * (-len(value) % 4))
        return base64.b32decode(value.upper() + "=" * (-len(value) % 8))
    except (ValueError, binascii.Error):
        return None


def _size(label: str) -> int:
    return hashlib.new(_ALGORITHMS[label.strip().lower()], usedforsecurity=False).digest_size
