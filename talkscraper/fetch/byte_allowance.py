"""A number of bytes that several requests together may receive."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scrapy.exceptions import IgnoreRequest

if TYPE_CHECKING:
    from scrapy import Request

ALLOWANCE_META_KEY = "talkscraper_allowance"
"""``request.meta`` key of the ``ByteAllowance`` that a response is counted against; absent: none."""


class AllowanceSpent(IgnoreRequest):
    """The bytes that a request may receive were received by others before it."""


class ByteAllowance:
    """The bytes left for the requests that share it."""

    def __init__(self, size: int) -> None:
        self.left = size

    def spend(self, size: int) -> None:
        """Count received bytes."""
        self.left -= size


def limit_size(request: Request) -> None:
    """Lower the maximum size of a request's response to what is left of its allowance.

    Raises:
        AllowanceSpent: nothing is left.
    """
    allowance: ByteAllowance | None = request.meta.get(ALLOWANCE_META_KEY)
    if allowance is None:
        return
    if allowance.left <= 0:
        raise AllowanceSpent(f"{request.url}: the bytes allowed for its page have been received")
    request.meta["download_maxsize"] = min(allowance.left, request.meta.get("download_maxsize", allowance.left))


def count_size(request: Request, size: int) -> None:
    """Count received bytes against a request's allowance."""
    allowance: ByteAllowance | None = request.meta.get(ALLOWANCE_META_KEY)
    if allowance is not None:
        allowance.spend(size)
