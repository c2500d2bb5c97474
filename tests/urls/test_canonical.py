"""URLs: one spelling for one address, the same index key as other tools, and whose site it is."""

from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from talkscraper.urls.canonical import canonical, cleaned, host_of, is_tracking, site_of, urlkey

PARTS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["%2F", "%2f", "%41", "%", "%%41", "%25", "..", ".", "%2e%2E", "//", "/", ";jsessionid=1", "(S(abc))", "+", "%2B",
         "&", "=", "utm_source=x", "sid=" + "a" * 32, "?", "#", "[", "é", "\\", "\ud800", "%E3%81", " ", ":", "@"]
    ),
)  # fmt: skip
URLS = st.builds(
    lambda scheme, host, parts: f"{scheme}://{host}/{''.join(parts)}",
    st.sampled_from(["http", "https", "HTTP"]),
    st.sampled_from(["example.org", "EXAMPLE.org.", "www.example.org:443", "müller.example", "[::1]:8080", "1.2.3.4"]),
    st.lists(PARTS, max_size=8),
)


@given(st.one_of(st.text(), URLS))
@example("http://h/.;jsessionid=1/x")
@example("http://h/a/(S(x))/(S(y))/b")
@example("http://h/%%341")
@example("http://h//x")
def test_the_canonical_form_of_a_canonical_form_is_itself(url):
    once = canonical(url)
    assert canonical(once) == once
    assert cleaned(cleaned(url)) == cleaned(url)
    assert canonical(cleaned(url)) == once


@given(URLS)
def test_a_cleaned_url_is_plain_ascii_without_spaces_controls_or_fragment(url):
    found = cleaned(url)
    assert (urlsplit(found).path + urlsplit(found).query).isascii()
    assert not any(char in found.split("//", 1)[1] for char in ' #"<>\\^`{|}\n\t\r')


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://Example.ORG:443/A", "https://example.org/A"),
        ("http://example.org", "http://example.org/"),
        ("http://example.org./a#top", "http://example.org/a"),
        ("http://user:secret@example.org/a", "http://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a?utm_source=rss&id=7&UTM_Medium=x&fbclid=abc", "https://example.org/a?id=7"),
        ("https://example.org/a?at_custom1=%5Bpost%5D&CMP=share", "https://example.org/a"),
        ("https://example.org/a?b=2&a=1", "https://example.org/a?a=1&b=2"),
        ("https://example.org/a?tag=z&tag=a", "https://example.org/a?tag=z&tag=a"),
        ("https://example.org/?12345", "https://example.org/?12345"),
        ("https://example.org/?q", "https://example.org/?q"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a%2Fb", "https://example.org/a%2Fb"),
        ("https://example.org/a%2fb", "https://example.org/a%2Fb"),
        ("https://example.org/a+b?c=d+e%2Bf%20g", "https://example.org/a+b?c=d+e%2Bf%20g"),
        ("https://example.org/?a=b%26c=d", "https://example.org/?a=b%26c=d"),
        ("https://example.org/%7Ejo/%61", "https://example.org/~jo/a"),
        ("https://example.org/日本 語", "https://example.org/%E6%97%A5%E6%9C%AC%20%E8%AA%9E"),
        ("https://example.org/a/./b/../c/", "https://example.org/a/c/"),
        ("https://example.org/../../a", "https://example.org/a"),
        ("https://example.org/100%", "https://example.org/100%25"),
        ("https://example.org/a;jsessionid=0A1B?x=1", "https://example.org/a?x=1"),
        ("https://example.org/(S(lit3py55t21z5v55vlm25s55))/a.aspx", "https://example.org/a.aspx"),
        ("https://example.org/a?PHPSESSID=abc&id=1", "https://example.org/a?id=1"),
        ("https://example.org/a?sid=102", "https://example.org/a?sid=102"),
        ("https://example.org/a?sid=0123456789abcdef0123456789abcdef", "https://example.org/a"),
        ("https://bücher.example/a", "https://xn--bcher-kva.example/a"),
        (r"https://example.org\a\b", "https://example.org/a/b"),
        ("https://good.example\\@evil.example/", "https://good.example/@evil.example/"),
        ("  https://example.org/a\n", "https://example.org/a"),
        ("mailto:a@example.org", "mailto:a@example.org"),
        ("http://[::1", "http://[::1"),
        ("http://example.org:99999/", "http://example.org:99999/"),
    ],
)
def test_one_spelling_for_one_address(url, expected):
    assert canonical(url) == expected


def test_an_address_to_fetch_keeps_the_order_of_its_parameters():
    assert cleaned("https://example.org/a?b=2&utm_source=x&a=1#c") == "https://example.org/a?b=2&a=1"


@pytest.mark.parametrize(
    ("url", "key"),
    [  # the keys that pywb 2.10 and cdxj-indexer 1.5 give
        ("http://example.com/path/file.html", "com,example)/path/file.html"),
        ("https://www.example.org/A?b=1", "org,example)/a?b=1"),
        ("http://www2.example.org/", "org,example)/"),
        ("http://example.com:80/path/file.html", "com,example)/path/file.html"),
        ("https://example.com:443/", "com,example)/"),
        ("http://example.com:8080/a", "com,example:8080)/a"),
        ("http://example.com/?B=2&a=1", "com,example)/?a=1&b=2"),
        ("http://example.com/a/", "com,example)/a"),
        ("http://example.com/a?utm_source=x", "com,example)/a?utm_source=x"),
        ("http://example.com/a?jsessionid=0123456789abcdef0123456789abcdef&x=1", "com,example)/a?x=1"),
        ("http://127.0.0.1:8000/posts/a", "1,0,0,127:8000)/posts/a"),
        ("urn:some:id", "urn:some:id"),
    ],
)
def test_the_index_key_is_the_one_other_tools_write(url, key):
    assert urlkey(url) == key


@given(st.text())
def test_any_text_has_an_index_key(text):
    assert isinstance(urlkey(text), str)


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("https://amp.theguardian.com/a", "theguardian.com"),
        ("https://one.blogspot.com/", "one.blogspot.com"),
        ("https://two.blogspot.com/", "two.blogspot.com"),
        ("http://127.0.0.1:8000/", "127.0.0.1:8000"),
        ("http://127.0.0.1:8001/", "127.0.0.1:8001"),
        ("http://localhost/", "localhost:80"),
        ("https://m.quay.test/", "quay.test"),
        ("http://[::1]:81/", "::1:81"),
        ("nonsense", ""),
        ("http://[", ""),
    ],
)
def test_whose_site_an_address_is_on(url, site):
    assert site_of(url) == site


@given(st.text())
def test_any_text_has_a_site_and_a_host(text):
    assert isinstance(site_of(f"http://{text}"), str)
    assert isinstance(host_of(f"http://{text}"), str)


def test_only_parameters_that_say_how_a_reader_came_are_tracking():
    assert is_tracking("utm_campaign")
    assert is_tracking("UTM_Source")
    assert is_tracking("wt.mc_id")
    assert not any(is_tracking(name) for name in ("id", "p", "page", "ref", "article", "newsid", "idxno", "mod", "tid"))
