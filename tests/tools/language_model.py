"""Write talkscraper/extraction/languages/model.zst from the model of py3langid, a development package.

The wheel carries the model by itself, because py3langid needs numpy: 71 MB for one product of two small matrices.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from talkscraper.extraction.languages.model import MODEL, SCALE, zstd

LEVEL = 19
"""xz is 0.6 MB smaller, and takes a third of a second more of each worker's start."""


def converted() -> bytes:
    """The installed py3langid's model as ``model.py`` reads it, uncompressed."""
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    weights, priors, codes, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    scaled = -weights.astype("float64") * SCALE
    if not (scaled == np.rint(scaled)).all() or scaled.min() < 0 or scaled.max() >= 1 << 16:
        raise ValueError("these weights aren't 16-bit multiples of 1/SCALE: model.py must be changed for them")
    parts = [
        scaled.astype("<u2").tobytes(),
        np.array(moves, dtype="<u4").tobytes(),
        np.array(rows, dtype="<u4").tobytes(),
        np.array(features, dtype="<i4").tobytes(),
    ]
    head = json.dumps(
        {"codes": list(codes), "priors": [float(p) for p in priors], "lengths": [len(part) for part in parts]}
    ).encode()
    return struct.pack("<I", len(head)) + head + b"".join(parts)


def main() -> None:
    Path(MODEL).write_bytes(zstd.compress(converted(), LEVEL))


if __name__ == "__main__":
    main()
