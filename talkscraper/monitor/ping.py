"""Healthcheck pings at the start and end of a run (https://healthchecks.io/docs/signaling_failures/).

Bodies are JSON. A failed ping is logged and never fails the run.
"""

from __future__ import annotations

import json
import logging
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from talkscraper.monitor.run_report import RunReport

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0
MAX_BODY = 100_000
"""Maximum number of bytes; healthcheck services keep no more."""


def started(url: str | None, sources: Sequence[str] = ()) -> None:
    """Report that a run of these sources (of all, if none are named) starts."""
    if url is not None:
        _tell(f"{url.rstrip('/')}/start", {"command": "crawl", "sources": list(sources)})


def finished(url: str | None, report: RunReport) -> None:
    """Report how the run ended: what ran, its exit code, its figures."""
    if url is not None:
        _tell(f"{url.rstrip('/')}/{int(report.exit_code)}", {"command": "crawl", **report.summary()})


def failed(url: str | None, exit_code: int, error: str) -> None:
    """Report that the run couldn't begin, or ended without a report."""
    if url is not None:
        _tell(f"{url.rstrip('/')}/{exit_code}", {"command": "crawl", "exit_code": exit_code, "error": error})


def _body(values: dict[str, Any]) -> bytes:
    """Return JSON of at most ``MAX_BODY`` bytes: the largest parts are left out, and named."""
    left_out: list[str] = []
    for part in ("", "warc_files", "hosts", "notes", "sources"):
        if part in values:
            values = {name: value for name, value in values.items() if name != part} | {"left_out": left_out}
            left_out.append(part)
        body = json.dumps(values, ensure_ascii=False, default=str).encode("utf-8", "replace")
        if len(body) <= MAX_BODY:
            return body
    return json.dumps({name: values.get(name) for name in ("command", "exit_code")}).encode()


def _tell(url: str, values: dict[str, Any]) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        logger.warning("--ping %s: not an http address", url)
        return
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, data=_body(values), headers=headers, method="POST")  # noqa: S310  the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            answer.read(1)
    except (OSError, ValueError, urllib.error.URLError) as e:
        logger.warning("--ping %s: %s", url, e)
