"""HTTP messages in blocks: understood where they can be, never changed, never trusted."""

from __future__ import annotations

import gzip
import os
import zlib

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scrapy.utils._compression import zstd

from talkscraper.warc import content_coding
from talkscraper.warc.chunked import Dechunker
from talkscraper.warc.content_coding import MAX_MEMBERS, UndecodableContent, decode_content
from talkscraper.warc.http import HttpHead, final_head, parse_head, payload_pieces

TEXT = b"The harbour wall holds. " * 40
PACKERS = {gzip.compress: "gzip", zlib.compress: "deflate", brotli.compress: "br", zstd.compress: "zstd"}


def parsed(block: bytes) -> tuple[HttpHead, bytes]:
    """A message's final head and its payload, as all readers find them."""
    interim, head = final_head(block)
    return head, unframed(block[sum(map(len, interim)) + head.size :], chunked=head.chunked)


def unframed(*body: bytes, chunked: bool = True) -> bytes:
    """The payload of a body that arrives in these pieces."""
    return b"".join(payload_pieces(body, chunked=chunked))


def test_a_plain_response():
    """Status, reason, headers in their order and case, payload."""
    head, payload = parsed(b"HTTP/1.1 200 Very OK\r\nX-a: 1\r\nx-A:  2 \r\nContent-Length: 3\r\n\r\nabc")
    assert (head.status, head.reason, payload) == (200, "Very OK", b"abc")
    assert head.headers == (("X-a", "1"), ("x-A", "2"), ("Content-Length", "3"))


@pytest.mark.parametrize(
    ("head", "status", "headers"),
    [
        (b"HTTP/1.1 200\r\n\r\n", 200, ()),
        (b"HTTP/1.1 200 \r\n\r\n", 200, ()),
        (b"HTTP/1.0 404 Nope\nA: b\n\n", 404, (("A", "b"),)),
        (b"HTTP/1.1 200 OK\r\nno colon\r\nA: b\r\n\r\n", 200, (("A", "b"),)),
        (b"HTTP/1.1 200 OK\r\nA: one\r\n\ttwo\r\n  three\r\n\r\n", 200, (("A", "one two three"),)),
        (b"HTTP/1.1 200 OK\r\nA: D\xe9j\xe0\r\n\r\n", 200, (("A", "D\xe9j\xe0"),)),
        (b"HTTP/1.1 2000 OK\r\n\r\n", None, ()),
        (b"HTTP/1.1 OK\r\n\r\n", None, ()),
        (b"HTTP/2 200\r\n\r\n", 200, ()),
        (b"HTTP/1.1 200 OK\r\n : empty name\r\n:x\r\n\r\n", 200, ()),
        (b"HTTP/1.1 200 OK\r\n Folded: without a field\r\nA: b\r\n\r\n", 200, (("A", "b"),)),
    ],
)
def test_odd_heads(head, status, headers):
    """What servers really send has a defined reading."""
    parsed = parse_head(head + b"body")
    assert (parsed.status, parsed.headers, parsed.size, parsed.complete) == (status, headers, len(head), True)


def test_a_head_without_end():
    """A head that was cut off is all head, and says so."""
    parsed = parse_head(b"HTTP/1.1 200 OK\r\nContent-Ty")
    assert (parsed.status, parsed.complete, parsed.size) == (200, False, 27)


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_fail(data):
    """Any bytes can be parsed, and those that aren't a head are the body."""
    for block in (
        data,
        b"HTTP/1.1 200 OK\r\n\r\n" + data,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + data,
    ):
        head, payload = parsed(block)
        assert head.chunked or block.endswith(payload)


def test_interim_heads_are_split_off():
    """All 1xx heads before the answer, but not 101 and not one without an end."""
    early, final = b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nx"
    interim, head = final_head(early + early + final)
    assert (interim, head.status, head.size) == ((early, early), 200, len(final) - 1)
    upgrade = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"
    for block, status in ((upgrade, 101), (early[:-2], 103)):
        interim, head = final_head(block)
        assert (interim, head.status, head.size) == ((), status, len(block))


