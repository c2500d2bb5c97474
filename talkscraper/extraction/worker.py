"""What runs in an extractor process: take a payload, answer with an Extraction, until the line is closed.

Started by ``pool`` as ``python -m talkscraper.extraction.worker FD MEMORY TASK``. One page at a time, so that lxml is
never used by two threads. The process limits its own address space: a page that wants more gets a MemoryError, which
costs the page.
"""

from __future__ import annotations

import importlib
import os
import resource
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from talkscraper.model import Extraction, Payload

DEFAULT_TASK = "talkscraper.extraction.worker:extract_payload"


def extract_payload(payload: Payload, selectors: Any) -> Extraction:
    """``extract`` for a capture's payload."""
    from talkscraper.extraction import extract

    capture = payload.capture
    return extract(
        payload.body, capture.url, capture.captured_at, payload.headers, selectors=selectors, status=capture.status
    )


def limit_memory(extra: int) -> None:
    """Allow the process ``extra`` bytes of address space beyond what it has now."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:  # noqa: PTH123 - not a path of ours
            now = int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        now = 1 << 30
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = now + extra
    if hard != resource.RLIM_INFINITY:
        limit = min(limit, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


def resident() -> int:
    """The most memory this process has held, in bytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def serve(line: Connection, task: Callable[[Payload, Any], Any]) -> None:
    """Answer payloads until the other end hangs up."""
    line.send(("ready", None, resident()))
    while True:
        try:
            payload, selectors = line.recv()
        except EOFError:
            return
        try:
            answer: tuple[str, Any, int] = ("done", task(payload, selectors), 0)
        except MemoryError:
            answer = ("memory", "it needs more memory than a page may have", 0)
        except Exception as error:  # noqa: BLE001 - whatever a page breaks is told to the pool, which reports it
            answer = ("failed", f"{type(error).__name__}: {error}"[:500], 0)
        line.send((answer[0], answer[1], resident()))


def warm_up() -> None:
    """Load libraries and the language model, so that the first page's clock doesn't pay for them."""
    from talkscraper.extraction import extract

    words = "The harbour wall was mended in spring, and the boats came back before the first of the summer storms. " * 4
    page = f"<html lang=en><body><article><h1>Warm</h1><p>{words}</p><p>{words}</p></article></body></html>"
    extract(page.encode(), "https://warm.invalid/up", datetime(2025, 1, 1, tzinfo=UTC))


def main() -> None:
    """Entry point of the process."""
    descriptor, memory, name = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    # what a library prints must not reach the crawl's own output
    os.dup2(2, 1)
    module, _, function = name.partition(":")
    task = getattr(importlib.import_module(module), function)
    if name == DEFAULT_TASK:
        warm_up()
    if memory:
        limit_memory(memory)
    line: Connection = Connection(descriptor)
    try:
        serve(line, task)
    except (BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        return


if __name__ == "__main__":
    main()
