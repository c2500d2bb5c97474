"""Addresses in a style sheet, a style element or a style attribute: found, and replaced with all else left as it is.

tinycss2 splits the text into tokens as browsers do (CSS Syntax Level 3, §4), in time proportional to its length and
without recursion. The forms that name an address are listed here, for capture and replay alike: ``url(…)`` and
``src(…)`` (CSS Values 4, §4.5), the strings of ``image-set(…)`` (CSS Images 4, §2.4) and of ``@import`` (CSS Cascade 5,
§2).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from tinycss2 import ast, parse_component_value_list

from talkscraper.html.address_attributes import Role

MAX_ADDRESSES = 10_000
"""Maximum number of addresses read from one style sheet; real ones have a few hundred."""
MAX_LENGTH = 2 << 20
"""Maximum number of characters of a style sheet that are read; of 914 news pages none has a fifth of it."""

_URL_FUNCTIONS = frozenset({"url", "src"})
_IMAGE_SETS = frozenset({"image-set", "-webkit-image-set"})
_NO_ADDRESSES = frozenset({"namespace", "document", "-moz-document"})
"""At-rules whose ``url(…)`` is a name or a condition."""
_MAY_NAME = re.compile(r"(?:url|src|image-set)\(|@import|\\(?:0{0,4}[2-7][0-9a-f](?![0-9a-f])|[-g-z])", re.IGNORECASE)
"""One of the forms, or an escape with which its name could be spelt. What has neither isn't split into tokens."""
_NEWLINE = re.compile(r"\r\n|[\r\n\f]")
_URL_TOKEN = re.compile(r"[^(]*+\((?:[^)\\]++|\\.?)*+\)?", re.DOTALL)
_STRING_TOKEN = re.compile(r""""(?:[^"\\]++|\\.?)*+"?|'(?:[^'\\]++|\\.?)*+'?""", re.DOTALL)
_LONG_NUMBER = re.compile(r"[0-9]{400,}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_UNSAFE = re.compile(r"[\"'()\\\s<>]")


@dataclass(frozen=True, slots=True)
class CssAddress:
    """An address in CSS."""

    start: int
    end: int
    """Where its token is in the text: ``url(…)`` without quotes, or a string with its quotes."""
    address: str
    """As a browser reads it, without quotes and escapes."""
    role: Role
    """``STYLE`` in ``@import``, ``FONT`` in ``@font-face``, else ``IMAGE``."""


def addresses(text: str) -> Iterator[CssAddress]:
    """Return the first ``MAX_ADDRESSES`` addresses in CSS, in order."""
    text = text[:MAX_LENGTH]
    return islice(_addresses(text), MAX_ADDRESSES) if _MAY_NAME.search(text) else iter(())


def rewritten(text: str, target: Callable[[CssAddress], str]) -> str:
    """Return CSS with each address replaced by what ``target`` returns; what stays the same stays as it is written.

    Addresses beyond the limits of ``addresses`` aren't replaced.
    """
    kept: list[str] = []
    taken = 0
    for found in addresses(text):
        replaced = target(found)
        if replaced == found.address:
            continue
        quoted = '"' + _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", replaced) + '"'
        kept += (text[taken : found.start], quoted if text[found.start] in "\"'" else f"url({quoted})")
        taken = found.end
    return "".join((*kept, text[taken:])) if kept else text


@dataclass(slots=True)
class _Block:
    """A block or function whose tokens are being read."""

    tokens: Iterator[ast.Node]
    role: Role
    has_strings: bool = False
    """Whether strings in it are addresses."""
    at_rule: str = ""
    """Name of the at-rule whose prelude is being read."""


def _addresses(text: str) -> Iterator[CssAddress]:
    starts = [0, *(match.end() for match in _NEWLINE.finditer(text))]
    blocks = [_Block(iter(_tokens(text)), Role.IMAGE)]
    while blocks:
        block = blocks[-1]
        token = next(block.tokens, None)
        if token is None:
            blocks.pop()
            continue
        if isinstance(token, ast.AtKeywordToken):
            block.at_rule = token.lower_value
        elif isinstance(token, ast.LiteralToken):
            block.at_rule = "" if token.value == ";" else block.at_rule
        elif isinstance(token, ast.CurlyBracketsBlock):
            blocks.append(_Block(iter(token.content), Role.FONT if block.at_rule == "font-face" else block.role))
            block.at_rule = ""
        elif block.at_rule in _NO_ADDRESSES:
            continue
        elif isinstance(token, (ast.ParenthesesBlock, ast.SquareBracketsBlock)):
            blocks.append(_Block(iter(token.content), block.role))
        elif isinstance(token, ast.FunctionBlock):
            blocks.append(_function(token, block))
        elif isinstance(token, ast.URLToken) or (
            isinstance(token, ast.StringToken) and (block.has_strings or block.at_rule == "import")
        ):
            start = starts[token.source_line - 1] + token.source_column - 1
            match = (_URL_TOKEN if isinstance(token, ast.URLToken) else _STRING_TOKEN).match(text, start)
            if match is not None:
                address = _SURROGATE.sub("\ufffd", token.value).strip()
                yield CssAddress(start, match.end(), address, _take_role(block))


def _take_role(block: _Block) -> Role:
    """Return the role of an address in a block; in ``@import`` only the first one is a style sheet."""
    if block.at_rule != "import":
        return block.role
    block.at_rule = ""
    return Role.STYLE


def _function(token: ast.FunctionBlock, block: _Block) -> _Block:
    """Return a function as the block to be read next."""
    name = token.lower_name
    arguments = iter(token.arguments)
    if name not in _URL_FUNCTIONS:
        return _Block(arguments, block.role, has_strings=name in _IMAGE_SETS)
    # what follows the address in url("…" …) are its modifiers
    address = next((each for each in arguments if each.type not in ("whitespace", "comment")), None)
    return _Block(iter(() if address is None else (address,)), _take_role(block), has_strings=True)


def _tokens(text: str) -> list[ast.Node]:
    try:
        return parse_component_value_list(text)
    except ValueError:
        # Python refuses to convert a number of thousands of digits
        return parse_component_value_list(_LONG_NUMBER.sub(lambda match: "x" * len(match[0]), text))