@given(
    body=st.binary(max_size=2000),
    sizes=st.lists(st.integers(1, 300), min_size=1, max_size=8),
    extension=st.sampled_from([b"", b";a=b", b'; name="value"']),
    last=st.sampled_from([b"0\r\n\r\n", b"00000\r\n\r\n", b"0;x\r\nX-Sum: 1\r\nY: 2\r\n\r\n"]),
    feeds=st.lists(st.integers(1, 40), min_size=1, max_size=5),
)
def test_chunking_is_undone_however_it_arrives(body, sizes, extension, last, feeds):
    """Any chunk sizes, extensions, last chunks and trailers, in any pieces, give the body back."""
    framed, at, turn = b"", 0, 0
    while at < len(body):
        piece = body[at : at + sizes[turn % len(sizes)]]
        framed += b"%X%s\r\n%s\r\n" % (len(piece), extension, piece)
        at, turn = at + len(piece), turn + 1
    framed += last
    assert unframed(framed) == body
    dechunker, out, at, turn = Dechunker(), b"", 0, 0
    while at < len(framed):
        size = feeds[turn % len(feeds)]
        out += b"".join(dechunker.pieces(framed[at : at + size]))
        at, turn = at + size, turn + 1
    assert out + dechunker.finish() == body


@pytest.mark.parametrize(
    ("body", "payload"),
    [
        (b"5\r\nhello\r\n", b"hello"),  # no last chunk
        (b"5\r\nwal", b"wal"),  # cut in a chunk
        (b"<html>never chunked\n</html>", b"<html>never chunked\n</html>"),
        (b"not a line", b"not a line"),
        (b"", b""),
        (b"5\r\nhello<p>no end of chunk\r\n", b"hello<p>no end of chunk\r\n"),
        (b"fffffffffffffffff\r\nx", b"fffffffffffffffff\r\nx"),
        (b"-5\r\nx", b"-5\r\nx"),
    ],
)
def test_framing_that_is_wrong_loses_no_text(body, payload):
    """Falsely chunked bodies are payload; broken framing ends the framing, not the reading."""
    assert unframed(body) == payload


@pytest.mark.parametrize(
    ("codings", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)),
        ("x-gzip", gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:], mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0) + b"\0" * 20),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT, wbits=-15)),
        ("br", brotli.compress(TEXT)),
        ("gzip, br", brotli.compress(gzip.compress(TEXT, mtime=0))),
        ("zstd", zstd.compress(TEXT)),
        ("zstd", zstd.compress(TEXT[:100]) + zstd.compress(TEXT[100:])),
        ("identity", TEXT),
        ("GZIP", gzip.compress(TEXT, mtime=0)),
        ("gzip", TEXT),  # a lie
        ("br", TEXT),
        ("zstd", TEXT),
        ("deflate", TEXT),
        ("", TEXT),
    ],
)
def test_content_codings_are_undone(codings, body):
    """Every coding that servers use, stacked ones, and those that were only claimed."""
    assert decode_content(body, [("content-encoding", codings)], 10_000) == TEXT


@pytest.mark.parametrize("pack", PACKERS)
def test_a_body_that_was_cut_gives_its_beginning(pack):
    """What can be decoded of a truncated body is decoded."""
    coding = PACKERS[pack]
    noise = os.urandom(200_000)
    begun = decode_content(pack(noise)[:-1000], [("Content-Encoding", coding)], 10**6)
    assert len(begun) > 100_000
    assert noise.startswith(begun)


@pytest.mark.parametrize("pack", PACKERS)
def test_a_bomb_is_refused(pack):
    """Content that grows past its limit isn't decoded to the end."""
    coding = PACKERS[pack]
    with pytest.raises(UndecodableContent, match="larger than"):
        decode_content(pack(b"\0" * 50_000_000), [("Content-Encoding", coding)], 1_000_000)


def test_piled_up_codings_are_refused():
    """Nobody packs a page six times but to harm."""
    with pytest.raises(UndecodableContent, match="6 content codings"):
        decode_content(b"x", [("Content-Encoding", "gzip,gzip,gzip,gzip,gzip,gzip")], 100)


