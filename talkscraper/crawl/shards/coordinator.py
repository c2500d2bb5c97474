"""The run of a crawl on a cluster: shards are ordered, watched and merged; its own process fetches nothing.

Everything else is as in a local run: the same session opens and closes it, with the same budgets and the same report.
"""

from __future__ import annotations

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from talkscraper.cluster import Executor, UnitReceipt, check_address, is_local, open_executor
from talkscraper.crawl.by_hand import Owners
from talkscraper.crawl.run_setup import open_session, warn_of_dated_patterns
from talkscraper.crawl.shards import order
from talkscraper.crawl.shards.figures import add_figures, correct
from talkscraper.crawl.shards.json_values import decode
from talkscraper.crawl.shards.leased_shard import LeasedShard
from talkscraper.crawl.shards.leftover import lookup
from talkscraper.crawl.shards.merger import merge_shard
from talkscraper.crawl.shards.seed_rows import make_template
from talkscraper.crawl.shards.signs import BEAT_S, LEASE_S, RESULT, read
from talkscraper.crawl.shards.takeover import end_of, owner_of
from talkscraper.crawl.shards.worker import ShardUnit, crawl_shard, last_lines
from talkscraper.crawl.stop_signals import LAST_RESORT_S
from talkscraper.errors import ClusterError, ExitCode, StorageError, TalkscraperError
from talkscraper.frontier import lease_queue
from talkscraper.ingest.shards import made, without_empty
from talkscraper.sources.groups import SourceGroup, bundles, source_groups
from talkscraper.sources.load import parse_bytes
from talkscraper.store.database import iso

if TYPE_CHECKING:
    from talkscraper.archive_folder import ArchiveFolder
    from talkscraper.crawl.options import CrawlOptions
    from talkscraper.crawl.session import Session
    from talkscraper.crawl.stop_signals import StopSignals

logger = logging.getLogger(__name__)

SHARDS_PER_SLOT = 2
"""Number of shards for each process of the cluster: the second one begins when a process is done before others."""
MAX_SHARDS = 3
"""Number of shards that a group gets in a run, if the workers of each die."""
MAX_STOP_S = 30.0
"""Seconds that the workers have to end after a signal; merging what they have isn't counted."""
RENEWED_S = 10.0
"""Interval in seconds at which the rows of leases are renewed."""


@dataclass(frozen=True, slots=True)
class _End:
    """The end of a round: all of its receipts are in."""

    error: Exception | None = None


def crawl_on_cluster(folder: ArchiveFolder, options: CrawlOptions, signals: StopSignals) -> Session:
    """Crawl what is due with the workers of a cluster; return the session, which has ended.

    Raises:
        ClusterError: the cluster can't be used.
        TalkscraperError: as for ``crawl.run.crawl``.
    """
    folder.require().make()
    made(folder.shards)
    address = check_address(options.cluster or "")
    with ExitStack() as stack:

        def connected() -> Executor:
            return stack.enter_context(open_executor(address, folders=[folder.shards.absolute()]))

        # a scheduler that isn't there is told before anything is done; processes here are started when they are needed
        executor = None if is_local(address) else connected()
        session = stack.enter_context(open_session(folder, options))
        stack.callback(without_empty, folder.shards)
        made(folder.shards)  # what was left there may have been merged, and it removed
        if signals.name is not None:
            session.shutdown.stop(signals.name)
        elif session.leases.anything_due():
            warn_of_dated_patterns(session)
            signals.forward_to(session.shutdown.stop)
            try:
                _Coordinator(session, executor or connected(), signals).run()
            except ClusterError as e:
                session.shutdown.fail(e)
            finally:
                signals.forward_to(None)
    return session


