"""Content-Types: one strict rule for what they say, and what is sent for each."""

from __future__ import annotations

import pytest

from talkscraper.replay.media import MAX_CHARACTERS, MediaKind, parse


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("text/html", "text/html"),
        (" Text/HTML ; Charset=UTF-8 ", "text/html; charset=utf-8"),
        ('text/html;charset="utf-8"', "text/html; charset=utf-8"),
        ('text/html; x="a;charset=koi8-r"; charset=utf-8', "text/html; charset=utf-8"),
        ("text/html;charset=;charset=utf-8", "text/html; charset=utf-8"),
        ("application/pdf;,text/html", "application/pdf"),
        ("application/pdf;text/html", "application/pdf"),
        ("image/svg+xml;charset=a b", "image/svg+xml"),
        ("text/html;" + " " * 200_000 + "charset=x", "text/html"),
        ("text/html; charset=" + " " * 200_000 + "!", "text/html"),
        ("text/html;" * 50_000, "text/html"),
        ("text/html,application/pdf", None),
        ("text/html\x00", None),
        ("text /html", None),
        ("text/html/x", None),
        ("text", None),
        ("/html", None),
        ("text/", None),
        ("", None),
        (None, None),
        ("téxt/html", None),
        ("a" * MAX_CHARACTERS + "/b", None),
    ],
)
def test_a_content_type_is_parsed_by_one_rule(written, understood):
    """Type, subtype and charset, or nothing; the rest of it is never sent."""
    found = parse(written)
    assert (str(found) if found else None) == understood


@pytest.mark.parametrize(
    ("written", "kind", "sent"),
    [
        ("text/html", MediaKind.PAGE, "text/plain"),
        ("application/xhtml+xml; charset=utf-8", MediaKind.PAGE, "text/plain; charset=utf-8"),
        ("image/svg+xml", MediaKind.DRAWING, "text/plain"),
        ("text/xml", MediaKind.TEXT, "text/plain"),
        ("application/rss+xml", MediaKind.TEXT, "text/plain"),
        ("application/mathml+xml", MediaKind.TEXT, "text/plain"),
        ("text/xsl", MediaKind.TEXT, "text/plain"),
        ("application/javascript", MediaKind.TEXT, "application/javascript"),
        ("application/ld+json", MediaKind.TEXT, "application/ld+json"),
        ("text/css", MediaKind.STYLE, "text/css"),
        ("image/png", MediaKind.BYTES, "image/png"),
        ("font/woff2", MediaKind.BYTES, "font/woff2"),
        ("video/mp4", MediaKind.BYTES, "video/mp4"),
        ("application/pdf", MediaKind.PDF, "application/pdf"),
        (
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            MediaKind.BYTES,
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("multipart/related", MediaKind.BYTES, "application/octet-stream"),
        ("multipart/x-mixed-replace", MediaKind.BYTES, "application/octet-stream"),
        ("message/rfc822", MediaKind.BYTES, "application/octet-stream"),
        ("application/signed-exchange", MediaKind.BYTES, "application/octet-stream"),
    ],
)
def test_raw_documents_are_sent_as_text_and_containers_as_bytes(written, kind, sent):
    """What a browser would open as a page, an XML document or a bundle of others, it doesn't get as such."""
    found = parse(written)
    assert (found.kind, found.sent) == (kind, sent)