@pytest.mark.parametrize("coding", ["rot13", "UTF-8", "none", "text/html"])
def test_a_coding_that_nobody_knows_leaves_the_body(coding):
    """Browsers show such a page as it came."""
    assert decode_content(TEXT, [("Content-Encoding", coding)], 10_000) == TEXT
    packed = gzip.compress(TEXT, mtime=0)
    assert decode_content(packed, [("Content-Encoding", f"{coding}, gzip")], 10_000) == TEXT


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + b"ABCDEFGH"),  # checksum and size
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8] + b"ABCDEFGH" + gzip.compress(b"", mtime=0)),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-8]),
        ("gzip", gzip.compress(TEXT, mtime=0)[:-3]),
        ("gzip, gzip", gzip.compress(TEXT, mtime=0)),
        ("gzip, br", gzip.compress(TEXT, mtime=0)),
        ("deflate, deflate", zlib.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[:-4] + b"ABCD"),
        ("deflate", zlib.compress(TEXT)[:-4]),
        ("zstd", zstd.compress(TEXT, options={zstd.CompressionParameter.checksum_flag: 1})[:-4] + b"ABCD"),
        ("br", b'{"headline": "The harbour wall holds"}'),
        ("deflate", b'{"headline": "The harbour wall holds"}'),
        ("deflate", b"[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]"),
        ("br", "Die Hafenmauer h\xe4lt".encode()),
        ("deflate", b"\r\n<p>Die Hafenmauer h\xe4lt</p>"),
        ("gzip", b""),
        ("br", b""),
        ("zstd", b""),
        ("deflate", b""),
    ],
)
def test_a_coding_that_lies_or_a_wrong_checksum_costs_nothing(coding, body):
    """What browsers show is read: plain text under a coding's name, a coding said twice, a bad or missing checksum."""
    plain = TEXT if body[:1] not in (b"{", b"[", b"D", b"\r", b"") else body
    assert decode_content(body, [("Content-Encoding", coding)], 10_000) == plain


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "br"])
def test_damage_in_the_middle_gives_what_came_before_it(coding):
    """Of a stream with a broken spot all that can be decoded up to there is read, whatever the coding."""
    noise = os.urandom(100_000) + bytes(range(256)) * 2000
    pack = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": zstd.compress, "br": brotli.compress}[coding]
    packed = pack(noise)
    damaged = packed[:90_000] + b"\xff" * 200 + packed[90_200:]
    begun = decode_content(damaged, [("Content-Encoding", coding)], 10**7)
    assert begun[:40_000] == noise[:40_000] or coding in ("zstd", "br")
    assert begun != damaged or coding in ("zstd", "br")


def test_the_fast_way_through_gzip_says_what_the_careful_one_says(monkeypatch):
    """One whole member is read at once; whatever is damaged, cut, followed by something or too large, piece by piece."""
    whole = gzip.compress(TEXT * 40, mtime=0)
    bodies = [whole, whole + b"x", whole + whole, whole + b"\x1f\x8b"]
    bodies += [whole[:cut] for cut in range(0, len(whole), 3)]
    bodies += [
        whole[:at] + bytes((whole[at] ^ flip,)) + whole[at + 1 :] for at in range(len(whole)) for flip in (1, 255)
    ]

    def read(body, limit):
        try:
            return decode_content(body, [("Content-Encoding", "gzip")], limit)
        except UndecodableContent as error:
            return str(error)

    cases = [(body, limit) for body in bodies for limit in (100, 10**6)]
    fast = [read(*case) for case in cases]
    monkeypatch.setattr(content_coding, "_intact_member", lambda *_: None)
    assert fast == [read(*case) for case in cases]


def test_a_gzip_head_with_every_field_is_read():
    """Extra field, name, comment and header checksum stand before the stream, and aren't taken for it."""
    packed = gzip.compress(TEXT, mtime=0)
    head = packed[:3] + bytes((0x02 | 0x04 | 0x08 | 0x10,)) + packed[4:10]
    whole = head + b"\x03\x00abc" + b"name\0" + b"comment\0" + b"\x12\x34" + packed[10:]
    assert decode_content(whole, [("Content-Encoding", "gzip")], 10_000) == TEXT


def test_more_members_than_anybody_packs_are_refused():
    """Tiny members up to the bound are read; beyond it the body is refused by name, never cut without a word."""
    member = gzip.compress(b"a", mtime=0)
    headers = [("Content-Encoding", "gzip")]
    assert decode_content(member * (MAX_MEMBERS - 1), headers, 10**6) == b"a" * (MAX_MEMBERS - 1)
    with pytest.raises(UndecodableContent, match="members"):
        decode_content(member * (MAX_MEMBERS + 1), headers, 10**6)
