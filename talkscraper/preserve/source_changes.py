"""Changes of what sources there are: rename, merge, remove, enable, disable.

sources.toml is changed first, the rows after it in one transaction, both under the archive's lock. If the process dies
in between, the next run does the rest by ``renamed_from``, as for a line that was written by hand. Records in WARC
files keep the id under which they were written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.atomic_file import write_whole
from talkscraper.discovery.url_patterns import guess
from talkscraper.errors import ArchiveLocked, SourcesError, StorageError, UsageError
from talkscraper.frontier.seeds import DISABLED, ENABLED, REMOVED
from talkscraper.sources.edit import Edited, Value, edit_file, entry_text, with_keys, with_name, without_entry
from talkscraper.sources.load import load, parse
from talkscraper.sources.model import SOURCE_ID, Source, Sources
from talkscraper.sources.names import unknown_source
from talkscraper.sources.seed_kinds import CONFIGURED, seed_keys
from talkscraper.sources.selection import select_sources
from talkscraper.store.database import iso, open_reader, open_writer
from talkscraper.store.source_rows import Renamed, mark_source, rename_source, rows_of_source
from talkscraper.urls.canonical import canonical

if TYPE_CHECKING:
    from sqlite_utils import Database

MAX_EXAMPLES = 200
"""Maximum number of articles from which a merge derives a pattern."""
MAX_SEEDS = 50
"""Maximum number of discovered seeds of a kind that a merge writes into sources.toml."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceChange:
    """What a change did, or would do."""

    edited: Edited
    moved: tuple[Renamed, ...] = ()
    """The rows that went over to another id."""
    notes: tuple[str, ...] = ()
    """What the user should know, one line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """A source that was removed."""

    source_id: str
    articles: int
    """Number of its articles, which stay."""
    entry: Path
    """The file in which its entry of sources.toml is kept."""


def rename(folder: ArchiveFolder, old: str, new: str) -> SourceChange:
    """Give a source another id; its entry stays where it is, and every row follows.

    Raises:
        ArchiveLocked: another run holds the archive.
        UsageError: there is no such source, or the new id is in use, was another source's, or can't be one.
    """
    path = folder.require().sources_toml
    if not SOURCE_ID.fullmatch(new):
        raise UsageError(f"{new!r} can't name a source: letters, digits, '-', '_', '.', at most 64")
    with folder.lock(what="sources rename"):
        known = _known(load(path))
        source = known.get(old)
        if source is None:
            present = known.get(new)
            if present is None or old not in present.renamed_from:
                raise _no_source([old], known, path)
            edit: Callable[[str], str] = str  # a rename that was cut short: the rows may still have to follow
        else:
            _refuse_in_use(folder, known, source, new)
            former = (*(each for each in source.renamed_from if each != new), old)
            edit = partial(_renamed, old=old, new=new, former=former)
        edited = edit_file(path, edit)
        return SourceChange(edited=edited, moved=_rows_follow(folder, _known(load(path))[new]))


def merge(folder: ArchiveFolder, gone: str, kept: str, *, dry_run: bool = False) -> SourceChange:
    """Make one source of two: the entry and settings of ``kept`` stay, and get the addresses and rows of ``gone``.

    Raises:
        ArchiveLocked: another run holds the archive.
        UsageError: there are no such sources.
    """
    path = folder.require().sources_toml
    if gone == kept:
        raise UsageError(f"{gone} can't be merged with itself")
    if dry_run:
        return _merged(folder, path, gone, kept, write=False)
    with folder.lock(what="sources merge"):
        return _merged(folder, path, gone, kept, write=True)


def remove(folder: ArchiveFolder, names: tuple[str, ...], *, now: datetime) -> list[Removal]:
    """Take sources out of sources.toml; what is archived stays, and their entries are kept in reports/.

    Raises:
        ArchiveLocked: another run holds the archive.
        UsageError: a name or tag is unknown.
    """
    path = folder.require().sources_toml
    with folder.lock(what="sources remove"):
        everything = load(path)
        chosen = select_sources(names, everything, path, disabled=True)
        text = edit_file(path, str, write=False).before
        kept = {each: _keep_entry(folder, each, entry_text(text, each), now) for each in chosen.ids}

        def without(text: str) -> str:
            for each in chosen.ids:
                text = without_entry(text, each)
            return text

        edit_file(path, without)
        counts = dict.fromkeys(chosen.ids, 0)
        with _rows(folder) as db:
            if db is not None:
                for each in chosen.ids:
                    mark_source(db, each, REMOVED, iso(now))
                    counts[each] = rows_of_source(db, each).articles
        return [Removal(source_id=each, articles=counts[each], entry=kept[each]) for each in chosen.ids]


def enable(folder: ArchiveFolder, names: tuple[str, ...], *, enabled: bool) -> SourceChange:
    """Write ``enabled`` for sources. A run that is going on keeps to what it has read; the next one obeys.

    Raises:
        UsageError: a name or tag is unknown.
    """
    path = folder.require().sources_toml
    chosen = select_sources(names, load(path), path, disabled=True)
    others = [each.id for each in chosen.sources if each.enabled != enabled]

    def switched(text: str) -> str:
        for each in others:
            text = with_keys(text, each, {"enabled": enabled})
        return text

    edited = edit_file(path, switched)
    try:
        with folder.lock(what="sources enable" if enabled else "sources disable"), _rows(folder) as db:
            if db is not None:
                for each in others:
                    mark_source(db, each, ENABLED if enabled else DISABLED)
    except ArchiveLocked:
        pass  # the next run notes it
    word = "enabled" if enabled else "disabled"
    already = tuple(f"{each.id} was {word} already" for each in chosen.sources if each.id not in others)
    return SourceChange(edited=edited, notes=(*chosen.notes, *(f"{each} is {word}" for each in others), *already))


def _renamed(text: str, *, old: str, new: str, former: tuple[str, ...]) -> str:
    return with_keys(with_name(text, old, new), new, {"renamed_from": _one_or_more(former)})


def _merged(folder: ArchiveFolder, path: Path, gone: str, kept: str, *, write: bool) -> SourceChange:
    known = _known(load(path))
    goal = known.get(kept)
    if goal is None:
        raise _no_source([kept], known, path)
    source = known.get(gone)
    if source is None and gone not in goal.renamed_from:
        raise _no_source([gone], known, path)
    keys, notes = ({}, ()) if source is None else _taken_over(folder, source, goal)

    def joined(text: str) -> str:
        return text if source is None else with_keys(without_entry(text, gone), kept, keys)

    edited = edit_file(path, joined, write=write)
    if write:
        moved = _rows_follow(folder, _known(load(path))[kept])
    else:
        parse(edited.after, path)
        moved = _would_move(folder, gone, kept)
    return SourceChange(edited=edited, moved=moved, notes=notes)


def _taken_over(folder: ArchiveFolder, gone: Source, kept: Source) -> tuple[dict[str, Value | None], tuple[str, ...]]:
    """Return the keys of ``kept`` that change, and what isn't taken over."""
    keys: dict[str, Value | None] = {}
    hosts = tuple(each for each in gone.own_hosts if each not in kept.own_hosts)
    if hosts:
        keys["hosts"] = (*kept.hosts, *hosts)
    known = _discovered(folder)
    for key, kind in seed_keys().items():
        its, theirs = kept.seeds_of(kind.name), gone.seeds_of(kind.name)
        if kind.is_page and _works(folder, gone) and _place(gone.homepage) != _place(kept.homepage):
            theirs = (*theirs, gone.homepage)
        if kind.only_configured and (its or theirs):
            # once some are listed, none is discovered: those found so far are listed too
            its = its or known(kept.id, kind.name)
            theirs = theirs if gone.seeds_of(kind.name) else (*known(gone.id, kind.name), *theirs)
        added = [each for each in dict.fromkeys(theirs) if each not in its and _place(each) != _place(kept.homepage)]
        if added:
            keys[key] = (*its, *added)
    patterns = tuple(each.pattern for each in kept.article_urls)
    if patterns:
        # with patterns, only what they match is an article: those of the other's pages belong to them
        added = [each for each in _patterns_of(folder, gone) if each not in patterns]
        if added:
            keys["article_urls"] = (*patterns, *added)
    keys["renamed_from"] = _one_or_more((*kept.renamed_from, *gone.renamed_from, gone.id))
    notes = [
        f"{name} of {gone.id} {'aren' if name.endswith('s') else 'isn'}'t taken over, {kept.id} keeps its own"
        for name in ("selectors", "language", "timezone", "allow_private", "tags", "delay")
        # a source whose tags the other has too loses none
        if getattr(gone, name) != getattr(kept, name) and not (name == "tags" and set(gone.tags) <= set(kept.tags))
    ]
    if patterns and not _patterns_of(folder, gone):
        notes.append(f"{gone.id} has no article_urls, {kept.id} has: check that they match its articles")
    return keys, tuple(notes)


