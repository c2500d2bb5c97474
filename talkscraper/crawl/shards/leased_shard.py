"""A shard of a run, as the coordinator sees it: what its worker shows and logs, and how large it is."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

from talkscraper.crawl.shards.json_values import decode
from talkscraper.crawl.shards.log_lines import LinesIn
from talkscraper.crawl.shards.signs import ALIVE, Watched, renew

if TYPE_CHECKING:
    from talkscraper.monitor.run_report import Tally
    from talkscraper.sources.groups import SourceGroup
    from talkscraper.sources.model import Source


@dataclass(slots=True, kw_only=True)
class LeasedShard:
    """A shard, whose lease this run has."""

    token: int
    name: str
    folder: Path
    group: SourceGroup
    alive: Watched
    lines: LinesIn
    tallies: list[Tally] = field(default_factory=list)
    """The figures that its worker last showed."""
    size: int = 0
    """Bytes of its WARC files, when they were last looked at."""

    @classmethod
    def in_folder(cls, folder: Path, group: SourceGroup, *, token: int, name: str) -> Self:
        """Return the shard in a folder, in which its order has been written."""
        return cls(
            token=token, name=name, folder=folder, group=group, alive=Watched(folder / ALIVE), lines=LinesIn(folder)
        )

    def tick(self, beat: int, stop: str | None, sources: Callable[[str], Source | None]) -> None:
        """Renew its lease, or tell its worker why it shall stop; take what the worker has shown and logged since."""
        renew(self.folder, beat, stop)
        self.lines.log()
        shown = self.alive.look()
        if shown is not None and shown.get("tallies"):
            self.tallies = decode(shown["tallies"], sources)
        self.measure()

    def measure(self) -> int:
        """Look at its WARC files, and return their size in bytes."""
        self.size = 0
        with suppress(OSError):
            self.size = sum(path.stat().st_size for path in (self.folder / "warc").iterdir())
        return self.size
