"""The writer of WARC files: one thread, a bounded queue and group commit (``group_thread``).

For each group: serialise, compress and append; fsync; commit the rows; then release the responses to their spiders. So
a row never points at bytes that aren't on disk, and a spider never sees a response that isn't in both.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from talkscraper.archive_folder import ArchiveFolder
from talkscraper.capture import redaction
from talkscraper.capture.dedup import Originals
from talkscraper.capture.exchange import Exchange
from talkscraper.capture.record_builder import compose
from talkscraper.capture.warc_file import FinishedFile, WarcFile, new_name
from talkscraper.capture.warcinfo import CrawlInfo
from talkscraper.errors import CaptureError, StorageError, TalkscraperError
from talkscraper.group_thread import GroupThread
from talkscraper.model import Capture
from talkscraper.urls.canonical import urlkey
from talkscraper.warc import cdxj
from talkscraper.warc.records import NewRecord, build_warcinfo

logger = logging.getLogger(__name__)

GIB = 2**30
DAY_S = 86400.0
QUEUE_LENGTH = 256
"""Maximum number of exchanges that wait to be written."""


@dataclass(frozen=True, slots=True)
class _CaptureJob:
    what: Exchange | NewRecord
    """An exchange to be written, or a record about a capture written earlier."""
    future: Future[Capture | None]

    def close(self) -> None:
        """Free the exchange's buffers."""
        if isinstance(self.what, Exchange):
            self.what.close()

    def refused(self) -> CaptureError:
        """Fail the job because the writer is closed."""
        url = self.what.url if isinstance(self.what, Exchange) else self.what.target_uri
        return CaptureError(f"{url} came after the WARC was closed")


def utc_now() -> datetime:
    """Return the current time in UTC: the clock of a live run."""
    return datetime.now(UTC)


