"""The worker of a shard: a task of the cluster, and the process in which it crawls (a reactor runs once).

Run as ``python -m talkscraper.crawl.shards.worker FOLDER``. The process ends cleanly when its lease says so or isn't
renewed, when the process that started it is gone (its standard input ends), and at SIGTERM. Ctrl-C is left to the run,
which says in the lease what it means.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from talkscraper.crawl.shards.signs import (
    ALIVE,
    BEAT_S,
    LEASE,
    LEASE_S,
    LOG,
    RESULT,
    SOURCES,
    UNIT,
    URLS,
    Watched,
    read,
    read_order,
    write,
)
from talkscraper.crawl.shards.takeover import take_claim
from talkscraper.errors import Interrupted, StorageError, TalkscraperError
from talkscraper.pool.signal_mask import GROUP_SIGNALS, without_group_signals

if TYPE_CHECKING:
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.stop_signals import StopSignals
    from talkscraper.fetch.politeness import HostReport
    from talkscraper.monitor.run_report import Tally

MAX_LOG_LINES = 5
BEGIN = b"begin\n"
"""What the task writes to the process that has the claim to a shard."""
FIGURES_EVERY = 2
"""Number of beats between two times that the figures are written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardUnit:
    """A shard to be crawled, as a unit of work."""

    key: str
    """Its name."""
    weight: int
    folder: str
    """Its folder, at the same path on every machine."""


def crawl_shard(unit: ShardUnit) -> str:
    """Crawl a shard in a process of its own; return ``done``, ``died``, ``stopped`` before, or ``taken`` by another.

    Raises:
        StorageError: this machine doesn't see the shard's folder.
    """
    folder = Path(unit.folder)
    if not (folder / UNIT).is_file():
        raise StorageError(f"{socket.gethostname()} doesn't see {folder}: every worker must have it at this path")
    if (read(folder / LEASE) or {}).get("stop"):
        return "stopped"  # the run had ended before this shard's turn came
    with (folder / LOG).open("ab") as log:
        with without_group_signals():  # until it handles them
            process = subprocess.Popen(
                [sys.executable, "-m", "talkscraper.crawl.shards.worker", str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        if not take_claim(folder, f"{socket.gethostname()}:{process.pid}"):
            process.kill()
            process.communicate()
            return "taken"
        assert process.stdin is not None
        with suppress(BrokenPipeError):
            process.stdin.write(BEGIN)
            process.stdin.flush()
        _wait_for(process, Watched(folder / ALIVE))
        with suppress(BrokenPipeError):
            process.stdin.close()
    return "done" if (folder / RESULT).is_file() else "died"


def _wait_for(process: subprocess.Popen[bytes], alive: Watched) -> None:
    """Wait until the process has ended; kill it if it gives no sign of life for as long as a lease lasts."""
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=BEAT_S)
            return
        alive.look()
        if alive.unchanged_s() > LEASE_S:
            process.kill()


# --- the process ------------------------------------------------------------------------------------------------------


class _Watch:
    """Watches the lease on a thread, and shows that the worker is alive."""

    def __init__(self, folder: Path) -> None:
        self.reason: str | None = None
        self.session: Session | None = None
        self._folder = folder
        self._lease = Watched(folder / LEASE)
        self._ended = threading.Event()
        self._orphaned = threading.Event()
        self._tallies: object = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        threading.Thread(target=self._wait_for_parent, daemon=True).start()
        self._thread.start()

    def may_send(self) -> bool:
        """Whether the lease is surely held: not after a stop of this process, until the lease has been looked at."""
        if self.reason is None and self._lease.unchanged_s() > LEASE_S:
            self._stop("lease")
        return self.reason is None

    def close(self) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def _wait_for_parent(self) -> None:
        while os.read(0, 4096):
            pass
        self._orphaned.set()

    def _run(self) -> None:
        beat = 0
        while not self._ended.wait(BEAT_S):
            beat += 1
            self._show(beat)
            lease = self._lease.look()
            if lease is None or self._lease.unchanged_s() > LEASE_S or self._orphaned.is_set():
                self._stop("lease")
            elif lease.get("stop"):
                self._stop(str(lease["stop"]))

    def _show(self, beat: int) -> None:
        from talkscraper.crawl.shards.json_values import encode

        if self.session is not None and beat % FIGURES_EVERY == 1:
            with suppress(RuntimeError):  # they were changing
                self._tallies = encode(list(self.session.states.tallies.values()))
        write(self._folder / ALIVE, {"beat": beat, "tallies": self._tallies})

    def _stop(self, reason: str) -> None:
        if self.reason is None:
            self.reason = reason
            os.kill(os.getpid(), signal.SIGTERM)


def main(folder: Path) -> int:
    """Crawl a shard, and write its result."""
    if os.read(0, 64) != BEGIN:
        return 1  # another worker has the shard
    from talkscraper.crawl.shards.json_values import encode
    from talkscraper.crawl.stop_signals import StopSignals

    watch = _Watch(folder)
    error: str | None = None
    code = 0
    hosts: tuple[HostReport, ...] = ()
    tallies: Mapping[str, Tally] = {}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # the lease may say what a signal has said already
    with StopSignals([signal.SIGTERM], afterwards=signal.SIG_IGN) as signals:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, GROUP_SIGNALS)
        try:
            session = _crawl(folder, watch, signals)
            tallies, hosts = session.states.tallies, session.pacer.report()
            if session.shutdown.error is not None:
                error, code = str(session.shutdown.error), int(session.shutdown.error.exit_code)
        except Interrupted:
            pass  # before it had begun
        except TalkscraperError as e:
            if watch.reason is None:
                error, code = str(e), int(e.exit_code)
        finally:
            watch.close()
        write(
            folder / RESULT,
            {
                "tallies": encode(list(tallies.values())),
                "hosts": encode(list(hosts)),
                "error": error,
                "code": code,
                "terminated": signals.name is not None and watch.reason is None,
            },
        )
    return 0


