"""What a shell completes beside commands and options: sources, their tags, and the endings of exports.

A shell asks at every Tab: what can't be read completes nothing, and is never a message.
"""

from __future__ import annotations

from pathlib import PurePath

import click
from click.shell_completion import CompletionItem

from talkscraper.errors import TalkscraperError

_OF_ONE_SOURCE = frozenset(["old", "gone", "kept"])
"""Names of arguments that are a source, though their metavar says more."""


class SourceWord(click.types.StringParamType):
    """A source by its id; where ``tags``, also ``@TAG``."""

    def __init__(self, *, tags: bool) -> None:
        self.tags = tags

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Return the sources and tags of sources.toml that begin so and don't stand there yet."""
        from talkscraper.archive_folder import find
        from talkscraper.sources.load import load

        named = ctx.params.get(param.name or "") or ()
        there = {named} if isinstance(named, str) else set(named)
        root = ctx.find_root()
        archives = root.obj or root.params.get("archive") or ()
        try:
            sources = load(find(*archives[:1]).sources_toml)
        except (TalkscraperError, OSError, ValueError):
            return []
        known = {**sources.sources, **sources.disabled}
        words = {id_: source.name for id_, source in known.items()}
        if self.tags:
            words |= {f"@{tag}": "tag" for source in known.values() for tag in source.tags}
        return [
            CompletionItem(word, help=" ".join(told.split()))
            for word, told in sorted(words.items())
            if word.startswith(incomplete) and word not in there
        ]


def complete_words(command: click.Command) -> None:
    """Let the parameters of a command that name sources complete them: those whose metavar says SOURCE or @TAG."""
    for parameter in command.params:
        metavar = parameter.metavar or ""
        if type(parameter.type) is click.types.StringParamType and (
            "SOURCE" in metavar or "@TAG" in metavar or parameter.name in _OF_ONE_SOURCE
        ):
            parameter.type = SourceWord(tags="@TAG" in metavar)


def export_files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Return a name with each ending that an export may have; the shell's files once it has one."""
    from talkscraper.export.registry import export_formats

    name = PurePath(incomplete).name
    if not name or "." in name.strip("."):
        return [CompletionItem(incomplete, type="file")]
    formats = export_formats().values()
    return [CompletionItem(incomplete, type="file")] + [
        CompletionItem(f"{incomplete}{ending}", help=each.description.split(";")[0])
        for each in formats
        for ending in each.endings
    ]
