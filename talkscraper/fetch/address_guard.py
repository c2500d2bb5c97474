"""Which network addresses may be spoken to: the rule, and whose request is being decided.

A page can name any URL, and any name can resolve to any address. So the rule is asked twice: of every address that a
name resolves to, before a connection is tried (``resolver``), and of the peer that is really connected, before the
first byte of a request is sent (``handler``). Both happen at every hop.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from talkscraper.errors import TalkscraperError
from talkscraper.ip_addresses import is_public


class AddressRefused(TalkscraperError):
    """A request would have gone to an address that this source may not speak to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What one request may connect to, and for whom."""

    source_id: str
    private: bool = False
    """Loopback and private addresses: the source says ``allow_private``, and the host is its own."""
    public: bool = True
    """False while sources.toml has no contact: the public internet isn't crawled anonymously."""

    def refusal(self, host: str, ip: str) -> str | None:
        """Why ``host`` at ``ip`` may not be spoken to; None when it may."""
        if is_public(ip):
            if self.public:
                return None
            return f"{host} ({ip}) is public, and sources.toml has no contact"
        if self.private:
            return None
        return f"{host} is at {ip}, a private address (source {self.source_id} has no allow_private for it)"


@dataclass(slots=True)
class Question:
    """A name that is being resolved: on whose behalf, and why an address of it was refused."""

    permission: Permission
    refusal: str | None = None


asking: ContextVar[Question | None] = ContextVar("talkscraper_asking", default=None)
"""The question of the request on whose behalf a name is being resolved."""
