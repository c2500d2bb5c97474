"""The newspapers' stories on each day, read from ``stories/*.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article as its newspaper published it. Dates are ISO 8601 with the newspaper's UTC offset."""

    slug: str
    title: str
    published: str
    section: str
    caption: str
    paragraphs: tuple[str, ...]
    tags: tuple[str, ...] = ()
    modified: str | None = None
    author: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The stories that a newspaper shows on one day, newest first, and the slugs of those it has removed."""

    stories: tuple[Story, ...]
    gone: frozenset[str]

    def find(self, slug: str) -> Story | None:
        """The story with this slug, or None."""
        return next((story for story in self.stories if story.slug == slug), None)

    def of_section(self, section: str) -> tuple[Story, ...]:
        """The stories of one section, newest first."""
        return tuple(story for story in self.stories if story.section == section)


@lru_cache(maxsize=16)
def edition(newspaper: str, day: int) -> Edition:
    """The edition of ``newspaper`` (a file in ``stories/``) on ``day``; from day 1 on with correction, removal and news."""
    data = tomllib.loads((resources.files(__package__) / "stories" / f"{newspaper}.toml").read_text("utf-8"))
    stories = [_story(each) for each in data["story"]]
    gone: set[str] = set()
    if day > 0:
        if correction := data.get("correction"):
            stories = [_corrected(each, correction) if each.slug == correction["slug"] else each for each in stories]
        if withdrawn := data.get("gone"):
            gone.add(withdrawn["slug"])
        stories = [each for each in stories if each.slug not in gone]
        stories += [_story(each) for each in data.get("later", ())]
    stories.sort(key=lambda each: each.published, reverse=True)
    return Edition(stories=tuple(stories), gone=frozenset(gone))


def _story(data: dict[str, Any]) -> Story:
    lists: dict[str, Any] = {name: tuple(data[name]) for name in ("paragraphs", "tags") if name in data}
    return Story(**{**data, **lists})


def _corrected(story: Story, correction: dict[str, str]) -> Story:
    paragraphs = tuple(each.replace(correction["find"], correction["replace"]) for each in story.paragraphs)
    if paragraphs == story.paragraphs:
        raise ValueError(f"the correction of {story.slug} changes nothing: its 'find' text isn't in the story")
    return replace(story, paragraphs=paragraphs, modified=correction["modified"])
