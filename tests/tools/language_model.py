"""Write talkscraper/extraction/languages/model.zst from the model of py3langid, a development package.

The wheel carries the model by itself, because py3langid needs numpy: 71 MB for one product of two small matrices.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

from talkscraper.extraction.languages.model import BLOCK, MODEL, SCALE, zstd

LEVEL = 19
"""xz is 0.6 MB smaller, and takes a third of a second more of each worker's start."""


def converted() -> bytes:
    """The installed py3langid's model as ``model.py`` reads it, uncompressed."""
    import numpy as np
    from py3langid.langid import MODEL_DIR, MODEL_FILE
    from py3langid.modelio import load_model

    weights, priors, codes, moves, rows, features = load_model(MODEL_DIR / MODEL_FILE)
    if len(codes) > 256:
        raise ValueError("the number of a language must fit a byte")
    scaled = -weights.astype("float64") * SCALE
    if not (scaled == np.rint(scaled)).all() or scaled.min() < 0 or scaled.max() >= 1 << 16:
        raise ValueError("these weights aren't 16-bit multiples of 1/SCALE: model.py must be changed for them")
    usual = np.array([np.bincount(column.astype(int)).argmax() for column in scaled.T])
    features_at, languages = np.nonzero(scaled != usual)
    starts = np.searchsorted(features_at, np.arange(len(scaled) + 1))
    blocks, place = np.unique(np.array(moves, dtype="<u4").reshape(-1, BLOCK), axis=0, return_inverse=True)
    parts = [
        blocks.tobytes(),
        (place.ravel() * BLOCK).astype("<u4").tobytes(),
        (np.array(rows, dtype="<u4") * (256 // BLOCK)).astype("<u4").tobytes(),
        np.array(features, dtype="<i4").tobytes(),
        starts.astype("<u4").tobytes(),
        languages.astype("u1").tobytes(),
        scaled[features_at, languages].astype("<u2").tobytes(),
    ]
    head = json.dumps(
        {
            "codes": list(codes),
            "priors": [float(p) for p in priors],
            "usual": [int(weight) for weight in usual],
            "lengths": [len(part) for part in parts],
        }
    ).encode()
    return struct.pack("<I", len(head)) + head + b"".join(parts)


def main() -> None:
    Path(MODEL).write_bytes(zstd.compress(converted(), LEVEL))


if __name__ == "__main__":
    main()
