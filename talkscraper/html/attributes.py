"""The tags of a page, and a limit on the attributes of each, applied before parsing.

libxml2 takes time proportional to an element's attributes for each one added, and so does lxml when it reads a list of
them: a tag with 150,000 takes most of a minute. No legitimate tag has a hundred.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_ATTRIBUTES = 256
"""Maximum number of attributes kept of one tag; of 914 news pages the richest tag has 32."""

_ATTRIBUTE = r"""(?:[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?+)"""
_TAG = re.compile(
    r"<(?:!--(?:-?>|.*?(?:--!?>|\Z))"
    rf"|/?(?P<name>[A-Za-z][^\s/>]*+){_ATTRIBUTE}{{0,{MAX_ATTRIBUTES}}}+(?P<more>{_ATTRIBUTE}++)?+[\s/]*+>?"
    r"|[!?/][^>]*+>?)",
    re.DOTALL,
)
"""A comment, a tag, or what browsers take for a comment (HTML §13.2.5); once begun it is always taken."""
_LONG = re.compile(rf"<(?=[/A-Za-z][^>]{{{MAX_ATTRIBUTES - 1}}})")
"""A tag, or what looks like one, that doesn't end within so many characters. An attribute has at least two."""
_VALUE = r"""=\s*+(?:"[^"]*+"?|'[^']*+'?)"""
_UNENDED = re.compile(r"""=(?=\s*+(?:"[^">]*+>|'[^'>]*+>))""")
"""Before a quoted value that holds what would end a tag."""
_AFTER = re.compile(rf"{_VALUE}{_ATTRIBUTE}{{0,{MAX_ATTRIBUTES // 4}}}+(?P<more>{_ATTRIBUTE})?")
"""The rest of a tag from such a value, up to a quarter of the attributes that it may have."""
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
"""Elements whose content is text, even if it looks like a tag."""
_ENDS = {name: re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE) for name in _RAW}


def tags_of(markup: str) -> Iterator[re.Match[str]]:
    """Yield the tags and comments of HTML, but not what looks like one in scripts and the like.

    The group ``name`` is None for a comment; the group ``more`` holds the attributes beyond ``MAX_ATTRIBUTES``.
    """
    position = 0
    while (tag := _TAG.search(markup, position)) is not None:
        yield tag
        position = tag.end()
        name = tag["name"]
        if name is not None and len(name) < 9 and (raw := _ENDS.get(name.lower())) and markup[tag.start() + 1] != "/":
            end = raw.search(markup, position)
            if end is None:
                return
            position = end.start()


def bounded(markup: str) -> str:
    """Return HTML in which no tag has more than ``MAX_ATTRIBUTES``; unchanged if none had."""
    if not _may_exceed(markup):
        return markup
    kept: list[str] = []
    taken = 0
    for tag in tags_of(markup):
        if tag["more"] is not None:
            kept.append(markup[taken : tag.start("more")])
            taken = tag.end("more")
    return "".join((*kept, markup[taken:])) if kept else markup


def _may_exceed(markup: str) -> bool:
    """Whether a tag may have more attributes than are kept; False for nearly all pages, and sooner than by every tag.

    Such a tag has twice as many characters. Either none of the first of them is a ``>``, then it is looked at; or the
    first ``>`` is in a quoted value, and so many attributes follow that the first few of them suffice. Time is linear:
    no more is looked at than the page is long.
    """
    budget = len(markup)
    for found, rest in ((_LONG, _TAG), (_UNENDED, _AFTER)):
        for begin in found.finditer(markup):
            tag = rest.match(markup, begin.start())
            if tag is None:
                continue
            budget -= tag.end() - tag.start()
            if tag["more"] is not None or budget < 0:
                return True
    return False
