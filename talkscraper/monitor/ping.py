"""Healthcheck pings at the start and end of a run (https://healthchecks.io/docs/signaling_failures/).

A failed ping is logged and never fails the run.
"""

from __future__ import annotations

import logging
import urllib.error
import urllib.request
from urllib.parse import urlsplit

logger = logging.getLogger(__name__)

TIMEOUT_S = 10.0
MAX_BODY = 100_000


def started(url: str | None) -> None:
    """Report that a run starts."""
    if url is not None:
        _tell(f"{url.rstrip('/')}/start", b"")


def finished(url: str | None, exit_code: int, text: str) -> None:
    """Report how the run ended, with its summary as the body."""
    if url is not None:
        _tell(f"{url.rstrip('/')}/{exit_code}", text.encode("utf-8", "replace")[:MAX_BODY])


def _tell(url: str, body: bytes) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        logger.warning("--ping %s: not an http address", url)
        return
    request = urllib.request.Request(url, data=body, method="POST")  # noqa: S310  the scheme was checked
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            answer.read(1)
    except (OSError, ValueError, urllib.error.URLError) as e:
        logger.warning("--ping %s: %s", url, e)
