"""Which network addresses may be spoken to: the rule, and whose request is being decided.

A page can name any URL, and any name can resolve to any address. So the rule is asked twice: of every address that a
name resolves to, before a connection is tried (``resolver``), and of the peer that is really connected, before the
first byte of a request is sent (``handler``). Both happen at every hop.
"""

from __future__ import annotations

import ipaddress
from contextvars import ContextVar
from dataclasses import dataclass

from talkscraper.errors import TalkscraperError

_SHARED = ipaddress.ip_network("100.64.0.0/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")
_SITE_LOCAL = ipaddress.ip_network("fec0::/10")


class AddressRefused(TalkscraperError):
    """A request would have gone to an address that this source may not speak to."""


def is_public(ip: str) -> bool:
    """Whether an IP address belongs to the public internet.

    Not public: loopback, private (RFC 1918), link-local (also cloud metadata), CGNAT (RFC 6598), ULA (RFC 4193),
    multicast, reserved, documentation and benchmark ranges, and any of these mapped or tunnelled into IPv6.
    """
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = _embedded(address)
        if inner is not None:
            return is_public(str(inner))
        if address in _SITE_LOCAL or address in _NAT64_LOCAL:
            return False
    elif address in _SHARED:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _embedded(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


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
