"""The pieces of a line in columns keep the order of signs that they have in one line."""

import pytest

from talkscraper.web.line_direction import pieces

LRM, RLM = "\u200e", "\u200f"


@pytest.mark.parametrize(
    ("line", "is_rtl", "marks"),
    [
        (("العاصفة (C++ ", "17", ") وإن"), True, (LRM, "")),
        (("חזרו ל-", "Haifa", " Port אתמול"), True, ("", LRM)),
        (("כי ", "12", " ספינות"), True, ("", "")),
        (("the word שלום! ", "עולם", " (2) here"), False, (RLM, RLM)),
        (("the ", "wall", " (2) here"), False, ("", "")),
        (("", "17", ""), True, ("", "")),
    ],
)
def test_a_mark_of_direction_stands_where_words_against_the_line_go_on(line, is_rtl, marks):
    """C++ before 17 in an Arabic line; not where the neighbours are of the line's own direction."""
    left, right = pieces(*line, is_rtl=is_rtl)
    assert (left, right) == (line[0] + marks[0], marks[1] + line[2])
