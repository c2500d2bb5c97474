"""Bytes to text: which encoding is chosen, from what, and that no label breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkscraper.html.charset import CharsetSource, decode

TEXT = "Die Brücke über den Kanal wird später geöffnet"
JAPANESE = "港の防波堤は十月の嵐に耐えた。市長は来週、二番目の水門について話し合う。"


@pytest.mark.parametrize(
    ("body", "content_type", "encoding", "source"),
    [
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=latin1", "utf-8", CharsetSource.BOM),
        (b"\xff\xfe" + TEXT.encode("utf-16-le"), None, "utf-16-le", CharsetSource.BOM),
        (TEXT.encode(), "text/html; charset=iso-8859-1", "utf-8", CharsetSource.BYTES),
        (TEXT.encode("latin-1"), "text/html; charset=iso-8859-1", "cp1252", CharsetSource.HEADER),
        (TEXT.encode("cp1250"), 'text/xml;charset="windows-1250"', "cp1250", CharsetSource.HEADER),
        (b"<meta charset=koi8-r>" + TEXT.encode("latin-1"), "text/html; charset=iso-8859-1", "cp1252", "Content-Type"),
        (b"<meta charset='latin1'>" + TEXT.encode("latin-1"), "text/html", "cp1252", CharsetSource.DECLARATION),
        (
            b"<?xml version='1.0' encoding='windows-1251'?>" + "Новости".encode("cp1251"),
            None,
            "cp1251",
            CharsetSource.DECLARATION,
        ),
        (b'@charset "shift_jis"; ' + JAPANESE.encode("shift_jis"), "text/css", "cp932", CharsetSource.DECLARATION),
        (b"<meta charset=gb2312>" + "港口".encode("gb18030"), None, "gb18030", CharsetSource.DECLARATION),
        (
            b"<!--" + b"x" * 9000 + b"--><meta charset=euc-kr>" + "항구".encode("euc-kr"),
            None,
            "cp949",
            CharsetSource.DECLARATION,
        ),
        ('<?xml version="1.0"?><rss/>'.encode("utf-16-be"), None, "utf-16-be", CharsetSource.BYTES),
        (JAPANESE.encode("iso2022_jp"), "text/html; charset=iso-2022-jp", "iso2022_jp", CharsetSource.HEADER),
        (b"<p>" + JAPANESE.encode("shift_jis"), None, "cp932", CharsetSource.DETECTION),
        (b"plain", "text/html; charset=nonsense", "utf-8", CharsetSource.BYTES),
    ],
)
def test_the_charset_is_decided_in_the_order_of_browsers_with_utf8_first(body, content_type, encoding, source):
    """Mark, valid UTF-8, Content-Type, declaration, detection; labels mean what the Encoding Standard says."""
    decoded = decode(body, content_type)
    assert (decoded.encoding, decoded.source) == (encoding, source)
    assert "\ufffd" not in decoded.text
    assert not decoded.text.startswith("\ufeff")


@pytest.mark.parametrize(
    "body", [TEXT.encode()[:-1] + "ö".encode()[:1], TEXT.encode() + b" \xe9t\xe9 " + "ü".encode() * 60]
)
def test_utf8_cut_within_a_character_or_with_a_few_wrong_bytes_is_still_utf8(body):
    """The rest of the text isn't misread for them."""
    decoded = decode(body, None)
    assert decoded.encoding == "utf-8"
    assert decoded.text.startswith("Die Brücke über")


FRENCH = "L’été à la côte fut bref, « trop » disait-on"


@pytest.mark.parametrize("content_type", [None, "text/html; charset=utf-8", "text/html; charset=iso-8859-1"])
@pytest.mark.parametrize(
    "broken",
    [
        b"\xc3<",
        b"\xe9",
        b"\xe2\x80<",
        b"\xf0\x9f\x9a<",
        b"\x80",
        b"\xff",
        b"\xed\xa0\xbd\xed\xb8\x80",
        "\ufffd".encode(),
    ],
)
def test_a_broken_character_anywhere_doesnt_change_the_charset_of_the_page(broken, content_type):
    """A teaser cut within a character, a byte of another encoding, an emoji in CESU-8: the rest is still UTF-8."""
    for body in (broken + FRENCH.encode(), FRENCH.encode() + broken + b" caf", FRENCH.encode()[:14] + broken + b" x"):
        decoded = decode(body, content_type)
        assert decoded.encoding == "utf-8"
        assert FRENCH[:5] in decoded.text


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(FRENCH, "cp1252"), ("Новости порта и города", "cp1251"), (JAPANESE, "cp932"), ("ข่าวท่าเรือเมืองเก่า", "cp874")],
)
@pytest.mark.parametrize("snippet", ["", "é"])
def test_text_in_another_charset_isnt_taken_for_broken_utf8(text, encoding, snippet):
    """Even if a widget on the page is UTF-8."""
    body = text.encode(encoding) * 3 + snippet.encode()
    assert decode(body, f"text/html; charset={encoding}").encoding == encoding
    assert decode(body, "text/html; charset=utf-8").encoding != "utf-8"


def test_what_isnt_utf8_is_read_as_utf8_where_nothing_is_to_be_detected():
    """robots.txt is UTF-8 (RFC 9309 §2.3), and read in the process of the crawl."""
    decoded = decode(b"Disallow: /stra\xdfe", None, detect=False)
    assert (decoded.text, decoded.source) == ("Disallow: /stra\ufffde", CharsetSource.DEFAULT)
    assert decode(b"Disallow: /stra\xdfe", "text/plain; charset=latin1", detect=False).text == "Disallow: /straße"


@pytest.mark.parametrize(
    "label", ["idna", "punycode", "undefined", "rot13", "base64", "utf-7", "unicode_escape", "x-none"]
)
def test_labels_that_name_no_encoding_of_the_web_are_ignored(label):
    """Python has codecs that raise, that take quadratic time, or that aren't for text."""
    body = b"<meta charset=%s>" % label.encode() + TEXT.encode("latin-1")
    for decoded in (decode(body, None), decode(TEXT.encode("latin-1"), f"text/html; charset={label}")):
        assert decoded.text.endswith("wird später geöffnet")


@given(st.binary(max_size=300), st.text(max_size=40))
def test_no_bytes_and_no_header_break_decoding(body, content_type):
    """There is always a text, without NULs."""
    assert "\0" not in decode(body, f"text/html; charset={content_type}").text
