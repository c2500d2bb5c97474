"""Memento (RFC 7089): the ``Link`` header, ``Memento-Datetime``, ``Accept-Datetime`` and TimeMaps in link format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime

from talkscraper.errors import UsageError
from talkscraper.model import Capture
from talkscraper.replay import replay_urls
from talkscraper.replay.lookup import Around

TIMEMAP_TYPE = "application/link-format"


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


def timemap(base: str, url: str, captures: Iterable[Capture]) -> Iterator[str]:
    """Yield a TimeMap in link format, in pieces; empty if there are no captures."""
    iterator = iter(captures)
    first = next(iterator, None)
    if first is None:
        return
    yield _link(url, "original") + ",\n"
    yield _link(base + replay_urls.timegate(url), "timegate") + ",\n"
    yield _link(base + replay_urls.timemap(url), "self", type=TIMEMAP_TYPE)
    relation, current = "first memento", first
    for following in iterator:
        yield ",\n" + _memento(base, current, relation)
        relation, current = "memento", following
    yield ",\n" + _memento(base, current, "first last memento" if relation == "first memento" else "last memento")
    yield "\n"


def _memento(base: str, capture: Capture, relation: str) -> str:
    target = base + replay_urls.memento(capture.url, capture.captured_at)
    return _link(target, relation, datetime=http_date(capture.captured_at))


def _link(target: str, relation: str, **attributes: str) -> str:
    extra = "".join(f'; {name}="{value}"' for name, value in attributes.items())
    safe = target.replace("<", "%3C").replace(">", "%3E").replace('"', "%22")
    return f'<{safe}>; rel="{relation}"{extra}'
