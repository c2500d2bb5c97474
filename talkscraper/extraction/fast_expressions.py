"""trafilatura's XPath expressions over classes and ids, evaluated in Python with a memory of the values.

A third of the time of trafilatura's fast mode is in expressions such as ``.//*[self::div or self::p][re:test(@id, '…')
or re:test(@class, '…')]``: libxml2 calls Python for each ``re:test`` of each element, even of those without attributes.
Here such an expression is read once, and a class that was seen before is looked up. What isn't of this form stays an
XPath expression, so that another version of trafilatura gives its own results in any case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from lxml import etree
from lxml.html import HtmlElement

Condition: TypeAlias = Callable[[str], bool]
"""What an attribute's value must be like."""
Expression: TypeAlias = Callable[[HtmlElement], Sequence[HtmlElement]]

MAX_VALUES = 4096
"""Maximum number of values of one attribute whose verdicts are kept for one expression."""
MAX_LENGTH = 400
"""Maximum number of characters of a value that is kept."""
_EXSLT = {"re": "http://exslt.org/regular-expressions"}
_PATH = re.compile(
    r"\.//\*(?:\[(?P<tags>self::\w+(?: or self::\w+)*)\])?\[(?P<conditions>[^\[\]]*(?:'[^']*'[^\[\]']*)*)\]"
)
_PREDICATE = re.compile(r"\[\s*(?!\d|position|last)(?:'[^']*'|[^\[\]'])*\]")
_TAG = re.compile(r"self::(\w+)")
_ATTRIBUTES = r"(?P<attributes>@[\w-]+(?:\|@[\w-]+)*)"
_CONDITIONS = (
    re.compile(rf"{_ATTRIBUTES}\s*=\s*'(?P<equal>[^']*)'"),
    re.compile(rf"re:test\({_ATTRIBUTES},\s*'(?P<pattern>[^']*)'(?:,\s*'(?P<flags>i)')?\)"),
    re.compile(rf"contains\({_ATTRIBUTES},\s*'(?P<part>[^']*)'\)"),
    re.compile(
        rf"contains\(translate\({_ATTRIBUTES},\s*'(?P<before>[^']*)',\s*'(?P<after>[^']*)'\),\s*'(?P<part>[^']*)'\)"
    ),
    re.compile(rf"starts-with\({_ATTRIBUTES},\s*'(?P<start>[^']*)'\)"),
    re.compile(_ATTRIBUTES),
)
_OR = re.compile(r"\s*\bor\b\s*")


@dataclass(frozen=True, slots=True, repr=False)
class AttributeExpression:
    """Descendants, of certain tags or of any, of which one attribute meets a condition."""

    tags: tuple[str, ...]
    by_name: Mapping[str, Condition]
    by_first: Sequence[tuple[frozenset[str], Condition]]
    """Conditions on the first of several attributes, in the order of the page: ``@id|@class``."""
    rest: etree.XPath | None
    """What else holds for these elements."""
    only_first: bool
    """Whether the first one is the result."""
    first_of_parent: bool
    """Whether the first one in each parent is a result."""

    def __call__(self, tree: HtmlElement) -> Sequence[HtmlElement]:
        """The elements in page order."""
        found = self._found(tree)
        if self.only_first:
            first = next(found, None)
            return [] if first is None else [first]
        return list(found)

    def _found(self, tree: HtmlElement) -> Iterator[HtmlElement]:
        parents: set[HtmlElement | None] = set()
        for element in tree.iterdescendants(*self.tags):
            attributes = element.items()
            if not attributes or not self._meets(attributes) or not (self.rest is None or self.rest(element)):
                continue
            if self.first_of_parent:
                parent = element.getparent()
                if parent in parents:
                    continue
                parents.add(parent)
            yield element

    def _meets(self, attributes: Sequence[tuple[str, str]]) -> bool:
        for name, value in attributes:
            condition = self.by_name.get(name)
            if condition is not None and condition(value):
                return True
        for names, condition in self.by_first:
            for name, value in attributes:
                if name in names:
                    if condition(value):
                        return True
                    break
        return False


def fast(expression: etree.XPath) -> Expression:
    """The same as an expression, and faster if it is of the form that is understood; else the expression itself."""
    text = " ".join(expression.path.split())
    only_first = text.startswith("(") and text.endswith(")[1]")
    if only_first:
        text = text[1:-4].strip()
    head = _PATH.match(text)
    if head is None:
        return expression
    rest = text[head.end() :].strip()
    first_of_parent = rest == "[1]"
    if first_of_parent:
        rest = ""
    if rest and not _PREDICATE.fullmatch(rest):
        return expression
    conditions = _conditions(head["conditions"].strip())
    if conditions is None:
        return expression
    tags = tuple(_TAG.findall(head["tags"] or "")) or ("*",)
    each: dict[str, list[Condition]] = {}
    several: list[tuple[frozenset[str], Condition]] = []
    for names, condition in conditions:
        if len(names) == 1:
            each.setdefault(min(names), []).append(condition)
        else:
            several.append((names, _remembered(condition)))
    return AttributeExpression(
        tags=tags,
        by_name={name: _any_of(found) for name, found in each.items()},
        by_first=several,
        rest=etree.XPath(f"self::*{rest}", namespaces=_EXSLT) if rest else None,
        only_first=only_first,
        first_of_parent=first_of_parent,
    )


def _any_of(conditions: Sequence[Condition]) -> Condition:
    return _remembered(lambda value: any(condition(value) for condition in conditions))


def _remembered(condition: Condition) -> Condition:
    remembered = lru_cache(MAX_VALUES)(condition)
    return lambda value: remembered(value) if len(value) <= MAX_LENGTH else condition(value)


def _conditions(text: str) -> list[tuple[frozenset[str], Condition]] | None:
    """The alternatives of a predicate, each with its attributes; None if one isn't understood."""
    found: list[tuple[frozenset[str], Condition]] = []
    while text:
        match = max((m for form in _CONDITIONS if (m := form.match(text))), key=lambda m: m.end(), default=None)
        condition = _condition(match.groupdict()) if match is not None else None
        if match is None or condition is None:
            return None
        found.append((frozenset(match["attributes"].replace("@", "").split("|")), condition))
        text = text[match.end() :]
        if text:
            joint = _OR.match(text)
            if joint is None or joint.end() == len(text):
                return None
            text = text[joint.end() :]
    return found


def _condition(form: Mapping[str, str | None]) -> Condition | None:
    """What one alternative asks of a value; None if an absent attribute would meet it, or one form is unknown."""
    if (pattern := form.get("pattern")) is not None:
        search = re.compile(pattern, re.IGNORECASE if form.get("flags") else 0).search
        return None if search("") else lambda value: search(value) is not None
    if (part := form.get("part")) is not None:
        table = str.maketrans(form.get("before") or "", form.get("after") or "")
        return (lambda value: part in value.translate(table)) if part else None
    if (start := form.get("start")) is not None:
        return (lambda value: value.startswith(start)) if start else None
    if (equal := form.get("equal")) is not None:
        return lambda value: value == equal
    return lambda _: True
