"""Addresses are joined to their base as browsers do it: one place for links, redirects, requisites and replay."""

import pytest
from scrapy import Request

from talkscraper.urls.canonical import cleaned
from talkscraper.urls.resolution import MAX_REFERENCE_LENGTH, of_bytes, of_header, plain, resolved, target

BASE = "http://News.example:80/world/today/"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("\\story\\one", "http://news.example/story/one"),
        ("story\\one", "http://news.example/world/today/story/one"),
        ("\\\\cdn.example\\i.png", "http://cdn.example/i.png"),
        ("/\\cdn.example/i.png", "http://cdn.example/i.png"),
        ("https:\\\\cdn.example\\i.png", "https://cdn.example/i.png"),
        ("/find?path=a\\b#c\\d", "http://news.example/find?path=a%5Cb#c\\d"),
    ],
)
def test_a_backslash_is_a_slash_before_the_query(written, expected):
    """It is replaced before the address is joined, so that it can begin a path or a host."""
    assert resolved(BASE, written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (" \x00\t/a\n/b\r ", "http://news.example/a/b"),
        ("/a b", "http://news.example/a%20b"),
        ("ht\ntps://other.example/x", "https://other.example/x"),
        ("http:next", "http://news.example/world/today/next"),
        ("https:next", "https://next/"),
        ("http:///other.example/x", "http://other.example/x"),
        ("////other.example/x", "http://other.example/x"),
        ("?page=2", "http://news.example/world/today/?page=2"),
        ("#top", "http://news.example/world/today/#top"),
        (".", "http://news.example/world/today/"),
        ("../%2E%2e/./c", "http://news.example/c"),
        ("a//b/../c", "http://news.example/world/today/a//c"),
        ("http://news.example:0080", "http://news.example/"),
        ("https://news.example:8443/x", "https://news.example:8443/x"),
        ("HTTP://Bücher.example/Ü?ü#ü", "http://xn--bcher-kva.example/%C3%9C?%C3%BC#%C3%BC"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("/100%/%zz/%c3%bc", "http://news.example/100%/%zz/%c3%bc"),
        ("\ud83d\ude00", "http://news.example/world/today/%F0%9F%98%80"),
        ("\ud800", "http://news.example/world/today/%EF%BF%BD"),
    ],
)
def test_an_address_is_joined_and_written_in_its_normal_form(written, expected):
    """What is dropped, what is relative, and what is escaped; escapes that are there stay as they are."""
    assert resolved(BASE, written) == expected
    assert resolved(BASE, expected) == expected


@pytest.mark.parametrize(
    "written", ["", " \n", "javascript:void(0)", "mailto:desk@news.example", "data:,x", "//", "http://", "x" * 40_000]
)
def test_what_is_no_address_of_the_web_is_none(written):
    """Other schemes, nothing, no host, and what is too long."""
    assert resolved(BASE, written) is None


def test_without_a_base_only_absolute_addresses_are_valid():
    """As in an OPML file, which has no address of its own."""
    assert resolved("", "https://news.example/a") == "https://news.example/a"
    assert resolved("", "/a") is None
    assert resolved("urn:x-story:1", "/a") is None
    assert resolved("urn:x-story:1", "https://news.example/a") == "https://news.example/a"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("/straße".encode(), "http://news.example/stra%C3%9Fe"),
        ("/straße".encode("latin-1"), "http://news.example/stra%DFe"),
        ("/خبر?ص=١".encode(), "http://news.example/%D8%AE%D8%A8%D8%B1?%D8%B5=%D9%A1"),
        (b"/stra%C3%9Fe", "http://news.example/stra%C3%9Fe"),
        ("http://bücher.example/".encode(), "http://xn--bcher-kva.example/"),
    ],
)
def test_the_bytes_of_a_header_are_encoded_once(raw, expected):
    """UTF-8 as it is, other bytes by their own value, escapes not again; from bytes, and from text read as Latin-1."""
    assert target(BASE, of_bytes(raw)) == expected
    assert target(BASE, of_header(raw.decode("latin-1"))) == expected


def test_a_redirects_target_is_spelled_as_it_will_be_requested():
    """Otherwise the row of a redirect and the capture of its target couldn't be told to belong together."""
    signs = "a /\\?'[]{}|^`\"<>%20%é~!$&()*+,;=:@.#x"
    for start in range(len(signs)):
        found = target(BASE, "/x" + signs[start:] + signs[:start])
        assert found is not None
        assert "#" not in found
        assert Request(found).url == found
        assert target(BASE, found) == found


def test_a_cleaned_address_has_slashes_for_backslashes_in_its_path_only():
    """The same reading of backslashes, where an address isn't joined to a base."""
    assert cleaned("http:\\\\news.example\\a\\b?c=\\d") == "http://news.example/a/b?c=%5Cd"
    assert plain("mailto:a\\b") == "mailto:a\\b"


def test_a_long_address_takes_time_in_proportion_to_its_length():
    """Nothing in it is read twice: the longest address of only odd signs is resolved."""
    for sign in ("/", "\\", "../", "%2e/", "é", "%"):
        written = "/x" + sign * (MAX_REFERENCE_LENGTH // len(sign) - 2)
        assert (resolved(BASE, written) or "").startswith("http://")
