"""What is packed here opens with anybody's gzip, by either library."""

from __future__ import annotations

import gzip
import sys
import zlib
from importlib import reload

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.warc import deflate


@pytest.fixture(params=["isal", "zlib"])
def packing(request, monkeypatch):
    """The module with ISA-L, and as it is where ISA-L isn't installed."""
    if request.param == "zlib":
        monkeypatch.setitem(sys.modules, "isal", None)
    yield reload(deflate)
    monkeypatch.undo()
    reload(deflate)


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
    assert gzip.decompress(b"".join(deflate.pack_head_only(head, rest))) == head + b"".join(rest)
