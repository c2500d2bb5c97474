"""Which network addresses belong to the public internet. Pure: an address in, a reason out.

A page can name any URL and a name can resolve to any address, so everything that fetches asks here, of the address it
is really connected to: the crawl (``fetch.guard``) and ``sources add``.
"""

from __future__ import annotations

import ipaddress
import socket
from functools import lru_cache

_NAMED = tuple(
    (ipaddress.ip_network(network), name)
    for network, name in (
        ("0.0.0.0/8", "an unspecified address"),
        ("::/128", "an unspecified address"),
        ("127.0.0.0/8", "a loopback address"),
        ("::1/128", "a loopback address"),
        ("169.254.169.254/32", "a cloud's metadata address"),
        ("169.254.170.2/32", "a cloud's metadata address"),
        ("100.100.100.200/32", "a cloud's metadata address"),
        ("fd00:ec2::254/128", "a cloud's metadata address"),
        ("168.63.129.16/32", "a cloud's metadata address"),
        ("10.0.0.0/8", "a private address"),
        ("172.16.0.0/12", "a private address"),
        ("192.168.0.0/16", "a private address"),
        ("169.254.0.0/16", "a link-local address"),
        ("fe80::/10", "a link-local address"),
        ("100.64.0.0/10", "a carrier's shared address (CGNAT)"),
        ("fc00::/7", "a unique local address"),
        ("fec0::/10", "a site-local address"),
        ("64:ff9b:1::/48", "a local NAT64 address"),
        ("224.0.0.0/4", "a multicast address"),
        ("ff00::/8", "a multicast address"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_TUNNELS = (
    ("ipv4_mapped", "mapped into IPv6"),
    ("sixtofour", "in 6to4"),
)


def refusal(ip: str) -> str | None:
    """Why an IP address isn't fetched from; None when it belongs to the public internet.

    Refused: loopback, private (RFC 1918), link-local, CGNAT (RFC 6598), unique local (RFC 4193), multicast,
    unspecified, reserved, documentation and benchmark ranges, clouds' metadata addresses, and any of these mapped into
    IPv6 or tunnelled (6to4, Teredo, NAT64). What is no address is refused too.
    """
    try:
        address = ipaddress.ip_address(ip.partition("%")[0])
    except ValueError:
        return "not an IP address"
    return _refusal(address)


@lru_cache(maxsize=1024)
def is_public(ip: str) -> bool:
    """Whether an IP address belongs to the public internet."""
    return refusal(ip) is None


_LOCAL_NAMES = ("localhost", "local", "internal", "intranet", "lan", "private", "corp", "home", "arpa", "localdomain")
"""Top levels of names that the public DNS doesn't know, or knows for the local network alone (RFC 6761, 6762, 8375)."""


def refusal_of_name(host: str) -> str | None:
    """Why a host isn't asked for through a proxy, which resolves it: judged by its name; None if it may be public.

    Refused: addresses that ``refusal`` refuses, in every spelling that resolvers take for one, names of the local
    machine or network, and names without a dot.
    """
    name = host.strip("[]").rstrip(".").lower()
    if ":" in name:
        return refusal(name)
    last = name.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        try:
            # as resolvers do: 127.1, 0x7f.1 and 2130706433 are addresses
            return refusal(socket.inet_ntoa(socket.inet_aton(name)))
        except (OSError, ValueError):
            return "neither a name nor an address"
    if last in _LOCAL_NAMES:
        return "a name of the local network"
    return None if "." in name else "a name without a domain"


def _refusal(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    for network, name in _NAMED:
        if address.version == network.version and address in network:
            return name
    if isinstance(address, ipaddress.IPv6Address):
        for inner, how in _embedded(address):
            reason = _refusal(inner)
            return f"{reason} {how}" if reason else None
    if address.is_multicast or address.is_reserved or not address.is_global:
        return "a reserved address"
    return None


def _embedded(address: ipaddress.IPv6Address) -> list[tuple[ipaddress.IPv4Address, str]]:
    """The IPv4 address that an IPv6 address stands for, and how."""
    found = [(inner, how) for name, how in _TUNNELS if (inner := getattr(address, name)) is not None]
    if address.teredo is not None:
        found.append((address.teredo[1], "in Teredo"))
    low = int(address) & 0xFFFFFFFF
    if address in _NAT64:
        found.append((ipaddress.IPv4Address(low), "in NAT64"))
    elif int(address) >> 32 == 0 and int(address) > 1:
        found.append((ipaddress.IPv4Address(low), "in an IPv4-compatible address"))
    return found