class _Coordinator:
    """Used on the main thread, but for the orders, which are written on the thread that feeds the cluster."""

    def __init__(self, session: Session, executor: Executor, signals: StopSignals) -> None:
        self._session = session
        self._executor = executor
        self._signals = signals
        self._written = order.SourcesFile.read(session.folder.sources_toml)
        everything = parse_bytes(self._written.text, session.folder.sources_toml)
        self._sources = lookup(everything)
        self._owners = Owners(everything)
        self._begun = time.monotonic()
        self._shards: dict[str, LeasedShard] = {}
        self._lock = threading.Lock()
        self._merged_bytes = 0
        self._beat = 0
        self._ticked = 0.0
        self._renewed = time.monotonic()
        self._died: dict[SourceGroup, int] = {}
        self._died_now: set[SourceGroup] = set()
        """Groups whose workers died in this round."""
        self._stopped: float | None = None
        """When the run began to end early."""
        self._template = session.folder.shards / f".template-{session.run_id}.db"

    # --- rounds ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Crawl until nothing is due, or a budget, a signal or an error ends the run."""
        left = self._session.options.max_pages
        groups = self._bundled(self._with_work(source_groups(self._session.sources.values())))
        make_template(self._template)
        try:
            while groups and not self._session.shutdown.is_ending():
                quotas = order.shares(left, len(groups))
                before = self._leased()
                self._died_now.clear()
                self._round(list(zip(groups, quotas, strict=True)))
                if left is not None:
                    left -= self._leased() - before
                groups = [each for each in groups if self._goes_on(each, left)]
        except TalkscraperError as e:
            self._session.shutdown.fail(e)
        finally:
            self._collect_rest()
            for path in self._session.folder.shards.glob(f"{self._template.name}*"):
                path.unlink(missing_ok=True)
            self._hold_off()

    def _round(self, parts: list[tuple[SourceGroup, int | None]]) -> None:
        told: queue.SimpleQueue[UnitReceipt[ShardUnit, str] | _End] = queue.SimpleQueue()
        threading.Thread(target=self._feed, args=(parts, told), name="talkscraper-cluster", daemon=True).start()
        while True:
            try:
                event = told.get(timeout=BEAT_S / 2)
            except queue.Empty:
                self._tick()
                if self._stopped is not None and time.monotonic() - self._stopped > LEASE_S:
                    return  # its workers don't answer: what they have is taken
                continue
            if isinstance(event, _End):
                if isinstance(event.error, TalkscraperError):
                    raise event.error
                if event.error is not None:
                    raise ClusterError(f"the cluster failed: {event.error}") from event.error
                return
            self._ended(event)

    def _feed(
        self,
        parts: list[tuple[SourceGroup, int | None]],
        told: queue.SimpleQueue[UnitReceipt[ShardUnit, str] | _End],
    ) -> None:
        try:
            for receipt in self._executor.map(crawl_shard, self._orders(parts)):
                told.put(receipt)
        except Exception as e:  # noqa: BLE001  whatever it is, it is for the main thread
            told.put(_End(e))
        else:
            told.put(_End())

    def _orders(self, parts: list[tuple[SourceGroup, int | None]]) -> Iterator[ShardUnit]:
        """Yield the units of a round; each has its lease and its folder when the cluster asks for it."""
        for group, quota in parts:
            if self._session.shutdown.is_ending():
                return
            shard = self._ordered(group, quota)
            yield ShardUnit(key=shard.name, weight=1, folder=str(shard.folder.absolute()))

    def _ordered(self, group: SourceGroup, quota: int | None) -> LeasedShard:
        session, now = self._session, self._session.now()
        expires = now + timedelta(seconds=LEASE_S)
        token, name = session.writer.run(order.lease_group, group, run_id=session.run_id, now=now, expires=expires)
        folder = session.folder.shards / name
        leased = tuple((each, session.states[each].tally.leased) for each in group.sources)
        order.write_shard(
            session,
            self._template,
            folder,
            group,
            token=token,
            quota=quota,
            leased=leased,
            owners=self._owners,
            sources=self._written,
            now=now,
        )
        shard = LeasedShard.in_folder(folder, group, token=token, name=name)
        with self._lock:
            self._shards[name] = shard
        return shard

    def _goes_on(self, group: SourceGroup, left: int | None) -> bool:
        """Whether a group gets another shard: it had used up its part of the pages, or its worker died."""
        if self._session.shutdown.is_ending():
            return False
        if group in self._died_now:
            return bool(self._with_work([group]))
        states = [self._session.states[each] for each in group.sources]
        if left is None or left <= 0 or not any(each.tally.stopped_by == "max-pages" for each in states):
            return False
        going = False
        for each in states:
            own = each.source.max_pages if each.source is not None else None
            if each.tally.stopped_by == "max-pages" and (own is None or each.tally.leased < own):
                each.tally.stopped_by = None
                going = True
        return going and bool(self._with_work([group]))

    def _with_work(self, groups: list[SourceGroup]) -> list[SourceGroup]:
        return [group for group in groups if any(self._session.leases.is_due(each) for each in group.sources)]

    def _bundled(self, groups: list[SourceGroup]) -> list[SourceGroup]:
        """Join groups, so that each process has about as much to fetch: it fetches from all of its hosts at once."""
        session = self._session
        due = {
            group: sum(session.writer.run(lease_queue.due_count, each, now=session.now()) for each in group.sources)
            for group in groups
        }
        return bundles(due, SHARDS_PER_SLOT * self._executor.slots)

    def _leased(self) -> int:
        return sum(tally.leased for tally in self._session.states.tallies.values())

    # --- while workers crawl -----------------------------------------------------------------------------------------

    def _tick(self) -> None:
        """Renew the leases, read what the workers show, and end the run if one of its budgets is used up."""
        if time.monotonic() - self._ticked < BEAT_S / 2:
            return
        self._ticked = time.monotonic()
        self._beat += 1
        session, stop = self._session, self._session.shutdown.reason
        with self._lock:
            shards = list(self._shards.values())
        for shard in shards:
            shard.tick(self._beat, stop, self._sources)
        self._check_budgets(shards)
        if stop is not None:
            self._stopped = self._stopped or time.monotonic()
            if time.monotonic() - self._stopped < MAX_STOP_S:
                self._hold_off()
        if session.options.progress is not None and shards:
            shown_now = dict(session.states.tallies)
            for shard in shards:
                for tally in shard.tallies:
                    shown_now[tally.source_id] = add_figures(replace(shown_now[tally.source_id]), tally)
            session.options.progress(shown_now)
        if time.monotonic() - self._renewed > RENEWED_S:
            self._renewed = time.monotonic()
            expires = iso(session.now() + timedelta(seconds=LEASE_S))
            owners = [(owner_of(shard.folder), expires, shard.token) for shard in shards]
            session.writer.run(order.renew_rows, owners)

    def _check_budgets(self, shards: list[LeasedShard]) -> None:
        session, options = self._session, self._session.options
        if options.max_time is not None and time.monotonic() - self._begun >= options.max_time:
            session.shutdown.stop("max-time")
        received = sum(tally.bytes for tally in session.states.tallies.values())
        received += sum(tally.bytes for shard in shards for tally in shard.tallies)
        if options.max_bytes is not None and received >= options.max_bytes:
            session.shutdown.stop("max-bytes")
        session.in_shards = self._merged_bytes + sum(shard.size for shard in shards)
        session.budget.count_bytes(0)

    # --- the end of a shard ------------------------------------------------------------------------------------------

    def _ended(self, receipt: UnitReceipt[ShardUnit, str]) -> None:
        """Merge a shard whose task has ended."""
        with self._lock:
            shard = self._shards.get(receipt.unit.key)
        if shard is None:
            return
        if receipt.failure is not None and not receipt.failure.died and owner_of(shard.folder) is None:
            self._session.shutdown.fail(_error_of(receipt.failure.message, receipt.failure.exit_code))
        self._take(shard)

    def _collect_rest(self) -> None:
        """Merge what is left of shards without a receipt."""
        with self._lock:
            shards = list(self._shards.values())
        for shard in shards:
            with suppress(TalkscraperError):
                self._take(shard)

    def _take(self, shard: LeasedShard) -> None:
        session = self._session
        finished = (shard.folder / RESULT).is_file()
        ended = end_of(shard.folder, meanwhile=self._tick_others(shard))
        result = read(shard.folder / RESULT)
        tallies = decode(str(result["tallies"]), self._sources) if result is not None else shard.tallies
        size, why = shard.measure(), last_lines(shard.folder)
        shard.lines.log_all()
        with self._lock:
            self._shards.pop(shard.name, None)
        merged = merge_shard(
            session.folder,
            session.writer,
            shard.folder,
            shard.token,
            self._sources,
            now=session.now(),
            copied=not ended,
            between=self._between,
        )
        self._merged_bytes += size
        session.warc.warc_files.extend(merged.warc_files)
        reason = session.shutdown.reason
        for tally in tallies:
            # one that left no result was cut off in the middle of what these figures tell
            if tally.stopped_by in ("sigterm", "lease") or (result is None and tally.stopped_by is None):
                tally.stopped_by = reason
            add_figures(session.states[tally.source_id].tally, tally)
        for source_id, counts in merged.corrections.items():
            correct(session.states[source_id].tally, counts)
        if result is not None:
            session.pacer.adopt(decode(str(result["hosts"]), self._sources))
            if result.get("error"):
                session.shutdown.fail(_error_of(str(result["error"]), ExitCode(int(result["code"]))))
            elif result.get("terminated") and not session.shutdown.is_ending():
                self._note_death(shard, "it was terminated")
        elif not session.shutdown.is_ending() or finished:
            self._note_death(shard, why)

    def _note_death(self, shard: LeasedShard, why: str) -> None:
        self._died[shard.group] = self._died.get(shard.group, 0) + 1
        self._died_now.add(shard.group)
        names = ", ".join(shard.group.sources)
        logger.warning("%s: its worker died; what it had crawled is kept (%s)", names, why or "it left no word")
        if self._died[shard.group] >= MAX_SHARDS:
            self._session.shutdown.fail(
                TalkscraperError(f"{names}: {MAX_SHARDS} workers died one after another ({why or 'they left no word'})")
            )

    def _tick_others(self, shard: LeasedShard) -> Callable[[], None]:
        def tick() -> None:
            with self._lock:
                self._shards.pop(shard.name, None)  # its lease is over
            self._tick()

        return tick

    def _between(self) -> None:
        """Go on with the other shards between two transactions of a merge; a merge that advances isn't hung."""
        self._tick()
        self._hold_off()

    def _hold_off(self) -> None:
        """Let the kernel wait after a signal: the workers need as long as a local run, and their shards are merged."""
        if self._signals.name is not None:
            signal.setitimer(signal.ITIMER_REAL, LAST_RESORT_S)


def _error_of(message: str, code: ExitCode) -> TalkscraperError:
    return StorageError(message) if code is ExitCode.IO else TalkscraperError(message)
