"""Arguments of ``crawl``: names of sources, groups (``@TAG``), URLs, and ``-`` for a list of URLs on standard input."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from talkscraper.errors import UsageError
from talkscraper.printable import printable
from talkscraper.sources.values import ValueRefused, checked_url

STDIN = "-"
MAX_LINE = 64 * 1024
"""Maximum number of bytes of a line on standard input."""
MAX_SHOWN = 200
IN_MEMORY = 1 << 20
"""Bytes of a list of URLs that are held in memory; a longer one is a temporary file."""


class UrlList:
    """URLs in the order in which they were given, in bounded memory; iterate as often as needed."""

    def __init__(self) -> None:
        # open as long as the list is: it is deleted with it
        self._file = tempfile.SpooledTemporaryFile(  # noqa: SIM115
            max_size=IN_MEMORY, mode="w+", encoding="utf-8", newline="\n"
        )
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        for line in self._file:
            yield line.rstrip("\n")

    def append(self, url: str) -> None:
        """Add a checked URL, which has no line break; never while iterating."""
        self._file.seek(0, 2)
        self._file.write(f"{url}\n")
        self._count += 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What a run shall fetch. Without any, everything that is due."""

    sources: tuple[str, ...] = ()
    """Names and ``@tag``, for ``sources.selection``."""
    urls: UrlList | None = field(default=None)
    """URLs to be fetched now; None if none were asked for, and empty if the list on standard input is."""


def parse_targets(arguments: Iterable[str], stdin: IO[bytes]) -> Targets:
    """Tell the arguments apart: a URL has ``://``, ``-`` is standard input, the rest names sources.

    Raises:
        UsageError: a URL that can't be requested, here or in a line of standard input.
    """
    names: list[str] = []
    urls: UrlList | None = None
    for argument in arguments:
        if argument != STDIN and "://" not in argument:
            names.append(argument)
            continue
        urls = urls if urls is not None else UrlList()
        if argument == STDIN:
            for url in _lines(stdin):
                urls.append(url)
        else:
            urls.append(_checked(argument))
    return Targets(sources=tuple(names), urls=urls)


def _lines(stdin: IO[bytes]) -> Iterator[str]:
    number = 0
    while line := stdin.readline(MAX_LINE):
        number += 1
        where = f"standard input, line {number}: "
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as e:
            raise UsageError(f"{where}not UTF-8") from e
        # a URL may hold a '#', but no space
        text = text.partition(" #")[0].partition("\t#")[0].strip()
        if text and not text.startswith("#"):
            yield _checked(text, where)


def _checked(text: str, where: str = "") -> str:
    try:
        return checked_url(text)
    except ValueRefused as e:
        message = printable(str(e))
        raise UsageError(where + (message if len(message) <= 2 * MAX_SHOWN else f"{message[:MAX_SHOWN]}…")) from e
