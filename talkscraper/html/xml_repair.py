"""Repair of XML: whatever a program wrote as a feed or sitemap → well-formed XML without a document type.

Mended are: text before the root (warnings of a program, comments, blanks), bare ``<`` and ``&``, HTML entities, tags
that aren't closed or are closed twice, prefixes that nothing declares, attributes without quotes, CDATA sections
without an end, several roots, a document that ends early. Everything stands in one more root element, ``ROOT``.

One pass over the text: each byte is looked at a bounded number of times, whatever it says.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Mapping

ROOT = "repaired"
"""The name of the element around the document's own root."""
MAX_DEPTH = 200
"""Maximum depth; tags below are left out. libxml2 stops at 256."""
MAX_RUN = 2_000_000
"""Maximum number of characters of text between two tags; libxml2 stops at ten million bytes."""
MAX_ATTRIBUTES = 50
MAX_VALUE = 100_000
"""Maximum number of characters of an attribute's value."""
MAX_PREFIXES = 100
USUAL_PREFIXES: Mapping[str, str] = {
    "a10": "http://www.w3.org/2005/Atom",
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
    "xhtml": "http://www.w3.org/1999/xhtml",
    "xlink": "http://www.w3.org/1999/xlink",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
"""What prefixes mean where nothing declares them."""

_NAME = r"[A-Za-z_][A-Za-z0-9_.-]{0,99}(?::[A-Za-z_][A-Za-z0-9_.-]{0,99})?"
# a value may hold '>', never '<'; only if a tag can't be read so, it may hold '<' too (within bounds)
_TAG = re.compile(rf"<(/?)({_NAME})(?=[\s/>\"'=])((?:=\s*(?:\"[^\"<]*\"|'[^'<]*')|[^<>])*+)>")
_ODD_TAG = re.compile(rf"<(/?)({_NAME})(?=[\s/])((?:=\s*(?:\"[^\"]{{0,500}}\"|'[^']{{0,500}}')|[^<>]){{0,400}}+)>")
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|[\"']?([^\s\"']+))")
_DECLARATION = re.compile(r"<![A-Za-z\[][^<>]*>")
_INSTRUCTION = re.compile(r"<\?[A-Za-z=][^<>]*>")
_CUT_TAG = re.compile(r"<(/?)[\w:.-]+\Z")
_PROGRAM = re.compile(r"<\?(?:php\b|=)", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!DOCTYPE", re.IGNORECASE)
_DOCTYPE_END = re.compile(r"[\[\]>\"']")
MAX_DOCTYPES = 4
MAX_ODD_TAGS = 1000
_CDATA = "<![CDATA["
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_AMPERSAND = re.compile(r"&(?:#(\d{1,7}|[xX][0-9a-fA-F]{1,6});|([A-Za-z][A-Za-z0-9]{1,31});)?")
_PREDEFINED = frozenset({"amp", "lt", "gt", "quot", "apos"})


def repaired(text: str, parts: frozenset[str] = frozenset()) -> str:
    """Return well-formed XML; names of elements are in lower case.

    Args:
        text: The document; whatever isn't markup is text.
        parts: Local names of elements that don't contain one another: one that begins ends the one before. Of one that
            the end of the document cuts off, the children that are whole are kept.
    """
    return _Repair(_ILLEGAL.sub("", text), parts).result()


class _Repair:
    def __init__(self, text: str, parts: frozenset[str]) -> None:
        self.text, self.parts = text, parts
        self.out: list[str] = []
        self.open: list[tuple[str, int]] = []
        """Open elements, with the length of ``out`` before each."""
        self.names: Counter[str] = Counter()
        self.prefixes: dict[str, str | None] = {}
        """Prefixes that occur, with the first namespace that is declared for each."""
        self.run = self.doctypes = self.tried = 0
        self.ends: dict[str, int] = {}
        """Where a mark was last found (the text's length: no more)."""

    def result(self) -> str:
        text, at = self.text, 0
        while (start := text.find("<", at)) >= 0:
            self._characters(text[at:start])
            tag = _TAG.match(text, start) or self._odd_tag(start)
            if tag is not None:
                self._tag(*tag.groups())
                at = tag.end()
            else:
                at = self._other(start)
        self._characters(text[at:])
        self._cut()
        while self.open:
            self._close_one()
        return f"<{ROOT}{''.join(self._declarations())}>{''.join(self.out)}</{ROOT}>"

    def _odd_tag(self, start: int) -> re.Match[str] | None:
        """Return a tag with ``<`` in the value of an attribute; only so many are tried."""
        self.tried += 1
        return _ODD_TAG.match(self.text, start) if self.tried <= MAX_ODD_TAGS else None

    def _cut(self) -> None:
        """Leave out the child of a part that the end of the document cuts off."""
        for index, (name, _) in enumerate(self.open[:-1]):
            if name.rpartition(":")[2] in self.parts:
                del self.out[self.open[index + 1][1] :]
                del self.open[index + 1 :]
                return

    def _tag(self, slash: str, name: str, rest: str) -> None:
        name = name.lower()
        prefix, colon, local = name.rpartition(":")
        if colon and not self._known_prefix(prefix):
            name = local
        if slash:
            if self.names[name]:
                while self._close_one() != name:
                    pass
            return
        if local in self.parts and self.names[name]:
            while self._close_one() != name:
                pass
        if len(self.open) >= MAX_DEPTH:
            return
        self.run = 0
        empty = rest.endswith("/")
        attributes = self._attributes(rest) if rest and not rest.isspace() else ""
        if empty:
            self.out.append(f"<{name}{attributes}/>")
            return
        self.open.append((name, len(self.out)))
        self.names[name] += 1
        self.out.append(f"<{name}{attributes}>")

    def _close_one(self) -> str:
        name, _ = self.open.pop()
        self.names[name] -= 1
        self.run = 0
        self.out.append(f"</{name}>")
        return name

    def _attributes(self, rest: str) -> str:
        found: dict[str, str] = {}
        for match in _ATTRIBUTE.finditer(rest.removesuffix("/")):
            name = match[1]
            value = next((each for each in match.groups()[1:] if each is not None), "")[:MAX_VALUE]
            prefix, colon, local = name.rpartition(":")
            if prefix == "xmlns":
                if local.lower() in ("xml", "xmlns") or not value.strip() or not self._known_prefix(local.lower()):
                    continue
                name = f"xmlns:{local.lower()}"
                if self.prefixes[local.lower()] is None:
                    self.prefixes[local.lower()] = value
            elif colon:
                if not self._known_prefix(prefix.lower()):
                    continue
                name = f"{prefix.lower()}:{local}"
            found.setdefault(name, value)
            if len(found) >= MAX_ATTRIBUTES:
                break
        return "".join(f' {name}="{_text(value).replace(chr(34), "&quot;")}"' for name, value in found.items())

    def _known_prefix(self, prefix: str) -> bool:
        """Note that a prefix occurs; return False beyond the maximum."""
        if prefix == "xml":
            return True
        if prefix == "xmlns" or (prefix not in self.prefixes and len(self.prefixes) >= MAX_PREFIXES):
            return False
        self.prefixes.setdefault(prefix, None)
        return True

    def _declarations(self) -> list[str]:
        """Return declarations for the root: those within the document, where there are any, take precedence."""
        return [
            f' xmlns:{prefix}="{_text(declared or USUAL_PREFIXES.get(prefix) or "urn:prefix:" + prefix)}"'.replace(
                "&quot;", ""
            )
            for prefix, declared in self.prefixes.items()
        ]

    def _characters(self, text: str, *, literal: bool = False) -> None:
        if not text or not self.open:
            return
        text = text[: MAX_RUN - self.run]
        self.run += len(text)
        self.out.append(_escaped(text) if literal else _text(text))

    def _other(self, start: int) -> int:
        """Handle a ``<`` that begins no tag; return where to go on."""
        text = self.text
        if text.startswith(_CDATA, start):
            return self._cdata(start + len(_CDATA))
        if text.startswith("<!--", start):
            end = self._next("-->", start + 4)
            return end + 3 if end < len(text) else self._past_bracket(start)
        if _DOCTYPE.match(text, start):
            return self._doctype(start)
        if _PROGRAM.match(text, start) and (end := self._next("?>", start)) < len(text):
            return end + 2
        if cut := _CUT_TAG.match(text, start):
            if cut[1] and self.open:
                self._close_one()
            return len(text)
        match = _DECLARATION.match(text, start) or _INSTRUCTION.match(text, start)
        if match is not None:
            return match.end()
        self._characters("<", literal=True)
        return start + 1

    def _cdata(self, start: int) -> int:
        """Handle a CDATA section; one without an end, which the next one's would end, ends with its element."""
        text = self.text
        end, again = self._next("]]>", start), self._next(_CDATA, start)
        if again < end or end == len(text):
            closing = f"</{self.open[-1][0]}" if self.open else "<"
            early = text.find(closing, start, min(again, end))
            if early < 0:
                early = text[start : min(again, end, start + MAX_RUN)].lower().find(closing)
                early = early + start if early >= 0 else -1
            if early >= 0:
                self._characters(text[start:early], literal=True)
                return early
        self._characters(text[start:end], literal=True)
        return min(len(text), end + 3)

    def _doctype(self, start: int) -> int:
        self.doctypes += 1
        if self.doctypes > MAX_DOCTYPES:
            return self._past_bracket(start)
        at, inside = start + 9, False
        while found := _DOCTYPE_END.search(self.text, at):
            at = found.end()
            mark = found[0]
            if mark in "\"'":
                closing = self.text.find(mark, at)
                at = closing + 1 if closing >= 0 else at
            elif mark in "[]":
                inside = mark == "["
            elif not inside:
                return at
        return self._past_bracket(start)

    def _past_bracket(self, start: int) -> int:
        end = self._next(">", start)
        return min(len(self.text), end + 1)

    def _next(self, mark: str, at: int) -> int:
        """Return where a mark comes next, the text's length if it doesn't; no stretch is searched twice."""
        known = self.ends.get(mark, -1)
        if known < at:
            known = self.text.find(mark, at)
            self.ends[mark] = known = known if known >= 0 else len(self.text)
        return known


def _text(text: str) -> str:
    """Return text with entities that XML knows and bare ampersands escaped, and without ``<`` and ``]]>``."""
    if "&" in text:
        text = _AMPERSAND.sub(_entity, text)
    return text.replace("<", "&lt;").replace("]]>", "]]&gt;")


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", "]]&gt;")


def _entity(match: re.Match[str]) -> str:
    if match[1] is not None:
        code = int(match[1][1:], 16) if match[1][0] in "xX" else int(match[1])
        char = chr(code) if 0 < code < 0x110000 else ""
        return "" if _ILLEGAL.fullmatch(char) or not char else match[0]
    if match[2] is not None:
        if match[2] in _PREDEFINED:
            return match[0]
        char = html.unescape(match[0])
        return char if char != match[0] else "&amp;" + match[0][1:]
    return "&amp;"
