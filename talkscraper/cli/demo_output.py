"""Progress of the demo: a live line on a terminal, one line per simulated day elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Self

from talkscraper.cli.options import counted
from talkscraper.demo import Day, Progress
from talkscraper.fixture_site import FixtureSite

if TYPE_CHECKING:
    from rich.console import Console


class OnScreen(Progress):
    """Prints progress to a console. Use as a context manager."""

    def __init__(self, screen: Console) -> None:
        self._screen = screen
        self._status = screen.status("starting the fixture site")

    def __enter__(self) -> Self:
        if self._screen.is_terminal:
            self._status.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._status.stop()

    def opened(self, site: FixtureSite) -> None:
        """Print the names of the two newspapers."""
        self._screen.print("Two invented newspapers on loopback, crawled by 'talkscraper crawl' on two days\n")
        self._screen.print(f"  [bold]Talk of Harbours[/bold]  {site.talk_url}  [dim]English, no feed[/dim]")
        self._screen.print(
            f"  [bold]港新聞[/bold]            {site.minato_url}  "
            "[dim]Japanese in Shift_JIS, feed and news sitemap[/dim]\n"
        )

    def crawling(self, day: int, exchanges: int) -> None:
        """Update the line."""
        self._status.update(f"day {day}: {counted(exchanges, 'request')} answered")

    def crawled(self, day: Day) -> None:
        """Print a line for a day."""
        self._screen.print(
            f"  day {day.number}  {counted(day.exchanges, 'exchange')} captured, "
            f"{counted(day.articles, 'article')} in the archive  "
            f"[dim]{day.seconds:.1f} s[/dim]"
        )
