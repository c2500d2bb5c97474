"""What is sent where, without a network: sites, cookies of a file, proxies and their handshakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from talkscraper.errors import SourcesError
from talkscraper.ip_addresses import refusal_of_name
from talkscraper.sources.access import SourceAccess
from talkscraper.sources.load import parse
from talkscraper.sources.proxy import Proxy
from talkscraper.sources.proxy_handshake import ProxyFailed, handshake

FILE = Path("sources.toml")
HEAD = 'contact = "https://example.org/bot"\n[sources.quay]\nname = "The Quay"\nhomepage = "{}"\n'


def access(keys: str, homepage: str = "https://www.quay.example/", folder: Path = Path()) -> SourceAccess:
    return SourceAccess(parse(HEAD.format(homepage) + keys, FILE).sources["quay"], folder)


def sent(keys: str, url: str, homepage: str = "https://www.quay.example/", folder: Path = Path()) -> dict[str, str]:
    passage = access(keys, homepage, folder).passage(url)
    return passage.headers_for(url) if passage is not None else {}


@pytest.mark.parametrize(
    ("url", "own"),
    [
        ("https://www.quay.example/robots.txt", True),
        ("https://m.quay.example/", True),
        ("https://pier.example/a", True),
        ("http://www.quay.example/", False),  # in clear
        ("https://quay.example:8443/", False),
        ("https://quay.example.evil.example/", False),
        ("https://evilquay.example/", False),
        ("https://feeds.example/quay.xml", False),
    ],
)
def test_headers_are_for_the_sources_own_site(url, own):
    """A feed elsewhere isn't its own, though it is in sources.toml."""
    keys = 'headers = { X-Reader = "t" }\nhosts = ["pier.example"]\nfeeds = ["https://feeds.example/quay.xml"]'
    assert ("X-Reader" in sent(keys, url)) == own


def test_cookies_of_a_file_keep_its_rules(tmp_path):
    """Domain, path, encryption and expiry, and those of a chain of redirects go first."""
    jar = tmp_path / "cookies.txt"
    rows = [
        ("#HttpOnly_.quay.example", "TRUE", "/", "TRUE", "0", "all", "1"),
        ("www.quay.example", "FALSE", "/posts", "FALSE", "4102444800", "posts", "2"),
        ("quay.example", "FALSE", "/", "FALSE", "0", "apex", "3"),
        (".quay.example", "TRUE", "/", "FALSE", "946684800", "told", "4"),
        (".elsewhere.example", "TRUE", "/", "FALSE", "0", "other", "5"),
    ]
    jar.write_text("# Netscape HTTP Cookie File\n# a comment\n\n" + "".join("\t".join(row) + "\n" for row in rows))
    jar.chmod(0o600)
    keys = 'cookies = { file = "cookies.txt" }'
    assert sent(keys, "https://www.quay.example/", folder=tmp_path) == {"Cookie": "all=1"}
    assert sent(keys, "https://www.quay.example/posts/a", folder=tmp_path) == {"Cookie": "posts=2; all=1"}
    assert sent(keys, "https://www.quay.example/postscript", folder=tmp_path) == {"Cookie": "all=1"}
    assert sent(keys, "https://quay.example/", folder=tmp_path) == {"Cookie": "all=1; apex=3"}
    passage = access(keys, folder=tmp_path).passage("https://www.quay.example/")
    assert passage.headers_for("https://www.quay.example/", "all=new") == {"Cookie": "all=new"}


@pytest.mark.parametrize(
    "keys",
    [
        'headers = { "X Reader" = "s3cret" }',
        'headers = { Cookie = "s3cret" }',
        'headers = { Host = "s3cret" }',
        'headers = "s3cret"',
        'headers = { X = ["s3cret"] }',
        'cookies = "s3cret"',
        'cookies = { "a b" = "s3cret" }',
        'cookies = { a = "s3cret; b=c" }',
        'auth = { user = "reader" }',
        'auth = { user = "reader", password = "s3cret", bearer = "s3cret" }',
        'auth = { bearer = "s3crét" }',
        'headers = { Authorization = "s3cret" }\nauth = { bearer = "s3cret" }',
        'proxy = "ftp://me:s3cret@proxy.example/"',
        'proxy = "http://me:s3cret@proxy.example:x/"',
        'proxy = { url = "http://proxy.example/", password = "s3cret" }',
        "client_certificate = { key = 's3cret' }",
    ],
)
def test_what_cannot_be_sent_is_refused_without_its_value(keys):
    """In one line that names the file and the line."""
    with pytest.raises(SourcesError) as caught:
        access(keys)
    assert "s3cr" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_secret_is_in_no_representation():
    """Of a source, its access, its passage, its proxy."""
    keys = (
        'headers = { X-Reader = "s3cret" }\ncookies = { a = "s3cret" }\nauth = { user = "u", password = "s3cret" }\n'
        'proxy = "socks5://me:s3cret@proxy.example"'
    )
    source = parse(HEAD.format("https://www.quay.example/") + keys, FILE).sources["quay"]
    made = SourceAccess(source, Path())
    passage = made.passage("https://www.quay.example/")
    assert made.describe() == ("headers X-Reader; cookies; basic authentication; proxy socks5://proxy.example:1080")
    assert passage is not None
    assert passage.proxy is not None
    for each in (source, made, passage, passage.proxy, passage.cookies):
        assert "s3cret" not in f"{each!r} {each}"