def _crawl(folder: Path, watch: _Watch, signals: StopSignals) -> Session:
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.crawl.logs import start_logging
    from talkscraper.crawl.options import CrawlOptions
    from talkscraper.crawl.run import fetch_here
    from talkscraper.crawl.run_setup import open_session
    from talkscraper.crawl.shards.log_lines import lines_out
    from talkscraper.crawl.targets import UrlList

    order = read_order(folder)
    if order is None:
        raise StorageError(f"can't read {folder / UNIT}")
    urls = None
    if order.has_urls:
        urls = UrlList()
        for line in (folder / URLS).read_text("utf-8").splitlines():
            urls.append(line)
    options = CrawlOptions(
        sources=order.sources,
        urls=urls,
        only=order.only,
        journal=True,
        sources_as_begun=folder / SOURCES,
        full=order.full,
        retry_failed=order.retry_failed,
        max_pages=order.max_pages,
        workers=order.workers,
        min_free=order.min_free,
        min_delay=order.min_delay,
        signals=signals,
    )
    shard = ArchiveFolder(folder, base=Path(order.archive))
    with (
        start_logging(as_json=False, verbose=order.verbose, quiet=True),
        open_session(shard, options) as session,
        lines_out(folder, verbose=order.verbose),
    ):
        watch.session = session
        session.pacer.may_send = watch.may_send
        for source_id, count in order.leased:
            session.states[source_id].tally.leased = count
        if signals.name is not None:
            session.shutdown.stop(signals.name)
        elif session.leases.anything_due():
            fetch_here(session, signals)
    return session


def last_lines(folder: Path) -> str:
    """Return the last lines that the worker of a shard has logged."""
    try:
        text = (folder / LOG).read_bytes()[-4000:].decode("utf-8", "replace")
    except OSError:
        return ""
    return " / ".join(text.splitlines()[-MAX_LOG_LINES:])


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
