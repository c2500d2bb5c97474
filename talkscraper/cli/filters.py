"""The filters that ``search``, ``export`` and ``wacz`` share."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

import click

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.errors import UsageError
from talkscraper.fields import FILTERS

_F = TypeVar("_F", bound=Callable[..., Any])


def require_source(folder: ArchiveFolder, connection: sqlite3.Connection, source: str | Sequence[str] | None) -> None:
    """Refuse an unknown ``--source``: an empty result would look like a quiet newsroom.

    Raises:
        UsageError: it doesn't exist; the message names the nearest.
    """
    asked = [] if source is None else [source] if isinstance(source, str) else list(source)
    if not asked:
        return
    from talkscraper.store.source_names import source_ids

    known = [name for (name,) in connection.execute("select id from sources order by id")]
    if all(source_ids(connection, each) for each in asked):
        return
    from talkscraper.sources.load import load
    from talkscraper.sources.names import unknown_source

    if folder.sources_toml.is_file():  # a source that was never crawled isn't an error
        written = load(folder.sources_toml)
        known = [*dict.fromkeys((*known, *written.sources, *written.disabled))]
    if missing := [each for each in asked if each not in known]:
        raise unknown_source(missing[:1], known, folder.root)


def filter_options(function: _F) -> _F:
    """Add an option for each of ``fields.FILTERS``; the command gets their values by the filters' names.

    An option that may be repeated gives a tuple, empty without it: articles with one of the values.
    """
    for each in reversed(FILTERS):
        # another word of the query language for it is another name of its option, as in --type and --kind
        others = [f"--{word}" for word in each.words] if each.how == "exact" else []
        names = dict.fromkeys([each.option, *others])
        function = click.option(*names, each.name, metavar=each.metavar, help=each.help, multiple=each.is_many)(
            function
        )
    return function


since_indexed_option = click.option(
    "--since-indexed", metavar="TIME", help="Only what is new or changed in the archive since then (UTC)."
)


copies_option = click.option(
    "--copies",
    type=click.Choice(("all", "collapse")),
    default="all",
    show_default=True,
    help="Copies of a text in several papers: all of them, or one.",
)


dedupe_option = click.option(
    "--dedupe", is_flag=True, help="Of copies in several papers, only the one that was published first."
)


def since_moment(text: str | None) -> datetime | None:
    """Return the time of ``--since-indexed``.

    Raises:
        UsageError: it is invalid.
    """
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as e:
        raise UsageError(
            f"--since-indexed {text!r} isn't a time: write 2025-10-28 or 2025-10-28T06:00:00Z (UTC)"
        ) from e
