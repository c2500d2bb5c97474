"""Filters of the index API: ``[!][=|~]field:value``, with pywb's and the Internet Archive's names of fields.

| written | means |
| --- | --- |
| ``=status:200`` | equal |
| ``~mime:text/.*`` | the regular expression matches from the beginning |
| ``status:[45]..`` | contained, or the regular expression matches the whole value (the Internet Archive's way) |
| ``!…`` | not |

Regular expressions come from outside, and Python's can run for ages: those that could are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from re import _constants, _parser  # type: ignore[attr-defined]
from typing import Any

from talkscraper.errors import UsageError

ALIASES = {
    "original": "url",
    "mimetype": "mime",
    "statuscode": "status",
    "surt": "urlkey",
    "key": "urlkey",
    "ts": "timestamp",
}
FIELDS = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length", "offset", "filename")
"""All fields, in the order pywb gives them."""
IA_FIELDS = tuple(
    (name, {"url": "original", "mime": "mimetype", "status": "statuscode"}.get(name, name)) for name in FIELDS
)
"""The same, each with the Internet Archive's name for it."""
_LONGEST = 200
_MOST_UNBOUNDED = 2


def field_name(name: str) -> str:
    """The name of a field as pywb has it.

    Raises:
        UsageError: there is no such field.
    """
    known = ALIASES.get(name, name)
    if known not in FIELDS:
        raise UsageError(f"the index has no field {name[:40]!r}: there are {', '.join(FIELDS)}")
    return known


def parse_filter(text: str) -> Callable[[dict[str, str]], bool]:
    """A predicate over the fields of an index line.

    Raises:
        UsageError: it can't be read, or could run for ages.
    """
    rest = text
    negated = rest.startswith("!")
    rest = rest[1:] if negated else rest
    operator = rest[:1] if rest[:1] in ("=", "~") else ""
    name, colon, value = rest.removeprefix(operator).partition(":")
    if not colon:
        raise UsageError(f"filter {text[:60]!r} has no colon: write it like =status:200 or ~mime:text/.*")
    field = field_name(name)
    matches = _matcher(operator, value)
    return lambda fields: matches(fields.get(field, "")) is not negated


def _matcher(operator: str, value: str) -> Callable[[str], bool]:
    if operator == "=":
        return lambda found: found == value
    if operator == "~":
        pattern = _compiled(value)
        return lambda found: pattern.match(found) is not None
    if not re.search(r"[\\.^$*+?{}\[\]|()]", value):
        return lambda found: value in found
    whole = _compiled(value)
    return lambda found: value in found or whole.fullmatch(found) is not None


def _compiled(text: str) -> re.Pattern[str]:
    if len(text) > _LONGEST:
        raise UsageError(f"a filter's expression may have {_LONGEST} characters")
    try:
        if _unbounded(_parser.parse(text)) > _MOST_UNBOUNDED:
            raise UsageError(f"a filter may repeat without bound only {_MOST_UNBOUNDED} times: {text[:60]!r}")
        return re.compile(text)
    except (re.error, RecursionError, OverflowError) as e:
        raise UsageError(f"{text[:60]!r} is no regular expression: {e}") from e


def _unbounded(node: Any, inside: int = 1) -> int:
    """How many repetitions could multiply; nested ones count more than may be."""
    total = 0
    for operation, argument in node:
        if operation in (_constants.MAX_REPEAT, _constants.MIN_REPEAT):
            least, most, body = argument
            many = most == _constants.MAXREPEAT or most > 20
            if many and inside > 1:
                raise UsageError("a filter may not repeat a repetition")
            total += int(many) + _unbounded(body, inside + 1 if many or most > least else inside)
        elif operation is _constants.SUBPATTERN:
            total += _unbounded(argument[-1], inside)
        elif operation is _constants.BRANCH:
            if inside > 1 and len(argument[1]) > 1:
                raise UsageError("a filter may not repeat a choice")
            total += sum(_unbounded(branch, inside) for branch in argument[1])
        elif operation in (_constants.ASSERT, _constants.ASSERT_NOT, _constants.GROUPREF):
            raise UsageError("a filter may not look ahead or back")
    return total
