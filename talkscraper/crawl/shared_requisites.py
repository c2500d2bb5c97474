"""Requisites shared by several pages: fetched for one page, needed by all.

Each address is requested once in a run, and not at all if the archive captured it in the last days. Another page
that names it waits until it has arrived; then a record in the WARC and rows of ``requisites`` state that the page
needs it.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture.completion import Landing
from talkscraper.errors import ExtractionFailed, TalkscraperError
from talkscraper.fetch import requisites
from talkscraper.ingest.page import complete_page
from talkscraper.ingest.page_reader import payload_of
from talkscraper.model import Capture, Payload
from talkscraper.store.database import open_reader
from talkscraper.store.requisites import newest, to_fetch
from talkscraper.warc.records import build_needs

if TYPE_CHECKING:
    from talkscraper.crawl.page_requisites import PageRequisites
    from talkscraper.crawl.session import Session

STYLES_REMEMBERED = 256
"""Maximum number of style sheets whose links a run remembers."""


class Sharing:
    """Which pages requested or wait for which requisites in one run. Runs on the reactor's thread."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: set[int] = set()
        """Hashes of the addresses that this run has requested or looked up."""
        self._under_way: dict[str, list[PageRequisites]] = {}
        """Pages waiting for an address."""
        self._styles: OrderedDict[str, list[str]] = OrderedDict()
        """The links of a style sheet, by its record id."""
        self._landing: Landing[Capture | None] | None = None

    async def ask(self, urls: Sequence[str], work: PageRequisites) -> list[str]:
        """Return those of a page's requisites that must be fetched for it; the rest is noted as needed by it."""
        fresh = [url for url in urls if hash(url) not in self._asked]
        self._asked.update(hash(url) for url in fresh)
        for url in fresh:
            self._under_way[url] = []
        try:
            missing = await self._session.in_db(to_fetch, fresh, self._session.now()) if fresh else []
            taken = work.add(missing)
        except BaseException:
            for url in fresh:
                self._under_way.pop(url, None)
            raise
        fetched = set(taken)
        for url in urls:
            if url not in fetched:
                self._share(url, work, known=url in fresh)
        for url in fresh:
            if url not in fetched:
                await self.landed(url)
        return taken

    def _share(self, url: str, work: PageRequisites, *, known: bool = False) -> None:
        if work.share(url) and not known and url in self._under_way:
            self._under_way[url].append(work)
            work.wait()

    async def landed(self, url: str, *, cut_short: bool = False) -> None:
        """Note that an address arrived or failed; pages waiting for it continue."""
        for work in self._under_way.pop(url, ()):
            await work.one_done(cut_short=cut_short)

    def remember_style(self, capture: Capture, named: list[str]) -> None:
        """Remember the links of a style sheet."""
        self._styles[capture.id] = named
        self._styles.move_to_end(capture.id)
        while len(self._styles) > STYLES_REMEMBERED:
            self._styles.popitem(last=False)

    async def found(self, work: PageRequisites) -> list[str]:
        """Return the record ids of captured requisites that a page shares with others, styles included."""
        needed: dict[str, None] = {}
        looked_up: set[str] = set()
        while ready := [url for url in work.shared if url not in looked_up and url not in self._under_way]:
            looked_up.update(ready)
            captures = await self._session.in_db(newest, ready)
            for capture in (each for chain in captures.values() for each in chain):
                if capture.page_capture_id != work.page.id:
                    needed[capture.id] = None
                if _is_style(capture):
                    for url in await self._named_by(capture):
                        self._share(url, work)
        return list(needed)

    async def _named_by(self, style: Capture) -> list[str]:
        if style.id not in self._styles:
            self.remember_style(style, await self._read_style(style))
        return self._styles[style.id]

    async def _read_style(self, style: Capture) -> list[str]:
        """Return the links of a style sheet in the archive; none where it can't be read."""
        payload = await asyncio.to_thread(_payload_of, self._session.folder, style)
        if payload is None:
            return []
        try:
            return await self._session.in_pool(
                style.url, requisites.OF_CSS, payload.body, style.url, payload.content_type
            )
        except ExtractionFailed:
            return []

    async def write(self, work: PageRequisites, needed: Sequence[str]) -> None:
        """Write the needs of a complete page: first the WARC record, then the rows."""
        if needed:
            if self._landing is None:
                self._landing = Landing()
            now = self._session.now()
            record = build_needs(url=work.page.url, date=now, page=work.page.id, needed=needed)
            await self._landing.wait(self._session.warc.note(record))
        pairs = [(work.page.id, each) for each in needed]
        await self._session.in_db(complete_page, work.lease, pairs)


def _is_style(capture: Capture) -> bool:
    return (capture.mime or "").lower() == "text/css" or capture.url.partition("?")[0].endswith(".css")


def _payload_of(folder: ArchiveFolder, capture: Capture) -> Payload | None:
    """Return a capture's payload; None where it can't be read."""
    with closing(open_reader(folder.database)) as connection:
        try:
            return payload_of(connection, folder, capture)
        except TalkscraperError:
            return None
