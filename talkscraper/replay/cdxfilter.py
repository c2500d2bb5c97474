"""Filters of the index API: ``[!][=|~]field:value``, with the field names of pywb and the Internet Archive.

| syntax | meaning |
| --- | --- |
| ``=status:200`` | equal |
| ``~mime:text/.*`` | the regular expression matches from the beginning |
| ``status:[45]..`` | contained, or the regular expression matches the whole value (as at the Internet Archive) |
| ``!…`` | not |

Regular expressions come from clients, and Python's may take exponential time. RE2's time is linear in the length of the
value; expressions that RE2 doesn't support (look-ahead, back-references, very large ones) are refused, and all where it
isn't installed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from typing import Protocol

from talkscraper.errors import UsageError
from talkscraper.extras import ExtraMissing

ALIASES = {
    "original": "url",
    "mimetype": "mime",
    "statuscode": "status",
    "surt": "urlkey",
    "key": "urlkey",
    "ts": "timestamp",
}
FIELDS = ("urlkey", "timestamp", "url", "mime", "status", "digest", "length", "offset", "filename")
"""All fields, in pywb's order."""
IA_FIELDS = tuple(
    (name, {"url": "original", "mime": "mimetype", "status": "statuscode"}.get(name, name)) for name in FIELDS
)
"""The same, each with the Internet Archive's name for it."""
ORIGINAL_FIELDS = ("orig.length", "orig.offset", "orig.filename")
"""The place of a revisit's original, where revisits are resolved."""
MAX_EXPRESSION = 200
MAX_MEMORY = 1 << 20
"""Maximum number of bytes that RE2 may use for one expression."""
MAX_VALUE = 4096
"""Maximum number of characters of a field that are matched; addresses in imported files have any length."""
_EXPRESSION = re.compile(r"[\\.^$*+?{}\[\]|()]")


class _Expression(Protocol):
    """The interface of ``re2``'s compiled expressions that is used."""

    def match(self, text: str) -> object | None:
        """Match from the beginning."""

    def fullmatch(self, text: str) -> object | None:
        """Match the whole value."""


def field_name(name: str, more: Collection[str] = ()) -> str:
    """Return pywb's name of a field; ``more``: fields beside the usual ones.

    Raises:
        UsageError: there is no such field.
    """
    known = ALIASES.get(name, name)
    if known not in FIELDS and known not in more:
        raise UsageError(f"the index has no field {name[:40]!r}: there are {', '.join((*FIELDS, *more))}")
    return known


def parse_filter(text: str, more: Collection[str] = ()) -> Callable[[dict[str, str]], bool]:
    """Return a filter as a predicate over the fields of an index line.

    Raises:
        UsageError: it is invalid, or its expression can't be matched in linear time.
    """
    rest = text
    negated = rest.startswith("!")
    rest = rest[1:] if negated else rest
    operator = rest[:1] if rest[:1] in ("=", "~") else ""
    name, colon, value = rest.removeprefix(operator).partition(":")
    if not colon:
        raise UsageError(f"filter {text[:60]!r} has no colon: write it like =status:200 or ~mime:text/.*")
    field = field_name(name, more)
    matches = _matcher(operator, value)
    return lambda fields: matches(fields.get(field, "")) is not negated


def _matcher(operator: str, value: str) -> Callable[[str], bool]:
    if operator == "=":
        return lambda found: found == value
    if operator == "~":
        pattern = _compiled(value)
        return lambda found: pattern.match(found[:MAX_VALUE]) is not None
    if not _EXPRESSION.search(value):
        return lambda found: value in found
    whole = _compiled(value)
    return lambda found: value in found or whole.fullmatch(found[:MAX_VALUE]) is not None


def _compiled(text: str) -> _Expression:
    if len(text) > MAX_EXPRESSION:
        raise UsageError(f"a filter's expression may have {MAX_EXPRESSION} characters")
    try:
        import re2
    except ModuleNotFoundError as e:
        raise ExtraMissing("a filter's expression needs google-re2:", "re2") from e
    options = re2.Options()
    options.max_mem = MAX_MEMORY
    options.log_errors = False
    try:
        expression: _Expression = re2.compile(text, options)
    except re2.error as e:
        why = e.args[0].decode("utf-8", "replace") if e.args and isinstance(e.args[0], bytes) else str(e)
        raise UsageError(
            f"the filter's expression {text[:60]!r} can't be used (RE2's syntax: no looking ahead or back): {why[:100]}"
        ) from e
    return expression
