"""Which addresses may be spoken to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.ip_addresses import is_public
from talkscraper.sources.permission import Permission

PRIVATE = [
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
    "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "fec0::1", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001:db8::1", "not an address", "",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "93.184.216.34", "100.63.255.255", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1"]


@pytest.mark.parametrize("ip", PRIVATE)
def test_an_address_that_is_not_on_the_public_internet_is_private(ip):
    """Loopback, RFC 1918, link-local, CGNAT, ULA, multicast, reserved, and all of these inside IPv6."""
    assert not is_public(ip)


@pytest.mark.parametrize("ip", PUBLIC)
def test_an_ordinary_address_is_public(ip):
    """Neighbours of the private ranges are public."""
    assert is_public(ip)


@given(st.ip_addresses(v=4))
def test_mapping_into_ipv6_never_changes_the_answer(address):
    """No IPv4 address becomes public by being written as an IPv6 one."""
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@pytest.mark.parametrize(
    ("private", "public", "ip", "allowed"),
    [
        (False, True, "127.0.0.1", False),
        (True, True, "127.0.0.1", True),
        (True, False, "127.0.0.1", True),
        (True, False, "1.1.1.1", False),
        (False, True, "1.1.1.1", True),
    ],
)
def test_a_permission_covers_what_its_source_says(private, public, ip, allowed):
    """allow_private opens private addresses; a missing contact closes public ones."""
    permission = Permission(source_id="s", private=private, public=public)
    assert (permission.refusal("host", ip) is None) == allowed
