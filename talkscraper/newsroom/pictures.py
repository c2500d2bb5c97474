"""Pictures without a camera: small PNG seascapes, drawn from a name, the same on every machine."""

from __future__ import annotations

import hashlib
import struct
import zlib
from functools import lru_cache

WIDTH, HEIGHT = 320, 180
BLOCK = 16
"""Pixels of a row that share a shade."""
WALL = 60
"""Pixels that the wall is wide."""


@lru_cache(maxsize=128)
def seascape(name: str) -> bytes:
    """A PNG of sky, sea and a wall, its colours and horizon drawn from ``name``."""
    seed = hashlib.sha256(name.encode()).digest()
    sky, sea = (90 + seed[0] % 120, 130 + seed[1] % 90, 170 + seed[2] % 80), (20 + seed[3] % 40, 60 + seed[4] % 60, 90)
    horizon, wall = 60 + seed[5] % 50, 40 + seed[6] % 200
    rows = bytearray()
    for y in range(HEIGHT):
        rows.append(0)  # filter type 0: the row as it is
        for block in range(WIDTH // BLOCK):
            shade = (y * 3 + seed[(block + y // 5) % 32]) % 24
            base = sky if y < horizon else sea
            pixel = bytes(min(255, channel + shade) for channel in base)
            rows += pixel * BLOCK
        if y > horizon + 20:
            stone = bytes(min(255, channel + y % 24) for channel in (110, 104, 96))
            start = len(rows) - 3 * (WIDTH - wall)
            rows[start : start + 3 * WALL] = stone * WALL
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(rows), 6)), (b"IEND", b""))
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
