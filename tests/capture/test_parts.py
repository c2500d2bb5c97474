"""Small parts of the capture: cipher names, redaction, what is compressed how, the warcinfo."""

from __future__ import annotations

import asyncio
import ssl
import threading
from concurrent.futures import Future

import pytest

from talkscraper.capture.completion import BatchedCompletion
from talkscraper.capture.exchange import Exchange
from talkscraper.capture.redaction import DEFAULT, redact
from talkscraper.capture.response_parser import parse_response
from talkscraper.capture.tls_names import iana_name, protocol_name
from talkscraper.capture.warcinfo import CrawlInfo
from talkscraper.errors import StorageError


@pytest.mark.parametrize(
    ("openssl", "iana"),
    [
        ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256"),
        ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"),
        ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        ("ECDHE-RSA-AES128-SHA", "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA"),
        ("DHE-RSA-AES256-GCM-SHA384", "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384"),
        ("AES128-GCM-SHA256", "TLS_RSA_WITH_AES_128_GCM_SHA256"),
        ("AES256-SHA", "TLS_RSA_WITH_AES_256_CBC_SHA"),
        ("DES-CBC3-SHA", "TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        ("ECDHE-ECDSA-AES128-CCM8", "TLS_ECDHE_ECDSA_WITH_AES_128_CCM_8"),
        ("DHE-RSA-CAMELLIA128-SHA256", "TLS_DHE_RSA_WITH_CAMELLIA_128_CBC_SHA256"),
        ("something-else", None),
    ],
)
def test_cipher_suites_have_their_iana_names(openssl, iana):
    """The names that WARC-Cipher-Suite wants; None rather than a wrong one."""
    assert iana_name(openssl) == iana


def test_every_suite_that_this_openssl_offers_has_a_name():
    """None of the suites that a connection here can negotiate stays without its name."""
    offered = [cipher["name"] for cipher in ssl.create_default_context().get_ciphers()]
    assert offered
    assert [name for name in offered if iana_name(name) is None] == []


@pytest.mark.parametrize(
    ("openssl", "name"),
    [("TLSv1.3", "tls/1.3"), ("TLSv1.2", "tls/1.2"), ("TLSv1", "tls/1.0"), ("SSLv3", "ssl/3"), ("x", None)],
)
def test_tls_versions(openssl, name):
    """WARC-Protocol's spelling."""
    assert protocol_name(openssl) == name


def test_redaction_touches_nothing_else():
    """Values of the named headers, whatever their case; not the body, not other headers, not the line ends."""
    request = b"POST /Cookie: HTTP/1.1\r\nHost: x\r\ncookie: a=1\r\nCOOKIE:b=2\r\nX-Cookie: c\r\n\r\nCookie: body"
    assert redact(request, DEFAULT) == (
        b"POST /Cookie: HTTP/1.1\r\nHost: x\r\ncookie: [redacted]\r\nCOOKIE: [redacted]\r\nX-Cookie: c\r\n\r\nCookie: body"
    )
    plain = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
    assert redact(plain, DEFAULT) == plain
    assert redact(request, ()) == request


@pytest.mark.parametrize(
    ("headers", "packed"),
    [
        (b"Content-Type: text/html", False),
        (b"Content-Type: text/html\r\nContent-Encoding: gzip", True),
        (b"Content-Type: image/jpeg", True),
        (b"Content-Type: font/woff2", True),
        (b"Content-Type: application/json\r\nContent-Encoding: identity", False),
    ],
)
def test_packed_bytes_arent_packed_hard_again(headers, packed):
    """Stored where compression was done before, compressed where it is text."""
    exchange = Exchange(url="http://x/", started_at=None)
    attempt = exchange.new_attempt(None)
    attempt.received(b"HTTP/1.1 200 OK\r\n" + headers + b"\r\n\r\nbody")
    assert parse_response(attempt).packed is packed


def test_the_warcinfo_says_who_and_how():
    """Operator, user agent, robots policy and redactions are in it; what isn't known isn't."""
    info = CrawlInfo(
        user_agent="talkscraper/1 (+https://example.org)",
        operator="https://example.org",
        robots="obey",
        run_id=3,
        redacted=("Cookie",),
    )
    pairs = dict(info.pairs())
    assert pairs["http-header-user-agent"] == "talkscraper/1 (+https://example.org)"
    assert (pairs["operator"], pairs["robots"], pairs["talkscraper-run"]) == ("https://example.org", "obey", "3")
    assert pairs["talkscraper-redacted-request-headers"] == "Cookie"
    assert set(dict(CrawlInfo().pairs())) == {
        "software", "format", "conformsTo", "talkscraper-redacted-request-headers",
    }  # fmt: skip


def test_results_from_other_threads_all_land():
    """However they come (before, while and after the loop looks), no result is left behind and errors arrive as such."""

    async def wait_for_all() -> list[object]:
        completion: BatchedCompletion[int] = BatchedCompletion()
        futures: list[Future[int]] = [Future() for _ in range(2000)]
        futures[0].set_result(0)
        waiters = [completion.wait(future) for future in futures]
        waiters[1].cancel()

        def resolve(some: list[Future[int]]) -> None:
            for future in some:
                if futures.index(future) % 7 == 3:
                    future.set_exception(StorageError("full"))
                else:
                    future.set_result(futures.index(future))

        threads = [threading.Thread(target=resolve, args=(futures[start::4],)) for start in (1, 2, 3)]
        threads.append(threading.Thread(target=resolve, args=(futures[4::4],)))
        for thread in threads:
            thread.start()
        return await asyncio.gather(*waiters, return_exceptions=True)

    landed = asyncio.run(wait_for_all())
    assert isinstance(landed[1], asyncio.CancelledError)
    for number, result in enumerate(landed):
        if number != 1:
            assert isinstance(result, StorageError) if number % 7 == 3 else result == number
