"""Extraction in worker processes with limits, so that a page that hangs, crashes or exhausts memory fails alone."""

from __future__ import annotations

import gc
import sys
from concurrent.futures import Future
from datetime import UTC, datetime
from importlib import import_module
from typing import TYPE_CHECKING

from talkscraper.model import Extraction, Payload
from talkscraper.pool import Task, WorkerPool
from talkscraper.pool.workers import DEFAULT_TIMEOUT_S

if TYPE_CHECKING:
    from talkscraper.extraction.selectors import SelectorSet


class ExtractorPool(WorkerPool):
    """A pool whose processes have trafilatura and the language model loaded."""

    def __init__(
        self, workers: int | None = None, timeout_s: float = DEFAULT_TIMEOUT_S, *, memory: int = 2 * 1024**3
    ) -> None:
        """As for ``WorkerPool``."""
        super().__init__(workers, timeout_s, memory=memory, warm_up=warm_up)

    def submit(self, payload: Payload, selectors: SelectorSet | None = None) -> Future[Extraction]:
        """Queue a page.

        Returns:
            A future with the Extraction, or with ExtractionFailed where the page killed, hung or outgrew its process.

        Raises:
            RuntimeError: The pool is closed.
        """
        return self.ask(payload.capture.url, EXTRACT, payload, selectors)


def extract_payload(payload: Payload, selectors: SelectorSet | None) -> Extraction:
    """``extract`` for a capture's payload."""
    from talkscraper.extraction import extract

    capture = payload.capture
    return extract(
        payload.body, capture.url, capture.captured_at, payload.headers, selectors=selectors, status=capture.status
    )


EXTRACT = Task(extract_payload)


def warm_up() -> None:
    """Load libraries, the language model and the calendar's words, and exempt them from garbage collection.

    So they don't count towards the time limit of the first page, or of the first with a dated byline.
    """
    _load_trafilatura()
    from talkscraper.extraction import extract
    from talkscraper.extraction.names import is_date

    words = "The harbour wall was mended in spring, and the boats came back before the first of the summer storms. " * 4
    page = f"<html lang=en><body><article><h1>Warm</h1><p>{words}</p><p>{words}</p></article></body></html>"
    extract(page.encode(), "https://warm.invalid/up", datetime(2025, 1, 1, tzinfo=UTC))
    is_date("1 May")
    # what is loaded now stays: a collection needn't look through it on every other page
    gc.collect()
    gc.freeze()


def _load_trafilatura() -> None:
    """Import it without its own detector of languages, which isn't used here: where it is installed it loads NumPy."""
    detector = "py3langid"
    hides = detector not in sys.modules
    if hides:
        sys.modules[detector] = None  # type: ignore[assignment]  # an import fails at once
    try:
        import_module("trafilatura")
    finally:
        if hides:
            del sys.modules[detector]
