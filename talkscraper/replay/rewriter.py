"""Rewriting of captures in worker processes with limits of time and memory: a page can't block the server.

A page of a few kilobytes can keep a parser busy for hours. The server only passes bytes and waits; a process that
exceeds its time is killed.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import sqlite3
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from talkscraper.html.payload_format import looks_like_html
from talkscraper.pool import Task, WorkerPool
from talkscraper.replay.media import MediaKind, MediaType
from talkscraper.warc.content_coding import UndecodableContent, decode_content

MAX_PAGE_BYTES = 32 * 1024 * 1024
"""Maximum size in bytes of a page that is rewritten; larger ones are available with ``id_``."""
TIME_LIMIT_S = 10.0
"""Maximum number of seconds of one rewriting."""
MEMORY = 1024**3
"""Maximum number of bytes of address space of one rewriting."""
RESIDENT = 512 * 1024**2
"""Number of bytes of resident memory above which a process is replaced."""
WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A capture to be rewritten."""

    payload: bytes
    """The payload, still content-coded."""
    codings: tuple[tuple[str, str], ...]
    """Its Content-Encoding headers."""
    media: MediaType | None
    kind: MediaKind | None
    """None: a page if it looks like one."""
    url: str
    timestamp: str
    frames_modifier: str
    refresh: str | None
    """Its Refresh header."""
    banner: str
    database: Path
    """Database in which archived pictures are looked up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """The response to be sent."""

    body: bytes
    kind: MediaKind


def rewritten(job: Job) -> Rewritten | None:
    """Rewrite a capture; return None if its coding can't be undone. Runs in a worker process."""
    from talkscraper.html.charset import decode
    from talkscraper.replay import lookup
    from talkscraper.replay.address_rewriter import Context
    from talkscraper.replay.html_rewrite import rewrite_html, rewrite_stylesheet, rewrite_svg
    from talkscraper.store.database import open_reader

    try:
        body = decode_content(job.payload, job.codings, MAX_PAGE_BYTES)
    except UndecodableContent:
        return None
    content_type = str(job.media) if job.media else None
    with contextlib.closing(open_reader(job.database, time_limit_s=TIME_LIMIT_S)) as connection:
        context = Context(
            url=job.url,
            timestamp=job.timestamp,
            is_archived=lambda url: lookup.is_archived(connection, url),
            drawing=lambda url: _drawing(connection, job, url),
            frames_modifier=job.frames_modifier,
            refresh=job.refresh,
        )
        kind = job.kind or (MediaKind.PAGE if looks_like_html(body) else MediaKind.BYTES)
        if kind is MediaKind.PAGE:
            body = rewrite_html(body, content_type, context, banner=job.banner)
        elif kind is MediaKind.STYLE:
            body = rewrite_stylesheet(body, content_type, context)
        elif kind is MediaKind.DRAWING and (drawing := rewrite_svg(body, content_type, context)) is not None:
            body = drawing
        elif kind in (MediaKind.DRAWING, MediaKind.TEXT):
            kind, body = MediaKind.TEXT, decode(body, content_type).text.encode("utf-8", "replace")
    return Rewritten(body=body, kind=kind)


def load() -> None:
    """Import what rewriting needs, outside the time limit of a page."""
    importlib.import_module("talkscraper.replay.html_rewrite")


def _drawing(connection: sqlite3.Connection, job: Job, url: str) -> str | None:
    """Return the text of the drawing captured at an address nearest to a page; None if there is none."""
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.errors import TalkscraperError
    from talkscraper.html.charset import decode
    from talkscraper.replay import lookup
    from talkscraper.replay.payload import load
    from talkscraper.replay.sprites import MAX_CHARACTERS
    from talkscraper.replay.timestamps import first_instant

    capture = lookup.closest(connection, url, first_instant(job.timestamp), as_requisite=True)
    if capture is None or capture.status not in (None, 200) or capture.warc_length > MAX_CHARACTERS:
        return None
    try:
        shown = load(connection, ArchiveFolder(job.database.parent), capture)
    except TalkscraperError:
        return None
    with contextlib.closing(shown):
        try:
            body = decode_content(shown.payload(), shown.headers, MAX_CHARACTERS)
        except UndecodableContent:
            return None
        return decode(body, shown.get("Content-Type")).text


REWRITING = Task(rewritten)


class RewritePool:
    """The worker processes: started with the first capture, shared by all servers of this process."""

    def __init__(
        self,
        *,
        workers: int = WORKERS,
        time_limit_s: float = TIME_LIMIT_S,
        memory: int = MEMORY,
        task: Task[[Job], Rewritten | None] = REWRITING,
    ) -> None:
        self._workers = workers
        self._time_limit_s = time_limit_s
        self._memory = memory
        self._task = task
        self._lock = threading.Lock()
        self._pool: WorkerPool | None = None

    def submit(self, job: Job) -> Future[Rewritten | None]:
        """Queue a capture.

        Returns:
            A future with the response to be sent, or with ExtractionFailed if the worker crashed or exceeded its
            limits.
        """
        with self._lock:
            if self._pool is None:
                self._pool = WorkerPool(
                    self._workers,
                    self._time_limit_s,
                    memory=self._memory,
                    resident_limit=RESIDENT,
                    warm_up=load,
                )
            return self._pool.ask(job.url, self._task, job)

    def close(self) -> None:
        """End the processes; pending captures are dropped. A later capture starts new ones."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.close(at_once=True)


shared = RewritePool()
atexit.register(shared.close)
