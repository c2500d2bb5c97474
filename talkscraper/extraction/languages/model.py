"""A text's language by its byte n-grams: naive Bayes over the model of py3langid (BSD 3-Clause, LICENSE-py3langid).

An automaton finds the n-grams in the text's UTF-8; each has a weight for each language. py3langid multiplies with
numpy, which alone would be a quarter of an installation. Here a row of weights is one large integer with a lane per
language, so that a row is added to a sum in one operation. Weights are 16-bit integers, and the sums are exact.
``tests/tools/language_model.py`` writes model.zst.
"""

from __future__ import annotations

import json
import math
import struct
import sys
import unicodedata
from array import array
from collections import Counter
from collections.abc import Sequence
from functools import cache
from io import BufferedIOBase
from pathlib import Path

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

MODEL = Path(__file__).with_name("model.zst")
SCALE = 512
"""A stored weight is this many times the negative logarithm of an n-gram's probability."""
MAX_BYTES = 65_536
"""Bytes of a text that are read: a sum of so many 16-bit weights fits a lane of 32 bits."""


class LanguageModel:
    """Which languages there are, and how likely a text is in each."""

    def __init__(self, unpacked: BufferedIOBase) -> None:
        (length,) = struct.unpack("<I", unpacked.read(4))
        head = json.loads(unpacked.read(length))
        self.codes: Sequence[str] = head["codes"]
        """ISO 639 codes; a language with several scripts has several places."""
        self._priors: Sequence[float] = head["priors"]
        weights, moves, rows, features = head["lengths"]
        self._weights = unpacked.read(weights)
        self._moves = _numbers("I", unpacked.read(moves))
        self._rows = [row << 8 for row in _numbers("I", unpacked.read(rows))]
        self._features = _numbers("i", unpacked.read(features))
        self._row_bytes = 2 * len(self.codes)
        lanes = (len(self.codes) + 1) // 2
        self._even = int.from_bytes(b"\xff\xff\x00\x00" * lanes, "little")
        self._sum_bytes = 4 * lanes
        self._lanes: dict[int, tuple[int, int]] = {}

    def classify(self, text: str) -> tuple[str, float]:
        """The likeliest language and its probability."""
        data = _encoded(text)[:MAX_BYTES]
        scores = self._scores(data)
        temperature = math.sqrt(len(data) or 1)
        best = max(scores)
        shares: dict[str, float] = {}
        for code, score in zip(self.codes, scores, strict=True):
            shares[code] = shares.get(code, 0.0) + math.exp((score - best) / temperature)
        code = max(shares, key=shares.__getitem__)
        return code, shares[code] / sum(shares.values())

    def _scores(self, data: bytes) -> list[float]:
        """The logarithm of each language's likelihood, up to a constant; all the same where no n-gram is known."""
        counts = self._count(data)
        if not counts:
            return [0.0] * len(self.codes)
        even: dict[int, int] = {}
        odd: dict[int, int] = {}
        known = self._lanes
        for feature, count in counts.items():
            lanes = known.get(feature) or self._split(feature)
            even[count] = even.get(count, 0) + lanes[0]
            odd[count] = odd.get(count, 0) + lanes[1]
        scores = list(self._priors)
        for count, sums in even.items():
            factor = math.log1p(count) / SCALE
            for first, total in ((0, sums), (1, odd[count])):
                found = _numbers("I", total.to_bytes(self._sum_bytes, "little"))
                scores[first::2] = [
                    score - factor * weight for score, weight in zip(scores[first::2], found, strict=False)
                ]
        return scores

    def _split(self, feature: int) -> tuple[int, int]:
        """An n-gram's weights in the languages at even places, and in those at odd ones; kept, as most recur."""
        width = self._row_bytes
        row = int.from_bytes(self._weights[feature * width : (feature + 1) * width], "little")
        lanes = self._lanes[feature] = (row & self._even, row >> 16 & self._even)
        return lanes

    def _count(self, data: bytes) -> Counter[int]:
        """How often each known n-gram occurs."""
        moves, rows, features = self._moves, self._rows, self._features
        found = []
        state = 0
        for byte in data:
            state = moves[rows[state] + byte]
            feature = features[state]
            if feature >= 0:
                found.append(feature)
        return Counter(found)


@cache
def language_model() -> LanguageModel:
    """The model that talkscraper carries, read once in a process."""
    with zstd.open(MODEL) as unpacked:
        return LanguageModel(unpacked)


def _encoded(text: str) -> bytes:
    if text.isupper():
        text = text.lower()
    return unicodedata.normalize("NFC", text).encode("utf-8", errors="surrogatepass")


def _numbers(kind: str, data: bytes) -> array[int]:
    numbers: array[int] = array(kind)
    numbers.frombytes(data)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
