"""Cookies live for one chain of redirects, and a chain that goes in circles is noticed."""

import pytest

from talkscraper.sources.chain_cookies import MAX_COOKIES, ChainCookies
from talkscraper.sources.redirect_chain import RedirectChain, RedirectLoop

URL = "https://www.news.example/world/story"
OWN = frozenset({"news.example"})


def _sent(set_cookie: str, url: str, *, by: str = URL, hosts: frozenset[str] = OWN) -> str:
    return ChainCookies().after(by, [set_cookie]).header_for(url, hosts)


@pytest.mark.parametrize(
    ("set_cookie", "url", "sent"),
    [
        ("seen=1", URL, "seen=1"),
        ("seen=1", "https://www.news.example/world/other", "seen=1"),
        ("seen=1", "https://www.news.example/world", "seen=1"),
        ("seen=1", "https://www.news.example/worldwide", ""),
        ("seen=1; Path=/", "https://www.news.example/", "seen=1"),
        ("seen=1; path=/wor", URL, ""),
        ("seen=1; Path=/", "https://news.example/", ""),
        ("seen=1; Path=/; Domain=news.example", "https://m.news.example/", "seen=1"),
        ("seen=1; Path=/; Domain=.News.example", "https://m.news.example/", "seen=1"),
        ("seen=1; Domain=other.example", URL, ""),
        ("seen=1; Domain=www.news.example.evil.example", URL, ""),
        ("seen=1; Domain=m.news.example", "https://m.news.example/world/story", ""),
        ("seen=1; Secure; Path=/", "http://www.news.example/", ""),
        ("seen=1; Secure; Path=/", "https://www.news.example/", "seen=1"),
        ("seen=1; Max-Age=0", URL, ""),
        ("seen=1; Expires=Thu, 01-Jan-1970 00:00:01 GMT", URL, ""),
        ("seen=1; Expires=never", URL, "seen=1"),
        ("seen=a=b", URL, "seen=a=b"),
        ("lone", URL, "lone"),
        ("", URL, ""),
        ("=", URL, ""),
        ("seen=\x01", URL, ""),
        ("__Host-a=1; Path=/", URL, ""),
        ("__Host-a=1; Path=/; Secure", URL, "__Host-a=1"),
        ("seen=" + "x" * 5000, URL, ""),
    ],
)
def test_a_cookie_is_sent_back_by_the_rules_of_rfc_6265(set_cookie, url, sent):
    """By host, domain, path, scheme and expiry."""
    assert _sent(set_cookie, url) == sent


def test_a_cookie_for_a_public_suffix_is_refused():
    """It would be sent to newsrooms under other control."""
    by, hosts = "https://news.co.uk/a", frozenset({"news.co.uk", "other.co.uk"})
    assert _sent("seen=1; Domain=co.uk; Path=/", "https://other.co.uk/", by=by, hosts=hosts) == ""


def test_a_cookie_is_sent_to_the_sources_hosts_only():
    """An advertiser's host gets none back, though it set it."""
    assert _sent("seen=1", "https://ads.example/a", by="https://ads.example/a") == ""


def test_an_address_has_no_domain_below_it():
    """``1.127.0.0.1`` isn't below ``127.0.0.1``; and cookies don't depend on the port."""
    hosts = frozenset({"127.0.0.1"})
    assert _sent("seen=1", "http://127.0.0.1:81/", by="http://127.0.0.1:80/", hosts=hosts) == "seen=1"
    assert _sent("seen=1; Domain=0.0.1", "http://127.0.0.1/", by="http://127.0.0.1/", hosts=hosts) == ""


def test_a_later_cookie_replaces_an_earlier_one_and_their_number_is_bounded():
    """As in a browser; the first ones are dropped."""
    cookies = ChainCookies().after(URL, ["seen=1", "seen=2; Path=/", "seen=3"])
    assert cookies.header_for(URL, OWN) == "seen=3; seen=2"
    many = cookies.after(URL, [f"n{number}=1" for number in range(200)])
    assert len(many.cookies) == MAX_COOKIES
    assert many.cookies[-1].name == "n199"


def test_a_loop_is_noticed_at_the_second_identical_response():
    """The same URL with the same cookies; a cookie that is new makes it another response."""
    chain = RedirectChain().followed(URL, URL, ["seen=1"], OWN)
    chain = chain.followed(URL, URL, ["seen=1"], OWN)
    with pytest.raises(RedirectLoop, match="leads to itself"):
        chain.followed(URL, URL, ["seen=1"], OWN)
    there, back = "https://news.example/a", "https://news.example/b"
    chain = RedirectChain().followed(there, back, [], OWN).followed(back, there, [], OWN)
    with pytest.raises(RedirectLoop, match="redirect loop"):
        chain.followed(there, back, [], OWN)
