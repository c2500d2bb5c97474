"""The index API: pywb's ``/cdx`` parameters, and the Internet Archive's where they have other names.

url, matchType=exact|prefix|host|domain (or url=*.example.org, url=example.org/*), from, to, limit (negative: the
last ones), sort=reverse|closest, closest=TS, filter=[!][=|~]field:value, fl=field,…, collapse=field[:N],
output=cdxj|json|json-array|text
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from talkscraper.errors import UsageError
from talkscraper.model import Capture
from talkscraper.replay.cdxfilter import FIELDS, IA_FIELDS, field_name, parse_filter
from talkscraper.replay.lookup import NOT_TAKEN_DOWN, PLAYABLE
from talkscraper.replay.replay_urls import absolute
from talkscraper.replay.timestamps import first_instant, last_instant
from talkscraper.store.captures import row_to_capture
from talkscraper.store.database import iso
from talkscraper.urls.canonical import urlkey
from talkscraper.warc.cdxj import line, parse
from talkscraper.whole_numbers import MAX_STORED, whole_number

MAX_LINES = 100_000
"""Maximum number of lines of a response; ``from`` and ``limit`` page through more."""
TIME_LIMIT_S = 30.0
_OUTPUTS = ("cdxj", "json", "json-array", "text")
_MATCHES = ("exact", "prefix", "host", "domain")
_AFTER_SLASH, _AFTER_COMMA = "0", "-"
"""The characters after ``/`` and ``,`` in ASCII: exclusive upper bounds of key ranges."""


class Parameters:
    """A query string: each name with its values, in order."""

    def __init__(self, values: Mapping[str, Sequence[str]]) -> None:
        self._values = values

    def get(self, key: str, default: str = "") -> str:
        """Return the last value of a parameter."""
        found = self._values.get(key)
        return found[-1] if found else default

    def getlist(self, key: str) -> list[str]:
        """Return all values of a parameter."""
        return list(self._values.get(key, ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class CdxQuery:
    """A parsed query of the index."""

    url: str
    lowest: str
    """First urlkey of the range."""
    highest: str | None
    """Exclusive upper bound of the urlkeys; None: only ``lowest``."""
    since: datetime | None = None
    until: datetime | None = None
    limit: int = MAX_LINES
    backwards: bool = False
    """Newest (or highest key) first."""
    last: bool = False
    """Return the last ``limit`` lines, in their usual order."""
    closest: datetime | None = None
    filters: tuple[Callable[[dict[str, str]], bool], ...] = ()
    fields: tuple[tuple[str, str], ...] = ()
    """The requested fields: each own name with the requested one."""
    collapse: tuple[str, int | None] | None = None
    output: str = "cdxj"

    @property
    def media_type(self) -> str:
        """The media type of the response."""
        return {"cdxj": "text/x-cdxj", "json": "text/x-ndjson", "json-array": "application/json"}.get(
            self.output, "text/plain"
        )


def parse_query(parameters: Parameters) -> CdxQuery:
    """Parse the parameters of a query.

    Raises:
        UsageError: a parameter is invalid; the message says which and how to write it.
    """
    written = parameters.get("url", "").strip()
    if not written:
        raise UsageError("the address is missing: write ?url=https://example.org/page")
    match = parameters.get("matchType", "") or "exact"
    if match not in _MATCHES:
        raise UsageError(f"matchType is {match[:20]!r}: there are {', '.join(_MATCHES)}")
    if written.startswith("*."):
        match, written = "domain", written[2:]
    elif written.endswith("*"):
        match, written = "prefix", written[:-1]
    url = absolute(written)
    if url is None:
        raise UsageError(f"{written[:60]!r} is no address")
    lowest, highest = _range(urlkey(url), match, slash=written.endswith("/"))
    limit = _number(parameters.get("limit", ""), "limit")
    sort = parameters.get("sort", "")
    closest = parameters.get("closest", "")
    output = parameters.get("output", "") or "cdxj"
    if output not in _OUTPUTS:
        raise UsageError(f"output is {output[:20]!r}: there are {', '.join(_OUTPUTS)}")
    if sort not in ("", "default", "reverse", "closest"):
        raise UsageError(f"sort is {sort[:20]!r}: there are reverse and closest")
    since, until = parameters.get("from", ""), parameters.get("to", "")
    return CdxQuery(
        url=url,
        lowest=lowest,
        highest=highest,
        since=first_instant(since) if since else None,
        until=last_instant(until) if until else None,
        limit=min(abs(limit), MAX_LINES) if limit is not None else MAX_LINES,
        last=limit is not None and limit < 0,
        backwards=sort == "reverse",
        closest=first_instant(closest) if closest and sort in ("closest", "") else None,
        filters=tuple(parse_filter(text) for text in parameters.getlist("filter")[:20]),
        fields=_fields(parameters.get("fl", "") or parameters.get("fields", "")),
        collapse=_collapse(parameters.get("collapse", "")),
        output=output,
    )


def _range(key: str, match: str, *, slash: bool) -> tuple[str, str | None]:
    host = key.partition(")")[0]
    if match == "prefix":
        # SURT drops the slash at the end, but here it is significant
        prefix = f"{key}/" if slash and not key.endswith("/") else key
        return prefix, prefix[:-1] + chr(ord(prefix[-1]) + 1)
    if match == "host":
        return f"{host})/", f"{host}){_AFTER_SLASH}"
    if match == "domain":
        return f"{host})", f"{host}{_AFTER_COMMA}"
    return key, None


def _number(text: str, name: str) -> int | None:
    if not text:
        return None
    value = whole_number(text.strip(), least=-MAX_STORED)
    if value is None:
        raise UsageError(f"{name} is {text[:20]!r}, not a number")
    return max(-MAX_LINES, min(value, MAX_LINES))


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    return tuple((field_name(name), name) for name in text.split(",") if name)


def _collapse(text: str) -> tuple[str, int | None] | None:
    if not text:
        return None
    name, _, digits = text.partition(":")
    return field_name(name), _number(digits, "collapse")


def answer(connection: sqlite3.Connection, query: CdxQuery) -> Iterator[str]:
    """Yield the lines of the response, in its output format, each with its line end."""
    chosen = query.fields
    lines = _chosen(connection, query)
    if query.output == "json-array":
        columns = chosen or IA_FIELDS
        yield "[" + json.dumps([shown_as for _, shown_as in columns])
        for fields in lines:
            yield ",\n" + json.dumps([fields.get(name, "") for name, _ in columns])
        yield "]\n"
        return
    for fields in lines:
        shown = {shown_as: fields[name] for name, shown_as in chosen if name in fields} if chosen else fields
        if query.output == "json":
            yield json.dumps(shown) + "\n"
        elif query.output == "text":
            names = [shown_as for _, shown_as in chosen] or FIELDS
            yield " ".join(shown.get(name) or "-" for name in names) + "\n"
        else:
            rest = {name: value for name, value in shown.items() if name not in ("urlkey", "timestamp")}
            yield f"{fields['urlkey']} {fields['timestamp']} {json.dumps(rest)}\n"


def _chosen(connection: sqlite3.Connection, query: CdxQuery) -> Iterator[dict[str, str]]:
    deadline = time.monotonic() + TIME_LIMIT_S
    count, previous = 0, None
    found: list[dict[str, str]] = []
    for capture in _captures(connection, query):
        if time.monotonic() > deadline:
            break
        fields = fields_of(capture)
        if not all(matches(fields) for matches in query.filters):
            continue
        if query.collapse is not None:
            name, length = query.collapse
            current = fields.get(name, "")[:length]
            if current == previous:
                continue
            previous = current
        if query.last:
            found.append(fields)
        else:
            yield fields
        count += 1
        if count >= query.limit:
            break
    yield from reversed(found)


def fields_of(capture: Capture) -> dict[str, str]:
    """Return the fields of a capture's index line, exactly as in its CDXJ."""
    parsed = parse(line(capture))
    return {"urlkey": parsed.urlkey, "timestamp": parsed.timestamp, **parsed.fields}


def _captures(connection: sqlite3.Connection, query: CdxQuery) -> Iterator[Capture]:
    conditions = [PLAYABLE, NOT_TAKEN_DOWN]
    values: list[str] = []
    if query.highest is None:
        conditions.append("urlkey = ?")
        values.append(query.lowest)
    else:
        conditions.append("urlkey >= ? and urlkey < ?")
        values += [query.lowest, query.highest]
    if query.since is not None:
        conditions.append("captured_at >= ?")
        values.append(iso(query.since))
    if query.until is not None:
        conditions.append("captured_at <= ?")
        values.append(iso(query.until))
    direction = "desc" if query.backwards or query.last else "asc"
    order = f"urlkey {direction}, captured_at {direction}, seq {direction}"
    if query.closest is not None:
        order = "abs(unixepoch(captured_at) - unixepoch(?)), captured_at, seq"
        values.append(iso(query.closest))
    rows = connection.execute(f"select * from captures where {' and '.join(conditions)} order by {order}", values)
    for row in rows:
        yield row_to_capture(row)
