"""A fetch without a usable response, and what it means for its address, its source and the run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from talkscraper.errors import TalkscraperError
from talkscraper.frontier.model import Fate


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A fetch without a usable response."""

    fate: Fate
    error: str
    """A short identifier of the cause, used for counting and stored."""
    detail: str
    """One line of explanation for the log and the report."""
    retry_at: datetime | None = None
    connection: bool = False
    """Whether the host didn't respond at all; after a few of these in a row the source is skipped for this run."""
    blocked: bool = False
    """Whether the site refuses access."""
    stops_run: TalkscraperError | None = None


def of_status(status: int, url: str) -> Failure | None:
    """Classify an HTTP status of 400 and above that isn't 404 or 410."""
    if status < 400:
        return None
    blocked = status in (401, 402, 403, 407, 429, 451)
    return Failure(fate=Fate.FAILED, error=f"status-{status}", detail=f"{url}: answered {status}", blocked=blocked)
