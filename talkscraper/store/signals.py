"""Rights signals as found on pages, with the days on which each was first and last seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from talkscraper.extraction.signals import named
from talkscraper.model import Capture, Extraction
from talkscraper.store.database import iso
from talkscraper.store.text_values import storable

if TYPE_CHECKING:
    from sqlite_utils import Database

_NOTE = """
insert into signals (source_id, scope, url, signal, value, first_seen_at, last_seen_at, capture_id)
values (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)
on conflict (url, signal, value) do update set
    first_seen_at = min(first_seen_at, excluded.first_seen_at), last_seen_at = max(last_seen_at, excluded.last_seen_at)
"""


class FoundSignal(Protocol):
    """A rights signal as found: ``discovery.rights.Signal``."""

    @property
    def scope(self) -> str: ...  # noqa: D102
    @property
    def url(self) -> str: ...  # noqa: D102
    @property
    def signal(self) -> str: ...  # noqa: D102
    @property
    def value(self) -> str: ...  # noqa: D102


def note_signals(
    db: Database, source_id: str | None, found: Iterable[FoundSignal], *, capture_id: str | None, seen_at: datetime
) -> None:
    """Store rights signals; they may come in any order of their days."""
    for each in found:
        _note(db, source_id, each.scope, each.url, each.signal, each.value, capture_id, seen_at)


def note_page_signals(db: Database, source_id: str | None, capture: Capture, extraction: Extraction) -> None:
    """Store the rights signals on a page and in its headers, as its extraction found them."""
    for found in extraction.signals:
        for name in named(found):
            _note(db, source_id, found.rule, capture.url, name, found.value, capture.id, capture.captured_at)


def _note(
    db: Database, source_id: str | None, scope: str, url: str, signal: str, value: str, capture_id: str | None,
    seen_at: datetime,
) -> None:  # fmt: skip
    texts = [storable(each) for each in (scope, url, signal, value)]
    db.execute(_NOTE, [source_id, *texts, iso(seen_at), capture_id])
