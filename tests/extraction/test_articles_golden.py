"""Invented pages with what is in them, field by field: each is a way in which extraction has failed on real ones.

``ton-*`` are the shapes that the first newsroom's pages have or may take: there every field must be right. Elsewhere
a field may fall to the floor, so that a better rule can be landed that loses one odd page.
"""

import json
import unicodedata
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import pytest

import talkscraper
from talkscraper.model import Article, Extraction

GOLDEN = Path(__file__).parents[1] / "golden" / "articles"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
ABOUT = frozenset(("url", "captured_at", "headers"))
"""Keys of a case that say how the page came; all others are fields of its article."""
FLOOR = 0.97


def extracted(name: str) -> Extraction:
    case = EXPECTED[name]
    body = (GOLDEN / f"{name}.html").read_bytes()
    return talkscraper.extract(body, case["url"], datetime.fromisoformat(case["captured_at"]), case.get("headers"))


def told(article: Article, field: str, wanted: object) -> object:
    """A field as expected.json writes it; of images only what it asks about."""
    if field == "text":
        return article.text.split("\n\n")
    if field in ("published_at", "modified_at"):
        at = getattr(article, field)
        return at.isoformat() if at else None
    if field == "precision":
        return article.published_precision
    if field in ("published_day", "printed_day"):
        return article.published.day.isoformat() if article.published else None
    if field == "authors":
        return [author.name for author in article.authors]
    if field == "author_kinds":
        return [author.kind for author in article.authors]
    if field == "page_url":
        return article.url
    if field == "images":
        asked = wanted if isinstance(wanted, list) else []
        same_length = len(asked) == len(article.images)
        return [
            {key: getattr(image, key) for key in (asked[n] if same_length else ("url", "alt", "caption"))}
            for n, image in enumerate(article.images)
        ]
    value = getattr(article, field)
    return list(value) if isinstance(value, tuple) else value


def wrong_fields(name: str) -> dict[str, tuple[object, object]]:
    """``{field: (wanted, found)}`` of a page."""
    found = extracted(name)
    wrong: dict[str, tuple[object, object]] = {}
    for field, wanted in EXPECTED[name].items():
        if field in ABOUT:
            continue
        got = told(found.article, field, wanted) if found.article else found.page_kind
        if got != wanted:
            wrong[field] = (wanted, got)
    return wrong


@pytest.mark.parametrize("name", sorted(n for n in EXPECTED if n.startswith("ton-")))
def test_every_field_of_a_page_of_the_first_newsroom_is_right(name):
    """Title without suffix, dates, tags, pictures with captions, and a text of paragraphs alone."""
    assert wrong_fields(name) == {}


def test_each_field_is_right_on_the_golden_pages():
    """Field by field, the share of pages on which it is right is at least the floor."""
    asked: dict[str, int] = defaultdict(int)
    wrong: dict[str, dict[str, tuple[object, object]]] = defaultdict(dict)
    for name, case in EXPECTED.items():
        for field in case.keys() - ABOUT:
            asked[field] += 1
        for field, pair in wrong_fields(name).items():
            wrong[field][name] = pair
    low = {field: wrong[field] for field in asked if 1 - len(wrong[field]) / asked[field] < FLOOR}
    assert low == {}


def test_the_golden_pages_are_many_and_of_many_languages_and_scripts():
    """At least 40 pages, 12 languages and 8 scripts."""
    languages = {case["language"] for case in EXPECTED.values() if case.get("language")}
    letters = {c for case in EXPECTED.values() for c in (case.get("title") or "") if c.isalpha()}
    scripts = {unicodedata.name(c).partition(" ")[0] for c in letters}
    assert len(EXPECTED) >= 40
    assert len(languages) >= 12
    assert (
        len(
            scripts
            & {
                "LATIN",
                "CYRILLIC",
                "GREEK",
                "ARABIC",
                "HEBREW",
                "DEVANAGARI",
                "THAI",
                "HIRAGANA",
                "KATAKANA",
                "CJK",
                "HANGUL",
                "GEORGIAN",
            }
        )
        >= 8
    )


def test_every_page_has_its_expectation_and_every_expectation_its_page():
    """No page lies there unread."""
    assert {path.stem for path in GOLDEN.glob("*.html")} == set(EXPECTED)


def test_each_value_says_by_which_rule_it_came():
    """Every field of an article has a line of provenance, and where it has a value the rule isn't ``none``."""
    found = extracted("jsonld-offset-of-another-day")
    rules = {line.field: line.rule for line in found.provenance}
    assert {"title", "text", "authors", "published_at", "modified_at", "language", "site_name", "images"} <= set(rules)
    assert all(line.rule and (line.value is None or line.rule != "none") for line in found.provenance)