def test_a_source_may_do_without_the_files_proxy(monkeypatch):
    """The top of the file is for all; environment and NO_PROXY by scheme and host."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "pier.example")
    top = 'proxy = "environment"\n' + HEAD.format("https://www.quay.example/")
    made = SourceAccess(parse(top, FILE).sources["quay"], Path())
    assert str(made.passage("https://www.quay.example/").proxy) == "http://proxy.example:3128"
    assert made.passage("https://www.pier.example/") is None
    assert made.passage("http://www.quay.example/") is None
    assert (
        SourceAccess(parse(top + 'proxy = "none"', FILE).sources["quay"], Path()).passage("https://quay.example/")
        is None
    )


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_handshakes_take_answers_in_pieces(size):
    """Whatever the network makes of them; what follows is left to the protocol behind."""
    socks = handshake(Proxy(scheme="socks5", host="p", port=1, user="u", password="w"), "quay.example", 443)
    assert socks.begin() == b"\x05\x02\x00\x02"
    answers = b"\x05\x02" + b"\x01\x00" + b"\x05\x00\x00\x03\x03abc\x00\x00"
    said = b"".join(socks.receive(answers[at : at + size]) for at in range(0, len(answers), size))
    assert said == b"\x01\x01u\x01w" + b"\x05\x01\x00\x03\x0cquay.example\x01\xbb"
    assert socks.done
    connect = handshake(Proxy(scheme="http", host="p", port=1), "::1", 443)
    assert connect.begin().startswith(b"CONNECT [::1]:443 HTTP/1.1\r\n")
    answers = b"HTTP/1.1 200 Fine\r\nVia: p\r\n\r\n"
    assert b"".join(connect.receive(answers[at : at + size]) for at in range(0, len(answers), size)) == b""
    assert connect.done


@pytest.mark.parametrize("answer", [b"\x05\xff", b"\x04\x00", b"HTTP/1.1 400 Bad", b"\x05\x00\x05\x05", b"\x05\x02"])
def test_a_socks_proxy_that_refuses_is_told(answer):
    """By method, version, protocol and reply."""
    with pytest.raises(ProxyFailed, match="the proxy socks5://p:1"):
        handshake(Proxy(scheme="socks5", host="p", port=1), "quay.example", 443).receive(answer)


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-x\r\n", b"HTTP/1.1 407 a\r\n\r\n", b"HTTP/1.1 2OO\r\n\r\n", b"HTTP/" + b"a" * 70000]
)
def test_an_http_proxy_that_refuses_is_told(answer):
    """By status, protocol and length."""
    with pytest.raises(ProxyFailed, match="the proxy http://p:1"):
        handshake(Proxy(scheme="http", host="p", port=1), "quay.example", 443).receive(answer)


@pytest.mark.parametrize(
    ("host", "refused"),
    [
        ("127.1", True), ("0x7f000001", True), ("2130706433", True), ("017700000001", True), ("10.0.0.1", True),
        ("::1", True), ("[::ffff:127.0.0.1]", True), ("localhost.", True), ("a.LOCALHOST", True), ("intranet", True),
        ("metadata.google.internal", True), ("router.home.arpa", True), ("1.2.3.4.5", True), ("169.254.169.254", True),
        ("8.8.8.8", False), ("www.quay.example", False), ("2606:4700::1111", False),
    ],
)  # fmt: skip
def test_names_are_judged_where_a_proxy_resolves_them(host, refused):
    """Addresses in every spelling, names of the local network, names without a domain."""
    assert (refusal_of_name(host) is not None) == refused
