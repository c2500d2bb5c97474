"""Keyword in context: places, their paragraphs and contexts, order, bounds, every script."""

from datetime import UTC, datetime

import pytest

from talkscraper.errors import QueryError
from talkscraper.export.kwic_csv import kwic_csv
from talkscraper.store import kwic
from talkscraper.store.database import open_reader
from talkscraper.store.match import SearchRequest
from tests.support.row_archives import article, published


def add(archive, number, text, **fields):
    day = published(datetime(2025, 10, number, tzinfo=UTC))
    archive.page(
        article(f"https://news.test/{number}", text, **{"title": f"Piece {number}", "published": day, **fields})
    )


def lines(archive, text, width=60, sort="date", **filters):
    connection = open_reader(archive.path)
    try:
        return kwic.concordance(connection, SearchRequest(text=text, **filters), width=width, sort=sort)
    finally:
        connection.close()


def shown(found):
    return [(each.left, each.keyword, each.right) for each in found.lines]


def test_every_place_has_its_context_and_its_paragraph(archive):
    """Newest article first, in reading order; phrases are one place, and an overlap isn't two."""
    add(archive, 1, "The old wall holds.\n\nA new wall, they say.")
    add(archive, 2, "Nets.\n\nBoats.\n\nThe Wall is wet.")
    found = lines(archive, "wall")
    assert [(each.day, each.paragraph) for each in found.lines] == [
        ("2025-10-02", 3),
        ("2025-10-01", 1),
        ("2025-10-01", 2),
    ]
    assert shown(found)[0] == ("Nets. Boats. The", "Wall", "is wet.")
    assert shown(lines(archive, '"old wall" OR wall', until="2025-10-01")) == [
        ("The", "old wall", "holds. A new wall, they say."),
        ("The old wall holds. A new", "wall", ", they say."),
    ]
    assert (found.articles, found.is_complete, found.notes) == (2, True, ())


def test_contexts_end_between_words_and_are_no_longer_than_asked(archive):
    """Also where a word is longer than the context."""
    add(archive, 1, "seven eight nine wall one two three " + "x" * 200 + " wall " + "y" * 200)
    found = lines(archive, "wall", width=12)
    assert shown(found)[0] == ("eight nine", "wall", "one two")
    assert all(len(side) <= 12 for left, _, right in shown(found) for side in (left, right))


def test_lines_are_sorted_by_the_nearest_words(archive):
    """To the left from the nearest outwards, without regard to case and accents."""
    add(archive, 1, "the zinc wall above")
    add(archive, 2, "an Élan wall below")
    add(archive, 3, "an amber wall zoned")
    assert [left for left, _, _ in shown(lines(archive, "wall", sort="left"))] == ["an amber", "an Élan", "the zinc"]
    assert [right for _, _, right in shown(lines(archive, "wall", sort="right"))] == ["above", "below", "zoned"]


@pytest.mark.parametrize(
    ("text", "query", "expected", "is_rtl"),
    [
        ("日本経済は成長した。", "経済", ("日本", "経済", "は成長した。"), False),
        ("정부는 경제 정책을 발표했다", "경제", ("정부는", "경제", "정책을 발표했다"), False),
        ("הקיר של הנמל עומד", "של", ("הקיר", "של", "הנמל עומד"), True),
        ("صمد الجدار القديم", "الجدار", ("صمد", "الجدار", "القديم"), True),
        ("הקיר של Haifa Port עומד כבר שנים", "Haifa", ("הקיר של", "Haifa", "Port עומד כבר שנים"), True),
        ("The word של is short", "של", ("The word", "של", "is short"), False),
        ("Le café est fermé", "cafe", ("Le", "café", "est fermé"), False),
    ],
)
def test_every_script_is_found_as_the_index_finds_it(archive, text, query, expected, is_rtl):
    """The left context is what is read before, whatever the direction."""
    add(archive, 1, text)
    found = lines(archive, query)
    assert shown(found) == [expected]
    assert found.lines[0].is_rtl is is_rtl


def test_unspaced_scripts_are_sorted_by_characters(archive):
    """The character next to the word decides."""
    for number, text in enumerate(("乙甲経済", "甲乙経済", "甲甲経済"), 1):
        add(archive, number, text)
    assert [left for left, _, _ in shown(lines(archive, "経済", sort="left"))] == ["甲乙", "乙甲", "甲甲"]


def test_words_of_a_headline_alone_are_shown_in_headlines(archive):
    """Beside other words they are a filter; without any word there is nothing to show, and that is said."""
    add(archive, 1, "The wall holds.", title="Old wall")
    add(archive, 2, "The wall holds.", title="News")
    assert [(each.keyword, each.paragraph) for each in lines(archive, "title:wall").lines] == [("wall", 0)]
    assert [each.right for each in lines(archive, "holds title:wall").lines] == ["."]
    with pytest.raises(QueryError, match="no words to show"):
        lines(archive, "since:2025")


def test_lines_are_bounded_and_say_so(archive, monkeypatch):
    """What wasn't read isn't counted silently."""
    monkeypatch.setattr(kwic, "MAX_LINES", 3)
    for number in range(1, 5):
        add(archive, number, "wall and wall")
    found = lines(archive, "wall")
    assert (len(found.lines), found.articles, found.is_complete) == (3, 2, False)
    assert "newest 2 of the articles" in found.notes[-1]


def test_csv_has_every_line_and_nothing_that_a_spreadsheet_runs(archive):
    """A context that begins with a sign of a formula is text."""
    add(archive, 1, "=SUM(1) wall, it said")
    header, row = "".join(kwic_csv(lines(archive, "wall").lines)).splitlines()
    assert header == "article_id,source_id,day,paragraph,left,keyword,right,title,url"
    assert '2025-10-01,1,\'=SUM(1),wall,", it said",Piece 1,https://news.test/1' in row
