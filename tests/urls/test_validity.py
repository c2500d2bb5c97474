"""Addresses that can be asked for: whatever the check accepts, every parser on a request's way accepts too."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scrapy import Request
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.python import to_bytes
from twisted.web.client import URI

from talkscraper.sources.hosts import belongs
from talkscraper.urls.canonical import MAX_URL_LENGTH, canonical, cleaned, host_of, site_of, urlkey
from talkscraper.urls.resolution import netloc_of
from talkscraper.urls.validity import fault_of, is_address

HOSTS = st.one_of(
    st.from_regex(r"[a-zA-Z0-9._-]{1,20}", fullmatch=True),
    st.text(max_size=12),
    st.sampled_from(
        ["quay.example", "[::1]", "[::1", "::1]", "[1::1::1]", "[v1.a]", "[::1%25eth0]", "[::ffff:1.2.3.4]", "127.1",
         "müller.example", "ü" * 60 + ".example", "a" * 64 + ".example", "a." * 130 + "b", "..", ".quay", "quay..example",
         "faß.example", "\ud800", "quay example", "quay%2eexample", "me@quay.example", "me:pw@quay.example", "a\0b",
         "xn--", "xn--a", "ex\u00adample.org", "a。b", "ａ.example", "℀.example", "a\u200db.example", "١٢٧.1", ""]
    ),
)  # fmt: skip
PORTS = st.one_of(
    st.just(""),
    st.integers(-5, 70_000).map(lambda number: f":{number}"),
    st.sampled_from([":", ":80:80", ": 80", ":80 ", ":٣", ":+80", ":8_0", ":000080", ":" + "9" * 5000, ":x"]),
    st.text(max_size=4).map(lambda text: f":{text}"),
)
ADDRESSES = st.builds(
    lambda scheme, host, port, rest: f"{scheme}{host}{port}{rest}",
    st.sampled_from(["http://", "https://", "HTTP://", "//", "http:", "http:///", "javascript:", "ftp://", ""]),
    HOSTS,
    PORTS,
    st.one_of(st.just("/"), st.text(max_size=10).map(lambda text: f"/{text}"), st.text(max_size=10)),
)


@settings(max_examples=2000, deadline=None)
@given(st.one_of(ADDRESSES, st.text()))
@example("http://quay.example:80/ä b?ü=%")
@example("http://quay.example:/")
@example("http://quay.example./x")
def test_what_is_accepted_every_parser_on_the_way_of_a_request_accepts(url):
    """Scrapy's request, Twisted's parser, and our own functions; and they all mean the same host and port."""
    for text in (url, cleaned(url), canonical(url)):
        if not is_address(text):
            continue
        request = Request(text)
        parsed = URI.fromBytes(to_bytes(request.url, encoding="ascii"))
        parts = urlsplit(request.url)
        assert parts.hostname == urlparse_cached(request).hostname
        assert parsed.host.decode().strip("[]").lower() == parts.hostname
        assert parsed.port == (parts.port or {"http": 80, "https": 443}[parts.scheme])
        assert 0 < parsed.port < 65536
        assert is_address(request.url) or len(request.url) > MAX_URL_LENGTH
        assert host_of(text)
        assert site_of(text)
        assert netloc_of(text)
        assert urlkey(text)
        assert belongs(text, frozenset({host_of(text)}))
        assert is_address(cleaned(text))
        urljoin(text, "/x")
        text.encode()


@settings(max_examples=500, deadline=None)
@given(st.one_of(ADDRESSES, st.text()))
def test_whatever_is_asked_the_check_has_an_answer(url):
    """None or a short reason that can be printed, never an exception."""
    fault = fault_of(url)
    assert fault is None or (0 < len(fault) < 120 and fault.isprintable())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:99999/x", "http://127.0.0.1:80:80/x", "http://127.0.0.1: 80/x", "http://quay.example:-1/",
        "http://quay.example:0/", "http://quay.example:٣/", "http://quay.example:+80/", "http://quay.example:8_0/",
        "http://[::1/", "http://[::1]x/", "http://[1::1::1]/", "http://[v1.a]/", "http://[::1%25eth0]/", "http://::1/",
        "http://quay example/", "http://quay\x00.example/", "http://quay.example/\x00", "http://quay.example/\ud800",
        "http://\ud800/", "http:///x", "http://", "http:x", "//quay.example/", "javascript:alert(1)", "ftp://a.example/",
        "http://%71uay.example/", "http://me@quay.example/", "http://quay..example/", "http://.quay.example/",
        f"http://{'a' * 64}.example/", f"http://{'a.' * 127}example/", f"http://{'ü' * 60}.example/",
        "http://quay.example/" + "x" * 3_000_000, "http://" + "x" * 3_000_000, "http://℀.example/", "", "x",
    ],
)  # fmt: skip
def test_what_nobody_can_ask_for_is_refused(url):
    """Each was seen to end a run, or would only be refused later by somebody else."""
    assert fault_of(url) is not None


@pytest.mark.parametrize(
    "url",
    [
        "http://quay.example/", "https://quay.example:8443/a?b=c#d", "http://[::1]:8080/", "http://127.0.0.1:1/",
        "http://müller.example/ü", "http://my_paper.example/", "http://quay.example./", "http://quay.example:/x",
        "http://quay.example/a b.jpg", "HTTP://QUAY.EXAMPLE/", "http://localhost", f"http://{'a' * 63}.example/",
    ],
)  # fmt: skip
def test_what_newsrooms_write_is_accepted(url):
    """Also with spaces in a path, a final dot, an empty port or letters beyond ASCII."""
    assert fault_of(url) is None
