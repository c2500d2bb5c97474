"""Memento (RFC 7089): the ``Link`` header, ``Memento-Datetime``, ``Accept-Datetime`` and TimeMaps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from talkscraper.errors import UsageError
from talkscraper.model import Capture
from talkscraper.replay import replay_urls
from talkscraper.replay.lookup import Around
from talkscraper.store.database import iso

TIMEMAP_TYPE = "application/link-format"
TIMEMAP_PAGE = 1_000
"""Number of captures of a page of a TimeMap."""


def http_date(moment: datetime) -> str:
    """Return an instant in HTTP format: ``Tue, 28 Oct 2025 14:30:00 GMT``."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def parse_accept_datetime(value: str | None) -> datetime | None:
    """Return the instant of an ``Accept-Datetime`` header.

    Raises:
        UsageError: it isn't an HTTP date (RFC 7089 §4.5.3 requires 400).
    """
    if value is None:
        return None
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError) as e:
        raise UsageError(f"Accept-Datetime is no HTTP date: {value[:60]!r}") from e


def links(base: str, url: str, around: Around | None = None, this: Capture | None = None) -> str:
    """Return the ``Link`` header of a memento or TimeGate.

    Args:
        base: origin of the replay, without a slash at its end.
        url: the original resource.
        around: its captures, if there are any.
        this: the memento that is shown.
    """
    found = [
        _link(url, "original"),
        _link(base + replay_urls.timegate(url), "timegate"),
        _link(base + replay_urls.timemap(url), "timemap", type=TIMEMAP_TYPE),
    ]
    if around is None:
        return ", ".join(found)
    named: dict[str, tuple[Capture, list[str]]] = {}
    for capture, relation in (
        (around.first, "first"),
        (around.last, "last"),
        (around.previous, "prev"),
        (around.next, "next"),
        (this, ""),
    ):
        if capture is not None:
            named.setdefault(capture.id, (capture, []))[1].append(relation)
    for capture, relations in sorted(named.values(), key=lambda pair: pair[0].captured_at):
        relation = " ".join([*filter(None, relations), "memento"])
        found.append(
            _link(
                base + replay_urls.memento(capture.url, capture.captured_at),
                relation,
                datetime=http_date(capture.captured_at),
            )
        )
    return ", ".join(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMapPage:
    """A page of the TimeMap of an address (RFC 7089 §5)."""

    base: str
    """Origin of the replay, without a slash at its end."""
    url: str
    number: int
    captures: Sequence[Capture]
    """Its captures, oldest first; at least one."""
    following: Capture | None
    """The first capture of the next page; None: this is the last one."""

    @classmethod
    def of(cls, base: str, url: str, number: int, captures: Sequence[Capture]) -> TimeMapPage:
        """Return the page of the captures from its first on, one more than it has if there are more."""
        more = captures[TIMEMAP_PAGE] if len(captures) > TIMEMAP_PAGE else None
        return cls(base=base, url=url, number=number, captures=captures[:TIMEMAP_PAGE], following=more)

    @property
    def _neighbours(self) -> dict[str, int]:
        return ({"prev": self.number - 1} if self.number > 1 else {}) | (
            {"next": self.number + 1} if self.following is not None else {}
        )

    def as_links(self) -> Iterator[str]:
        """Yield it in link format, in pieces."""
        base, url, captures = self.base, self.url, self.captures
        yield _link(url, "original") + ",\n"
        yield _link(base + replay_urls.timegate(url), "timegate") + ",\n"
        span: dict[str, str] = {}
        if self._neighbours:
            span = {"from": http_date(captures[0].captured_at), "until": http_date(captures[-1].captured_at)}
        yield _link(base + replay_urls.timemap(url, page=self.number), "self", type=TIMEMAP_TYPE, **span)
        for relation, number in self._neighbours.items():
            since = {"from": http_date(self.following.captured_at)} if relation == "next" and self.following else {}
            target = base + replay_urls.timemap(url, page=number)
            yield ",\n" + _link(target, f"timemap {relation}", type=TIMEMAP_TYPE, **since)
        for position, capture in enumerate(captures):
            first = "first " if position == 0 and self.number == 1 else ""
            last = "last " if position == len(captures) - 1 and self.following is None else ""
            yield ",\n" + _memento(base, capture, f"{first}{last}memento")
        yield "\n"

    def as_json(self) -> str:
        """Return it as one JSON object, in the form of the Memento project's aggregators."""

        def page(number: int, form: str = "json") -> str:
            return self.base + replay_urls.timemap(self.url, form, number)

        listed = [
            {"datetime": iso(each.captured_at), "uri": self.base + replay_urls.memento(each.url, each.captured_at)}
            for each in self.captures
        ]
        mementos: dict[str, object] = {"list": listed}
        if self.number == 1:
            mementos["first"] = listed[0]
        if self.following is None:
            mementos["last"] = listed[-1]
        found: dict[str, object] = {
            "original_uri": self.url,
            "self": page(self.number),
            "timegate_uri": self.base + replay_urls.timegate(self.url),
            "timemap_uri": {"link_format": page(1, "link"), "json_format": page(1)},
            "mementos": mementos,
        }
        if self._neighbours:
            found["pages"] = {relation: page(number) for relation, number in self._neighbours.items()}
        return json.dumps(found, indent=1) + "\n"


def _memento(base: str, capture: Capture, relation: str) -> str:
    target = base + replay_urls.memento(capture.url, capture.captured_at)
    return _link(target, relation, datetime=http_date(capture.captured_at))


def _link(target: str, relation: str, **attributes: str) -> str:
    extra = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    safe = target.replace("<", "%3C").replace(">", "%3E").replace('"', "%22")
    return f'<{safe}>; rel="{relation}"{extra}'