def _patterns_of(folder: ArchiveFolder, source: Source) -> tuple[str, ...]:
    """Return a source's article patterns; if it has none, one that matches its newest articles, if there is one."""
    if source.article_urls or not folder.database.is_file():
        return tuple(each.pattern for each in source.article_urls)
    with closing(open_reader(folder.database)) as connection:
        rows = connection.execute(
            "select url from articles where source_id = ? order by last_captured_at desc limit ?",
            [source.id, MAX_EXAMPLES],
        )
        pattern = guess([row[0] for row in rows], [])
    return (pattern,) if pattern is not None else ()


def _discovered(folder: ArchiveFolder) -> Callable[[str, str], tuple[str, ...]]:
    """Return a function for the seeds of a source and kind that its homepage or robots.txt has named."""
    if not folder.database.is_file():
        return lambda _source_id, _kind: ()

    def known(source_id: str, kind: str) -> tuple[str, ...]:
        with closing(open_reader(folder.database)) as connection:
            rows = connection.execute(
                "select url from urls where source_id = ? and kind = ? and state not in ('refused', 'gone', 'failed')"
                " and last_fetched_at is not null and (discovered_via = ? or discovered_via like '%/robots.txt' or"
                " discovered_via in (select url from urls where source_id = ? and kind = 'homepage')) order by id"
                " limit ?",
                [source_id, kind, CONFIGURED, source_id, MAX_SEEDS],
            )
            return tuple(row[0] for row in rows)

    return known