class WarcWriter:
    """Writes exchanges into ``folder.warc``; any thread may submit.

    Callbacks run on the writer's thread: ``commit`` receives each group's captures after their fsync; ``opened`` a
    file's name and time before its first capture is committed; ``closed`` a finished file; ``find_originals`` (by
    payload digest) and ``find_latest`` (by URL) look up originals for revisits; ``continued`` (by time) reopens the
    day's finished file, to which a run appends instead of beginning one.
    """

    def __init__(
        self,
        folder: ArchiveFolder,
        *,
        commit: Callable[[Sequence[Capture]], None],
        run_id: int | None = None,
        opened: Callable[[str, datetime], None] | None = None,
        closed: Callable[[FinishedFile], None] | None = None,
        continued: Callable[[datetime], WarcFile | None] | None = None,
        find_originals: Callable[[str], Sequence[Capture]] | None = None,
        find_latest: Callable[[str], Capture | None] | None = None,
        info: CrawlInfo | None = None,
        clock: Callable[[], datetime] = utc_now,
        rotate_bytes: int = GIB,
        rotate_s: float = DAY_S,
        redact: Sequence[str] = redaction.DEFAULT,
    ) -> None:
        self.now = clock
        self.warc_files: list[str] = []
        """Names of the files written to, in order."""
        self.failed: TalkscraperError | None = None
        """The error of disk or database that stopped the writer, or None."""
        self._folder = folder
        self._commit = commit
        self._run_id = run_id
        self._opened = opened
        self._closed_callback = closed
        self._continued = continued
        info = info or CrawlInfo()
        self._info = replace(info, run_id=run_id, redacted=tuple(dict.fromkeys((*redact, *info.redacted))))
        self._rotate_bytes = rotate_bytes
        self._rotate_s = rotate_s
        self._redact = tuple(redact)
        self._originals = Originals(folder, find_originals, find_latest)
        self._file: WarcFile | None = None
        self._grown = 0
        urlkey("http://example.org/")  # the first call imports many modules; do it before responses are waiting
        self._thread: GroupThread[_CaptureJob] = GroupThread(
            "warc-writer", self._write_group, finish=self._finish, max_queued=QUEUE_LENGTH
        )

    def submit(self, exchange: Exchange) -> Future[Capture | None]:
        """Queue a sealed exchange for writing; blocks while the queue is full.

        The returned future holds the capture once its record is on disk and its row committed; None if no response byte
        was received, so that there is no record.

        Raises:
            CaptureError: the writer is closed.
        """
        return self._submit(exchange)

    def note(self, record: NewRecord) -> Future[Capture | None]:
        """Queue a record about a capture written earlier; the returned future completes when it is on disk.

        Raises:
            CaptureError: the writer is closed.
        """
        return self._submit(record)

    def _submit(self, what: Exchange | NewRecord) -> Future[Capture | None]:
        future: Future[Capture | None] = Future()
        future.set_running_or_notify_cancel()  # a write can't be cancelled
        job = _CaptureJob(what, future)
        if not self._thread.put(job):
            raise job.refused()
        return future

    def close(self) -> None:
        """Write what is queued, finish the file and stop the thread. Idempotent.

        Raises:
            StorageError: something couldn't be written; the data on disk is complete up to there.
        """
        self._thread.close()
        if self.failed is not None:
            raise self.failed

    # --- the thread -------------------------------------------------------------------------------------------------

    def _finish(self) -> None:
        if self._file is None:
            return
        if self.failed is None:
            self._finish_file()
        else:
            # the file stays as it is: the next run's repair finishes it
            self._file.release()

    def _write_group(self, group: list[_CaptureJob]) -> None:
        results: list[tuple[_CaptureJob, Capture | None]] = []
        try:
            if self.failed is None:
                self._rotate()
                results = self._append_group(group)
                captures = [capture for _, capture in results if capture is not None]
                if captures:
                    self._commit(captures)
        except TalkscraperError as e:
            self.failed = e
        except Exception as e:
            # any exception counts: recording isn't optional, so the run must end
            logger.exception("The WARC writer failed")
            self.failed = CaptureError(f"the WARC writer failed: {e!r}")
        finally:
            for job in group:
                job.close()
        if self.failed is not None:
            for job in group:
                if not job.future.done():
                    job.future.set_exception(self.failed)
            return
        for job, capture in results:
            job.future.set_result(capture)

    def _append_group(self, group: list[_CaptureJob]) -> list[tuple[_CaptureJob, Capture | None]]:
        """Write the records of all exchanges to disk: all of them or none.

        Raises:
            StorageError: the disk failed; the file is as it was.
        """
        if self._file is not None:
            self._file.mark()
        try:
            results = [(job, self._append(job.what)) for job in group]
            if self._file is not None:
                self._file.sync()
        except OSError as e:
            self._originals.forget()
            where = self._folder.warc
            if self._file is not None:
                with contextlib.suppress(OSError):  # repair will handle the torn end
                    self._file.take_back()
            raise StorageError(f"can't write to {where}: {e.strerror or e}; free some space and crawl again") from e
        return results

    def grown(self) -> int:
        """Return the number of bytes that this run added to WARCs and indexes."""
        return self._grown

    def _append(self, what: Exchange | NewRecord) -> Capture | None:
        if isinstance(what, NewRecord):
            self._grown += (self._file or self._open_file()).append(what)[1]
            return None
        composed = compose(what, self._originals, run_id=self._run_id, redacted=self._redact)
        if composed is None:
            return None
        file = self._file or self._open_file()
        offset, length = file.append(composed.records[0])
        self._grown += length
        for record in composed.records[1:]:
            self._grown += file.append(record)[1]
        capture = replace(composed.capture, warc_file=file.name, warc_offset=offset, warc_length=length)
        if cdxj.is_indexed(capture):
            line = cdxj.line(capture)
            self._grown += len(line) + 1
            file.index(line)
        self._originals.written(capture, chunked=composed.chunked, payload_size=composed.payload_size)
        return capture

    def _open_file(self) -> WarcFile:
        now = self.now()
        # a run continues a file once, at its beginning: what it finished itself was full
        file = self._continued(now) if self._continued is not None and not self.warc_files else None
        if file is None:
            file = WarcFile(self._folder, new_name(self._folder, now, len(self.warc_files)), now)
        self._file = file
        self.warc_files.append(file.name)
        file.append(build_warcinfo(date=now, filename=file.name, pairs=self._info.pairs()))
        file.mark()
        if self._opened is not None:
            self._opened(file.name, now)
        return file

    def _rotate(self) -> None:
        file = self._file
        if file is None:
            return
        age = (self.now() - file.opened_at).total_seconds()
        if file.size >= self._rotate_bytes or age >= self._rotate_s:
            self._finish_file()
            if self.failed is not None:
                raise self.failed

    def _finish_file(self) -> None:
        file, self._file = self._file, None
        assert file is not None
        try:
            finished = file.finish(self.now())
            if self._closed_callback is not None:
                self._closed_callback(finished)
        except TalkscraperError as e:
            self.failed = e
        except Exception as e:
            logger.exception("Closing %s failed", file.name)
            self.failed = CaptureError(f"closing {file.name} failed: {e!r}")
