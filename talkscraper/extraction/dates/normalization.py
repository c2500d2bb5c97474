"""Text as printed → text that one set of patterns can read: one form of digits, letters, spaces and dashes."""

from __future__ import annotations

import re
import unicodedata

_LETTERS = str.maketrans({
    "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ي": "ی", "ى": "ی", "ك": "ک", "ة": "ه", "ـ": None,  # Arabic script
    "İ": "i", "ı": "i", "ё": "е", "’": "'", "‘": "'", "ʼ": "'", "`": "'", "´": "'", "׳": "'", "״": '"',
    "–": "-", "—": "-", "‐": "-", "‑": "-", "‒": "-", "―": "-", "−": "-", "／": "/", "．": ".", "：": ":", "،": ",",
    "\u200b": None, "\u200c": " ", "\u200d": None, "\u200e": None, "\u200f": None, "\u202a": None,
    "\u202b": None, "\u202c": None, "\u2066": None, "\u2067": None, "\u2069": None, "\ufeff": None, "\u00ad": None,
})  # fmt: skip
_SPACES = re.compile(r"\s+")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u0655\u0670]")
"""Accents of Latin, Greek and Cyrillic letters, vowel signs of Arabic: printed by some and left out by others."""
_CHINESE_NUMBER = re.compile(r"[〇零一二三四五六七八九十廿元]{1,4}(?=\s*[年月日])|(?<=初)[一二三四五六七八九十]")
_CHINESE_DIGITS = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {"零": 0, "元": 1}


def fold(text: str) -> str:
    """Lower case without accents, any script's digits as 0–9, Chinese numerals before 年月日 as digits.

    Not length-preserving. The same folding is applied to the tables that the text is compared with.
    """
    if text.isascii():
        return _SPACES.sub(" ", text).strip().lower()
    text = unicodedata.normalize("NFKD", text.translate(_LETTERS)).translate(_LETTERS).lower()
    text = unicodedata.normalize("NFC", _MARKS.sub("", text))
    text = "".join(str(unicodedata.decimal(c)) if not c.isascii() and c.isdecimal() else c for c in text)
    if "年" in text or "月" in text:
        text = _CHINESE_NUMBER.sub(lambda m: _chinese_number(m[0]), text)
    return _SPACES.sub(" ", text).strip()


def _chinese_number(text: str) -> str:
    """``二〇二五`` → ``2025``, ``十月``'s ``十`` → ``10``, ``二十八`` → ``28``."""
    text = text.replace("廿", "二十")
    if "十" not in text:
        return "".join(str(_CHINESE_DIGITS[c]) for c in text)
    tens, _, ones = text.partition("十")
    if len(tens) > 1 or len(ones) > 1:
        return text
    return str((_CHINESE_DIGITS[tens] if tens else 1) * 10 + (_CHINESE_DIGITS[ones] if ones else 0))
