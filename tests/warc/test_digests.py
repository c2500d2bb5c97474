"""Labelled digests: those of other writers are compared in each algorithm and spelling."""

from __future__ import annotations

import base64
import hashlib

import pytest

from talkscraper.warc.digests import DigestCheck, LateDigestCheck, agrees, sha1_base32

DATA = b"The harbour wall holds."
LABELS = {
    "md5": "md5", "sha1": "sha1", "SHA-1": "sha1", "sha-224": "sha224", "sha256": "sha256", "SHA-256": "sha256",
    "sha384": "sha384", "sha-512": "sha512", "sha3-256": "sha3_256", "blake2b": "blake2b",
}  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_a_digest_is_compared_in_each_spelling(label):
    """Base16 and base32 in either case, base64, with or without padding; another digest is refused."""
    raw = hashlib.new(LABELS[label], DATA).digest()
    base32, base64_ = base64.b32encode(raw).decode(), base64.b64encode(raw).decode()
    for value in (raw.hex(), raw.hex().upper(), base32, base32.lower().rstrip("="), base64_, base64_.rstrip("=")):
        assert agrees(f"{label}:{value}", [DATA[:5], DATA[5:]]), value
        assert not agrees(f"{label}:{value}", [DATA[:5]]), value


def test_what_is_no_digest_agrees_with_nothing():
    """Neither text that can't be decoded, nor an unknown algorithm; the latter isn't a fault of the record either."""
    for declared in ("sha1:not base32 at all", "sha256:ä", "sha1:" + "1" * 32, "", "sha1"):
        assert not agrees(declared, [DATA])
    assert not agrees("crc32:00000000", [DATA])
    assert DigestCheck("crc32:00000000").fits()
    assert DigestCheck(None).fits()


def test_a_late_check_digests_what_it_holds():
    """However many bytes it was given, and asked more than once."""
    for data in (DATA, bytes(3 * 1024 * 1024)):
        check = LateDigestCheck(sha1_base32(data))
        for at in range(0, len(data), 700_000):
            check.update(data[at : at + 700_000])
        assert check.fits()
        assert check.fits()
