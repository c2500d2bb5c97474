"""Whose capture a record is that comes from a file which nobody here saw being written.

A file can say whatever it likes of itself. So the source that a record names is believed only where that newsroom owns
the host, by sources.toml; of a file that lies in warc/ and says that talkscraper wrote it (a database that was lost is
made again from such files) also for a source that sources.toml doesn't have, and for what is no article's page: feeds,
and the pictures and styles that a page took from other hosts.
"""

from __future__ import annotations

from dataclasses import replace

from talkscraper.model import Capture
from talkscraper.preserve.derive.attribution import Newsrooms
from talkscraper.sources.model import SOURCE_ID


class Attribution:
    """Judges the captures of one file."""

    def __init__(self, newsrooms: Newsrooms, *, ours: bool) -> None:
        """``ours``: it lies in the archive's warc/, and says that talkscraper wrote it."""
        self._newsrooms = newsrooms
        self._ours = ours
        self.refused = 0
        """Captures whose claim wasn't believed."""

    def of(self, capture: Capture) -> Capture:
        """The capture with the source that it is to have; None where no newsroom owns its host."""
        claimed = capture.source_id
        if claimed is not None:
            if self._is_believed(capture, claimed):
                return capture
            self.refused += 1
        owner = self._newsrooms.of_capture(None, capture.url)
        return replace(capture, source_id=owner.id if owner is not None else None)

    def _is_believed(self, capture: Capture, claimed: str) -> bool:
        if not SOURCE_ID.fullmatch(claimed):
            return False
        if self._newsrooms.owns(claimed, capture.url):
            return True
        if not self._ours:
            return False
        page = capture.asked_as == "article" or (capture.asked_as is None and capture.page_capture_id is None)
        return not page or not self._newsrooms.has(claimed)