def _works(folder: ArchiveFolder, source: Source) -> bool:
    """Whether a homepage is worth asking on: its source is enabled, and it wasn't failing at last."""
    if not source.enabled:
        return False
    if not folder.database.is_file():
        return True
    with closing(open_reader(folder.database)) as connection:
        row = connection.execute("select state from urls where url = ?", [source.homepage]).fetchone()
    return row is None or row[0] not in ("failed", "gone", "refused")


def _would_move(folder: ArchiveFolder, gone: str, kept: str) -> tuple[Renamed, ...]:
    if not folder.database.is_file():
        return ()
    with closing(open_reader(folder.database)) as connection:
        counts = {
            table: connection.execute(f"select count(*) from {table} where source_id = ?", [gone]).fetchone()[0]
            for table in ("articles", "captures", "urls")
        }
    return (Renamed(former_id=gone, source_id=kept, **counts),)


def _rows_follow(folder: ArchiveFolder, source: Source) -> tuple[Renamed, ...]:
    with _rows(folder) as db:
        if db is None:
            return ()
        found = [rename_source(db, former, source) for former in source.renamed_from]
    return tuple(each for each in found if each is not None)


@contextmanager
def _rows(folder: ArchiveFolder) -> Iterator[Database | None]:
    """Open the rows for one transaction; None if there are none yet. The caller holds the lock."""
    if not folder.database.is_file():
        yield None
        return
    db = open_writer(folder.database)
    try:
        with db.conn:
            yield db
    finally:
        db.close()


def _keep_entry(folder: ArchiveFolder, name: str, text: str, now: datetime) -> Path:
    place = folder.reports / f"removed-{name}-{re.sub('[^0-9TZ]', '', iso(now))}.toml"
    try:
        folder.reports.mkdir(exist_ok=True)
        write_whole(place, [f"\n{text}".encode()], mode=folder.sources_toml.stat().st_mode & 0o777)
    except OSError as e:
        raise StorageError(f"can't write {place}: {e.strerror}") from e
    return place


def _refuse_in_use(folder: ArchiveFolder, known: dict[str, Source], source: Source, new: str) -> None:
    path = folder.sources_toml
    if new == source.id:
        raise UsageError(f"{new} is its name already")
    if new in known:
        raise SourcesError(
            f"{path} has a source {new} already: 'talkscraper sources merge {source.id} {new}' makes one of the two"
        )
    for each in known.values():
        if new in each.renamed_from and each.id != source.id:
            raise SourcesError(
                f"{new} is the former id of {each.id}, under which its WARC records stand: choose another"
            )
    if folder.database.is_file():
        with closing(open_reader(folder.database)) as connection:
            if connection.execute("select 1 from sources where id = ?", [new]).fetchone():
                raise SourcesError(f"the archive has articles of a source {new} that was removed: choose another name")


def _no_source(names: list[str], known: dict[str, Source], path: Path) -> UsageError:
    for each in known.values():
        if names[0] in each.renamed_from:
            return UsageError(f"source {names[0]} was renamed to {each.id} already")
    return unknown_source(names, known, path)


def _known(everything: Sources) -> dict[str, Source]:
    return {**everything.sources, **everything.disabled}


def _one_or_more(values: tuple[str, ...]) -> Value:
    return values[0] if len(values) == 1 else values


def _place(url: str) -> tuple[str, str]:
    parts = urlsplit(canonical(url))
    return parts.netloc.removeprefix("www."), f"{parts.path.rstrip('/')}?{parts.query}"
