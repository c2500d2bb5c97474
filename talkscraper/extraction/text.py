"""Plain text from markup and declarations, and its word count."""

from __future__ import annotations

import html
import re
from typing import Any

from lxml.html import HtmlElement

_TAG = re.compile(r"<[^<>]{1,500}>")
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u1980-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
"""Thai, Lao, Burmese, Khmer and their like, where a zero-width space separates words."""
_JOINED = "\u0600-\u08ff\u0900-\u109f\u1780-\u18af\ufb50-\ufdff\ufe70-\ufefc"
"""Arabic, the scripts of India and others, where a zero-width non-joiner changes how letters are written."""
_INVISIBLE = re.compile(
    "[\u200e\u200f\u2060\ufeff\u00ad]"
    f"|\u200b(?![{_SPACELESS}])|(?<![{_SPACELESS}])\u200b"
    f"|\u200c(?![{_JOINED}])|(?<![{_JOINED}])\u200c"
)
_MAYBE_INVISIBLE = re.compile("[\u200b\u200c\u200e\u200f\u2060\ufeff\u00ad]")
"""One set of characters, searched at the speed of C; looking behind every character isn't."""
_TWICE_ENCODED = re.compile("[\u00c2\u00c3][\u00a0-\u00bf]|[\u00c2-\u00f4][\u0080-\u009f]")
_UNREAD = frozenset(("script", "style", "noscript", "template", "svg", "button"))
_WORD = re.compile(r"\w+(?:['’.\-]\w+)*")
_CLASSES = bytes(ord("w" if re.match(r"\w", chr(code)) else "-" if chr(code) in "'.-" else " ") for code in range(256))
"""Letters of words, what joins two parts of one, and the rest, of Latin-1."""
_SIGNS = "“”„‘‚–—…•"
"""What isn't in Latin-1, belongs to no word, and is in many Latin texts."""
_JOINT = re.compile(rb"-(?<=w-)(?=w)")
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")


def clean(text: str) -> str:
    """One line of text: tags and doubly escaped entities gone, runs of white space one blank."""
    if "&" in text:
        text = html.unescape(text)
        if "&" in text:
            text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if _TWICE_ENCODED.search(text):
        text = _decoded_again(text)
    return " ".join(without_invisible(text).split())


def without_invisible(text: str) -> str:
    """Text without soft hyphens, zero-width spaces and marks of direction; those that words need stay."""
    return text if text.isascii() or _MAYBE_INVISIBLE.search(text) is None else _INVISIBLE.sub("", text)


def _decoded_again(text: str) -> str:
    """UTF-8 that was decoded as Latin-1 and encoded once more: "Ã©" for an é."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def text_of(element: HtmlElement) -> str:
    """An element's readable text on one line."""
    pieces: list[str] = []
    _gather(element, pieces, 0)
    return " ".join(without_invisible("".join(pieces)).split())


def _gather(element: HtmlElement, pieces: list[str], depth: int) -> None:
    if element.tag in _UNREAD or depth > 100:
        return
    if element.tag == "br":
        pieces.append(" ")
    if element.text:
        pieces.append(element.text)
    for child in element:
        _gather(child, pieces, depth + 1)
        if child.tail:
            pieces.append(child.tail)


def strings(value: Any, limit: int = 200) -> list[str]:
    """The texts in a JSON-LD value: a string, a list of strings, or nodes with a name."""
    if isinstance(value, str):
        return [t] if (t := clean(value)) else []
    if isinstance(value, dict):
        return strings(value.get("name") or value.get("@value") or value.get("title"), limit)
    if isinstance(value, list):
        return [t for item in value[:limit] for t in strings(item, limit)]
    return []


def count_words(text: str) -> int:
    """Words of a text; where a script sets no spaces between words, two characters count as one word."""
    plain = text
    if not text.isascii():
        plain = text.replace("’", "'")
        for sign in _SIGNS:
            plain = plain.replace(sign, " ")
    try:
        # of a Latin text the words are counted by classes of bytes
        classes = plain.encode("latin-1").translate(_CLASSES)
    except UnicodeEncodeError:
        pass
    else:
        return len(classes.replace(b"-", b" ").split()) - len(_JOINT.findall(classes))
    text, unspaced = _UNSPACED.subn(" ", text)
    return len(_WORD.findall(text)) + (unspaced + 1) // 2
