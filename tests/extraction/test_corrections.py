"""Corrections that a page declares: a field of their own, with its provenance."""

import pytest

from talkscraper import extract
from tests.support.clock import at


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ('"correction": "The pier is older."', ("The pier is older.",)),
        ('"correction": {"@type": "CorrectionComment", "text": "A  b.", "name": "Correction"}', ("A b.",)),
        ('"correction": [{"@type": "CorrectionComment", "description": "One."}, 7, null, {"text": 8}]', ("One.",)),
        (
            '"comment": [{"@type": "Comment", "text": "Nice!"}, {"@type": "CorrectionComment", "text": "Two."}]',
            ("Two.",),
        ),
        ('"correction": "https://news.example/corrections"', ()),
        ('"correction": [[[["x"]]]]', ()),
        ('"comment": {"@type": "Comment", "text": "Correction: you are wrong."}', ()),
    ],
)
def test_corrections_are_read_apart_from_the_text(declared, found):
    """A text, a comment of the type or a list of either; no readers' comments, and no addresses."""
    paragraph = "<p>The pier was closed on Monday after divers had found cracks in two of its old piles.</p>"
    page = (
        '<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Pier closed", '
        + declared
        + f"}}</script><article><h1>Pier closed</h1>{paragraph * 4}</article>"
    )
    extraction = extract(page.encode(), "https://news.example/pier", at("2025-10-01"))
    assert extraction.article.corrections == found
    assert all(each not in extraction.article.text for each in found)
    rules = [each.rule for each in extraction.provenance if each.field == "corrections"]
    assert rules == ["jsonld correction" if found else "none"]
