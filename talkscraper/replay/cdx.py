"""The index API: lines of captures that match a query (``cdx_query``), in the format that it asks for.

Pages, ``offset`` and ``limit`` count the lines that are left after filters and ``collapse``, so a client that asks for
page after page until one is empty has them all, each once.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from talkscraper.model import Capture, RecordType
from talkscraper.replay.cdx_query import CdxQuery, Position
from talkscraper.replay.cdxfilter import FIELDS, IA_FIELDS, ORIGINAL_FIELDS
from talkscraper.replay.lookup import PLAYABLE
from talkscraper.replay.payload import original_of
from talkscraper.store.captures import NOT_TAKEN_DOWN, row_to_capture
from talkscraper.store.database import iso
from talkscraper.store.federation import federated
from talkscraper.warc.cdxj import line, parse

TIME_LIMIT_S = 30.0
"""Maximum number of seconds in which lines are looked for; a resume key leads to the others."""


def answer(connection: sqlite3.Connection, query: CdxQuery) -> Iterator[str]:
    """Yield the lines of the response, in its output format, each with its line end."""
    if query.counts_pages:
        yield _page_count(connection, query)
        return
    found = _Lines(connection, query)
    columns = query.fields or (IA_FIELDS + _ORIGINAL_COLUMNS if query.resolves_revisits else IA_FIELDS)
    if query.output == "json-array":
        yield "[" + json.dumps([shown_as for _, shown_as in columns])
        for fields in found:
            yield ",\n" + json.dumps([fields.get(name, "") for name, _ in columns])
        if found.resume_key is not None:
            yield ",\n[],\n" + json.dumps([found.resume_key])
        yield "]\n"
        return
    for fields in found:
        yield _line(fields, query) + "\n"
    if found.resume_key is not None:
        yield (
            json.dumps({"resumeKey": found.resume_key}) + "\n" if query.output == "json" else f"\n{found.resume_key}\n"
        )


_ORIGINAL_COLUMNS = tuple((name, name) for name in ORIGINAL_FIELDS)


def _line(fields: dict[str, str], query: CdxQuery) -> str:
    chosen = query.fields
    shown = {shown_as: fields[name] for name, shown_as in chosen if name in fields} if chosen else fields
    if query.output == "json":
        return json.dumps(shown)
    if query.output == "text":
        every = FIELDS + ORIGINAL_FIELDS if query.resolves_revisits else FIELDS
        names = [shown_as for _, shown_as in chosen] or every
        return " ".join(shown.get(name) or "-" for name in names)
    rest = {name: value for name, value in shown.items() if name not in ("urlkey", "timestamp")}
    return f"{fields['urlkey']} {fields['timestamp']} {json.dumps(rest)}"


def _page_count(connection: sqlite3.Connection, query: CdxQuery) -> str:
    """Return the number of pages: as text, as pywb's object, or as the Internet Archive's array."""
    if query.filters or query.collapse is not None:
        lines = sum(1 for _ in _Lines(connection, query).all())
    else:
        where, values = _where(query)
        (lines,) = connection.execute(f"select count(*) from captures where {where}", values).fetchone()
    pages = -(-lines // query.page_size)
    if query.output == "json":
        return json.dumps({"pages": pages, "pageSize": query.page_size, "blocks": lines}) + "\n"
    return json.dumps([["numpages"], [str(pages)]]) + "\n" if query.output == "json-array" else f"{pages}\n"


@dataclass(slots=True)
class _Lines:
    """The lines that a query asks for, and then where the next response goes on."""

    connection: sqlite3.Connection
    query: CdxQuery
    resume_key: str | None = None
    """Set after the last line, if there are more and it was asked for."""
    _latest: tuple[Capture, dict[str, str]] | None = field(default=None, init=False)
    """The last capture whose fields were built: a filter needs them, and then the line."""

    def __iter__(self) -> Iterator[dict[str, str]]:
        """Iterate over the fields of each line, by their own names."""
        query = self.query
        first = query.offset + (query.page or 0) * query.page_size
        most = query.limit if query.page is None else min(query.limit, max(0, query.page_size - query.offset))
        if query.last:
            yield from self._last(first, most)
            return
        last: Position | None = None
        for number, (position, capture) in enumerate(self._chosen()):
            if capture is None:
                # the time is over
                self._goes_on(position)
                return
            if number < first:
                continue
            if number >= first + most:
                self._goes_on(last)
                return
            last = position
            yield self.fields_of(capture)

    def all(self) -> Iterator[Capture]:
        """Iterate over the captures of all pages.

        Raises:
            sqlite3.OperationalError: it took too long.
        """
        for _, capture in self._chosen():
            if capture is None:
                raise sqlite3.OperationalError("interrupted: the index has too many lines to be counted")
            yield capture

    def _last(self, first: int, most: int) -> Iterator[dict[str, str]]:
        """Return the last lines in their usual order, of one page if the query names one."""
        query = self.query
        if first or query.page is not None or query.collapse is not None:
            end = None if query.page is None else (query.page + 1) * query.page_size
            wanted = islice((each for _, each in self._chosen() if each is not None), first, end)
            found = list(deque(wanted, query.limit))
        else:
            found = [each for _, each in islice(self._chosen(backwards=not query.backwards), most) if each is not None]
            found.reverse()
        yield from map(self.fields_of, found)

    def _goes_on(self, position: Position | None) -> None:
        if self.query.shows_resume_key and position is not None:
            self.resume_key = str(position)

    def _chosen(self, *, backwards: bool | None = None) -> Iterator[tuple[Position, Capture | None]]:
        """Iterate over the captures that pass, each with its position; no capture: the time is over."""
        query = self.query
        deadline = time.monotonic() + TIME_LIMIT_S
        previous = self._collapsed_before()
        for position, capture in captures_of(self.connection, query, backwards=backwards):
            if time.monotonic() > deadline:
                yield position, None
                return
            if query.filters or query.collapse is not None:
                fields = self.fields_of(capture)
                if not all(matches(fields) for matches in query.filters):
                    continue
                if query.collapse is not None:
                    current = _collapsed(fields, query.collapse)
                    if current == previous:
                        continue
                    previous = current
            yield position, capture

    def _collapsed_before(self) -> str | None:
        """Return what the line before a resumed response has in the field by which lines are collapsed."""
        after, collapse = self.query.resumes_after, self.query.collapse
        if after is None or collapse is None:
            return None
        row = self.connection.execute(
            f"select * from captures where urlkey = ? and captured_at = ? and seq = ? and {NOT_TAKEN_DOWN}",
            [after.urlkey, after.captured_at, after.seq],
        ).fetchone()
        return None if row is None else _collapsed(self.fields_of(row_to_capture(row)), collapse)

    def fields_of(self, capture: Capture) -> dict[str, str]:
        """Return the fields of a capture's line."""
        if self._latest is not None and self._latest[0] is capture:
            return self._latest[1]
        fields = fields_of(capture)
        if self.query.resolves_revisits:
            fields = with_original(self.connection, capture, fields)
        self._latest = capture, fields
        return fields


