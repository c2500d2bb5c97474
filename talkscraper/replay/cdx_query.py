"""Queries of the index API: the parameters of pywb's ``/cdx``, and the Internet Archive's where they have other names.

| parameter | meaning |
| --- | --- |
| ``url``, ``matchType`` | the address; exact, prefix, host or domain (or ``*.example.org``, ``example.org/*``) |
| ``from``, ``to``, ``filter``, ``collapse`` | which lines: by time, by field, by what they share with the line before |
| ``sort``, ``closest`` | their order |
| ``page``, ``pageSize``, ``showNumPages`` | one page of them, counted from 0; the number of pages |
| ``offset``, ``limit`` | of these, how many are skipped, and how many follow (negative: the last ones) |
| ``showResumeKey``, ``resumeKey`` | where the next response goes on |
| ``fl``, ``output``, ``resolveRevisits`` | what is shown of each |
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote_plus, unquote_plus

from talkscraper.errors import UsageError
from talkscraper.replay.cdxfilter import ORIGINAL_FIELDS, field_name, parse_filter
from talkscraper.replay.replay_urls import absolute
from talkscraper.replay.timestamps import first_instant, last_instant
from talkscraper.urls.canonical import urlkey
from talkscraper.whole_numbers import MAX_STORED, whole_number

MAX_LINES = 100_000
"""Maximum number of lines of a response; pages, ``offset`` and ``resumeKey`` lead to more."""
DEFAULT_PAGE_SIZE = 3_000
"""Number of lines of a page; as many as a block of other servers' indexes has."""
MAX_FILTERS = 20
MAX_KEY = 16_384
"""Maximum number of characters of a resume key."""
PARAMETERS = (
    "url", "matchType", "from", "to", "limit", "offset", "sort", "reverse", "closest", "filter", "fl", "fields",
    "collapse", "output", "page", "pageSize", "showNumPages", "resumeKey", "showResumeKey", "resolveRevisits",
    "fastLatest", "gzip",
)  # fmt: skip
"""All parameters; ``fastLatest`` and ``gzip`` ask for nothing that would differ here."""
_OUTPUTS = ("cdxj", "json", "json-array", "text")
_MATCHES = ("exact", "prefix", "host", "domain")
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"", "false", "0", "no"})
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

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        return iter(self._values)

    def getlist(self, key: str) -> list[str]:
        """Return all values of a parameter."""
        return list(self._values.get(key, ()))


@dataclass(frozen=True, slots=True)
class Position:
    """The place of a line in the index: where a response ended."""

    urlkey: str
    captured_at: str
    """As stored."""
    seq: int

    def __str__(self) -> str:
        return quote_plus(f"{self.urlkey} {self.captured_at} {self.seq}")

    @classmethod
    def parse(cls, text: str) -> Position:
        """Parse a resume key, also one that was percent-encoded twice.

        Raises:
            UsageError: it isn't one.
        """
        plain = text if " " in text else unquote_plus(text)
        parts = plain.rsplit(" ", 2)
        seq = whole_number(parts[2]) if len(parts) == 3 and len(text) <= MAX_KEY else None
        if seq is None:
            raise UsageError("resumeKey is none that this index gave: ask with showResumeKey=true for one")
        return cls(parts[0], parts[1], seq)


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
    offset: int = 0
    """Number of lines that are skipped."""
    page: int | None = None
    """Return only this page, counted from 0."""
    page_size: int = DEFAULT_PAGE_SIZE
    counts_pages: bool = False
    """Return the number of pages instead of lines."""
    resumes_after: Position | None = None
    shows_resume_key: bool = False
    resolves_revisits: bool = False
    """Add the place of the original to each line, and give revisits its media type and status."""

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
    for name in parameters:
        if name not in PARAMETERS:
            near = difflib.get_close_matches(name[:40], PARAMETERS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(PARAMETERS)}"
            raise UsageError(f"the index has no parameter {name[:40]!r}; {hint}")
    written = parameters.get("url", "").strip()
    if not written:
        raise UsageError("which address? write ?url=https://example.org/page")
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
    limit = _number(parameters, "limit", least=-MAX_STORED)
    page, page_size = _number(parameters, "page"), _number(parameters, "pageSize", least=1)
    resolves = _flag(parameters, "resolveRevisits")
    sort = parameters.get("sort", "")
    closest = parameters.get("closest", "")
    output = parameters.get("output", "") or "cdxj"
    if output not in _OUTPUTS:
        raise UsageError(f"output is {output[:20]!r}: there are {', '.join(_OUTPUTS)}")
    if sort not in ("", "default", "reverse", "closest"):
        raise UsageError(f"sort is {sort[:20]!r}: there are reverse and closest")
    backwards = sort == "reverse" or (sort in ("", "default") and _flag(parameters, "reverse"))
    key, shows_key = parameters.get("resumeKey", ""), _flag(parameters, "showResumeKey")
    if (key or shows_key) and (closest or (limit is not None and limit < 0)):
        raise UsageError("resumeKey goes with sort=reverse or no sort, and with a limit that isn't negative")
    _flag(parameters, "fastLatest")
    since, until = parameters.get("from", ""), parameters.get("to", "")
    more = ORIGINAL_FIELDS if resolves else ()
    return CdxQuery(
        url=url,
        lowest=lowest,
        highest=highest,
        since=first_instant(since) if since else None,
        until=last_instant(until) if until else None,
        limit=min(abs(limit), MAX_LINES) if limit is not None else MAX_LINES,
        last=limit is not None and limit < 0,
        backwards=backwards,
        closest=first_instant(closest) if closest and sort in ("closest", "") else None,
        filters=_filters(parameters.getlist("filter"), more),
        fields=_fields(parameters.get("fl", "") or parameters.get("fields", ""), more),
        collapse=_collapse(parameters.get("collapse", "")),
        output=output,
        offset=_number(parameters, "offset") or 0,
        page=page,
        page_size=min(page_size or DEFAULT_PAGE_SIZE, MAX_LINES),
        counts_pages=_flag(parameters, "showNumPages"),
        resumes_after=Position.parse(key) if key else None,
        shows_resume_key=shows_key,
        resolves_revisits=resolves,
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


def _number(parameters: Parameters, name: str, *, least: int = 0) -> int | None:
    text = parameters.get(name).strip()
    if not text:
        return None
    value = whole_number(text, least=-MAX_STORED)
    if value is None:
        raise UsageError(f"{name} is {text[:20]!r}, not a number")
    if value < least:
        raise UsageError(f"{name} is {value}; the least is {least}")
    return value


def _flag(parameters: Parameters, name: str) -> bool:
    text = parameters.get(name).strip().lower()
    if text not in _TRUE | _FALSE:
        raise UsageError(f"{name} is {text[:20]!r}: write true or false")
    return text in _TRUE


def _filters(texts: Sequence[str], more: Sequence[str]) -> tuple[Callable[[dict[str, str]], bool], ...]:
    if len(texts) > MAX_FILTERS:
        raise UsageError(f"there are {len(texts)} filters; at most {MAX_FILTERS} are applied")
    return tuple(parse_filter(text, more) for text in texts)


def _fields(text: str, more: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((field_name(name, more), name) for name in text.split(",") if name)


def _collapse(text: str) -> tuple[str, int | None] | None:
    if not text:
        return None
    name, _, digits = text.partition(":")
    length = whole_number(digits) if digits else None
    if digits and length is None:
        raise UsageError(f"collapse is {text[:40]!r}: write a field, or a field and a number of characters")
    return field_name(name), length
