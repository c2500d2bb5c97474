"""Permission to connect: which network addresses a request for a source may reach.

Both clients ask here, of the address that they are connected to: the crawl (``fetch.address_guard``) and
``sources check`` (``sources.http_client``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from talkscraper.ip_addresses import is_public, refusal_of_name
from talkscraper.sources.hosts import is_own_server

if TYPE_CHECKING:
    from talkscraper.sources.model import Source


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

    @classmethod
    def of(cls, source: Source, url: str, *, has_contact: bool) -> Self:
        """Return the permission of a request for a source."""
        return cls(source_id=source.id, private=source.allow_private and is_own_server(url, source), public=has_contact)

    def permits(self, ip: str) -> bool:
        """Whether the request may connect to an IP address."""
        return self.public if is_public(ip) else self.private

    def refusal(self, host: str, ip: str) -> str | None:
        """Return why connecting to ``host`` at ``ip`` isn't permitted; None if it is."""
        if self.permits(ip):
            return None
        if is_public(ip):
            return f"{host} ({ip}) is public, and sources.toml has no contact"
        return f"{host} is at {ip}, a private address (source {self.source_id} has no allow_private for it)"

    def refusal_by_name(self, host: str) -> str | None:
        """Return why a host isn't asked for through a proxy, which resolves its name; None if it is permitted.

        That a public name has a private address, only the proxy can see and refuse.
        """
        reason = refusal_of_name(host)
        if reason is not None:
            if self.private:
                return None
            return f"{host} is {reason} (source {self.source_id} has no allow_private for it)"
        return None if self.public or self.private else f"{host} is public, and sources.toml has no contact"