def _collapsed(fields: dict[str, str], collapse: tuple[str, int | None]) -> str:
    name, length = collapse
    return fields.get(name, "")[:length]


def fields_of(capture: Capture) -> dict[str, str]:
    """Return the fields of a capture's index line, exactly as in its CDXJ."""
    parsed = parse(line(capture))
    return {"urlkey": parsed.urlkey, "timestamp": parsed.timestamp, **parsed.fields}


def with_original(connection: sqlite3.Connection, capture: Capture, fields: dict[str, str]) -> dict[str, str]:
    """Add the place of a revisit's original, with its media type and status; ``-`` where there is none."""
    original = original_of(connection, capture) if capture.record_type is RecordType.REVISIT else None
    place = fields_of(original) if original is not None else {}
    known: dict[str, str] = {name: place[name] for name in ("mime", "status") if name in place}
    return {**fields, **known, **{name: place.get(name.removeprefix("orig."), "-") for name in ORIGINAL_FIELDS}}


def _where(query: CdxQuery) -> tuple[str, list[str | int]]:
    conditions = [PLAYABLE, NOT_TAKEN_DOWN]
    values: list[str | int] = []
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
    if query.resumes_after is not None:
        after = query.resumes_after
        conditions.append(f"(urlkey, captured_at, seq) {'<' if query.backwards else '>'} (?, ?, ?)")
        values += [after.urlkey, after.captured_at, after.seq]
    return " and ".join(conditions), values


@federated("talkscraper.replay.several")
def captures_of(
    connection: sqlite3.Connection, query: CdxQuery, *, backwards: bool | None = None
) -> Iterator[tuple[Position, Capture]]:
    """Yield the captures of a query, in its order, each with its position."""
    where, values = _where(query)
    direction = "desc" if (query.backwards if backwards is None else backwards) else "asc"
    order = f"urlkey {direction}, captured_at {direction}, seq {direction}"
    if query.closest is not None:
        order = "abs(unixepoch(captured_at) - unixepoch(?)), captured_at, seq"
        values.append(iso(query.closest))
    for row in connection.execute(f"select * from captures where {where} order by {order}", values):
        yield Position(row["urlkey"], row["captured_at"], row["seq"]), row_to_capture(row)
