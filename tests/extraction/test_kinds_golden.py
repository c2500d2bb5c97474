"""Made pages of every kind, through the whole extraction: precision and recall may not fall below 0.95."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from talkscraper.extraction.article import extract_page
from talkscraper.model import Extraction, PageKind

GOLDEN = Path(__file__).parents[1] / "golden" / "kinds"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text(encoding="utf-8"))
CAPTURED = datetime(2025, 10, 29, 12, 0, tzinfo=UTC)
FLOOR = 0.95


def extracted(name: str) -> Extraction:
    case = EXPECTED[name]
    body = (GOLDEN / case["file"]).read_bytes()
    return extract_page(body, case["url"], CAPTURED, case["headers"], status=case["status"])


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Extraction]:
    return {name: extracted(name) for name in sorted(EXPECTED)}


def test_there_are_enough_made_pages_of_every_kind() -> None:
    """At least 60 pages that are no articles, 20 that are, and each kind is among them."""
    kinds = Counter(case["kind"] for case in EXPECTED.values())
    assert kinds.total() - kinds["article"] >= 60
    assert kinds["article"] >= 20
    assert set(kinds) == {kind.value for kind in PageKind}


def test_precision_and_recall_of_not_an_article(verdicts: dict[str, Extraction]) -> None:
    """Telling pages that must not become an article row from those that must, without an error."""
    rows = {"article", "live", "gallery"}
    wrong = {
        n: v.page_kind.value
        for n, v in verdicts.items()
        if (v.page_kind.value in rows) != (EXPECTED[n]["kind"] in rows)
    }
    refused = sum(1 for n in verdicts if EXPECTED[n]["kind"] not in rows)
    missed = [n for n in wrong if EXPECTED[n]["kind"] not in rows]
    lost = [n for n in wrong if EXPECTED[n]["kind"] in rows]
    assert 1 - len(missed) / refused >= FLOOR, wrong
    assert 1 - len(lost) / (refused - len(missed) + len(lost)) >= FLOOR, wrong


def test_precision_and_recall_of_each_kind(verdicts: dict[str, Extraction]) -> None:
    """Macro-averaged over the kinds, both are above the floor."""
    wrong = {n: (v.page_kind.value, v.reason) for n, v in verdicts.items() if v.page_kind.value != EXPECTED[n]["kind"]}
    precisions, recalls = [], []
    for kind in PageKind:
        expected = {n for n in EXPECTED if EXPECTED[n]["kind"] == kind.value}
        found = {n for n, v in verdicts.items() if v.page_kind == kind}
        recalls.append(len(expected & found) / len(expected))
        precisions.append(len(expected & found) / max(1, len(found)))
    assert sum(precisions) / len(precisions) >= FLOOR, wrong
    assert sum(recalls) / len(recalls) >= FLOOR, wrong


def test_no_made_article_is_lost(verdicts: dict[str, Extraction]) -> None:
    """Articles about cookies, captchas and missing pages, short ones and metered ones stay articles."""
    lost = {
        n: (v.page_kind.value, v.reason) for n, v in verdicts.items() if n.startswith("article-") and v.article is None
    }
    assert lost == {}


def test_every_refusal_gives_its_reason(verdicts: dict[str, Extraction]) -> None:
    """People can read why a page is no article."""
    assert [n for n, v in verdicts.items() if v.article is None and not v.reason] == []


def test_walls_without_their_status_and_headers(verdicts: dict[str, Extraction]) -> None:
    """A page saved by somebody else has neither: at least nine of ten walls are still seen by what they say."""
    walls = [n for n in EXPECTED if n.startswith(("blocked-", "consent-"))]
    seen = 0
    for name in walls:
        case = EXPECTED[name]
        body = (GOLDEN / case["file"]).read_bytes()
        seen += extract_page(body, "https://news.example.com/wall", CAPTURED, None).article is None
    assert seen / len(walls) >= 0.9
