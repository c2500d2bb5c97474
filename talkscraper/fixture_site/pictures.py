"""Small PNG pictures drawn from a name, byte for byte the same on every machine with the same zlib."""

from __future__ import annotations

import hashlib
import math
import random
import struct
import zlib
from functools import lru_cache

WIDTH, HEIGHT = 320, 180
Colour = tuple[int, int, int]


@lru_cache(maxsize=128)
def seascape(name: str) -> bytes:
    """A PNG (320 x 180) of a lighthouse by the sea at sunset; positions and colours are derived from ``name``."""
    seed = hashlib.sha256(name.encode()).digest()
    high = (60 + seed[0] % 80, 90 + seed[1] % 70, 130 + seed[2] % 60)
    low = (214 + seed[3] % 40, 176 + seed[4] % 50, 140 + seed[5] % 60)
    near, far = (16 + seed[6] % 20, 44 + seed[7] % 24, 60 + seed[8] % 24), (86, 116 + seed[9] % 24, 132 + seed[10] % 20)
    horizon = 92 + seed[11] % 26
    sun, radius = 70 + seed[12] % 120, 10 + seed[13] % 9
    tower, wall = 230 + seed[14] % 50, horizon + 10
    chance = random.Random(seed)  # noqa: S311  a drawing
    rows: list[bytearray] = []
    for y in range(HEIGHT):
        above = y < horizon
        part = y / horizon if above else (y - horizon) / (HEIGHT - horizon)
        row = bytearray(_mixed(high, low, part**1.4) if above else _mixed(far, near, part**0.7)) * WIDTH
        if above and abs(y - (horizon - radius)) <= radius:
            half = int(math.sqrt(radius * radius - (y - horizon + radius) ** 2))
            _fill(row, sun - half, sun + half, (255, 236, 196))
        if not above:
            for _ in range(1 + int(part * 5)):
                at, length = chance.randrange(WIDTH), 4 + chance.randrange(10 + int(part * 24))
                _fill(row, at, at + length, _mixed(low, near, 0.45 + part * 0.4))
            spread = int(radius * (0.5 + part * 1.6))
            for _ in range(3):
                at = sun - spread + chance.randrange(2 * spread + 1)
                _fill(row, at - 3, at + 3, _mixed((255, 226, 180), near, part * 0.7))
        if wall - 8 <= y < wall + 6:
            _fill(row, tower - 70 - (y - wall) // 2, WIDTH, (58, 54, 52))
        if wall - 66 <= y < wall - 8:
            half = 5 + (y - wall + 66) // 14
            banded = (y - wall) // 12 % 2 == 0
            _fill(row, tower - half, tower + half, (236, 230, 218) if banded else (150, 58, 44))
        if wall - 74 <= y < wall - 66:
            _fill(row, tower - 5, tower + 5, (255, 240, 190) if y > wall - 72 else (58, 54, 52))
        rows.append(row)
    return _png(rows, WIDTH, HEIGHT)


@lru_cache(maxsize=4)
def paper(name: str) -> bytes:
    """A PNG (64 x 64) of pale grain, the background of a page."""
    chance = random.Random(name)  # noqa: S311  a drawing
    side = 64
    shades = [[250 - 3 * (chance.random() < 0.06) for _ in range(side)] for _ in range(side)]
    return _png([bytearray(b"".join(bytes((c, c - 1, c - 4)) for c in row)) for row in shades], side, side)


def _mixed(one: Colour, other: Colour, part: float) -> Colour:
    return tuple(int(a + (b - a) * part) for a, b in zip(one, other, strict=True))  # type: ignore[return-value]


def _fill(row: bytearray, start: int, stop: int, colour: Colour) -> None:
    start, stop = max(0, start), min(len(row) // 3, stop)
    if stop > start:
        row[start * 3 : stop * 3] = bytes(colour) * (stop - start)


def _png(rows: list[bytearray], width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    # filter type 0 before each row: the row as it is
    data = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, content) for kind, content in ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
