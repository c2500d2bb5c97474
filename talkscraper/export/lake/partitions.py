"""Partitions of a lake: the folders ``source=…/month=…`` of an article's rows, in the style of Hive."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from urllib.parse import quote

from talkscraper.model import Precision

UNDATED = "undated"
"""The month of articles of which no month is known."""
NO_SOURCE = "(none)"
"""The source of articles of no source: not NULL, which in SQL equals nothing, and no id of a source."""
_NULL = "__HIVE_DEFAULT_PARTITION__"
"""The name that readers of such folders take for NULL."""
MAX_NAME = 200
"""Bytes of a folder's name; file systems allow 255."""
_KEPT = 120


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A source and a month."""

    source: str
    """Its id, or ``NO_SOURCE``."""
    month: str
    """As 2025-10, or ``UNDATED``."""

    @property
    def folder(self) -> str:
        """Return its folder, relative to the lake's."""
        return f"source={_escaped(self.source)}/month={self.month}"


def partition_of(source_id: str | None, published_day: str | None, precision: str | None) -> Partition:
    """Return the partition of an article, by its source and the day printed on it.

    Of an article that prints nothing but a year, the month isn't known.
    """
    month = UNDATED
    if published_day and precision != Precision.YEAR:
        with suppress(ValueError):  # of another program
            month = date.fromisoformat(published_day).isoformat()[:7]
    return Partition(source_id or NO_SOURCE, month)


def _escaped(source: str) -> str:
    """Return a source as a folder's name, percent-encoded as Hive, Arrow and DuckDB read it.

    A name that would be too long is cut, with its digest; the column ``source_id`` has the whole of it.
    """
    name = quote(source, safe="", errors="surrogatepass")
    if source.upper() == _NULL:
        name = "%5F" + name[1:]
    if len(name) > MAX_NAME:
        digest = sha256(source.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        # not within an escape
        kept = name[:_KEPT]
        name = f"{kept[: kept.rfind('%')] if '%' in kept[-2:] else kept}~{digest}"
    return name
