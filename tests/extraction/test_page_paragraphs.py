"""Which blocks of a page are the article's paragraphs: headings, lists, standfirsts, captions, closing lines."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from talkscraper import extract

SEEN_AT = datetime(2026, 6, 2, tzinfo=UTC)
FIRST = "The weir at the old mill was opened on Tuesday, and for the first time in forty years salmon swam upstream."
SECOND = (
    "Volunteers counted eleven of them before noon; the fishery board had hoped for two or three in the first week."
)
THIRD = (
    "The mill's owner, who had fought the plan in three courts, stood on the bridge and counted along with them all."
)
FOURTH = (
    "By the autumn a ladder of nine pools will lead past the second weir, if the parish council votes for the money."
)
LEAD = "Eleven salmon passed the old mill within a morning, forty years after the weir was built."
TITLE = "Salmon pass the old mill"


def lines(inner: str, *, head: str = "", above: str = "", below: str = "") -> list[str]:
    """The lines of an article with something between its paragraphs, above and below them."""
    page = (
        f"<!doctype html><html lang=en><head><title>{TITLE}</title>{head}</head><body><main><article>"
        f"<header><h1>{TITLE}</h1></header>{above}<div class=text><p>{FIRST}</p><p>{SECOND}</p>{inner}<p>{THIRD}</p>"
        f"<p>{FOURTH}</p>{below}</div></article></main></body></html>"
    )
    found = extract(page.encode(), "https://mill.example/news/salmon-pass-the-old-mill-5521", SEEN_AT)
    assert found.article is not None
    return [line for line in found.article.text.split("\n") if line]


@pytest.mark.parametrize(
    "heading",
    [
        "<h1>How the count works</h1>",
        '<img src="/i/count.jpg" alt="How the count works"><h2>How the count works</h2>',
        '<figure><img src="/i/c.jpg"><figcaption>How the count works</figcaption></figure><h3>How the count works</h3>',
        '<h2><a href="/count"><strong>How the count works</strong></a></h2>',
        '<h2 class="toc-heading" id="count">How the count works</h2>',
        '<h2><a href="/count">How the count works</a></h2>',
    ],
)
def test_a_heading_over_a_paragraph_stays(heading):
    """Though it is an h1, says what a picture's description says, is a link, or is named after the list of contents."""
    assert lines(heading) == [FIRST, SECOND, "How the count works", THIRD, FOURTH]


def test_a_heading_that_says_the_title_again_is_the_headline_only_at_the_top():
    """Lists of the best of something have a section of that name."""
    assert lines(f"<h2>{TITLE}</h2>") == [FIRST, SECOND, TITLE, THIRD, FOURTH]
    page_top = f"<h2>{TITLE}</h2>"
    assert lines("", above=page_top) == [FIRST, SECOND, THIRD, FOURTH]


def test_headings_that_stand_over_each_other_stay():
    """Only the last of them is right above a paragraph."""
    assert lines("<h2>The count</h2><h3>Tuesday</h3>") == [FIRST, SECOND, "The count", "Tuesday", THIRD, FOURTH]


def test_a_list_of_the_article_is_whole():
    """Short items and those in paragraphs belong to it as much as the long ones."""
    items = [f"<li><p>{SECOND[:60]} number {i}, in all.</p></li>" for i in range(3)]
    text = lines(f"<ul>{items[0]}<li><p>Trout</p></li>{items[1]}<li><p>Two eels</p></li>{items[2]}</ul>")
    assert "- Trout" in text
    assert "- Two eels" in text


@pytest.mark.parametrize(
    "box",
    [
        '<div class="article-teaser"><p>{}</p></div>',
        '<p class="share-intro">{}</p>',
        '<div class="voc-info-meta"><h2>{}</h2></div>',
        '<ul class="footer"><li><h2>{}</h2></li></ul>',
        "<div>Millbrook. {}</div>",
        '<p class="summary">A morning at the weir, told by those who counted.</p><p>{}</p>',
    ],
)
def test_what_is_declared_as_description_and_printed_below_the_headline_is_the_standfirst(box):
    """Whatever its box is called, and with the place before it."""
    found = lines("", head=f'<meta name="description" content="{LEAD}">', above=box.format(LEAD))
    assert any(line.removeprefix("- ").endswith(LEAD) for line in found)
    assert found.index(FIRST) in (1, 2)


@pytest.mark.parametrize(
    "box", ['<div class="newsletter"><p>{}</p></div>', "<figure><img src=/i><figcaption>{}</figcaption></figure>"]
)
def test_a_caption_or_a_newsletters_line_is_no_standfirst(box):
    """Though it says what the description says."""
    head = f'<meta name="description" content="{LEAD}">'
    assert lines("", head=head, above=box.format(LEAD)) == [FIRST, SECOND, THIRD, FOURTH]


def test_a_quotation_in_italics_may_end_an_article():
    """A note in italics at the end is the newsroom's; words in quotation marks are somebody's in the article."""
    quote = "“The river has forgotten nothing,” said the oldest of the volunteers."
    assert lines("", below=f"<p><em>{quote}</em></p>")[-1] == quote
    note = "The writer is a member of the fishery board and was paid for the day."
    assert lines("", below=f"<p><em>{note}</em></p>")[-1] == FOURTH
