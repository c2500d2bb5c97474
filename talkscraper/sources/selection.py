"""Selection of sources by what a command line names: ids, former ids, and ``@tag`` for all that have a tag."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from talkscraper.errors import UsageError
from talkscraper.sources.names import unknown_source

if TYPE_CHECKING:
    from talkscraper.sources.model import Source, Sources

TAG_MARK = "@"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceSelection:
    """The sources that were named."""

    sources: tuple[Source, ...]
    """Each once; all of them, if nothing was named."""
    notes: tuple[str, ...] = ()
    """What the user should know: a name that has changed, or is of a removed source; one line each."""

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the sources."""
        return tuple(each.id for each in self.sources)


def select_sources(
    words: Iterable[str],
    everything: Sources,
    where: object,
    *,
    disabled: bool = False,
    removed: Collection[str] = (),
) -> SourceSelection:
    """Return the sources that ``words`` name, in the order in which they are named; all, if there are no words.

    Args:
        words: Ids, former ids (``renamed_from``), or ``@tag``.
        everything: The contents of sources.toml.
        where: Its path, for messages.
        disabled: Whether sources with ``enabled = false`` are selected too. If not, naming one is an error, and a tag
            passes over it.
        removed: Ids of sources that were removed; these are passed over with a note, as long as others are named.

    Raises:
        UsageError: a name or tag is unknown, or only disabled or removed sources are named; the nearest known one is
            suggested.
    """
    known = {**everything.sources, **everything.disabled}
    offered = known if disabled else everything.sources
    wanted = list(words)
    if not wanted:
        return SourceSelection(sources=tuple(offered.values()))
    former = {name: source for source in known.values() for name in source.renamed_from}
    chosen: dict[str, Source] = {}
    notes: list[str] = []
    unknown: list[str] = []
    for word in wanted:
        if word.startswith(TAG_MARK):
            chosen |= {each.id: each for each in _tagged(word, known, offered, where)}
            continue
        source = known.get(word) or former.get(word)
        if source is None and word in removed:
            notes.append(f"source {word} was removed from {where}: nothing is fetched for it")
            continue
        if source is None:
            unknown.append(word)
            continue
        if source.id != word:
            notes.append(f"source {word} was renamed to {source.id}: write {source.id} instead")
        if source.id not in offered:
            raise UsageError(
                f"source {source.id} has enabled = false in {where}: 'talkscraper sources enable {source.id}'"
            )
        chosen[source.id] = source
    if unknown:
        raise unknown_source(unknown, offered, where)
    if not chosen:
        raise UsageError("; ".join(notes))
    return SourceSelection(sources=tuple(chosen.values()), notes=tuple(notes))


def _tagged(word: str, known: dict[str, Source], offered: Collection[str], where: object) -> list[Source]:
    tag = word.removeprefix(TAG_MARK).casefold()
    having = [each for each in known.values() if tag in map(str.casefold, each.tags)]
    found = [each for each in having if each.id in offered]
    if found:
        return found
    if having:
        raise UsageError(f"every source with the tag {tag!r} has enabled = false in {where}")
    tags = {each.casefold(): each for source in known.values() for each in source.tags}
    near = difflib.get_close_matches(tag, tags, n=1, cutoff=0.6)
    if near:
        hint = f"did you mean '{TAG_MARK}{tags[near[0]]}'?"
    elif tags:
        hint = f"there are {', '.join(sorted(tags.values()))}"
    else:
        hint = 'no source has tags: write tags = ["…"] under [sources.NAME]'
    raise UsageError(f"no source with the tag {tag!r} in {where}: {hint}")
