"""Numbers of things, in every command's words."""

import pytest

from talkscraper.cli.options import counted


@pytest.mark.parametrize(
    ("number", "words", "said"),
    [
        (0, ("article",), "0 articles"),
        (1, ("article",), "1 article"),
        (2, ("address", "addresses"), "2 addresses"),
        (1, ("address", "addresses"), "1 address"),
        (1_234_567, ("WARC",), "1,234,567 WARCs"),
    ],
)
def test_one_is_one_and_the_others_are_many(number, words, said):
    """Thousands are grouped."""
    assert counted(number, *words) == said
