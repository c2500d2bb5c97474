"""Gzip members: what is packed here opens with anybody's gzip, and ISA-L says of every member what zlib says."""

from __future__ import annotations

import gzip
import random
import sys
import zlib
from importlib import reload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.warc import compression
from talkscraper.warc.compression import ERRORS, first_bytes, new_unpacker, sound_start

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


def test_the_first_bytes_of_a_member_are_decompressed():
    """Of a member that is cut off too; of damaged gzip, and of anything else, there are none."""
    assert first_bytes(MEMBER[:200], 5) == b"WARC/"
    assert first_bytes(b"WARC/1.1", 5) == first_bytes(MEMBER[:10] + b"\xff" * 20, 5) == b""


@pytest.fixture(params=["isal", "zlib"])
def packing(request, monkeypatch):
    """The module with ISA-L, and as it is where ISA-L isn't installed."""
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    yield reload(compression)
    monkeypatch.undo()
    reload(compression)


@pytest.mark.parametrize("data", [b"", b"a", bytes(200_000), b"WARC/1.1\r\n" * 9_000])
def test_a_member_unpacks_to_what_was_packed(packing, data):
    """In one call and in pieces."""
    packer = packing.new_packer()
    pieces = b"".join([packer.compress(data[at : at + 7_000]) for at in range(0, len(data), 7_000)]) + packer.flush()
    assert gzip.decompress(packing.pack(data)) == gzip.decompress(pieces) == data


@pytest.mark.parametrize("sizes", [[], [0], [1], [65_535], [65_536], [3, 200_000, 0, 131_070]])
def test_stored_bytes_are_one_member_with_their_head(packing, sizes):
    """However large the pieces are: a stored block holds 65,535 bytes at most."""
    head, rest = b"head\r\n" * 30, [bytes([number]) * size for number, size in enumerate(sizes)]
    member = b"".join(packing.pack_head_only(head, rest))
    unpacker = zlib.decompressobj(31)
    assert unpacker.decompress(member) == head + b"".join(rest)
    assert unpacker.eof
    assert not unpacker.unused_data
    assert len(member) < 100 + sum(sizes) + 5 * (sum(sizes) // 65_535 + 4)


@given(head=st.binary(max_size=300), rest=st.lists(st.binary(max_size=300), max_size=5))
def test_any_head_and_any_rest_come_back(head, rest):
    """Also heads that don't shrink."""
    assert gzip.decompress(b"".join(compression.pack_head_only(head, rest))) == head + b"".join(rest)
