"""Check of network addresses: which ones a request may connect to, and for which source it is made.

A page can name any URL, and any name can resolve to any address. So the rule is applied twice: to every address that
a name resolves to, before a connection is tried (``resolver``), and to the connected peer, before the first byte of
a request is sent (``download_handler``). Both happen at every hop.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass

from talkscraper.errors import TalkscraperError
from talkscraper.ip_addresses import is_public


class AddressRefused(TalkscraperError):
    """A request was directed at an address that this source may not connect to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """What one request may connect to, and for which source."""

    source_id: str
    private: bool = False
    """Whether loopback and private addresses are permitted: the source sets ``allow_private``, and the host is its
    own.
    """
    public: bool = True
    """Whether public addresses are permitted; False while sources.toml has no contact, to prevent anonymous crawls."""

    def refusal(self, host: str, ip: str) -> str | None:
        """Return why connecting to ``host`` at ``ip`` isn't permitted; None if it is."""
        if is_public(ip):
            if self.public:
                return None
            return f"{host} ({ip}) is public, and sources.toml has no contact"
        if self.private:
            return None
        return f"{host} is at {ip}, a private address (source {self.source_id} has no allow_private for it)"


@dataclass(slots=True)
class Question:
    """A name look-up in progress: the permission that applies, and why an address was refused."""

    permission: Permission
    refusal: str | None = None


current_question: ContextVar[Question | None] = ContextVar("talkscraper_current_question", default=None)
"""The look-up of the current request."""
