"""Reading of the language files, once per process."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from talkscraper.lexicon.keys import Expressions, Tables, Words

FOLDER = Path(__file__).with_name("languages")


@cache
def _files() -> dict[str, dict[str, Any]]:
    """Tag → content. English is first: where alternatives overlap, the first one that matches is taken."""
    paths = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))
    return {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in paths}


def languages() -> tuple[str, ...]:
    """Return the BCP 47 tags of all files."""
    return tuple(_files())


@cache
def words(key: Words | Expressions) -> tuple[str, ...]:
    """Return a list's entries of all languages, each once."""
    return tuple(dict.fromkeys(entry for content in _files().values() for entry in content.get(key, ())))


def alternatives(key: Expressions) -> str:
    """Return a list as the alternatives of one regular expression, to be put into a group."""
    return "|".join(words(key))


def table(key: Tables, tag: str) -> Mapping[str, list[str]]:
    """Return a language's table; an empty one where it has none."""
    found: Mapping[str, list[str]] = _files().get(tag, {}).get(key, {})
    return found
