"""The fast unpacker says of every member what zlib says."""

from __future__ import annotations

import random
import zlib

import pytest

from talkscraper.warc.inflate import ERRORS, new_unpacker, sound_start

PLAIN = b"WARC/1.1\r\nWARC-Type: response\r\n" * 40 + random.Random(1).randbytes(700)
MEMBER = zlib.compress(PLAIN, 4, 31)


def outcome(unpacker, data: bytes, errors: tuple[type[Exception], ...]):
    """What comes of feeding a member in slices: the bytes and the rest, ``short`` or ``damaged``."""
    out, pending = b"", data
    try:
        while not unpacker.eof and pending:
            out += unpacker.decompress(pending, 500)
            pending = unpacker.unconsumed_tail
    except errors:
        return "damaged"
    return (out, unpacker.unused_data) if unpacker.eof else "short"


def test_a_flipped_bit_anywhere_is_judged_as_zlib_judges_it():
    """Header, deflate stream, checksum, size: all eight bits of every byte."""
    for bit in range(8 * len(MEMBER)):
        data = bytearray(MEMBER)
        data[bit // 8] ^= 1 << bit % 8
        fast = outcome(new_unpacker(), bytes(data), ERRORS) if sound_start(data) else "damaged"
        assert fast == outcome(zlib.decompressobj(31), bytes(data), (zlib.error,)), bit


@pytest.mark.parametrize("cut", [1, 3, 8, 200, len(MEMBER) - 1])
def test_a_member_that_was_cut_off_is_short(cut):
    """Not damaged: more might come."""
    assert outcome(new_unpacker(), MEMBER[:-cut], ERRORS) == "short"


def test_what_follows_a_member_is_handed_back():
    """The next member begins there."""
    assert outcome(new_unpacker(), MEMBER + MEMBER, ERRORS) == (PLAIN, MEMBER)
