"""Progress of the demo: a live line on a terminal, one line per simulated day elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkscraper.cli.options import counted
from talkscraper.demo import Day, Progress
from talkscraper.fixture_site import FixtureSite
from talkscraper.terminal.styled_text import Text

if TYPE_CHECKING:
    from talkscraper.terminal.screen import Screen


class OnScreen(Progress):
    """Prints progress to a screen, on which a live line is shown."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def opened(self, site: FixtureSite) -> None:
        """Print the names of the two newspapers."""
        self._screen.print("Two invented newspapers on loopback, crawled by 'talkscraper crawl' on two days\n")
        for name, url, what in (
            ("Talk of Harbours", site.talk_url, "English, no feed"),
            ("港新聞          ", site.minato_url, "Japanese in Shift_JIS, feed and news sitemap"),
        ):
            self._screen.print(Text("  ").append(name, "bold").append(f"  {url}  ").append(what, "dim"))
        self._screen.print()

    def crawling(self, day: int, exchanges: int) -> None:
        """Update the line."""
        self._screen.show_live(f"day {day}: {counted(exchanges, 'request')} answered")

    def crawled(self, day: Day) -> None:
        """Print a line for a day."""
        line = f"  day {day.number}  {counted(day.exchanges, 'exchange')} captured, "
        line += f"{counted(day.articles, 'article')} in the archive  "
        self._screen.print(Text(line).append(f"{day.seconds:.1f} s", "dim"))
