"""Whatever bytes come, extraction ends in an answer or in a refusal by name, and the next page is read as ever."""

import json
import os
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import talkscraper
from talkscraper.errors import ExtractionFailed
from talkscraper.extraction.pool import ExtractorPool
from talkscraper.model import Extraction, PageKind

AT = datetime(2025, 11, 24, 9, 0, tzinfo=UTC)
SENTENCE = "The harbour wall was mended in spring, and the boats came back before the first storm of the year. "
FUZZED = 300
GOLDEN = Path(__file__).parents[1] / "golden"
_PIECES = (
    b"<div>", b"</div>", b"<p>", b"</article>", b"<table><tr><td>", b"<!--", b"-->", b"<![CDATA[", b"<script>", b"</script>",
    b'<script type="application/ld+json">', b'{"@type":"NewsArticle","datePublished":', b"\x00", b"\xff\xfe", b"\xed\xa0\x80",
    b"&#x110000;", b"&#0;", b"<time datetime='9999-99-99'>", b'<meta property="article:published_time" content="-1">',
    b"<base href='http://[::1'>", b"<a href='http://[bad/'>x</a>", b"<img srcset=', , 9999999999999999999999w'>",
    b"<html lang=\xff>", b"<svg><p>", b"<template>", b"<plaintext>", b"<select><option>", "\u202e\u200f".encode(), b"<h1>",
    b"<meta charset=utf-16>", b"<meta charset=rot13>", b'"' * 50, b"<" * 80, b"\r" * 30, b"<ol start=99999999999><li>1",
)  # fmt: skip


def seeds() -> list[bytes]:
    """The golden pages that mutations start from."""
    return [path.read_bytes() for path in sorted(GOLDEN.glob("*/*.html"))]


def mutated(whole: list[bytes], number: int) -> bytes:
    """The page with that number: the same on every machine."""
    dice = random.Random(number)
    page = bytearray(dice.choice(whole))
    for _ in range(dice.randint(1, 12)):
        at = dice.randrange(len(page) + 1)
        until = min(len(page), at + dice.choice((1, 8, 60, 400, 3000)))
        match dice.randrange(7):
            case 0:
                page[at:at] = dice.choice(_PIECES)
            case 1:
                del page[at:until]
            case 2:
                page[at:at] = page[at:until] * dice.randint(1, 6)
            case 3:
                page[at:until] = dice.randbytes(min(40, until - at))
            case 4:
                other = dice.choice(whole)
                start = dice.randrange(len(other) + 1)
                page[at:at] = other[start : start + 500]
            case 5:
                del page[at:]
            case _:
                page[at:at] = dice.choice(_PIECES) * dice.randint(1, 400)
    return bytes(page[:200_000])


def held(number: int, page: bytes) -> None:
    """The laws that hold for any page."""
    found = talkscraper.extract(page, f"https://news.example/posts/{number}", AT)
    assert isinstance(found, Extraction)
    assert isinstance(found.page_kind, PageKind)
    if found.article is None:
        assert found.reason, number
        return
    article = found.article
    assert article.text.strip(), number
    assert "\x00" not in article.text, number
    assert article.url.startswith("https://"), number
    for told in (article.published, article.modified):
        assert told is None or told.instant <= AT + timedelta(days=1), number
    assert json.dumps(article.text, ensure_ascii=False).encode(), number


def test_mutated_pages_are_answered_by_the_laws():
    """Cut, spliced, doubled and overwritten pages give an Extraction that keeps its promises."""
    whole = seeds()
    for number in range(FUZZED):
        held(number, mutated(whole, number))


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_a_hundred_thousand_mutated_pages():
    """The same for TALKSCRAPER_FUZZ_PAGES pages; TALKSCRAPER_FUZZ_SECONDS, if set, ends it earlier."""
    pages = int(os.environ.get("TALKSCRAPER_FUZZ_PAGES", "100000"))
    end = time.monotonic() + float(os.environ.get("TALKSCRAPER_FUZZ_SECONDS", "inf"))
    first = int(os.environ.get("TALKSCRAPER_FUZZ_FIRST", "1000000"))
    whole = seeds()
    number = first
    while number < first + pages and time.monotonic() < end:
        held(number, mutated(whole, number))
        number += 1
    assert number > first


def test_five_hundred_nested_boxes_lose_no_text():
    """libxml2 stops at 256 levels by default; the paragraphs at the bottom are found."""
    page = "<html><body><h1>A wall is mended</h1>" + "<div>" * 500 + f"<p>{SENTENCE * 3}</p>" * 3 + "</div>" * 500
    found = talkscraper.extract(page.encode(), "https://news.example/1", AT)
    assert found.article is not None
    assert SENTENCE.strip() in found.article.text


KILLERS = (
    "100,000 rows", "20 MB of one paragraph", "5 MB of JSON-LD", "5,000 nested boxes", "50,000 linked items",
    "a megabyte of open tags", "a megabyte of one attribute", "deep JSON-LD",
)  # fmt: skip


def killer(name: str) -> bytes:
    """A page on which extractors have been seen to hang or to eat the memory."""
    rows = "".join(f"<tr><td>{n}</td><td>boats {n}</td></tr>" for n in range(100_000))
    paragraph = f"<p>{SENTENCE * 4}</p>"
    data = json.dumps({"@type": "NewsArticle", "headline": "x", "articleBody": SENTENCE * 53_000})
    items = "".join(f"<li><a href='/{n}'>boats and walls number {n}</a></li>" for n in range(50_000))
    pages = {
        "100,000 rows": f"<html><body><h1>Rows</h1><table>{rows}</table>".encode(),
        "20 MB of one paragraph": b"<html><body><h1>Again</h1>" + paragraph.encode() * (20_000_000 // len(paragraph)),
        "5 MB of JSON-LD": f'<html><head><script type="application/ld+json">{data}</script></head><body>'.encode(),
        "5,000 nested boxes": b"<html><body>" + b"<div>" * 5_000 + paragraph.encode() * 4,
        "50,000 linked items": f"<html><body><ul>{items}</ul>".encode(),
        "a megabyte of open tags": b"<b><i><font>" * 90_000,
        "a megabyte of one attribute": b"<p class='" + b"ad " * 350_000 + b"'>x",
        "deep JSON-LD": b'<script type="application/ld+json">' + b"[" * 200_000 + b"</script><p>x",
    }
    assert set(pages) == set(KILLERS)
    return pages[name]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", KILLERS)
def test_killers_end_in_an_answer_or_a_refusal_and_cost_their_page_only(make_payload, name):
    """Through the pool with its own limits; the page after is extracted."""
    good = f"<html lang=en><body><article><h1>Mended</h1><p>{SENTENCE * 3}</p><p>{SENTENCE * 3}</p></article>".encode()
    with ExtractorPool(workers=1) as pool:
        bad, after = pool.submit(make_payload(killer(name))), pool.submit(make_payload(good))
        try:
            assert isinstance(bad.result(timeout=200), Extraction)
        except ExtractionFailed as refusal:
            assert "news.example" in str(refusal)
        assert after.result(timeout=200).article is not None
