"""Why a request was not sent although nothing forbids it: its address stays due."""

from __future__ import annotations

from scrapy.exceptions import IgnoreRequest

BUSY_BEFORE = "was busy in an earlier run"


class Stopping(IgnoreRequest):
    """The run is ending: the request was not sent, and its address stays due."""


class HostPaused(IgnoreRequest):
    """A host is paused for longer than the maximum wait; its addresses are due again when the pause ends."""

    def __init__(self, host: str, seconds: float, why: str = "") -> None:
        super().__init__(f"{host} {why or BUSY_BEFORE}: nothing is sent to it for {seconds:.0f} s")
        self.seconds = seconds
