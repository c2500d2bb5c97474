"""Attribution of records in files whose writing wasn't observed: to which source a capture belongs.

A file can claim anything about itself. So the source that a record names is accepted only if that source owns the
host according to sources.toml; for a file in warc/ that names talkscraper as its writer (a lost database is rebuilt
from
such files) also if sources.toml lacks the source, and for documents other than article pages: feeds, and the pictures
and style sheets that a page took from other hosts.
"""

from __future__ import annotations

from dataclasses import replace

from talkscraper.model import Capture
from talkscraper.preserve.derive.attribution import Newsrooms
from talkscraper.sources.model import SOURCE_ID


class Attribution:
    """Decides on the sources of one file's captures."""

    def __init__(self, newsrooms: Newsrooms, *, ours: bool) -> None:
        """``ours``: the file is in the archive's warc/ and names talkscraper as its writer."""
        self._newsrooms = newsrooms
        self._ours = ours
        self.refused = 0
        """Number of captures whose claim was rejected."""

    def of(self, capture: Capture) -> Capture:
        """Return the capture with its source; None if no source owns its host."""
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
