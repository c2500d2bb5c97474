"""The rule for network addresses, and the reasons it gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.ip_addresses import is_public, refusal


@pytest.mark.parametrize(
    ("ip", "reason"),
    [
        ("127.0.0.1", "a loopback address"),
        ("::1", "a loopback address"),
        ("0.0.0.0", "an unspecified address"),
        ("::", "an unspecified address"),
        ("10.1.2.3", "a private address"),
        ("172.16.0.1", "a private address"),
        ("192.168.0.1", "a private address"),
        ("169.254.1.1", "a link-local address"),
        ("fe80::1%eth0", "a link-local address"),
        ("169.254.169.254", "a cloud's metadata address"),
        ("fd00:ec2::254", "a cloud's metadata address"),
        ("168.63.129.16", "a cloud's metadata address"),
        ("100.64.0.1", "a carrier's shared address (CGNAT)"),
        ("fd12::1", "a unique local address"),
        ("fec0::1", "a site-local address"),
        ("224.0.0.1", "a multicast address"),
        ("ff02::1", "a multicast address"),
        ("240.0.0.1", "a reserved address"),
        ("192.0.2.1", "a reserved address"),
        ("::ffff:10.0.0.1", "a private address mapped into IPv6"),
        ("2002:7f00:1::", "a loopback address in 6to4"),
        ("64:ff9b::a9fe:a9fe", "a cloud's metadata address in NAT64"),
        ("2001:0:4136:e378:8000:63bf:80ff:fffe", "a loopback address in Teredo"),
        ("::7f00:1", "a loopback address in an IPv4-compatible address"),
        ("localhost", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_each_kind_of_address_is_refused_by_its_name(ip, reason):
    assert refusal(ip) == reason


@pytest.mark.parametrize("ip", ["1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1111", "2002:0101:0101::1"])
def test_the_public_internet_is_not_refused(ip):
    assert refusal(ip) is None


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(address):
    assert not (is_public(str(address)) and (address.is_private or address.is_loopback or address.is_link_local))


@given(st.ip_addresses(v=4))
def test_no_disguise_makes_an_address_public(address):
    number = int(address)
    disguises = [f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}",
                 f"2002:{number >> 16:x}:{number & 0xFFFF:x}::1"]  # fmt: skip
    assert all(is_public(each) == is_public(str(address)) for each in disguises)


@given(st.text())
def test_any_text_gets_an_answer(text):
    assert refusal(text) is None or isinstance(refusal(text), str)
