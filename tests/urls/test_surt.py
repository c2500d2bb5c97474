"""SURT keys: equal to those in CDX indexes in use, character by character."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.urls.canonical import MAX_KEYED_LENGTH, urlkey
from talkscraper.urls.surt import surt


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("", "-"),
        # what is dropped, and what isn't
        ("http://example.com", "com,example)/"),
        ("example.com/a", "com,example)/a"),
        ("HTTP://WWW.EXAMPLE.COM/", "com,example)/"),
        ("https://www12.example.com/x/", "com,example)/x"),
        ("http://www1a.example.com/", "com,example,www1a)/"),
        ("http://www.com/", "com)/"),
        ("http://www2/", "www2)/"),
        ("http://www.www.example.com/", "com,example,www)/"),
        ("http://user:pw@example.com/a", "com,example)/a"),
        ("http://user@example.com:8080/a", "com,example:8080)/a"),
        ("http://example.com:443/a", "com,example:443)/a"),
        ("https://example.com:80/a", "com,example:80)/a"),
        ("http://example.com:099/a", "com,example:99)/a"),
        ("http://example.com:0/", "com,example)/"),
        ("http://example.com:/a", "com,example)/a"),
        ("http://example.com::/a", "com,example)/a"),
        ("http://example.com/a?b=1#f", "com,example)/a?b=1"),
        ("http://example.com/a#?b", "com,example)/a"),
        ("http://example.com/a//", "com,example)/a"),
        ("http://example.com/?", "com,example)/"),
        ("http://example.com/a/?b", "com,example)/a?b"),
        ("ftp://ftp.example.com:21/A/b", "com,example,ftp:21)/a/b"),
        ("  http://example.com/a  ", "com,example)/a"),
        ("http://example.com/a\tb\n", "com,example)/ab"),
        # hosts
        ("http://.example..com../a", "com,example)/a"),
        ("http://e...x/", "x,,e)/"),
        ("http://a_b.example.com/", "com,example,a_b)/"),
        ("http://bücher.example/a", "example,xn--bcher-kva)/a"),
        ("http://%C3%A9.example/", "example,xn--9ca)/"),
        ("http://%E9.example/", "example,%e9)/"),
        ("http://é..example/", "example,%c3%a9)/"),
        ("http://ex%61mple%2ecom/a", "com,example)/a"),
        ("http://例え.jp/", "jp,xn--r8jz45g)/"),
        ("http://[2001:db8::1]:8080/a", "2001:db8::1:8080)/a"),
        ("http://[::ffff:1.2.3.4]/", "4,3,2,::ffff:1)/"),
        ("http://1.2.3/a", "3,0,2,1)/a"),
        ("http://16909060/", "4,3,2,1)/"),
        ("http://010.1.2.3/", "3,2,1,8)/"),
        ("http://010.8.2.3/", "3,2,8,010)/"),
        ("http://010/", "10,0,0,0)/"),
        ("http://0x1.2.3.4/", "4,3,2,0x1)/"),
        ("http://1.2.65535/", "255,255,2,1)/"),
        ("http://1.2.65536/", "65536,2,1)/"),
        ("http://256.1.1.1/", "1,1,1,256)/"),
        ("http://www.127.1/", "1,127)/"),
        # paths
        ("http://example.com/a/./b/../c", "com,example)/a/c"),
        ("http://example.com/a//b///c", "com,example)/a/b/c"),
        ("http://example.com/../b", "com,example)/../b"),
        ("http://example.com/../../b", "com,example)/b"),
        ("http://example.com/a//..//b", "com,example)/a/b"),
        ("http://example.com/a/%2e%2e/b", "com,example)/b"),
        ("http://example.com/a%2f..%2fb", "com,example)/b"),
        ("http://example.com/%2525", "com,example)/%25"),
        ("http://example.com/a%2", "com,example)/a%252"),
        ("http://example.com/%zz", "com,example)/%25zz"),
        ("http://example.com/é%E9", "com,example)/%c3%a9%e9"),
        ("http://example.com/a%20b+c", "com,example)/a%20b+c"),
        ("http://example.com/a%23b%3Fc", "com,example)/a%23b?c"),
        ("http://example.com/a%00%0A%7F", "com,example)/a%00%0a%7f"),
        ("http://example.com/~a!$'()*,;:@[]^`{|}\\", "com,example)/~a!$'()*,;:@[]^`{|}\\"),
        ("http://example.com/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "com,example)/a.aspx"),
        ("http://example.com/(lit3py55t21z5v55vlm25s55)/A.ASPX?z=1", "com,example)/a.aspx?z=1"),
        ("http://example.com/(a(4hqa0555fwsecu455xqckv45)S(4hqa0555fwsecu455xqckv45))/b.aspx", "com,example)/b.aspx"),
        (
            "http://example.com/b/(lit3py55t21z5v55vlm25s55)/c/(mit3py55t21z5v55vlm25s55)/a.aspx",
            "com,example)/b/(lit3py55t21z5v55vlm25s55)/c/a.aspx",
        ),
        (
            "http://example.com/(S(lit3py55t21z5v55vlm25s55))/a.html",
            "com,example)/(s(lit3py55t21z5v55vlm25s55))/a.html",
        ),
        (
            "http://example.com/a;jsessionid=0123456789abcdef0123456789abcdef",
            "com,example)/a;jsessionid=0123456789abcdef0123456789abcdef",
        ),
        # parameters
        ("http://example.com/a?b=2&&a=1&", "com,example)/a?&&a=1&b=2"),
        ("http://example.com/a?a&a=1&aa=2&a=0&a-b=1", "com,example)/a?a&a=0&a=1&a-b=1&aa=2"),
        ("http://example.com/a?b&a&B&A", "com,example)/a?a&a&b&b"),
        ("http://example.com/a?b=%26c&a=%3D%23", "com,example)/a?a==%23&b=&c"),
        ("http://example.com/a?b=c?d=É", "com,example)/a?b=c?d=%c3%89"),
        ("http://example.com/a?x=1&jsessionid=0123456789abcdef0123456789abcdef", "com,example)/a?&x=1"),
        ("http://example.com/a?PHPSESSID=0123456789abcdef0123456789abcdef&x=1", "com,example)/a?x=1"),
        ("http://example.com/a?xsid=9682993c8daa2c5497996114facdc805&x=y", "com,example)/a?xx=y"),
        (
            "http://example.com/a?sid=9682993c8daa2c5497996114facdc80&x=y",
            "com,example)/a?sid=9682993c8daa2c5497996114facdc80&x=y",
        ),
        ("http://example.com/?sid=9682993c8daa2c5497996114facdc805", "com,example)/"),
        ("http://example.com/a?x=y&ASPSESSIONIDAQBSDSRT=EOHBLBDDPFCLHKPGGKLILNAM", "com,example)/a?&x=y"),
        ("http://example.com/a?CFID=1169580&CFTOKEN=48630702&x=1", "com,example)/a?x=1"),
        ("http://example.com/a?CFTOKEN=1169580&x=1", "com,example)/a?cftoken=1169580&x=1"),
        # other schemes, and no host
        ("http:///example.com/a", "com,example)/a"),
        ("https:/example.com:443/a", "com:443,example)/a"),
        ("HTTP:/example.com/a", "HTTP:/example.com/a"),
        ("//example.com/a", "com,example)/a"),
        ("/path/only", "path)/only"),
        ("http://http://example.com/", "com,example)/"),
        ("https://http://example.com:443/", "com,example:443)/"),
        ("ftp:/example.com/a", "ftp:/example.com/a"),
        ("file:///etc/Passwd", "file:/etc/passwd"),
        ("dns:WWW.Example.com", "dns:www.example.com"),
        ("DNS:www.Example.com", "DNS:www.example.com"),
        ("filedesc:Foo.Arc", "filedesc:Foo.Arc"),
        ("warcinfo:Foo", "warcinfo:foo"),
        ("mailto:A b@c?b=2&a=1", "mailto:a%20b@c?a=1&b=2"),
        ("urn:a/b/../C/", "urn:a/b/../c"),
        ("blob:HTTP://a.com//X/../y", "blob:http://a.com//x/../y"),
        ("metadata:http://e.x:80/?b&a", "metadata:http://e.x:80?a&b"),
        ("example.com:8080/a", "example.com:8080/a"),
        ("1.2.3.4:80/x", "4,3,2,1)/x"),
        ("?q=1", "http:/?q=1"),
        ("http://", "http:"),
        ("http://./a", "http:/a"),
        ("http://:80/", "http:/"),
    ],
)
def test_a_key_is_the_one_in_indexes_of_other_tools(url, key):
    """The keys are those of CDX files that pywb 2.10 and cdxj-indexer 1.5 wrote."""
    assert surt(url) == key


@pytest.mark.parametrize(
    "url",
    ["http://example.com:99999/", "http://example.com:abc/", "http://::1/a", "http://e.x:80:80/", "http://e.x/\ud800"],
)
def test_what_has_no_key_is_its_own(url):
    with pytest.raises(ValueError):
        surt(url)
    assert urlkey(url) == url


@given(st.text(alphabet="ab.:/?#[]@%25&=-_~+;(){}|^é0123456789 \t\\"))
def test_any_address_has_one_key_in_lower_case_ascii(rest):
    key = urlkey(f"http://example.com/{rest}")
    assert key.startswith("com,example)/")
    assert key.isascii()
    assert key == key.lower()
    assert " " not in key


@pytest.mark.parametrize(
    "piece", ["%25", "25", "/..", "/a", "(S(lit3py55t21z5v55vlm25s55))/", "&cfid=1&cftoken=", "cfid="]
)
def test_the_longest_address_that_has_a_key_costs_no_time(piece):
    """What is quadratic is so for a bounded length: a second is a hundred times what the worst takes."""
    url = f"http://example.com/%?{piece * MAX_KEYED_LENGTH}"[:MAX_KEYED_LENGTH]
    begun = time.process_time()
    surt(url)
    surt(url.replace("?", ""))
    assert time.process_time() - begun < 5
